"""Whether the monitor may say that it is alive: what it does is seen, not claimed."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from monitor.model import Feed, FeedState

TURN = timedelta(seconds=60)
"""The longest that a turn of the loop, or a write, may be ago."""

_LATE = timedelta(minutes=10)


def silence(
    feeds: Iterable[Feed],
    states: Mapping[str, FeedState],
    since_turn: timedelta,
    trouble: str,
    now: datetime,
) -> str:
    """Why the heartbeat is withheld; empty: it is not.

    Args:
        since_turn: How long ago the main loop turned.
        trouble: What is wrong with the database.
    """
    if since_turn > TURN:
        return f"the main loop has not turned for {since_turn.total_seconds():.0f} s"
    if trouble:
        return f"the database cannot be written: {trouble}"
    if not any(_is_fresh(feed, states.get(feed.id), now) for feed in feeds if feed.enabled):
        return "no feed was read in its time"
    return ""


def _is_fresh(feed: Feed, state: FeedState | None, now: datetime) -> bool:
    """Its last poll brought a document, and the next one is not long overdue."""
    if state is None or state.last_ok_at is None or state.failures:
        return False
    return now <= state.due_at + max(feed.interval, _LATE)
