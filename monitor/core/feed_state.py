"""What we know of a feed after a poll."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.core.schedule import Due, longest_wait
from monitor.model import (
    Feed,
    FeedState,
    Fetched,
    Health,
    Judged,
    NotModified,
    ParsedFeed,
    Status,
)

ADOPT_AFTER = 3  # polls in a row that gave the same permanent redirect
_PATIENCE = timedelta(hours=6)


def addresses(feed: Feed, state: FeedState) -> tuple[str, ...]:
    """Where to ask, the address in use first; the others are tried when it fails."""
    configured = (feed.url, *feed.mirrors)
    used = state.address % len(configured)
    adopted = (state.moved_to,) if state.moved_to and state.moved_count >= ADOPT_AFTER else ()
    return (*adopted, *configured[used:], *configured[:used])


def refit(feed: Feed, state: FeedState, now: datetime) -> FeedState:
    """A stored state under the configuration and the clock of now.

    What was learned of another address is forgotten, but not what was seen and told. No feed waits
    longer than its longest legal delay: the clock may have been wrong when the time was stored.
    """
    if state.url and state.url != feed.url:
        return FeedState(
            feed_id=feed.id,
            due_at=now,
            last_ok_at=state.last_ok_at,
            last_new_at=state.last_new_at,
            baseline_at=state.baseline_at,
            newest_at=state.newest_at,
            told=state.told,
        )
    if state.health is Health.GONE or state.due_at - now <= longest_wait(state, feed):
        return state
    return replace(state, due_at=now)


def with_due(state: FeedState, due: Due) -> FeedState:
    """With the decision when to ask again."""
    return replace(state, due_at=due.at, due_reason=due.reason)


def unchanged(
    state: FeedState, answer: NotModified | Fetched, asked: str, now: datetime
) -> FeedState:
    """After a 304, or a body of the very bytes we know; changed validators are kept.

    A mirror's validators say nothing about the address that gave ours.
    """
    after = _answered(state, now)
    if asked != state.validated_url:
        return after
    return replace(
        after,
        etag=answer.etag or state.etag,
        last_modified=answer.last_modified or state.last_modified,
    )


def parsed(
    feed: Feed,
    state: FeedState,
    fetched: Fetched,
    asked: str,
    body_hash: str,
    document: ParsedFeed,
    judged: Sequence[Judged],
    now: datetime,
) -> FeedState:
    """After a body was read as a feed.

    Only here are validators taken over, and not of a document that ends in the middle: asked
    without them, the server shows all of it next time.

    Args:
        asked: The address that was asked, before redirects: validators belong to it.
    """
    dates = [j.item.published_at for j in judged if j.item.published_at]
    news = [j for j in judged if j.status in (Status.NEW, Status.COPY)]
    moved = fetched.moved_to
    return replace(
        _answered(state, now),
        address=_address(feed, asked, state),
        etag=fetched.etag if document.complete else None,
        last_modified=fetched.last_modified if document.complete else None,
        validated_url=asked if document.complete else None,
        body_hash=body_hash if document.complete else None,
        last_new_at=now if news else state.last_new_at,
        baseline_at=state.baseline_at or now,
        ttl_s=int(document.ttl.total_seconds()) if document.ttl else None,
        skip_hours=document.skip_hours,
        skip_days=document.skip_days,
        newest_at=max([*dates, *([state.newest_at] if state.newest_at else [])], default=None),
        moved_to=moved if asked != state.moved_to else state.moved_to,
        moved_count=_moved_count(state, asked, moved),
        gap_at=now if not document.known and _has_gap(state, judged) else state.gap_at,
        problem=document.flaw,
    )


def empty(state: FeedState, now: datetime) -> FeedState:
    """After a feed document without entries: a fault if there were some, odd if never."""
    if state.newest_at or state.last_new_at:
        return failed(state, Health.EMPTY, "answers with no entries where there were some", now)
    return replace(
        _answered(state, now),
        health=Health.EMPTY,
        baseline_at=state.baseline_at or now,
        problem="answers, but has never had an entry; is the address right?",
    )


def failed(state: FeedState, health: Health, problem: str, now: datetime) -> FeedState:
    """After a poll that brought no feed document. What was learned before stays."""
    adopted = state.moved_count >= ADOPT_AFTER
    return replace(
        state,
        polled_at=now,
        failures=state.failures + 1,
        failing_since=state.failing_since or now,
        health=health,
        problem=problem,
        # An adopted target that fails is dropped: the configured address speaks again.
        moved_to=None if adopted else state.moved_to,
        moved_count=0 if adopted else state.moved_count,
    )


def is_worth_telling(feed: Feed, state: FeedState, now: datetime) -> bool:
    """Whether a feed's health changed for longer than patience allows, and nobody was told."""
    if state.health.is_bad:
        # One fault is told once, whatever turns it takes; that it is final is told again.
        if state.told.is_bad and (state.told is Health.GONE or state.health is not Health.GONE):
            return False
        since = state.failing_since or state.baseline_at or now
        return state.health is Health.GONE or now - since >= max(3 * feed.interval, _PATIENCE)
    if state.health is Health.STALE:
        return state.told is not Health.STALE
    return state.told.is_bad or state.told is Health.STALE


def _answered(state: FeedState, now: datetime) -> FeedState:
    return replace(
        state,
        polled_at=now,
        last_ok_at=now,
        failures=0,
        failing_since=None,
        health=Health.OK,
        problem="",
    )


def _address(feed: Feed, asked: str, state: FeedState) -> int:
    configured = (feed.url, *feed.mirrors)
    return configured.index(asked) if asked in configured else state.address


def _moved_count(state: FeedState, asked: str, moved: str | None) -> int:
    if asked == state.moved_to:
        return state.moved_count  # the adopted address answered by itself
    if moved is None:
        return 0
    return state.moved_count + 1 if moved == state.moved_to else 1


def _has_gap(state: FeedState, judged: Sequence[Judged]) -> bool:
    """Whether entries may have come and gone between two polls: none of these was seen before."""
    if state.baseline_at is None or state.newest_at is None or len(judged) < 2:
        return False
    if any(j.status in (Status.KNOWN, Status.REVISION) for j in judged):
        return False
    dates = [j.item.published_at for j in judged if j.item.published_at]
    return bool(dates) and min(dates) > state.newest_at
