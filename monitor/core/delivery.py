"""What becomes of an outbox row, and of its webhook, after an attempt."""

import json
from base64 import b32encode
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256

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

DEFAULT = Policy()
ATTEMPT_DEADLINE = timedelta(seconds=20)
LEASE = 2 * ATTEMPT_DEADLINE + timedelta(seconds=50)
FLAWED = "built-in form: "  # begins the problem of a row that is not what was asked for
TELL_AFTER = timedelta(hours=24)
DISABLE_AFTER = timedelta(hours=120)

_SPREAD = 0.2
_LONGEST_HOLD = timedelta(hours=24)
_UNSAID_HOLD = timedelta(seconds=60)
_BREAKER_AFTER = 5
_BREAKER_FIRST = timedelta(minutes=1)
_BREAKER_LONGEST = timedelta(hours=1)
_SUCCESS = {
    Verdict.DELIVERED: DeliveryState.DELIVERED,
    Verdict.ACCEPTED: DeliveryState.ACCEPTED,
    Verdict.UNVERIFIED: DeliveryState.UNVERIFIED,
}
# Not the message's fault, so it does not use the message up: the webhook is held, or disabled.
_WEBHOOKS_FAULT = (Verdict.HELD, Verdict.GONE)


def delivery_id(instance: str, alert_id: str, webhook: str) -> str:
    """The webhook-id: derived, so that a repeated run or a restored backup sends the same.

    Args:
        instance: Identity of the database.
    """
    named = json.dumps([instance, alert_id, webhook]).encode("ascii")
    return "msg_" + b32encode(sha256(named).digest()[:20]).decode("ascii").lower()


def together_id(webhook_ids: Sequence[str]) -> str:
    """The id of a message that holds several deliveries.

    It is that of no delivery: a receiver that knows one of them must not discard the others.
    """
    named = json.dumps(list(webhook_ids)).encode("ascii")
    return "msg_" + b32encode(sha256(named).digest()[:20]).decode("ascii").lower()


def after_attempt(
    delivery: Delivery,
    answer: Answer,
    now: datetime,
    jitter: float,
    policy: Policy = DEFAULT,
    *,
    plain: bytes | None = None,
    together: bool = False,
) -> Delivery:
    """The row to save: settled, due again, or a dead letter with the reason.

    What is the webhook's fault (HELD, GONE) uses up no attempt: the row waits for the webhook. Nor
    does being throttled, but the time for which a delivery is tried stands.

    Args:
        jitter: In [0, 1), spread over -20 % to +20 % of the wait.
        plain: The message in a few words, to try once if it is refused; None: there is no such.
        together: It went out in one message with others; if that is refused, each is sent alone.
    """
    freed = replace(delivery, lease=None, leased_until=None)
    if answer.verdict in _WEBHOOKS_FAULT:
        return _pending(freed, _first_wait(answer, now, jitter), answer)
    freed = replace(freed, tried_since=delivery.tried_since or now)
    if answer.verdict in _SUCCESS:
        used = delivery.attempts + 1
        state = _SUCCESS[answer.verdict]
        return replace(freed, state=state, attempts=used, settled_at=now, problem="")
    if answer.verdict is Verdict.REFUSED and together:
        return replace(_pending(freed, now, answer), form=Form.SINGLE)
    tried = replace(freed, attempts=delivery.attempts + (answer.verdict is not Verdict.THROTTLED))
    if answer.verdict is Verdict.REFUSED:
        if plain is None or delivery.form is Form.PLAIN:
            return _dead(tried, answer.text, now)
        return replace(_pending(tried, now, answer), form=Form.PLAIN, payload=plain)
    if answer.verdict is Verdict.AMBIGUOUS and policy.ambiguous is Ambiguous.HOLD:
        return unsure(tried, answer.text, now)
    return _tried_again(tried, answer, now, jitter, policy)


def unsure(delivery: Delivery, problem: str, now: datetime) -> Delivery:
    """The row of a message that may have arrived, to be decided about by a person."""
    told = f"it may have arrived: {problem}"
    return replace(delivery, state=DeliveryState.AMBIGUOUS, settled_at=now, problem=told)


def no_answer(error: Exception) -> Answer:
    """What an exception of a webhook kind stands for.

    Only a `DeliveryError` promises a text without secrets; of others the class is named.
    """
    if isinstance(error, DeliveryError):
        verdict = Verdict.AMBIGUOUS if error.ambiguous else Verdict.RETRY
        return Answer(verdict=verdict, text=str(error))
    # Nobody knows how far it came.
    crash = f"the webhook kind crashed: {type(error).__name__}"
    return Answer(verdict=Verdict.AMBIGUOUS, text=crash)


def noted(delivery: Delivery, answer: Answer) -> Answer:
    """The answer of the first attempt, with what was wrong with the message from the start."""
    if not delivery.problem.startswith(FLAWED):
        return answer
    return replace(answer, text=f"{answer.text}; {delivery.problem}")


def hold_until(answer: Answer, now: datetime) -> datetime | None:
    """Until when the whole webhook is to be left alone; None: it asked for nothing.

    A request to wait binds the endpoint, not the message. It counts on success too (Discord
    says in advance that the next one would be too many), and for at most 24 hours.
    """
    hint = answer.retry_after
    if hint is not None and hint < timedelta():
        hint = None
    if hint is None:
        return now + _UNSAID_HOLD if answer.verdict is Verdict.THROTTLED else None
    return now + min(hint, _LONGEST_HOLD)


def webhook_after(state: WebhookState, answer: Answer, now: datetime) -> WebhookState:
    """What we know of a webhook after an attempt: the breaker, and what it asked for.

    Five failures in a row, or one that someone must look at, hold it for a minute, each further
    one twice as long, up to an hour. Success clears, but `told` stays until the recovery is told
    too. Being throttled is neither success nor failure. 410, or failing for five days, disables.
    """
    held = hold_until(answer, now)
    if answer.verdict in _SUCCESS:
        return replace(
            state, held_until=held, failures=0, failing_since=None, problem=_of_disabled(state)
        )
    if answer.verdict is Verdict.THROTTLED:
        return replace(state, held_until=_latest(state.held_until, held))
    held = _latest(state.held_until, held)
    if is_on_trial(state) and state.held_until and state.held_until > now:
        # One that was in flight when the breaker opened tells nothing new.
        failures = state.failures
    else:
        failures = state.failures + 1
        if answer.verdict is Verdict.HELD:
            failures = max(failures, _BREAKER_AFTER)
        held = _latest(held, _breaker(failures, now))
    failing = replace(
        state,
        held_until=held,
        failures=failures,
        failing_since=state.failing_since or now,
        problem=state.problem if state.disabled_at else answer.text,
    )
    return _disabled_if_hopeless(failing, answer, now)


def is_on_trial(state: WebhookState | None) -> bool:
    """Whether one message alone may try if the webhook works again (the breaker is half open)."""
    return state is not None and state.failures >= _BREAKER_AFTER


def may_send(state: WebhookState | None, now: datetime) -> bool:
    """Whether the webhook is neither disabled nor held."""
    if state is None:
        return True
    return state.disabled_at is None and (state.held_until is None or state.held_until <= now)


def should_tell(state: WebhookState, now: datetime, after: timedelta = TELL_AFTER) -> bool:
    """Whether the operator is to hear of a failing webhook now (by way of another one)."""
    if state.told or state.failing_since is None:
        return False
    return state.disabled_at is not None or now - state.failing_since >= after


def _dead(delivery: Delivery, problem: str, now: datetime) -> Delivery:
    return replace(delivery, state=DeliveryState.DEAD, settled_at=now, problem=problem)


def _pending(delivery: Delivery, due_at: datetime, answer: Answer) -> Delivery:
    return replace(
        delivery, state=DeliveryState.PENDING, due_at=due_at, settled_at=None, problem=answer.text
    )


def _first_wait(answer: Answer, now: datetime, jitter: float) -> datetime:
    """As long as the breaker's first, so that at its end others that wait have their turn."""
    wait = now + _BREAKER_FIRST * _spread(jitter)
    return _latest(wait, hold_until(answer, now)) or wait


def _tried_again(
    tried: Delivery, answer: Answer, now: datetime, jitter: float, policy: Policy
) -> Delivery:
    began = tried.tried_since or now
    counted = "attempt" if tried.attempts == 1 else "attempts"
    over = f"gave up after {tried.attempts} {counted}: {answer.text}"
    # A throttled first attempt leaves attempts at 0; it waits like any second one.
    step = max(tried.attempts, 1)
    if policy.give_up_after is None and step > len(policy.retries):
        return _dead(tried, over, now)
    base = policy.retries[min(step, len(policy.retries)) - 1]
    wait = now + base * _spread(jitter)
    due_at = _latest(wait, hold_until(answer, now)) or wait
    throttled = answer.verdict is Verdict.THROTTLED
    if policy.give_up_after is not None and due_at - began > policy.give_up_after:
        return _dead(tried, over, now)
    if throttled and now - began >= policy.limit:
        return _dead(tried, f"throttled for {_hours(now - began)}: {answer.text}", now)
    return _pending(tried, due_at, answer)


def _disabled_if_hopeless(state: WebhookState, answer: Answer, now: datetime) -> WebhookState:
    if state.disabled_at is not None:
        return state
    if answer.verdict is Verdict.GONE:
        return replace(state, disabled_at=now, told=False)
    if state.failing_since and now - state.failing_since >= DISABLE_AFTER:
        problem = f"failed for {_hours(now - state.failing_since)}: {answer.text}"
        return replace(state, disabled_at=now, told=False, problem=problem)
    return state


def _of_disabled(state: WebhookState) -> str:
    """Why it is disabled outlives a late success of what was in flight."""
    return state.problem if state.disabled_at else ""


def _hours(span: timedelta) -> str:
    return f"{span / timedelta(hours=1):.0f} hours"


def _spread(jitter: float) -> float:
    return 1 - _SPREAD + 2 * _SPREAD * jitter


def _breaker(failures: int, now: datetime) -> datetime | None:
    if failures < _BREAKER_AFTER:
        return None
    doublings = min(failures - _BREAKER_AFTER, 10)
    return now + min(_BREAKER_FIRST * (1 << doublings), _BREAKER_LONGEST)


def _latest(first: datetime | None, second: datetime | None) -> datetime | None:
    if first is None or second is None:
        return first or second
    return max(first, second)
