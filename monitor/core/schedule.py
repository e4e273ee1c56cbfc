"""When a feed is polled next, and when its silence is abnormal."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from monitor.core.rhythm import ORDINARY, Moment, pace, usual_silence
from monitor.model import DueReason, Feed, FeedState, Health

LONGEST_WAIT = timedelta(hours=24)
LONGEST_RETRY_AFTER = timedelta(days=7)
FIRST_RETRY = timedelta(minutes=5)
# A weekly source may skip a week; rarer ones say so with `expect_every`.
LONGEST_SILENCE = timedelta(days=14)
_SHORTEST_SILENCE = timedelta(days=3)  # a long weekend is no fault
NEVER = datetime.max.replace(tzinfo=UTC)

_JITTER = 0.1
_THEIRS = (DueReason.MAX_AGE, DueReason.TTL, DueReason.RETRY_AFTER)
_OURS = (DueReason.INTERVAL, DueReason.RHYTHM, DueReason.STORY)
_SPREAD = timedelta(minutes=1)
_CLOCK_SLACK = timedelta(days=1)
_HOUR = timedelta(hours=1)
_WEEK_HOURS = 7 * 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """When a feed is asked next, and what decided it.

    Attributes:
        earliest_at: What the server asked for; None: nothing.
    """

    at: datetime
    reason: DueReason
    earliest_at: datetime | None = field(default=None, compare=False)


def is_due(state: FeedState | None, now: datetime) -> bool:
    """Whether a feed may be asked; one without a state may at once."""
    return state is None or state.due_at <= now


def after_success(
    state: FeedState,
    feed: Feed,
    now: datetime,
    *,
    fresh_for: timedelta | None = None,
    retry_after: timedelta | None = None,
    jitter: float = 0.0,
    moment: Moment = ORDINARY,
) -> Due:
    """When to ask again after an answer that was a feed, or said that nothing is new.

    The longest of what we, the HTTP headers and the document ask for; the server's wishes count
    up to 24 h, Retry-After up to 7 days. Hours and days to skip move it on, to 24 h at most.

    Args:
        state: What is known after this answer, the document's wishes included.
        jitter: Chance in [0, 1]: adds up to 10 %, so that feeds do not march in step.
        moment: What weighs on it just now.
    """
    ttl = timedelta(seconds=state.ttl_s or 0)
    return _latest(
        state,
        now,
        jitter,
        pace(feed, state, moment, now),
        (_capped(fresh_for, LONGEST_WAIT), DueReason.MAX_AGE),
        (_capped(ttl, LONGEST_WAIT), DueReason.TTL),
        (_capped(retry_after, LONGEST_RETRY_AFTER), DueReason.RETRY_AFTER),
    )


def after_failure(
    state: FeedState,
    feed: Feed,
    now: datetime,
    *,
    fresh_for: timedelta | None = None,
    retry_after: timedelta | None = None,
    jitter: float = 0.0,
) -> Due:
    """When to ask again after a poll that brought no feed document.

    The first retry comes soon, since most failures pass; then the interval, doubled each time up
    to 24 h. It never gives up, but for a feed that is gone.

    Args:
        state: What is known after it: how many failed in a row, and whether it is gone.
        fresh_for: Of a body that was no feed: up to 24 h.
        retry_after: What the server asks for: obeyed up to 7 days.
        jitter: Chance in [0, 1]: adds up to 10 %.
    """
    if state.health is Health.GONE:
        return Due(at=NEVER, reason=DueReason.GONE)
    if state.failures <= 1:
        wait = min(feed.interval, FIRST_RETRY)
    else:
        # 2**20 doublings of a second are past any cap; more could overflow a timedelta.
        wait = feed.interval * 2 ** min(state.failures - 2, 20)
        wait = min(wait, max(LONGEST_WAIT, feed.interval))
    return _latest(
        state,
        now,
        jitter,
        (wait, DueReason.BACK_OFF),
        (_capped(fresh_for, LONGEST_WAIT), DueReason.MAX_AGE),
        (_capped(retry_after, LONGEST_RETRY_AFTER), DueReason.RETRY_AFTER),
    )


def hastened(
    state: FeedState, feed: Feed, moment: Moment, now: datetime, *, jitter: float = 0.0
) -> FeedState:
    """With a nearer due time if a story makes the feed worth asking sooner.

    Only what we decided ourselves is moved, never what a server asked for or a failure.
    """
    if state.due_reason not in _OURS or state.polled_at is None:
        return state
    wait, reason = pace(feed, state, moment, now)
    due = _latest(state, state.polled_at, jitter, (wait, reason))
    at = max(now, due.at, *([state.earliest_at] if state.earliest_at else []))
    if reason is not DueReason.STORY or due.reason is not reason or at >= state.due_at:
        return state
    return replace(state, due_at=at, due_reason=reason)


def after_outage(state: FeedState, now: datetime, *, jitter: float = 0.0) -> FeedState:
    """With a due time within a minute if only our own network kept us from the feed."""
    if state.health is not Health.UNREACHABLE or state.due_reason is not DueReason.BACK_OFF:
        return state
    at = now + jitter * _SPREAD
    return replace(state, due_at=at) if at < state.due_at else state


def longest_wait(state: FeedState, feed: Feed) -> timedelta:
    """More than this no feed has to wait, jitter included."""
    obeys = state.due_reason is DueReason.RETRY_AFTER
    ours = max(feed.interval, feed.max_latency or feed.interval)
    return max(ours, LONGEST_RETRY_AFTER if obeys else LONGEST_WAIT) * (1 + _JITTER)


def longest_silence(feed: Feed, state: FeedState) -> timedelta:
    """How long a feed may bring nothing new: as configured, else three times what it ever did.

    Between three and fourteen days; a source that is known to be rarer gets twice its longest gap.
    """
    if feed.expect_every is not None:
        return feed.expect_every
    usual = usual_silence(state)
    if usual is None:
        return LONGEST_SILENCE
    return max(_SHORTEST_SILENCE, min(3 * usual, LONGEST_SILENCE), 2 * usual)


def is_stale(feed: Feed, state: FeedState, now: datetime) -> bool:
    """Whether the feed answers, but shows nothing younger than its rhythm allows.

    A feed may be a zombie from the start: valid, but with a newest item years old. One whose dates
    are wrong, or that has none, lives as long as it brings entries that it did not have before.
    """
    if state.baseline_at is None:
        return False
    signs = [state.last_new_at or state.baseline_at]
    if state.newest_at is not None and state.newest_at <= now + _CLOCK_SLACK:
        # At the first poll everything is new to us: the dates alone can tell.
        came_later = signs[0] > state.baseline_at
        signs = [state.newest_at, *(signs if came_later else ())]
    return now - max(signs) > longest_silence(feed, state)


def _capped(wish: timedelta | None, cap: timedelta) -> timedelta:
    return min(wish or timedelta(), cap)


def _latest(
    state: FeedState, now: datetime, jitter: float, *waits: tuple[timedelta, DueReason]
) -> Due:
    """After the longest of these waits, in an hour that the feed does not ask us to skip.

    Of equal waits the first is the reason.
    """
    wait, reason = max(waits, key=lambda one: one[0])
    spread = _JITTER * min(max(jitter, 0.0), 1.0)
    at = now + wait * (1 + spread)
    # Skipping leaves at least one poll a day: who fell silent for good must be noticed.
    allowed = min(_first_allowed(at, state, spread), max(now + LONGEST_WAIT, at))
    wish = max((wait for wait, why in waits if why in _THEIRS), default=timedelta())
    return Due(
        at=allowed,
        reason=reason if allowed == at else DueReason.SKIPPED,
        earliest_at=now + wish if wish else None,
    )


def _first_allowed(at: datetime, state: FeedState, spread: float) -> datetime:
    """The moment itself, or soon after the full hour that ends what is to be skipped.

    Args:
        spread: Part of an hour that is added then: nobody wants all readers at the full hour.
    """
    hours = (at.replace(minute=0, second=0, microsecond=0) + n * _HOUR for n in range(_WEEK_HOURS))
    first = next(filter(partial(_is_allowed, state), hours), at)
    return at if first <= at else first + spread * _HOUR


def _is_allowed(state: FeedState, moment: datetime) -> bool:
    moment = moment.astimezone(UTC)
    return moment.hour not in state.skip_hours and moment.weekday() not in state.skip_days
