"""The line: a feed's entries go in, items, alerts and outbox rows come out, in one transaction."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from monitor.core import alert as alerting
from monitor.core.dedupe import as_copy, origin_of, recognise
from monitor.core.dispatch import Rest
from monitor.core.normalise import normalise
from monitor.core.query import Percolator
from monitor.core.story import story_id_of, tell
from monitor.model import (
    Alert,
    Delivery,
    Dropped,
    Feed,
    FeedState,
    Inhibition,
    Item,
    Judged,
    Judgement,
    Match,
    ParsedFeed,
    Reason,
    Route,
    Status,
    Watch,
)
from monitor.outbox import Outbox, enter, enter_health
from monitor.ports import Told, Unit, Webhook

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
        stopped: Patterns that a text made too slow.
    """

    judged: tuple[Judged, ...]
    judgements: tuple[Judgement, ...]
    dropped: tuple[Dropped, ...]
    stopped: tuple[str, ...]
    deliveries: tuple[Delivery, ...]
    state: FeedState

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
) -> Absorbed:
    """Take a feed's entries from raw to outbox.

    Args:
        state: The feed's state before this poll.
        learn: Its state after, given what the entries turned out to be.
    """
    items = normalise(feed, document, now, line.publishers)
    judged = dedupe(unit, items)
    percolated = {j.item.id: line.percolator.percolate(j.item) for j in judged if _is_news(j)}
    _tell_stories(unit, judged)
    unit.save_items([j for j in judged if j.status is not Status.KNOWN or j.previous])
    judgements: list[Judgement] = []
    for j in filter(_is_news, judged):  # one by one: a copy asks what became of its origin
        found = percolated[j.item.id]
        baseline = state.baseline_at is None
        made = judge_all(unit, line, feed, j, found.matches, now, baseline=baseline)
        unit.save_judgements(made)
        unit.save_dropped(j.item, found.dropped, now)
        judgements += made
    alerts = [judgement.alert for judgement in judgements if judgement.alert]
    deliveries = [row for alert in alerts for row in _addressed(unit, line, alert, now)]
    after = learn(judged)
    unit.save_feed_state(after)
    return Absorbed(
        judged=tuple(judged),
        judgements=tuple(judgements),
        dropped=tuple(drop for one in percolated.values() for drop in one.dropped),
        stopped=tuple(dict.fromkeys(text for p in percolated.values() for text in p.stopped)),
        deliveries=tuple(deliveries),
        state=after,
    )


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


def _addressed(unit: Unit, line: Line, alert: Alert, now: datetime) -> list[Delivery]:
    watch = line.watches.get(alert.watch_id)
    return enter(unit, line.outbox, alert, watch.webhooks if watch else (), now)


def tell_health(
    unit: Unit, line: Line, alert: Alert, webhooks: Sequence[str], about: str, now: datetime
) -> None:
    """Save an alert about ourselves, for these webhooks but the one that it is about."""
    unit.save_alerts([alert])
    others = [name for name in webhooks if name != about]
    enter_health(unit, line.outbox, alert, others, now)


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


def _tell_stories(unit: Unit, judged: Sequence[Judged]) -> None:
    for j in judged:
        if _is_news(j) and j.item.story_id:
            unit.save_stories([tell(j, unit.find_story(j.item.story_id))])


def judge_all(
    unit: Told,
    line: Line,
    feed: Feed,
    judged: Judged,
    matches: Sequence[Match],
    now: datetime,
    *,
    baseline: bool,
) -> list[Judgement]:
    """What becomes of an item's matches; a watch comes after those to which it defers.

    Args:
        baseline: This is the first poll of the feed.
    """
    made: list[Judgement] = []
    told = unit.told_watches(judged.item.id) if matches else frozenset()
    for match in alerting.in_order(matches, line.watches):
        # One that deferred itself counts: somebody told of the item.
        spoken = told | {
            one.match.watch_id for one in made if one.alert or one.reason is Reason.DEFERRED
        }
        heard = _is_heard(unit, judged, line.watches[match.watch_id], spoken)
        past = _past(unit, line, judged, match, told, heard=heard, baseline=baseline)
        watch = line.watches[match.watch_id]
        made.append(alerting.judge(judged, match, watch, feed, past, now))
    return made


def _is_heard(unit: Told, judged: Judged, watch: Watch, told: frozenset[str]) -> bool:
    """Whether a watch to which this one defers told of the item, or of what it is a copy of."""
    if judged.status is Status.COPY:
        story = judged.item.story_id
        return any(other in told or unit.loudest(story, other) for other in watch.defer_to)
    return not told.isdisjoint(watch.defer_to)


def _past(
    unit: Told,
    line: Line,
    judged: Judged,
    match: Match,
    told: frozenset[str],
    *,
    heard: bool,
    baseline: bool,
) -> alerting.Past:
    item = judged.item
    return alerting.Past(
        told=told,
        former=unit.held_for(item.id, match.watch_id),
        matched=_matched_before(line, judged, match.watch_id),
        loudest=unit.loudest(item.story_id, match.watch_id),
        last=unit.last_alert(item.story_id, match.watch_id),
        heard=heard,
        baseline=baseline,
    )


def _matched_before(line: Line, judged: Judged, watch_id: str) -> bool:
    """Whether the text before an edit matches the watch as it is now."""
    if judged.status is not Status.REVISION or judged.previous is None:
        return False
    return any(match.watch_id == watch_id for match in line.percolator.match(judged.previous))
