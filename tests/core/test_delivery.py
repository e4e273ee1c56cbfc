"""What becomes of an outbox row and of its webhook after an attempt."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.delivery import (
    DEFAULT,
    DISABLE_AFTER,
    after_attempt,
    delivery_id,
    hold_until,
    is_on_trial,
    may_send,
    no_answer,
    should_tell,
    webhook_after,
)
from monitor.core.http_status import verdict as verdict_of
from monitor.errors import DeliveryError
from monitor.model import (
    Ambiguous,
    Answer,
    Delivery,
    DeliveryState,
    Form,
    Policy,
    Verdict,
    WebhookState,
)
from tests.builders import NOW, a_delivery

MIDDLE = 0.5  # no jitter
LIMIT = timedelta(hours=75, minutes=35, seconds=35)
SCHEDULE = (timedelta(), *DEFAULT.retries)
FAILURES = (Verdict.RETRY, Verdict.AMBIGUOUS)
PATIENT = Policy(give_up_after=timedelta(days=7))


def an_answer(verdict: Verdict, **changes: object) -> Answer:
    return replace(Answer(verdict=verdict, text="answered so"), **changes)  # type: ignore[arg-type]


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


# --- ids ---


@given(instance=st.text(), alert=st.text(), webhook=st.text())
def test_id_is_short_and_free_of_dots_whatever_it_is_made_of(
    instance: str, alert: str, webhook: str
) -> None:
    made = delivery_id(instance, alert, webhook)

    assert re.fullmatch(r"msg_[a-z2-7]{32}", made)
    assert made == delivery_id(instance, alert, webhook)


def test_ids_of_different_parts_never_run_together() -> None:
    """('a', 'bc') and ('ab', 'c') are different alerts."""
    ids = {delivery_id("i", "a", "bc"), delivery_id("i", "ab", "c"), delivery_id("ia", "b", "c")}

    assert len(ids) == 3


def test_id_is_the_same_in_every_version() -> None:
    """A changed derivation would send everything twice after an upgrade."""
    assert delivery_id("inst", "a_1", "desk") == "msg_vopjmjnro57xq4cu545ike7pjfce2nvc"


# --- attempts ---


@pytest.mark.parametrize(
    ("verdict", "state"),
    [
        (Verdict.DELIVERED, DeliveryState.DELIVERED),
        (Verdict.ACCEPTED, DeliveryState.ACCEPTED),
    ],
)
def test_success_settles_and_frees_the_lease(verdict: Verdict, state: DeliveryState) -> None:
    leased = a_delivery(state=DeliveryState.LEASED, lease="l", leased_until=NOW, problem="before")

    after = after_attempt(leased, an_answer(verdict), NOW, MIDDLE)

    assert (after.state, after.attempts, after.settled_at) == (state, 1, NOW)
    assert (after.lease, after.leased_until, after.problem) == (None, None, "")


@pytest.mark.parametrize("verdict", FAILURES)
def test_failures_are_tried_again_on_the_schedule_and_then_are_dead(verdict: Verdict) -> None:
    delivery, now, waits = a_delivery(), NOW, []

    while delivery.state is DeliveryState.PENDING:
        delivery = after_attempt(delivery, an_answer(verdict), now, MIDDLE)
        waits.append(delivery.due_at - now)
        now = delivery.due_at

    assert tuple(waits[:10]) == SCHEDULE[1:]
    assert (delivery.state, delivery.attempts) == (DeliveryState.DEAD, 11)
    assert delivery.problem == "gave up after 11 attempts: answered so"
    assert now - NOW == LIMIT


@given(jitter=st.floats(0, 1, exclude_max=True), attempts=st.integers(0, 9))
def test_jitter_is_a_fifth_of_the_wait_at_most(jitter: float, attempts: int) -> None:
    after = after_attempt(a_delivery(attempts=attempts), an_answer(Verdict.RETRY), NOW, jitter)

    wait = (after.due_at - NOW) / SCHEDULE[attempts + 1]
    assert 0.79999 <= wait <= 1.20001


def test_refused_message_is_dead_at_once_with_the_reason() -> None:
    answer = an_answer(Verdict.REFUSED, text="answered 400")

    after = after_attempt(a_delivery(), answer, NOW, MIDDLE)

    assert (after.state, after.attempts, after.settled_at) == (DeliveryState.DEAD, 1, NOW)
    assert after.problem == "answered 400"


def test_refused_message_is_tried_once_more_in_plain_words() -> None:
    refused = an_answer(Verdict.REFUSED)

    once = after_attempt(a_delivery(), refused, NOW, MIDDLE, plain=b"in short")
    twice = after_attempt(once, refused, NOW, MIDDLE, plain=b"in short")

    assert (once.state, once.due_at, once.attempts) == (DeliveryState.PENDING, NOW, 1)
    assert (once.form, once.payload) == (Form.PLAIN, b"in short")
    assert (twice.state, twice.attempts) == (DeliveryState.DEAD, 2)


def test_messages_refused_together_are_each_sent_alone() -> None:
    after = after_attempt(a_delivery(), an_answer(Verdict.REFUSED), NOW, MIDDLE, together=True)

    assert (after.state, after.due_at, after.attempts) == (DeliveryState.PENDING, NOW, 0)
    assert (after.form, after.payload) == (Form.SINGLE, a_delivery().payload)


@pytest.mark.parametrize("verdict", [Verdict.HELD, Verdict.GONE])
def test_what_is_the_webhooks_fault_uses_up_no_delivery(verdict: Verdict) -> None:
    delivery = a_delivery(attempts=10)

    for days in range(400):
        delivery = after_attempt(
            delivery, an_answer(verdict), NOW + timedelta(days=days), MIDDLE, PATIENT
        )

    assert (delivery.state, delivery.attempts) == (DeliveryState.PENDING, 10)


def test_message_that_may_have_arrived_waits_for_a_person_where_that_is_wished() -> None:
    policy = Policy(ambiguous=Ambiguous.HOLD)

    after = after_attempt(a_delivery(), an_answer(Verdict.AMBIGUOUS), NOW, MIDDLE, policy)
    failed = after_attempt(a_delivery(), an_answer(Verdict.RETRY), NOW, MIDDLE, policy)

    assert (after.state, after.settled_at) == (DeliveryState.AMBIGUOUS, NOW)
    assert after.problem == "it may have arrived: answered so"
    assert failed.state is DeliveryState.PENDING


def test_throttling_uses_up_no_attempt() -> None:
    after = after_attempt(a_delivery(attempts=3), an_answer(Verdict.THROTTLED), NOW, MIDDLE)

    assert (after.state, after.attempts) == (DeliveryState.PENDING, 3)
    assert after.due_at - NOW == SCHEDULE[3]


def test_throttling_without_a_hint_waits_a_minute_at_least() -> None:
    after = after_attempt(a_delivery(), an_answer(Verdict.THROTTLED), NOW, MIDDLE)

    assert after.due_at - NOW == seconds(60)


def test_throttling_does_not_go_on_for_ever() -> None:
    """The time for which a delivery is tried stands, counted from its first attempt."""
    old = a_delivery(attempts=3, created_at=NOW - timedelta(days=30), tried_since=NOW - LIMIT)

    first = after_attempt(replace(old, tried_since=None), an_answer(Verdict.THROTTLED), NOW, MIDDLE)
    last = after_attempt(old, an_answer(Verdict.THROTTLED, text="answered 429"), NOW, MIDDLE)

    assert (first.state, first.tried_since) == (DeliveryState.PENDING, NOW)
    assert (last.state, last.attempts) == (DeliveryState.DEAD, 3)
    assert last.problem == "throttled for 76 hours: answered 429"


@pytest.mark.parametrize(
    ("hint", "wait"),
    [(1, 5), (90, 90), (10**7, 86_400)],
    ids=["shorter than the schedule", "longer", "beyond a day"],
)
def test_wait_is_the_longer_of_schedule_and_hint_but_a_day_at_most(hint: int, wait: int) -> None:
    answer = an_answer(Verdict.RETRY, retry_after=seconds(hint))

    after = after_attempt(a_delivery(), answer, NOW, MIDDLE)

    assert after.due_at - NOW == seconds(wait)


def tried_until_dead(policy: Policy) -> tuple[list[timedelta], Delivery]:
    """The moments of all attempts, and how it ended."""
    delivery, now, at = a_delivery(), NOW, []
    while delivery.state is DeliveryState.PENDING:
        at.append(now - NOW)
        delivery = after_attempt(delivery, an_answer(Verdict.RETRY), now, MIDDLE, policy)
        now = delivery.due_at
    return at, delivery


def test_a_schedule_of_ones_own_is_kept() -> None:
    at, delivery = tried_until_dead(Policy(retries=(seconds(1), seconds(10))))

    assert at == [seconds(0), seconds(1), seconds(11)]
    assert (delivery.state, delivery.attempts) == (DeliveryState.DEAD, 3)


def test_last_wait_is_repeated_until_it_is_given_up() -> None:
    policy = Policy(retries=(seconds(1), seconds(10)), give_up_after=seconds(35))

    at, delivery = tried_until_dead(policy)

    assert at == [seconds(n) for n in (0, 1, 11, 21, 31)]
    assert delivery.problem == "gave up after 5 attempts: answered so"


def test_it_may_be_given_up_before_the_schedule_ends() -> None:
    at, _ = tried_until_dead(Policy(give_up_after=timedelta(hours=1)))

    assert at == [seconds(n) for n in (0, 5, 35, 335, 2135)]


# What each status does: the delivery's state, whether it used up an attempt, the webhook held.
AFTER_STATUS = {
    **dict.fromkeys(range(100, 600), ("pending", 1, False)),  # tried again
    **dict.fromkeys(range(200, 300), ("delivered", 1, False)),
    **dict.fromkeys(range(300, 400), ("pending", 0, True)),
    **dict.fromkeys(range(400, 500), ("dead", 1, False)),
    **dict.fromkeys((408, 425), ("pending", 1, False)),
    **dict.fromkeys((401, 403, 404, 429), ("pending", 0, True)),
    410: ("pending", 0, True),
}


@pytest.mark.parametrize("status", range(100, 600))
def test_every_status_does_what_the_table_says(status: int) -> None:
    answer = Answer(verdict=verdict_of(status), status=status, text=f"answered {status}")

    after = after_attempt(a_delivery(), answer, NOW, MIDDLE)
    webhook = webhook_after(WebhookState(webhook="desk"), answer, NOW)
    dead_plain = after_attempt(a_delivery(), answer, NOW, MIDDLE, plain=b"x").form

    state, used, held = AFTER_STATUS[status]
    assert (after.state, after.attempts) == (state, used)
    assert may_send(webhook, NOW) is not held
    assert (webhook.disabled_at == NOW) is (status == 410)
    assert (webhook.failures > 0) is (state != "delivered" and status != 429)
    assert (dead_plain is Form.PLAIN) is (state == "dead")
    if state == "pending" and used:
        assert after.due_at - NOW == seconds(5)


@given(
    verdict=st.sampled_from(Verdict),
    attempts=st.integers(0, 20),
    jitter=st.floats(0, 1, exclude_max=True),
    hint=st.none() | st.timedeltas(),
    age=st.timedeltas(timedelta(), timedelta(days=400)),
)
def test_any_answer_settles_a_delivery_or_makes_it_due_within_a_day_and_a_fifth(
    verdict: Verdict, attempts: int, jitter: float, hint: timedelta | None, age: timedelta
) -> None:
    delivery = a_delivery(attempts=attempts, created_at=NOW - age, lease="l", leased_until=NOW)

    after = after_attempt(delivery, an_answer(verdict, retry_after=hint), NOW, jitter)

    assert (after.lease, after.leased_until) == (None, None)
    assert (after.id, after.payload) == (delivery.id, delivery.payload)
    if after.state is DeliveryState.PENDING:
        assert after.settled_at is None
        assert NOW < after.due_at <= NOW + timedelta(hours=28, minutes=48)
    else:
        assert after.settled_at == NOW


# --- no answer ---


def test_an_error_that_promises_no_secret_is_told_in_its_own_words() -> None:
    error = DeliveryError("the connection was closed", ambiguous=True)

    assert no_answer(error) == Answer(verdict=Verdict.AMBIGUOUS, text="the connection was closed")
    assert no_answer(DeliveryError("no route")).verdict is Verdict.RETRY


def test_a_crash_is_tried_again_and_named_without_its_text() -> None:
    """Its text may hold the URL, and the request may have left before."""
    after = after_attempt(
        a_delivery(), no_answer(KeyError("https://hooks.example/s3cret")), NOW, MIDDLE
    )

    assert (after.state, after.attempts) == (DeliveryState.PENDING, 1)
    assert after.problem == "the webhook kind crashed: KeyError"


# --- the webhook ---


@pytest.mark.parametrize("hint", [None, seconds(-5)], ids=["absent", "negative"])
def test_a_throttled_webhook_is_held_for_a_minute_if_it_does_not_say(
    hint: timedelta | None,
) -> None:
    assert hold_until(an_answer(Verdict.THROTTLED, retry_after=hint), NOW) == NOW + seconds(60)


def test_a_hint_holds_the_webhook_even_after_success() -> None:
    """Discord says in advance that the next message would be too many."""
    answer = an_answer(Verdict.DELIVERED, retry_after=seconds(0.4))

    state = webhook_after(WebhookState(webhook="desk"), answer, NOW)

    assert state.held_until == NOW + seconds(0.4)
    assert not may_send(state, NOW)
    assert may_send(state, NOW + seconds(0.4))


def test_an_answer_without_hint_holds_nothing() -> None:
    assert hold_until(an_answer(Verdict.RETRY), NOW) is None


def after_failures(count: int, verdict: Verdict = Verdict.RETRY) -> WebhookState:
    """Each as soon as it may be tried, but all on one day."""
    state = WebhookState(webhook="desk")
    for _ in range(count):
        state = webhook_after(replace(state, held_until=None), an_answer(verdict), NOW)
    return state


@pytest.mark.parametrize(
    ("failures", "minutes"), [(5, 1), (6, 2), (7, 4), (10, 32), (11, 60), (5_000, 60)]
)
def test_five_failures_in_a_row_hold_the_webhook_ever_longer(failures: int, minutes: int) -> None:
    assert after_failures(failures).held_until == NOW + timedelta(minutes=minutes)


def test_four_failures_hold_nothing() -> None:
    state = after_failures(4)

    assert (state.failures, state.failing_since, state.problem) == (4, NOW, "answered so")
    assert may_send(state, NOW)


def test_401_403_404_and_redirects_open_the_breaker_at_once() -> None:
    """Someone must look; and nobody wants a flood of what is refused."""
    state = after_failures(1, Verdict.HELD)

    assert state.held_until == NOW + timedelta(minutes=1)
    assert is_on_trial(state)
    assert after_failures(3, Verdict.HELD).held_until == NOW + timedelta(minutes=4)


def test_failures_of_what_was_in_flight_when_the_breaker_opened_count_once() -> None:
    """Twenty connections fail at once: that is one failure, not an hour's pause."""
    state = after_failures(5)

    for _ in range(20):
        state = webhook_after(state, an_answer(Verdict.RETRY), NOW + seconds(1))

    assert state.held_until == NOW + timedelta(minutes=1)


def test_webhook_that_fails_for_five_days_is_disabled_and_that_is_told() -> None:
    failing = replace(after_failures(5), told=True)

    before = webhook_after(failing, an_answer(Verdict.RETRY), NOW + DISABLE_AFTER - seconds(1))
    after = webhook_after(failing, an_answer(Verdict.RETRY), NOW + DISABLE_AFTER)

    assert before.disabled_at is None
    assert after.disabled_at == NOW + DISABLE_AFTER
    assert after.problem == "failed for 120 hours: answered so"
    assert should_tell(after, NOW + DISABLE_AFTER)


def test_late_answer_does_not_enable_what_was_disabled() -> None:
    """It was in flight when another one was answered with 410."""
    gone = webhook_after(WebhookState(webhook="desk"), an_answer(Verdict.GONE), NOW)

    late = webhook_after(gone, an_answer(Verdict.DELIVERED), NOW + seconds(1))

    assert (late.disabled_at, late.problem) == (NOW, "answered so")


def test_success_clears_what_was_wrong_but_not_that_it_was_told() -> None:
    """Who was told of the failure is to be told of the recovery too."""
    failing = replace(after_failures(9), told=True)

    state = webhook_after(failing, an_answer(Verdict.ACCEPTED), NOW)

    assert state == WebhookState(webhook="desk", told=True)


def test_throttling_is_neither_failure_nor_success() -> None:
    failing = after_failures(5)

    state = webhook_after(failing, an_answer(Verdict.THROTTLED, retry_after=seconds(1)), NOW)

    assert state == failing  # the breaker's minute is longer than the hint


def test_failing_since_is_the_first_failure() -> None:
    state = webhook_after(after_failures(1), an_answer(Verdict.HELD), NOW + seconds(9))

    assert state.failing_since == NOW


def test_410_disables() -> None:
    state = webhook_after(WebhookState(webhook="desk"), an_answer(Verdict.GONE), NOW)

    assert state.disabled_at == NOW
    assert not may_send(state, datetime.max.replace(tzinfo=UTC))
    assert should_tell(state, NOW)


def test_a_webhook_nobody_tried_may_be_sent_to() -> None:
    assert may_send(None, NOW)


def test_a_webhook_that_fails_for_a_day_is_told_once() -> None:
    failing = after_failures(1)

    assert not should_tell(failing, NOW + timedelta(hours=23))
    assert should_tell(failing, NOW + timedelta(hours=24))
    assert not should_tell(replace(failing, told=True), NOW + timedelta(hours=24))
    assert not should_tell(WebhookState(webhook="desk"), NOW)
