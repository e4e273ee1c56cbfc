"""When a feed is polled next, and when its silence is abnormal."""

from datetime import datetime, timedelta

from monitor.model import Feed, FeedState

LONGEST_WAIT = timedelta(hours=24)
LONGEST_RETRY_AFTER = timedelta(days=7)
FIRST_RETRY = timedelta(minutes=5)
# A weekly source may skip a week; rarer ones say so with `expect_every`.
LONGEST_SILENCE = timedelta(days=14)

_JITTER = 0.1
_CLOCK_SLACK = timedelta(days=1)


def is_due(state: FeedState | None, now: datetime) -> bool:
    """Whether a feed may be asked; one without a state may at once."""
    return state is None or state.due_at <= now


def after_success(
    state: FeedState | None,  # noqa: ARG001 - each decision here is given all that is known
    feed: Feed,
    now: datetime,
    *,
    fresh_for: timedelta | None = None,
    ttl: timedelta | None = None,
    jitter: float = 0.0,
) -> datetime:
    """Next due time after an answer that was a feed, or said that nothing is new.

    The longest of what we, the HTTP headers and the document ask for; the server's wishes count
    up to 24 h.

    Args:
        jitter: Chance in [0, 1]: adds up to 10 %, so that feeds do not march in step.
    """
    wishes = (wish for wish in (fresh_for, ttl) if wish is not None)
    wait = max([feed.interval, *(min(wish, LONGEST_WAIT) for wish in wishes)])
    return _later(now, wait, jitter)


def after_failure(
    feed: Feed,
    failures: int,
    now: datetime,
    *,
    retry_after: timedelta | None = None,
    jitter: float = 0.0,
) -> datetime:
    """Next due time after the `failures`-th poll in a row that failed (counted from 1).

    The first retry comes soon, since most failures pass; then the interval, doubled each time up
    to 24 h. It never gives up: what to do about 410 is the caller's decision.

    Args:
        retry_after: What the server asks for: obeyed up to 7 days.
        jitter: Chance in [0, 1]: adds up to 10 %.
    """
    if failures <= 1:
        wait = min(feed.interval, FIRST_RETRY)
    else:
        # 2**20 doublings of a second are past any cap; more could overflow a timedelta.
        wait = feed.interval * 2 ** min(failures - 2, 20)
        wait = min(wait, max(LONGEST_WAIT, feed.interval))
    if retry_after is not None:
        wait = max(wait, min(retry_after, LONGEST_RETRY_AFTER))
    return _later(now, wait, jitter)


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
    return now - max(signs) > (feed.expect_every or LONGEST_SILENCE)


def _later(now: datetime, wait: timedelta, jitter: float) -> datetime:
    return now + wait * (1 + _JITTER * min(max(jitter, 0.0), 1.0))
