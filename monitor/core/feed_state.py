"""What we know of a feed after a poll."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.core import guids, rhythm
from monitor.core.schedule import LONGEST_WAIT, Due, longest_wait
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
_PATIENCE_WITH_A_PAGE = timedelta(days=3)  # a 404 passes more often than not
_STUCK_AFTER = timedelta(days=14)
_FIRST_DAY = timedelta(days=1)
_WEIGHT = 0.2  # of the last answer in how long answers take


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
            news_count=state.news_count,
            news_gap_s=state.news_gap_s,
            longest_gap_s=state.longest_gap_s,
            told=state.told,
            poll_seq=state.poll_seq,
        )
    if state.health is Health.GONE or state.due_at - now <= longest_wait(state, feed):
        return state
    return replace(state, due_at=now)


def shifted(state: FeedState, jump: timedelta) -> FeedState:
    """After the wall clock jumped: it is asked after as much time as before."""
    if state.health is Health.GONE:
        return state
    earliest = state.earliest_at
    try:
        return replace(state, due_at=state.due_at + jump, earliest_at=earliest and earliest + jump)
    except OverflowError:
        return state


def with_due(state: FeedState, due: Due) -> FeedState:
    """With the decision when to ask again."""
    return replace(state, due_at=due.at, due_reason=due.reason, earliest_at=due.earliest_at)


def unchanged(
    state: FeedState, answer: NotModified | Fetched, asked: str, now: datetime
) -> FeedState:
    """After a 304, or a body of the very bytes we know; changed validators are kept.

    A mirror's validators say nothing about the address that gave ours.
    """
    after = _answered(state, answer, now)
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
    known = _answered(guids.learned(state, judged, document.known), fetched, now)
    return replace(
        _with_rhythm(known, state, dates, now, news=bool(news)),
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


def empty(state: FeedState, answer: Fetched, now: datetime) -> FeedState:
    """After a feed document without entries: a fault if there were some, odd if never."""
    if state.newest_at or state.last_new_at:
        return failed(state, Health.EMPTY, "answers with no entries where there were some", now)
    return replace(
        _answered(state, answer, now),
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
        patience = _PATIENCE_WITH_A_PAGE if state.health is Health.NOT_FOUND else _PATIENCE
        return state.health is Health.GONE or now - since >= max(3 * feed.interval, patience)
    if state.health.is_odd:
        return state.told is not state.health
    return state.told.is_bad or state.told.is_odd


def as_told(
    state: FeedState, told: Mapping[str, Health], told_moved: Mapping[str, str | None]
) -> FeedState:
    """With what was reported of it; feeds that are in neither stay as they are."""
    return replace(
        state,
        told=told.get(state.feed_id, state.told),
        told_moved=told_moved.get(state.feed_id, state.told_moved),
    )


def has_moved(feed: Feed, state: FeedState) -> bool:
    """Whether a new address was adopted in place of the configured one."""
    return state.moved_count >= ADOPT_AFTER and bool(state.moved_to) and state.moved_to != feed.url


def is_stuck(state: FeedState, now: datetime) -> bool:
    """Whether "nothing new" has been said for too long of a feed that was lively.

    Some servers keep a validator for ever. One plain request finds out.
    """
    if state.body_at is None or not (state.etag or state.last_modified):
        return False
    return now - state.body_at >= _STUCK_AFTER and rhythm.is_lively(state)


def without_validators(state: FeedState) -> FeedState:
    """So that the next request is a plain one."""
    return replace(state, etag=None, last_modified=None, validated_url=None)


def is_slow(state: FeedState, deadline: timedelta, now: datetime) -> bool:
    """Whether answers usually take more than half of the time that they may take.

    On the first day nobody can tell what is usual.
    """
    if state.answer_s is None or state.baseline_at is None or now - state.baseline_at < _FIRST_DAY:
        return False
    return state.answer_s > deadline.total_seconds() / 2


def _with_rhythm(
    after: FeedState, before: FeedState, dates: Sequence[datetime], now: datetime, *, news: bool
) -> FeedState:
    if before.baseline_at is None:
        return rhythm.of_dates(after, dates, now)
    if not news:
        return after
    learned = rhythm.of_news(before, LONGEST_WAIT, now)
    return replace(
        after,
        news_count=learned.news_count,
        news_gap_s=learned.news_gap_s,
        longest_gap_s=learned.longest_gap_s,
    )


def _answered(state: FeedState, answer: NotModified | Fetched, now: datetime) -> FeedState:
    took = answer.took.total_seconds()
    usual = took if state.answer_s is None else state.answer_s
    return replace(
        state,
        # An answer of "nothing new" to who never noted a body: the time counts from here.
        body_at=now if isinstance(answer, Fetched) or state.body_at is None else state.body_at,
        answer_s=usual + _WEIGHT * (took - usual),
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
