"""What people do, whichever way they ask for it: each a work for one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.config.durations import NotADuration, parse_duration
from monitor.core.delivery import may_send
from monitor.core.inert import one_line
from monitor.core.matchers import Matcher, MatcherError, parse_all
from monitor.core.normalise import digest
from monitor.model import Delivery, Silence, WebhookState
from monitor.ports import Unit

LONGEST_SILENCE = timedelta(days=366)


class NotSensible(ValueError):  # noqa: N818 - reads as what it says
    """What a person asked for cannot be done so; says what would do."""


# --- deliveries ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Requeued:
    """What sending again did.

    Attributes:
        left: Deliveries that wait to be sent as it is.
        enabled: Webhooks that were disabled until now.
        held_until: Webhook -> when it will be sent to again.
    """

    queued: int
    left: int
    enabled: tuple[str, ...]
    held_until: Mapping[str, datetime]


def requeue(unit: Unit, found: Sequence[Delivery], now: datetime) -> Requeued:
    """Have deliveries sent again, the oldest first; what waits anyway is left alone.

    Args:
        found: Newest first.
    """
    wanted = [one.id for one in reversed(found)]
    states = [unit.webhook_state(name) for name in sorted({one.webhook for one in found})]
    known = [state for state in states if state]
    disabled = tuple(state.webhook for state in known if state.disabled_at)
    for name in disabled:
        unit.enable(name, now)
    queued = unit.requeue(wanted, now)
    return Requeued(
        queued=queued,
        left=len(set(wanted)) - queued,
        enabled=disabled,
        held_until=held_until(known, now),
    )


def held_until(states: Iterable[WebhookState], now: datetime) -> dict[str, datetime]:
    """Webhook -> when those that are held will be sent to again."""
    return {
        state.webhook: state.held_until
        for state in states
        if not state.disabled_at and not may_send(state, now) and state.held_until
    }


# --- silences ---


def silence_length(written: str) -> timedelta:
    """Raises NotSensible: it is no length of time, or more than a year."""
    try:
        length = parse_duration(written)
    except NotADuration as error:
        raise NotSensible(f"{error.what}; {error.cure}") from None
    if not timedelta() < length <= LONGEST_SILENCE:
        raise NotSensible("must be more than nothing and at most a year")
    return length


def silence_matchers(written: Sequence[str]) -> tuple[Matcher, ...]:
    """Raises NotSensible: one of them is none."""
    try:
        return parse_all(written)
    except MatcherError as error:
        raise NotSensible(f"{error.what}; {error.cure}") from None


def new_silence(
    matchers: Iterable[Matcher],
    length: timedelta,
    comment: str,
    author: str,
    now: datetime,
    key: str = "",
) -> Silence:
    """One that begins now.

    Args:
        key: The same key gives the same id; empty: each has its own.

    Raises:
        NotSensible: There is nothing in the comment.
    """
    texts, reason = tuple(map(str, matchers)), one_line(comment).strip()
    if not reason:
        raise NotSensible('the comment is empty; say why, as in "planned drill"')
    name = (
        digest("silence by key", key) if key else digest("silence", *texts, author, now.isoformat())
    )
    return Silence(
        id=f"q_{name[:10]}",
        matchers=texts,
        author=one_line(author),
        comment=reason,
        created_at=now,
        starts_at=now,
        ends_at=now + length,
    )


def end_silence(unit: Unit, one: Silence, now: datetime) -> Silence:
    """One that is over stays as it is."""
    if not one.is_active(now):
        return one
    ended = replace(one, expired_at=now)
    unit.save_silence(ended)
    return ended
