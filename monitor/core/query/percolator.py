"""All watches at once: one scan of an item's text, then only watches that it may satisfy."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from monitor.core.query.ast import FIELDS
from monitor.core.query.bounds import Patience
from monitor.core.query.drops import dropped
from monitor.core.query.evaluate import choices_in, score_of
from monitor.core.query.expand import fields_named
from monitor.core.query.explain import Explanation, explanation_of
from monitor.core.query.plan import Plan, read_watch
from monitor.core.query.reading import Hit, Reading, View, found_in_order, segments_of
from monitor.model import Cause, Dropped, Feed, Item, Lexicon, Match, Watch


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a watch makes of an item before `unless`: hits of each true window, best first."""

    windows: tuple[tuple[float, tuple[Hit, ...]], ...]
    escalations: tuple[int, ...]
    view: View

    @property
    def score(self) -> float:
        return self.windows[0][0]

    def match(self, watch: Watch, item: Item) -> Match:
        """The match, with every hit of the best window first."""
        return Match(
            watch_id=watch.id,
            item_id=item.id,
            score=self.score,
            found=found_in_order(*(hits for _, hits in self.windows)),
            masked=self.view.found_masked(),
            escalations=self.escalations,
        )


@dataclass(frozen=True, slots=True)
class Percolation:
    """What became of an item, in the order of the watches.

    Attributes:
        stopped: Patterns that the text made too slow: they count as not found.
        groups: Of the lexicon, of which something stands in the item.
    """

    matches: tuple[Match, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    stopped: tuple[str, ...] = ()
    groups: frozenset[str] = frozenset()

    @property
    def concerns(self) -> bool:
        """Whether a watch takes the item, or would but for one thing, or asks for a word of it."""
        return bool(self.matches or self.dropped or self.groups)


class Percolator:
    """Immutable: a changed configuration makes a new one, to be swapped for the old."""

    def __init__(
        self, watches: Iterable[Watch], lexicon: Lexicon, feeds: Mapping[str, Feed]
    ) -> None:
        self._reads = tuple(map(read_watch, watches))
        self._fields = frozenset(
            field
            for read in self._reads
            for node in (read.query, *read.escalations)
            if node is not None
            for name in fields_named(node)
            for field in FIELDS[name]
        )
        self._feeds = feeds
        self._numbers = {read.watch.id: number for number, read in enumerate(self._reads)}
        self._plan = Plan(self._reads, lexicon, feeds)
        self._breadths = {read.watch.id: self._plan.breadth(read.query) for read in self._reads}

    def match(self, item: Item, patience: Patience | None = None) -> list[Match]:
        """The watches that the item satisfies, in the order they were given."""
        reading = self._read(item, patience)
        outcomes: dict[int, Outcome | None] = {}
        return [
            outcome.match(self._reads[number].watch, item)
            for number in self._plan.asked(reading.hits, reading.implied)
            if (outcome := self._settled(number, reading, outcomes)) is not None
            if self._silencer(number, reading, outcomes) is None
        ]

    def percolate(self, item: Item, patience: Patience | None = None) -> Percolation:
        """The watches that the item satisfies, and those it would satisfy but for one thing.

        Args:
            patience: Time that patterns may take, shared by the items of a document; None: each
                item has its own.
        """
        reading = self._read(item, patience)
        outcomes: dict[int, Outcome | None] = {}
        matches, dropped = [], []
        for number in self._plan.asked(reading.hits, reading.implied):
            outcome = self._settled(number, reading, outcomes)
            if outcome is None:
                if drop := self._dropped(number, reading):
                    dropped.append(drop)
                continue
            match = outcome.match(self._reads[number].watch, item)
            silencer = self._silencer(number, reading, outcomes)
            if silencer is None:
                matches.append(match)
            else:
                dropped.append(_silenced(match, silencer))
        groups = self._groups(reading)
        return Percolation(tuple(matches), tuple(dropped), tuple(reading.stopped), groups)

    def groups(self, item: Item, patience: Patience | None = None) -> frozenset[str]:
        """Groups of the lexicon of which something stands in the item."""
        return self._groups(self._read(item, patience))

    def breadth(self, watch_id: str) -> int:
        """How many terms may make a watch true: what few make true has them all over."""
        return self._breadths[watch_id]

    def sighted(self, item: Item) -> tuple[list[str], set[tuple[str, str]]]:
        """The watches that the item satisfies, and the lexicon's entries (group, text) in it."""
        reading = self._read(item)
        outcomes: dict[int, Outcome | None] = {}
        watches = [
            self._reads[number].watch.id
            for number in self._plan.asked(reading.hits, reading.implied)
            if self._settled(number, reading, outcomes) is not None
            if self._silencer(number, reading, outcomes) is None
        ]
        return watches, self._entries(reading)

    def _groups(self, reading: Reading) -> frozenset[str]:
        """Of each group one term is enough: the others are not looked at."""
        found: set[str] = set()
        for term in reading.hits:
            groups = {group for group, _ in self._plan.entries(term, reading.language)}
            if not groups <= found and reading.spans(term):
                found |= groups
        return frozenset(found)

    def _entries(self, reading: Reading) -> set[tuple[str, str]]:
        return {
            entry
            for term in reading.hits
            if reading.spans(term)
            for entry in self._plan.entries(term, reading.language)
        }

    def knows(self, watch_id: str, item: Item) -> bool:
        """Whether any term of the watch's query stands in the item, whatever it comes to."""
        reading = self._read(item)
        choices = choices_in(self._plan.ready[self._numbers[watch_id]].expression)
        return any(
            reading.spans(term)
            for choice in choices
            for term in choice.any_of.terms(reading.language).keys() & reading.hits.keys()
        )

    def explain(self, item: Item) -> list[Explanation]:
        """Why or why not, one a watch in the order of the watches; true to what `match` does."""
        reading = self._read(item)
        outcomes: dict[int, Outcome | None] = {}
        told = []
        for number, read in enumerate(self._reads):
            outcome = self._settled(number, reading, outcomes)
            silencer = self._silencer(number, reading, outcomes) if outcome else None
            match = outcome.match(read.watch, item) if outcome and not silencer else None
            drop = None if outcome else self._dropped(number, reading)
            if outcome and silencer:
                drop = _silenced(outcome.match(read.watch, item), silencer)
            view = self._view(number, reading)
            told.append(explanation_of(read, self._plan.ready[number], view, match, drop))
        return told

    def _read(self, item: Item, patience: Patience | None = None) -> Reading:
        """The item folded and scanned."""
        segments = segments_of(item, self._fields)
        feed = self._feeds.get(item.feed_id)
        implied = feed.implied_groups if feed else frozenset()
        plan = self._plan
        language = plan.language_of(item)
        hits = plan.hits(segments)
        return Reading(item, language, segments, plan.terms, hits, implied, patience)

    def _view(self, number: int, reading: Reading) -> View:
        """The item as the watch sees it."""
        names = self._reads[number].watch.masks
        return reading.view(names, self._plan.masks(names, reading.language))

    def _outcome(self, number: int, reading: Reading) -> Outcome | None:
        """What the watch makes of the item, its `unless` aside; None: it does not match."""
        read = self._reads[number]
        if not read.watch.enabled or not read.takes(reading.item):
            return None
        ready = self._plan.ready[number]
        view = self._view(number, reading)
        windows = []
        escalations: set[int] = set()
        for window in reading.windows(read.watch.window):
            hits = ready.expression.holds(view, window)
            if hits is None:
                continue
            windows.append((score_of(hits), tuple(hits)))
            for at, (rule, expression) in enumerate(
                zip(read.watch.escalations, ready.escalations, strict=True)
            ):
                if rule.when or (rule.tiers and reading.item.tier not in rule.tiers):
                    continue  # a condition is asked once the item has joined its story
                if expression is None or expression.holds(view, window) is not None:
                    escalations.add(at)
        if not windows:
            return None
        windows.sort(key=lambda window: -window[0])
        return Outcome(tuple(windows), tuple(sorted(escalations)), view)

    def _dropped(self, number: int, reading: Reading) -> Dropped | None:
        """What alone keeps the watch from matching; None: it would not match anyway."""
        read, names = self._reads[number], self._reads[number].watch.masks
        if not read.watch.enabled or not read.takes(reading.item):
            return None
        masks = self._plan.masks(names, reading.language)
        return dropped(read, self._plan.ready[number], reading, masks)

    def _silencer(
        self, number: int, reading: Reading, outcomes: dict[int, Outcome | None]
    ) -> str | None:
        """The first watch of `unless` that matches as well (whatever silences that one).

        A match below that watch's own `min_score` silences nothing: nobody is told of it.
        """
        for other in self._reads[number].watch.unless:
            at = self._numbers.get(other)
            outcome = None if at is None else self._settled(at, reading, outcomes)
            if at is None or outcome is None:
                continue
            if outcome.score >= self._reads[at].watch.min_score:
                return other
        return None

    def _settled(
        self, number: int, reading: Reading, outcomes: dict[int, Outcome | None]
    ) -> Outcome | None:
        if number not in outcomes:
            outcomes[number] = self._outcome(number, reading)
        return outcomes[number]


def _silenced(match: Match, silencer: str) -> Dropped:
    return Dropped(
        watch_id=match.watch_id,
        item_id=match.item_id,
        cause=Cause.UNLESS,
        by=(silencer,),
        found=match.found,
    )


def compile_watches(
    watches: Iterable[Watch], lexicon: Lexicon, feeds: Mapping[str, Feed] | None = None
) -> Percolator:
    """Make watches ready to be matched.

    Raises:
        QueryError: A query or an entry of the lexicon cannot be read; `problems` tells all of it.
    """
    return Percolator(watches, lexicon, feeds or {})
