"""The line: a feed's entries go in, items, alerts and outbox rows come out, in one transaction."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import Protocol

from monitor import storyline
from monitor.core import alert as alerting
from monitor.core import expectations
from monitor.core.changes import Change
from monitor.core.dedupe import as_copy, origin_of, recognise
from monitor.core.delivery import DEFAULT
from monitor.core.dispatch import Rest
from monitor.core.evidence import evidence_of, is_kept
from monitor.core.health import confidants
from monitor.core.normalise import sourced
from monitor.core.origins import state_of
from monitor.core.own_feed import without_own
from monitor.core.query import Patience, Percolation, Percolator
from monitor.core.story import story_id_of
from monitor.core.telling import News
from monitor.core.thread import Turn
from monitor.errors import Overtaken
from monitor.grouping import Grouper
from monitor.model import (
    Alert,
    Delivery,
    Dropped,
    Evidence,
    Feed,
    FeedState,
    Followed,
    Guids,
    Inhibition,
    Intake,
    Item,
    Judged,
    Judgement,
    KeepEvidence,
    Match,
    Outlet,
    ParsedFeed,
    Policy,
    Provenance,
    Reason,
    Route,
    Status,
    Story,
    Version,
    Watch,
)
from monitor.outbox import Outbox, enter, enter_health
from monitor.ports import Told, Unit, Webhook
from monitor.storyline import Joined

_NAME = 4  # characters from which the name of a feed is no ordinary word
_SAME_AT_MOST = 10  # items of one title that a new one is compared with


@dataclass(frozen=True, kw_only=True)
class Line:
    """All that a configuration says about the way of an item.

    Attributes:
        publishers: Host -> feed of the outlet that lives there.
        webhooks: Name -> webhook; without the disabled ones.
        default_webhooks: Where watches send that name none themselves.
        instance: Identity of the database, part of every webhook-id.
        routes, inhibitions, rests: What decides where an alert goes, and whether now (see Outbox).
        policies: Name of a webhook -> how it is delivered to, if not by default.
        keep_evidence: Of which items it is kept what their feed sent.
        versions: Watch -> what it is, for others to see later.
        lexicon: What the lexicon is, likewise.
        grouper: The memory of grouping; it follows the store by itself.
    """

    feeds: Mapping[str, Feed]
    watches: Mapping[str, Watch]
    percolator: Percolator
    publishers: Mapping[str, Feed]
    webhooks: Mapping[str, Webhook]
    default_webhooks: tuple[str, ...]
    instance: str
    routes: tuple[Route, ...] = ()
    inhibitions: tuple[Inhibition, ...] = ()
    rests: Mapping[str, Rest] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    keep_evidence: KeepEvidence = KeepEvidence.MATCHED
    versions: Mapping[str, Version] = field(default_factory=dict, repr=False)
    lexicon: Version | None = field(default=None, repr=False)
    grouper: Grouper = field(default_factory=Grouper, compare=False)

    @cached_property
    def outlets(self) -> Mapping[str, Outlet]:
        """What reports may call the configured feeds, folded."""
        named = {}
        for feed in self.feeds.values():
            outlet = Outlet(feed.owner, feed.name, state_of(feed.tier, feed.authority_for))
            for name in (feed.name, feed.name.partition("(")[0]):
                if len(name.strip()) >= _NAME:
                    named[name.strip().lower()] = outlet
        return MappingProxyType(named)

    def policy(self, webhook: str) -> Policy:
        return self.policies.get(webhook, DEFAULT)

    @cached_property
    def outbox(self) -> Outbox:
        """The way from an alert to the webhooks."""
        return Outbox(
            webhooks=self.webhooks,
            default_webhooks=self.default_webhooks,
            instance=self.instance,
            routes=self.routes,
            inhibitions=self.inhibitions,
            rests=self.rests,
            feeds=self.feeds,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Absorbed:
    """What became of a feed document, in the order of the items (oldest first).

    Attributes:
        told: What each news item is to its story.
        state: The feed's after it; None: it is none of this one's affair.
        stopped: Patterns that a text made too slow.
    """

    judged: tuple[Judged, ...]
    judgements: tuple[Judgement, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    stopped: tuple[str, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    told: tuple["StoryTold", ...] = ()
    state: FeedState | None = None

    def counts(self) -> dict[str, int]:
        """What came of the entries, as a line of the log says it."""
        came = Counter(judged.status for judged in self.judged)
        return {
            "fresh": came[Status.NEW] + came[Status.COPY],
            "copies": came[Status.COPY],
            "edited": came[Status.REVISION],
            "matches": len(self.judgements),
            "alerts": len(self.alerts),
        }

    @property
    def alerts(self) -> tuple[Alert, ...]:
        return tuple(judgement.alert for judgement in self.judgements if judgement.alert)


def absorb(
    unit: Unit,
    line: Line,
    feed: Feed,
    document: ParsedFeed,
    state: FeedState,
    learn: Callable[[Sequence[Judged]], FeedState],
    now: datetime,
    source: Provenance | None = None,
) -> Absorbed:
    """Take a feed's entries from raw to outbox.

    Args:
        state: The feed's state before this poll.
        learn: Its state after, given what the entries turned out to be.
        source: Where the document came from; None: no evidence of it is kept.

    Raises:
        Overtaken: Another poll of the feed was saved since.
    """
    baseline = state.baseline_at is None
    document = replace(document, without_guids=state.guids is not Guids.TRUSTED)
    made = judge(unit, line, feed, document, now, baseline=baseline, source=source)
    return replace(made, state=save_polled(unit, learn(made.judged)))


def save_polled(unit: Unit, state: FeedState) -> FeedState:
    """Save what a poll made of a feed's state; returns it as it is stored.

    Raises:
        Overtaken: Another poll of the feed was saved since.
    """
    if not unit.save_polled(state):
        raise Overtaken(f"another poll of feed '{state.feed_id}' was saved meanwhile")
    return replace(state, poll_seq=state.poll_seq + 1)


def hand_in(
    unit: Unit,
    line: Line,
    feed: Feed,
    document: ParsedFeed,
    state: FeedState,
    learn: Callable[[Sequence[Judged]], FeedState],
    now: datetime,
    source: Provenance | None = None,
) -> Absorbed:
    """In place of `absorb`: leave a feed's entries to another process, which judges them.

    What they are is looked up to learn from it, and may be known better once they are judged.
    """
    document = replace(document, without_guids=state.guids is not Guids.TRUSTED)
    own = without_own(document, line.instance)
    judged = dedupe(unit, [item for item, _ in sourced(feed, own, now, line.publishers)])
    if any(one.status is not Status.KNOWN or one.previous for one in judged):
        unit.save_intake(
            Intake(
                feed_id=feed.id,
                feed_name=feed.name,
                baseline=state.baseline_at is None,
                polled_at=now,
                document=document,
                source=source,
            )
        )
    return Absorbed(judged=tuple(judged), state=save_polled(unit, learn(judged)))


class Absorb(Protocol):
    """`absorb`, or what takes its place."""

    def __call__(
        self,
        unit: Unit,
        line: Line,
        feed: Feed,
        document: ParsedFeed,
        state: FeedState,
        learn: Callable[[Sequence[Judged]], FeedState],
        now: datetime,
        source: Provenance | None = None,
    ) -> Absorbed: ...


def take_in(unit: Unit, line: Line, intake: Intake) -> Absorbed | None:
    """Judge what was handed in; None: another process did, or its feed is not configured."""
    feed = line.feeds.get(intake.feed_id)
    if feed is None or not unit.drop_intake(intake):
        return None
    return judge(
        unit,
        line,
        replace(feed, name=intake.feed_name),
        intake.document,
        intake.polled_at,
        baseline=intake.baseline,
        source=intake.source,
    )


def judge(
    unit: Unit,
    line: Line,
    feed: Feed,
    document: ParsedFeed,
    now: datetime,
    *,
    baseline: bool,
    source: Provenance | None = None,
) -> Absorbed:
    """Take a feed's entries from raw to outbox; what is known of the feed is not touched.

    Args:
        baseline: Whether all of it is old news.
    """
    document = without_own(document, line.instance)
    pairs = sourced(feed, document, now, line.publishers)
    judged = dedupe(unit, [item for item, _ in pairs])
    # Processor time: what the machine does meanwhile is no fault of the patterns.
    patience = Patience(time.thread_time)
    percolated = {
        j.item.id: line.percolator.percolate(j.item, patience) for j in judged if _is_news(j)
    }
    joined = storyline.join(unit, line.grouper, line.percolator, judged, percolated, line.outlets)
    judged = [one.judged for one in joined]
    unit.save_items([j for j in judged if j.status is not Status.KNOWN or j.previous])
    judgements: list[Judgement] = []
    deliveries: list[Delivery] = []
    told: list[StoryTold] = []
    evidence: list[Evidence] = []
    for one, (_, entry) in zip(joined, pairs, strict=True):
        # One by one: a copy asks what became of its origin.
        if _is_news(one.judged):
            made, rows, story = _told(
                unit,
                line,
                feed,
                one,
                percolated[one.judged.item.id],
                now,
                baseline=baseline,
                patience=patience,
            )
            judgements += made
            deliveries += rows
            told.append(story)
            if source and is_kept(line.keep_evidence, matched=bool(made)):
                evidence.append(evidence_of(one.judged.item, feed, entry, source))
    storyline.settle(unit, joined)
    unit.save_evidence(evidence)
    line.grouper.keep(unit)
    return Absorbed(
        judged=tuple(judged),
        judgements=tuple(judgements),
        dropped=tuple(drop for one in percolated.values() for drop in one.dropped),
        stopped=tuple(dict.fromkeys(text for p in percolated.values() for text in p.stopped)),
        deliveries=tuple(deliveries),
        told=tuple(told),
    )


def _told(
    unit: Unit,
    line: Line,
    feed: Feed,
    one: Joined,
    found: Percolation,
    now: datetime,
    *,
    baseline: bool,
    patience: Patience,
) -> tuple[list[Judgement], list[Delivery], "StoryTold"]:
    """What is made of an item by the watches that it matches, and where that goes; all is saved."""
    story, turn = storyline.follow(
        unit, line.percolator, one, found.matches, line.watches, line.outlets
    )
    told = StoryTold(joined=one, story=story, turn=turn, edit=storyline.edit_of(one.judged))
    made = judge_all(
        unit,
        line,
        feed,
        one.judged,
        found.matches,
        now,
        baseline=baseline,
        patience=patience,
        told=told,
    )
    named = [line.versions[j.match.watch_id] for j in made if j.match.watch_id in line.versions]
    if named:
        unit.save_versions(named, line.lexicon, now)
    unit.save_judgements(made, {version.name: version.id for version in named})
    unit.save_dropped(one.judged.item, found.dropped, now)
    deliveries: list[Delivery] = []
    together: set[str] = set()
    for judgement in made if turn else ():
        assert turn
        watch = line.watches[judgement.match.watch_id]
        before = unit.followed(watch.id, turn.thread.id)
        pressing = storyline.presses(one, story, watch, turn, judgement)
        wait = storyline.wait_of(before, judgement, watch, pressing, now)
        rungs: Iterable[str] = ()
        if judgement.alert:
            deliveries += _addressed(unit, line, judgement.alert, now, wait.until if wait else None)
            rungs = alerting.rungs_that_hold(judgement.match, watch, turn)
            opens = one.placed is not None and one.placed.opened
            if wait and wait.joins and not opens:
                together.add(judgement.alert.id)
        after = storyline.followed_after(
            before, judgement, watch, turn, wait, rungs, now, pressing=pressing
        )
        unit.save_followed([after])
        storyline.expect(unit, watch, turn, one.judged.item, now)
    for alert in _withdrawn(unit, line, feed, one.judged, found.matches, story, now):
        unit.save_alerts([alert])
        deliveries += _addressed(unit, line, alert, now)
    return made, deliveries, replace(told, together=frozenset(together))


def _withdrawn(
    unit: Unit,
    line: Line,
    feed: Feed,
    judged: Judged,
    matches: Sequence[Match],
    story: Story,
    now: datetime,
) -> list[Alert]:
    """Watches that were told of an item which after an edit does not match them any more."""
    if judged.status is not Status.REVISION or judged.previous is None:
        return []
    still = {match.watch_id for match in matches}
    told = unit.told_watches(judged.item.id) - still
    return [
        alerting.withdrawn(
            judged,
            line.watches[name],
            feed,
            story.thread_id,
            unit.last_alert(story.thread_id, name),
            storyline.diff_of(judged),
            now,
        )
        for name in sorted(told & line.watches.keys())
        if _matched_before(line, judged, name, None)
    ]


def tell_silence(
    unit: Unit, line: Line, was_well: Callable[[Feed, datetime], bool], now: datetime
) -> list[Alert]:
    """What stories did not come to in time.

    Args:
        was_well: Whether what a feed told since a moment would have been seen.
    """
    alerts = []
    for awaited in unit.overdue(now):
        watch = line.watches.get(awaited.watch_id)
        expected = watch.expectations if watch else ()
        wanted = next((one for one in expected if one.id == awaited.expectation), None)
        thread = unit.find_thread(awaited.thread_id)
        if watch is None or not watch.enabled or wanted is None or thread is None:
            unit.save_awaited([replace(awaited, settled_at=now, outcome=expectations.UNKNOWN)])
            continue
        asked = expectations.sources_of(wanted, watch, line.feeds)
        well = [feed for feed in asked if was_well(feed, awaited.armed_at)]
        last = unit.last_alert(thread.id, watch.id)
        alert = expectations.silence(
            awaited,
            wanted,
            watch,
            thread,
            storyline.silence_id(awaited),
            last[0] + 1 if last else 1,
            last[1] if last else None,
            well,
            asked,
            now,
        )
        unit.save_alerts([alert])
        _addressed(unit, line, alert, now)
        outcome = expectations.MISSED if well else expectations.UNKNOWN
        unit.save_awaited([replace(awaited, settled_at=now, outcome=outcome)])
        alerts.append(alert)
    return alerts


def dedupe(unit: Unit, items: Sequence[Item]) -> list[Judged]:
    """What each item is, given the store and the items before it; new ones get their story."""
    known = dict(unit.find_known(key for item in items for key in item.keys))
    fresh = _Fresh()
    judged: list[Judged] = []
    for item in items:
        found = recognise(item, known, _sightings(unit, item, known))
        if found.status is Status.NEW:
            found = _as_news(unit, found.item, fresh)
        judged.append(found)
        if _is_news(found):
            fresh.add(found.item)
        if _is_news(found) or found.previous:
            known |= dict.fromkeys(item.keys, found.item)
    return judged


class _Fresh:
    """News of one document by text and title; few of each, as a hostile one repeats one title."""

    def __init__(self) -> None:
        self._by_hash: dict[str, list[Item]] = {}

    def add(self, item: Item) -> None:
        for name in (f"text {item.content_hash}", f"title {item.title_hash}"):
            same = self._by_hash.setdefault(name, [])
            if len(same) < _SAME_AT_MOST:
                same.append(item)

    def of_text(self, item: Item) -> list[Item]:
        return self._by_hash.get(f"text {item.content_hash}", [])

    def of_title(self, item: Item) -> list[Item]:
        return self._by_hash.get(f"title {item.title_hash}", []) if item.title_hash else []


def _addressed(
    unit: Unit, line: Line, alert: Alert, now: datetime, paused_until: datetime | None = None
) -> list[Delivery]:
    watch = line.watches.get(alert.watch_id)
    own = watch.webhooks if watch else ()
    return enter(unit, line.outbox, alert, own, now, paused_until=paused_until)


def tell_health(
    unit: Unit, line: Line, alert: Alert, webhooks: Sequence[str], about: str, now: datetime
) -> None:
    """Save an alert about ourselves, for these webhooks but the one that it is about.

    If none of these is left that works, for another one.
    """
    states = {name: unit.webhook_state(name) for name in line.webhooks} if about else {}
    to = confidants(webhooks, about, states) if about else webhooks
    unit.save_alerts([alert])
    enter_health(unit, line.outbox, alert, to, now)


def _is_news(judged: Judged) -> bool:
    return judged.status is not Status.KNOWN


def _sightings(
    unit: Unit, item: Item, known: Mapping[str, Item | None]
) -> dict[tuple[str, str], str]:
    ids = {other.id for key in item.keys if (other := known.get(key))}
    shown = {(item_id, item.feed_id): unit.sighted(item_id, item.feed_id) for item_id in ids}
    return {place: content_hash for place, content_hash in shown.items() if content_hash}


def _as_news(unit: Unit, item: Item, fresh: _Fresh) -> Judged:
    """A copy of something stored or of something earlier in this document, else new."""
    same_text = [*unit.find_same_text(item.content_hash), *fresh.of_text(item)]
    stored = unit.find_same_title(item.title_hash) if item.title_hash else ()
    same_title = [*stored[-_SAME_AT_MOST:], *fresh.of_title(item)]
    if origin := origin_of(item, same_text, same_title):
        return as_copy(item, origin)
    return Judged(item=replace(item, story_id=story_id_of(item)), status=Status.NEW)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryTold:
    """What an item is to its story, before the watches are asked what they make of that.

    Attributes:
        together: Alerts of the item that add to a story of which a message waits already (known at
            last).
    """

    joined: Joined
    story: Story
    turn: Turn | None
    edit: tuple[tuple[Change, ...], str] = ((), "")
    together: frozenset[str] = frozenset()

    def thread_id(self) -> str:
        return self.turn.thread.id if self.turn else self.story.id

    def news(self, watch: Watch) -> News:
        return storyline.news(self.joined, self.story, watch, self.turn)


def judge_all(
    unit: Told,
    line: Line,
    feed: Feed,
    judged: Judged,
    matches: Sequence[Match],
    now: datetime,
    *,
    baseline: bool,
    patience: Patience | None = None,
    told: StoryTold | None = None,
) -> list[Judgement]:
    """What becomes of an item's matches; a watch comes after those to which it defers.

    Args:
        told: What the item is to its story; None: all that is known is which one it is.
        baseline: This is the first poll of the feed.
        patience: Time that patterns may take, as in `Percolator.percolate`.
    """
    made: list[Judgement] = []
    heard_of = unit.told_watches(judged.item.id) if matches else frozenset()
    thread_id = told.thread_id() if told else judged.item.story_id
    followers = unit.followers(thread_id) if matches else ()
    for match in alerting.in_order(matches, line.watches):
        # One that deferred itself counts: somebody told of the item.
        spoken = heard_of | {
            one.match.watch_id for one in made if one.alert or one.reason is Reason.DEFERRED
        }
        watch = line.watches[match.watch_id]
        heard = _is_heard(unit, judged, thread_id, watch, spoken)
        before = _matched_before(line, judged, match.watch_id, patience)
        past = _past(
            unit,
            judged,
            match,
            thread_id,
            heard_of,
            followers,
            before=before,
            heard=heard,
            baseline=baseline,
        )
        if told:
            changes, diff = told.edit
            past = replace(past, news=told.news(watch), turn=told.turn, changes=changes, diff=diff)
        made.append(alerting.judge(judged, match, watch, feed, past, now))
    return made


def _is_heard(unit: Told, judged: Judged, story: str, watch: Watch, told: frozenset[str]) -> bool:
    """Whether a watch to which this one defers told of the item, or of what it is a copy of."""
    if judged.status is Status.COPY:
        return any(other in told or unit.loudest(story, other) for other in watch.defer_to)
    return not told.isdisjoint(watch.defer_to)


def _past(
    unit: Told,
    judged: Judged,
    match: Match,
    thread_id: str,
    told: frozenset[str],
    followers: Sequence[Followed],
    *,
    before: bool,
    heard: bool,
    baseline: bool,
) -> alerting.Past:
    item = judged.item
    return alerting.Past(
        told=told,
        former=unit.held_for(item.id, match.watch_id),
        matched=before,
        loudest=unit.loudest(thread_id, match.watch_id),
        last=unit.last_alert(thread_id, match.watch_id),
        heard=heard,
        baseline=baseline,
        followed=next((one for one in followers if one.watch_id == match.watch_id), None),
        told_others=any(one.told and one.watch_id != match.watch_id for one in followers),
        news=News.SAME,
    )


def _matched_before(line: Line, judged: Judged, watch_id: str, patience: Patience | None) -> bool:
    """Whether the text before an edit matches the watch as it is now."""
    if judged.status is not Status.REVISION or judged.previous is None:
        return False
    matches = line.percolator.match(judged.previous, patience)
    return any(match.watch_id == watch_id for match in matches)
