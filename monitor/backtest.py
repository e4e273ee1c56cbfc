"""A watch over stored history, through the code that decides live: what it would have told."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import islice

from monitor import storyline
from monitor.core.clusters import Clusters
from monitor.core.query import Patience
from monitor.model import Feed, Followed, Item, Judged, Judgement, Match, Reason, Severity, Status
from monitor.pipeline import Line, judge_all

CHANGED = " (changed)"  # behind the id of the changed watch, beside the current one


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """An item that a watch matches."""

    item: Item
    match: Match


@dataclass(slots=True, kw_only=True)
class Tally:
    """What a watch would have done.

    Attributes:
        matches: Texts that it matches, edits counted by themselves.
        items: Ids of the items among them.
        held: Why matches would not have been told.
        days: Day (UTC) -> matches and alerts; only days with a match.
        languages, publishers: Of the items.
    """

    matches: int = 0
    alerts: int = 0
    items: set[str] = field(default_factory=set)
    held: Counter[Reason] = field(default_factory=Counter)
    severities: Counter[Severity] = field(default_factory=Counter)
    days: dict[date, tuple[int, int]] = field(default_factory=dict)
    languages: Counter[str] = field(default_factory=Counter)
    publishers: Counter[str] = field(default_factory=Counter)

    def count(self, item: Item, judgement: Judgement) -> None:
        self.matches += 1
        alerts = 0
        if judgement.alert:
            self.alerts += 1
            self.severities[judgement.alert.severity] += 1
            alerts = 1
        else:
            self.held[judgement.reason] += 1
        matches, told = self.days.get(item.seen_at.date(), (0, 0))
        self.days[item.seen_at.date()] = (matches + 1, told + alerts)
        if item.id not in self.items:
            self.items.add(item.id)
            self.languages[item.language] += 1
            self.publishers[item.publisher] += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """What came of it.

    Attributes:
        texts: How many texts of items were looked at, from `first_at` to `last_at`.
        current, changed: None if there is no such watch.
        samples: Newest matches of the watch (the changed one, if there is one).
        added, lost: Newest items that only the changed watch matches, or only the current one.
    """

    texts: int
    first_at: datetime | None
    last_at: datetime | None
    current: Tally | None
    changed: Tally | None
    samples: tuple[Sample, ...]
    added: tuple[Sample, ...] = ()
    lost: tuple[Sample, ...] = ()
    added_count: int = 0
    lost_count: int = 0

    @property
    def days(self) -> float:
        """How long the history is; a day at least, so that a minute makes no rate."""
        if self.first_at is None or self.last_at is None:
            return 1.0
        return max((self.last_at - self.first_at) / timedelta(days=1), 1.0)


def backtest(
    texts: Iterable[Item],
    line: Line,
    watch_id: str,
    *,
    since: datetime | None = None,
    samples: int = 5,
    patience: Patience | None = None,
    in_story: Callable[[str], bool] = lambda _: True,
) -> Backtest:
    """Run a watch over items as they came in.

    Args:
        texts: Every text of the items by the time it was seen (`Archive.versions`).
        line: With the watch under its id, with the changed one under its id and `CHANGED`, or
            both; and with the watches that they name in `unless` and `defer_to`.
        since: What was seen before only tells what an edit changed.
        samples: How many items to keep of each kind.
        patience: Time that patterns may take, all texts together; None: each has its own.
        in_story: Whether a story is stored. What no watch had asked for when it came is in none,
            and is grouped with what else the watch finds.
    """
    memory, kept = _Memory(in_story), _Kept()
    tallies = {name: Tally() for name in (watch_id, watch_id + CHANGED) if name in line.watches}
    count, first_at, last_at = 0, None, None
    for item in texts:
        judgements = memory.judge(line, item, patience)
        if since is not None and item.seen_at < since:
            continue
        count, first_at, last_at = count + 1, first_at or item.seen_at, item.seen_at
        for judgement in judgements:
            if tally := tallies.get(judgement.match.watch_id):
                tally.count(item, judgement)
        kept.note(item, judgements, watch_id)
    current, changed = tallies.get(watch_id), tallies.get(watch_id + CHANGED)
    before = current.items if current else set[str]()
    after = changed.items if changed else before
    return Backtest(
        texts=count,
        first_at=first_at,
        last_at=last_at,
        current=current,
        changed=changed,
        added_count=len(after - before) if current else 0,
        lost_count=len(before - after),
        samples=_newest(kept.of_changed if changed else kept.of_current, (), samples),
        added=_newest(kept.of_changed, before, samples) if current else (),
        lost=_newest(kept.of_current, after, samples),
    )


class _Memory:
    """What was told before, in this history alone. Implements `ports.Told`."""

    def __init__(self, in_story: Callable[[str], bool]) -> None:
        self._in_story = in_story
        self._clusters = Clusters()
        self._stories: dict[str, str] = {}  # what is stored as an item's story -> what it is here
        self._told: dict[str, set[str]] = {}
        self._held: dict[tuple[str, str], Reason] = {}
        self._loudest: dict[tuple[str, str], Severity] = {}
        self._last: dict[tuple[str, str], tuple[int, str]] = {}
        self._before: dict[str, Item] = {}
        self._followed: dict[str, dict[str, Followed]] = defaultdict(dict)

    def judge(self, line: Line, item: Item, patience: Patience | None) -> list[Judgement]:
        """What becomes of the item's matches, and remember it."""
        matches = line.percolator.match(item, patience)
        judged = Judged(
            item=item, status=_status_of(item), previous=self._before.pop(item.id, None)
        )
        if not matches:
            return []
        self._before[item.id] = item
        item = replace(item, story_id=self._story(line, item))
        judged = replace(judged, item=item)
        feed = line.feeds.get(item.feed_id) or _feed_of(item)
        made = judge_all(
            self, line, feed, judged, matches, item.seen_at, baseline=False, patience=patience
        )
        for judgement in made:
            self._remember(item, judgement)
        return made

    def _story(self, line: Line, item: Item) -> str:
        if item.story_id not in self._stories:
            if self._in_story(item.story_id):
                return item.story_id
            placed = self._clusters.place(storyline.article(line.percolator, item))
            self._stories[item.story_id] = placed.story_id
        return self._stories[item.story_id]

    def _remember(self, item: Item, judgement: Judgement) -> None:
        watch, alert = judgement.match.watch_id, judgement.alert
        if alert is None:
            self._held[item.id, watch] = judgement.reason
            return
        self._held.pop((item.id, watch), None)
        self._told.setdefault(item.id, set()).add(watch)
        story = (item.story_id, watch)
        self._last[story] = (alert.seq, alert.id)
        self._followed[item.story_id][watch] = Followed(
            watch_id=watch, thread_id=item.story_id, last_at=item.seen_at, told=alert.seq
        )
        loudest = self._loudest.get(story)
        if loudest is None or alert.severity.rank > loudest.rank:
            self._loudest[story] = alert.severity

    def told_watches(self, item_id: str) -> frozenset[str]:
        return frozenset(self._told.get(item_id, ()))

    def held_for(self, item_id: str, watch_id: str) -> Reason | None:
        return self._held.get((item_id, watch_id))

    def loudest(self, story_id: str, watch_id: str) -> Severity | None:
        return self._loudest.get((story_id, watch_id))

    def followers(self, thread_id: str) -> Sequence[Followed]:
        """Of a history nobody knows more than what was told of a story."""
        return tuple(self._followed[thread_id].values())

    def last_alert(self, story_id: str, watch_id: str) -> tuple[int, str] | None:
        return self._last.get((story_id, watch_id))


class _Kept:
    """The matched items of both watches: where they differ is known at the end only."""

    def __init__(self) -> None:
        self.of_current: dict[str, Sample] = {}
        self.of_changed: dict[str, Sample] = {}

    def note(self, item: Item, judgements: Iterable[Judgement], watch_id: str) -> None:
        kept_of = {watch_id: self.of_current, watch_id + CHANGED: self.of_changed}
        for judgement in judgements:
            kept = kept_of.get(judgement.match.watch_id)
            if kept is not None:
                kept.pop(item.id, None)  # an edit is the newer text
                kept[item.id] = Sample(item=item, match=judgement.match)


def _newest(
    samples: dict[str, Sample], excluded: Collection[str], limit: int
) -> tuple[Sample, ...]:
    """The last of them, newest first, without these items."""
    chosen = (sample for name, sample in reversed(samples.items()) if name not in excluded)
    return tuple(islice(chosen, limit))


def _status_of(item: Item) -> Status:
    if item.revision:
        return Status.REVISION
    return Status.COPY if item.copy_of else Status.NEW


def _feed_of(item: Item) -> Feed:
    """Of a feed that is not configured any more: what its items tell of it."""
    return Feed(
        id=item.feed_id,
        url="",
        name=item.publisher,
        owner=item.owner,
        tier=item.tier,
        authority_for=item.authority_for,
    )
