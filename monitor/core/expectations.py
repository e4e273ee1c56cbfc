"""What a story has to come to, and what is said if it does not: silence as news."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from monitor.core.conditions import parse, voices_of
from monitor.core.story_lines import in_words
from monitor.core.thread import Turn
from monitor.model import (
    Alert,
    AlertKind,
    Awaited,
    Expectation,
    Feed,
    FeedState,
    Health,
    Item,
    Severity,
    Thread,
    Tier,
    Watch,
)

MET, MISSED, UNKNOWN = "met", "missed", "unknown"
_NAMED = 6  # feeds that an alert names


def after(
    watch: Watch, known: Mapping[str, Awaited], turn: Turn, item: Item, now: datetime
) -> list[Awaited]:
    """What begins to be waited for, and what came, with this item.

    Args:
        known: By the name of the expectation; what was met once is never waited for again.
    """
    found = []
    for one in watch.expectations:
        before = known.get(one.id)
        if before is not None and before.settled_at is not None:
            continue
        if parse(one.expect).holds(turn.facts):
            start = before or _armed(one, watch, turn, item)
            found.append(replace(start, settled_at=now, outcome=MET))
        elif parse(one.arm).holds(turn.facts):
            if before is None:
                found.append(_armed(one, watch, turn, item))
            elif one.from_effective_date and (due := _due(one, turn, item)) != before.due_at:
                found.append(replace(before, due_at=due))  # another day was named
    return [one for one in found if one.settled_at or one.due_at < datetime.max.replace(tzinfo=UTC)]


def _armed(one: Expectation, watch: Watch, turn: Turn, item: Item) -> Awaited:
    return Awaited(
        watch_id=watch.id,
        thread_id=turn.thread.id,
        expectation=one.id,
        armed_at=item.effective_at,
        armed_by=item.id,
        due_at=_due(one, turn, item),
    )


def _due(one: Expectation, turn: Turn, item: Item) -> datetime:
    """Never, if the day that it counts from was not named."""
    if not one.from_effective_date:
        return item.effective_at + one.within
    day = turn.facts.effective_on
    if day is None:
        return datetime.max.replace(tzinfo=UTC)
    return datetime.combine(day, time(), UTC) + one.within


def sources_of(one: Expectation, watch: Watch, feeds: Mapping[str, Feed]) -> list[Feed]:
    """Feeds that could have said it: those that are named, else those that can satisfy it."""
    if one.require_healthy:
        return [feeds[name] for name in one.require_healthy if name in feeds]
    able = voices_of(watch, [feed for feed in feeds.values() if feed.enabled])
    if one.expect in able:
        return list(able[one.expect])
    return [
        feed
        for feed in feeds.values()
        if feed.enabled and feed.tier is Tier.OFFICIAL_PRIMARY and feed.authority_for
    ]


def was_well(feed: Feed, state: FeedState | None, since: datetime, now: datetime) -> bool:
    """Whether we would have seen what a feed told since then."""
    if not feed.enabled or state is None or state.last_ok_at is None:
        return False
    if state.baseline_at is None or state.baseline_at > since + timedelta(days=1):
        return False
    if state.health is Health.UNKNOWN or state.health.is_bad or state.failing_since is not None:
        return False
    return now - state.last_ok_at <= max(4 * feed.interval, timedelta(hours=6))


def silence(
    awaited: Awaited,
    one: Expectation,
    watch: Watch,
    thread: Thread,
    alert_id: str,
    seq: int,
    supersedes: str | None,
    well: Sequence[Feed],
    asked: Sequence[Feed],
    now: datetime,
) -> Alert:
    """What is told when it did not come.

    Args:
        well: Of the feeds that could have said it, those that were well all the time.
    """
    since = f"{awaited.armed_at:%Y-%m-%d %H:%M}Z"
    if well:
        title = f"Not heard {_deadline(awaited, one)}: {thread.title}"
        heard = f"healthy all the time: {_names(well)}"
    else:
        title = f"Cannot tell, no official source was reachable: {thread.title}"
        heard = f"none of these was healthy all the time: {_names(asked) or 'no feed at all'}"
    official = thread.standing.official
    said = (
        f"last official word: {in_words(official.claim)}"
        f" ({official.publisher}, {official.at:%Y-%m-%d})"
        if official
        else "no official word so far"
    )
    return Alert(
        id=alert_id,
        kind=AlertKind.SILENCE,
        severity=one.severity if well else Severity.LOW,
        reason=f"expected since {since}: {one.expect}",
        watch_id=watch.id,
        watch_name=watch.name or watch.id,
        created_at=now,
        title=title,
        snippet=f"{heard}; {said}",
        language=thread.language,
        story_id=thread.id,
        seq=seq,
        supersedes=supersedes,
    )


def _deadline(awaited: Awaited, one: Expectation) -> str:
    """As in "within 7 days", "within 36 hours", "by 2025-06-14 00:00Z"."""
    if one.from_effective_date:
        return f"by {awaited.due_at:%Y-%m-%d %H:%M}Z"
    days, rest = divmod(one.within, timedelta(days=1))
    if days and not rest:
        return f"within {days} day{'s' * (days != 1)}"
    hours = one.within / timedelta(hours=1)
    return f"within {hours:.3g} hour{'s' * (hours != 1)}"


def _names(feeds: Collection[Feed]) -> str:
    named = [feed.name for feed in feeds][:_NAMED]
    more = len(feeds) - len(named)
    return ", ".join(named) + (f" and {more} more" if more else "")
