"""What becomes of an outbox row and of its webhook after an attempt."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.delivery import (
    SCHEDULE,
    after_attempt,
    delivery_id,
    hold_until,
    may_send,
    no_answer,
    should_tell,
    webhook_after,
)
from monitor.errors import DeliveryError
from monitor.model import Answer, DeliveryState, Verdict, WebhookState
from tests.builders import NOW, a_delivery

MIDDLE = 0.5  # no jitter
LIMIT = timedelta(hours=75, minutes=35, seconds=35)
FAILURES = (Verdict.RETRY, Verdict.HELD, Verdict.AMBIGUOUS)


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


@pytest.mark.parametrize("verdict", [Verdict.REFUSED, Verdict.GONE])
def test_hopeless_answers_are_dead_at_once_with_the_reason(verdict: Verdict) -> None:
    after = after_attempt(a_delivery(), an_answer(verdict, text="answered 400"), NOW, MIDDLE)

    assert (after.state, after.attempts, after.settled_at) == (DeliveryState.DEAD, 1, NOW)
    assert after.problem == "answered 400"


def test_throttling_uses_up_no_attempt() -> None:
    after = after_attempt(a_delivery(attempts=3), an_answer(Verdict.THROTTLED), NOW, MIDDLE)

    assert (after.state, after.attempts) == (DeliveryState.PENDING, 3)
    assert after.due_at - NOW == SCHEDULE[3]


def test_throttling_without_a_hint_waits_a_minute_at_least() -> None:
    after = after_attempt(a_delivery(), an_answer(Verdict.THROTTLED), NOW, MIDDLE)

    assert after.due_at - NOW == seconds(60)


def test_throttling_does_not_go_on_for_ever() -> None:
    """Past the time that the schedule allows it uses up attempts like any failure."""
    old = a_delivery(attempts=3, created_at=NOW - sum(SCHEDULE, timedelta()))

    after = after_attempt(old, an_answer(Verdict.THROTTLED), NOW, MIDDLE)
    last = after_attempt(replace(old, attempts=10), an_answer(Verdict.THROTTLED), NOW, MIDDLE)

    assert (after.state, after.attempts) == (DeliveryState.PENDING, 4)
    assert last.state is DeliveryState.DEAD


@pytest.mark.parametrize(
    ("hint", "wait"),
    [(1, 5), (90, 90), (10**7, 86_400)],
    ids=["shorter than the schedule", "longer", "beyond a day"],
)
def test_wait_is_the_longer_of_schedule_and_hint_but_a_day_at_most(hint: int, wait: int) -> None:
    answer = an_answer(Verdict.RETRY, retry_after=seconds(hint))

    after = after_attempt(a_delivery(), answer, NOW, MIDDLE)

    assert after.due_at - NOW == seconds(wait)


def test_a_schedule_of_ones_own_is_kept() -> None:
    short = (seconds(0), seconds(1))

    once = after_attempt(a_delivery(), an_answer(Verdict.RETRY), NOW, MIDDLE, short)
    twice = after_attempt(once, an_answer(Verdict.RETRY), NOW, MIDDLE, short)

    assert (once.due_at - NOW, twice.state) == (seconds(1), DeliveryState.DEAD)


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
    state = WebhookState(webhook="desk")
    for _ in range(count):
        state = webhook_after(state, an_answer(verdict), NOW)
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
