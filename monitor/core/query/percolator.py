"""All watches at once: one scan of an item's text, then only watches that it may satisfy."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from monitor.core.query.ast import FIELDS
from monitor.core.query.evaluate import score_of
from monitor.core.query.expand import fields_named
from monitor.core.query.explain import Explanation, explanation_of
from monitor.core.query.filters import primary
from monitor.core.query.plan import Plan, read_watch
from monitor.core.query.reading import Hit, Reading, View, segments_of
from monitor.model import Feed, Found, Item, Lexicon, Match, Watch


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a watch makes of an item before `unless`: hits of each true window, best first."""

    windows: tuple[tuple[float, tuple[Hit, ...]], ...]
    escalations: tuple[int, ...]
    view: View

    def match(self, watch: Watch, item: Item) -> Match:
        """The match, with every hit of the best window first."""
        found: dict[Found, None] = {}
        for _, hits in self.windows:
            ordered = sorted((hit.found() for hit in hits), key=_place)
            found |= dict.fromkeys(ordered)
        return Match(
            watch_id=watch.id,
            item_id=item.id,
            score=self.windows[0][0],
            found=tuple(found)[:MAX_FOUND],
            masked=self.view.found_masked(),
            escalations=self.escalations,
        )


# A text that repeats one word ten thousand times does not make ten thousand reasons.
MAX_FOUND = 200
_ORDER = {field: at for at, field in enumerate(("title", "summary", "url", "author", "category"))}


def _place(found: Found) -> tuple[int, int, int, str]:
    return _ORDER.get(found.field, len(_ORDER)), found.start, found.end, found.term


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
        self._lexicon = lexicon
        self._numbers = {read.watch.id: number for number, read in enumerate(self._reads)}
        self._plans: dict[str, Plan] = {}
        self._spoken = frozenset(
            language
            for group in (*lexicon.groups.values(), *lexicon.masks.values())
            for language in group.terms
        )
        for language in sorted(self._spoken | {""}):
            self._plan(language)  # now, so that a mistake shows before the percolator is in use

    def _plan(self, language: str) -> Plan:
        """What items of the language need; languages without lists of their own share one."""
        key = primary(language)
        key = key if key in self._spoken else ""
        if key not in self._plans:
            self._plans[key] = Plan(self._reads, self._lexicon, self._feeds, key)
        return self._plans[key]

    def match(self, item: Item) -> list[Match]:
        """The watches that the item satisfies, in the order they were given."""
        reading = self._read(item)
        plan = self._plan(item.language)
        asked: set[int] = set()
        needs: tuple[int | str, ...] = (*reading.hits, *reading.implied)
        for need in needs:
            asked.update(plan.askers.get(need, ()))
        outcomes: dict[int, Outcome | None] = {}
        matches = []
        for number in sorted(asked):
            outcome = self._settled(number, reading, outcomes)
            if outcome is not None and self._silencer(number, reading, outcomes) is None:
                matches.append(outcome.match(self._reads[number].watch, item))
        return matches

    def explain(self, item: Item) -> list[Explanation]:
        """Why or why not, one a watch in the order of the watches; true to what `match` does."""
        reading = self._read(item)
        plan = self._plan(item.language)
        outcomes: dict[int, Outcome | None] = {}
        told = []
        for number, read in enumerate(self._reads):
            outcome = self._settled(number, reading, outcomes)
            silencer = self._silencer(number, reading, outcomes) if outcome else None
            match = outcome.match(read.watch, item) if outcome and not silencer else None
            told.append(explanation_of(read, plan.ready[number], reading, match, silencer))
        return told

    def _read(self, item: Item) -> Reading:
        """The item folded and scanned."""
        plan = self._plan(item.language)
        segments = segments_of(item, self._fields)
        feed = self._feeds.get(item.feed_id)
        implied = feed.implied_groups if feed else frozenset()
        return Reading(item, segments, plan.terms, plan.hits(segments), implied)

    def _outcome(self, number: int, reading: Reading) -> Outcome | None:
        """What the watch makes of the item, its `unless` aside; None: it does not match."""
        read = self._reads[number]
        if not read.watch.enabled or not read.takes(reading.item):
            return None
        ready = self._plan(reading.item.language).ready[number]
        view = reading.view(read.watch.masks, ready.masks)
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
                if rule.tiers and reading.item.tier not in rule.tiers:
                    continue
                if expression is None or expression.holds(view, window) is not None:
                    escalations.add(at)
        if not windows:
            return None
        windows.sort(key=lambda window: -window[0])
        return Outcome(tuple(windows), tuple(sorted(escalations)), view)

    def _silencer(
        self, number: int, reading: Reading, outcomes: dict[int, Outcome | None]
    ) -> str | None:
        """The first watch of `unless` that matches as well (whatever silences that one).

        A match below that watch's own `min_score` silences nothing: nobody is told of it.
        """
        for other in self._reads[number].watch.unless:
            at = self._numbers.get(other)
            outcome = None if at is None else self._settled(at, reading, outcomes)
            if at is not None and outcome is not None:
                rival = self._reads[at].watch
                if outcome.match(rival, reading.item).score >= rival.min_score:
                    return other
        return None

    def _settled(
        self, number: int, reading: Reading, outcomes: dict[int, Outcome | None]
    ) -> Outcome | None:
        if number not in outcomes:
            outcomes[number] = self._outcome(number, reading)
        return outcomes[number]


def compile_watches(
    watches: Iterable[Watch], lexicon: Lexicon, feeds: Mapping[str, Feed] | None = None
) -> Percolator:
    """Make watches ready to be matched.

    Raises:
        QueryError: A query or an entry of the lexicon cannot be read; `problems` tells all of it.
    """
    return Percolator(watches, lexicon, feeds or {})
