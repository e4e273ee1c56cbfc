"""Whether the monitor may say that it is alive: what it does is seen, not claimed."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from monitor.model import Feed, FeedState, Health

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


def stuck(
    feeds: Iterable[Feed],
    states: Mapping[str, FeedState],
    *,
    since_turn: timedelta,
    since_answer: timedelta,
    since_poll: timedelta,
    trouble: str,
    now: datetime,
) -> str:
    """Why only another start may help; empty: nothing says so.

    A network that is lost and a disk that is full are no such reason: they are told otherwise, and
    after a start they would still be there.

    Args:
        since_answer: How long ago the database last took or refused a write.
        since_poll: How long ago the last poll ended, or the service began.
    """
    if since_turn > TURN:
        return f"the main loop has not turned for {since_turn.total_seconds():.0f} s"
    if since_answer > TURN:
        return f"the database has not answered for {since_answer.total_seconds():.0f} s"
    if trouble:
        return ""
    ours = [states.get(feed.id) for feed in feeds if feed.enabled]
    if since_poll > _LATE and any(state and state.due_at < now - _LATE for state in ours):
        return f"feeds are due, and none was asked for {since_poll / timedelta(minutes=1):.0f} min"
    return ""


def in_a_line(feeds: Iterable[Feed], states: Mapping[str, FeedState], trouble: str) -> str:
    """How the service is, for who looks at many."""
    enabled = [feed for feed in feeds if feed.enabled]
    known = [state for feed in enabled if (state := states.get(feed.id)) and state.polled_at]
    ill = sum(state.health not in (Health.OK, Health.UNKNOWN) for state in known)
    polled = max((state.polled_at for state in known if state.polled_at), default=None)
    parts = [
        f"the database refuses to be written: {trouble}" if trouble else "",
        f"{len(enabled)} feed{'s' if len(enabled) != 1 else ''}",
        f"{ill} not well" if ill else "",
        f"{len(enabled) - len(known)} not asked yet" if len(known) < len(enabled) else "",
        f"last poll {polled:%H:%MZ}" if polled else "",
    ]
    return ", ".join(part for part in parts if part)


def _is_fresh(feed: Feed, state: FeedState | None, now: datetime) -> bool:
    """Its last poll brought a document, and the next one is not long overdue."""
    if state is None or state.last_ok_at is None or state.failures:
        return False
    return now <= state.due_at + max(feed.interval, _LATE)
