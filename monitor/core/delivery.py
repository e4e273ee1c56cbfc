"""What becomes of an outbox row, and of its webhook, after an attempt."""

import json
from base64 import b32encode
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256

from monitor.errors import DeliveryError
from monitor.model import Answer, Delivery, DeliveryState, Verdict, WebhookState

# The example schedule of Standard Webhooks 1.0.0, with one early step more.
SCHEDULE = (
    timedelta(),
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
ATTEMPT_DEADLINE = timedelta(seconds=20)
LEASE = 2 * ATTEMPT_DEADLINE + timedelta(seconds=50)
FLAWED = "built-in form: "  # begins the problem of a row that is not what was asked for
TELL_AFTER = timedelta(hours=24)

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
_FINAL = (Verdict.REFUSED, Verdict.GONE)


def delivery_id(instance: str, alert_id: str, webhook: str) -> str:
    """The webhook-id: derived, so that a repeated run or a restored backup sends the same.

    Args:
        instance: Identity of the database.
    """
    named = json.dumps([instance, alert_id, webhook]).encode("ascii")
    return "msg_" + b32encode(sha256(named).digest()[:20]).decode("ascii").lower()


def after_attempt(
    delivery: Delivery,
    answer: Answer,
    now: datetime,
    jitter: float,
    schedule: tuple[timedelta, ...] = SCHEDULE,
) -> Delivery:
    """The row to save: settled, due again, or a dead letter with the reason.

    Args:
        jitter: In [0, 1), spread over -20 % to +20 % of the wait.
        schedule: Wait before each attempt, counted from the one before; its length is the number
            of attempts, its sum the time after which being throttled uses them up too (a dead
            letter that is sent again later starts with all of them).
    """
    freed = replace(delivery, lease=None, leased_until=None)
    if answer.verdict in _SUCCESS:
        used = delivery.attempts + 1
        state = _SUCCESS[answer.verdict]
        return replace(freed, state=state, attempts=used, settled_at=now, problem="")
    if answer.verdict is Verdict.THROTTLED and now - delivery.created_at < sum(
        schedule, timedelta()
    ):
        return _due_again(freed, answer, now, jitter, schedule)
    tried = replace(freed, attempts=delivery.attempts + 1)
    if answer.verdict in _FINAL:
        return _dead(tried, answer.text, now)
    if tried.attempts >= len(schedule):
        return _dead(tried, f"gave up after {tried.attempts} attempts: {answer.text}", now)
    return _due_again(tried, answer, now, jitter, schedule)


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

    Five failures in a row hold it for a minute, each further one twice as long, up to an hour;
    success clears, but `told` stays until the recovery is told too. Being throttled is neither
    success nor failure. 410 disables it.
    """
    held = hold_until(answer, now)
    if answer.verdict in _SUCCESS:
        return WebhookState(webhook=state.webhook, held_until=held, told=state.told)
    if answer.verdict is Verdict.THROTTLED:
        return replace(state, held_until=_latest(state.held_until, held))
    failures = state.failures + 1
    return replace(
        state,
        held_until=_latest(held, _breaker(failures, now)),
        disabled_at=now if answer.verdict is Verdict.GONE else state.disabled_at,
        failures=failures,
        failing_since=state.failing_since or now,
        problem=answer.text,
    )


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


def _due_again(
    delivery: Delivery,
    answer: Answer,
    now: datetime,
    jitter: float,
    schedule: tuple[timedelta, ...],
) -> Delivery:
    # A throttled first attempt leaves attempts at 0; it waits like any second one.
    step = schedule[min(max(delivery.attempts, 1), len(schedule) - 1)]
    wait = now + step * (1 - _SPREAD + 2 * _SPREAD * jitter)
    due_at = _latest(wait, hold_until(answer, now)) or wait
    return replace(
        delivery, state=DeliveryState.PENDING, due_at=due_at, settled_at=None, problem=answer.text
    )


def _breaker(failures: int, now: datetime) -> datetime | None:
    if failures < _BREAKER_AFTER:
        return None
    doublings = min(failures - _BREAKER_AFTER, 10)
    return now + min(_BREAKER_FIRST * (1 << doublings), _BREAKER_LONGEST)


def _latest(first: datetime | None, second: datetime | None) -> datetime | None:
    if first is None or second is None:
        return first or second
    return max(first, second)
