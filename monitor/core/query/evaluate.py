"""A query made ready for one language, and whether a window of text makes it true."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from monitor.core.query.reading import Hit, Segment, View
from monitor.core.query.terms import Span, tokens_between
from monitor.model import Item

Needed = int | str  # a term by number, or a group that the feed may imply
Window = Sequence[Segment]


@dataclass(frozen=True, slots=True)
class Choice:
    """A leaf: any of some terms.

    Attributes:
        label: As the query writes it; leaves of one label count once in the score.
        aliases: Term number -> entry and group.
        groups: Any of these implied by the feed counts as present.
    """

    label: str
    aliases: Mapping[int, tuple[str, str | None]]
    groups: frozenset[str]
    fields: frozenset[str]
    boost: float

    def holds(self, view: View, window: Window) -> list[Hit] | None:
        hits = [hit for segment in window for hit in self.hits_in(view, segment)]
        hits.extend(
            Hit(self.label, self.boost, f"@{group}", group, None, Span(0, 0))
            for group in sorted(self.groups & view.reading.implied)
        )
        return hits or None

    def hits_in(self, view: View, segment: Segment) -> list[Hit]:
        """Every place of the leaf in the segment."""
        if segment.field not in self.fields:
            return []
        return [
            Hit(self.label, self.boost, *self.aliases[term], segment, span)
            for term in self.aliases.keys() & view.reading.hits.keys()
            for span in view.spans(term, segment)
        ]

    @property
    def needs(self) -> frozenset[Needed] | None:
        return frozenset((*self.aliases, *self.groups))


@dataclass(frozen=True, slots=True)
class Known:
    """A filter: what is known of the item apart from its text.

    Attributes:
        label: As the query writes it.
        has: What the item has of it, for people; empty: nothing.
    """

    label: str
    test: Callable[[Item], bool]
    has: Callable[[Item], str]

    def holds(self, view: View, _window: Window) -> list[Hit] | None:
        return [] if self.test(view.reading.item) else None

    @property
    def needs(self) -> frozenset[Needed] | None:
        return None


@dataclass(frozen=True, slots=True)
class Never:
    """The child must not be true."""

    child: "Expression"

    def holds(self, view: View, window: Window) -> list[Hit] | None:
        return [] if self.child.holds(view, window) is None else None

    @property
    def needs(self) -> frozenset[Needed] | None:
        return None


@dataclass(frozen=True, slots=True)
class Every:
    """All children must be true."""

    children: tuple["Expression", ...]
    needs: frozenset[Needed] | None

    def holds(self, view: View, window: Window) -> list[Hit] | None:
        hits: list[Hit] = []
        for child in self.children:
            found = child.holds(view, window)
            if found is None:
                return None
            hits += found
        return hits


@dataclass(frozen=True, slots=True)
class Some:
    """At least one child must be true; all that are count."""

    children: tuple["Expression", ...]
    needs: frozenset[Needed] | None

    def holds(self, view: View, window: Window) -> list[Hit] | None:
        found = [hits for child in self.children if (hits := child.holds(view, window)) is not None]
        return [hit for hits in found for hit in hits] if found else None


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of one segment with the hits that make it."""

    start: int
    end: int
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Close:
    """Two stretches with at most `distance` tokens between them; both sides have places."""

    left: "Expression"
    right: "Expression"
    distance: int
    ordered: bool
    needs: frozenset[Needed] | None

    def holds(self, view: View, window: Window) -> list[Hit] | None:
        hits = [
            hit for segment in window for place in self.places(view, segment) for hit in place.hits
        ]
        return list(dict.fromkeys(hits)) or None

    def places(self, view: View, segment: Segment) -> list[Place]:
        """Every pair that is close, the nearest of each left one."""
        rights = _Sorted(places_of(self.right, view, segment))
        pairs = {
            (min(left.start, right.start), max(left.end, right.end)): left.hits + right.hits
            for left in (places_of(self.left, view, segment) if rights.by_start else ())
            for right in rights.around(left, ordered=self.ordered)
            if left.hits != right.hits and self._is_close(segment, left, right)
        }
        return [Place(start, end, hits) for (start, end), hits in pairs.items()]

    def _is_close(self, segment: Segment, left: Place, right: Place) -> bool:
        first, second = (left, right) if left.start <= right.start else (right, left)
        gap = tokens_between(segment.folded, first.end, second.start, limit=self.distance)
        return gap <= self.distance


class _Sorted:
    """Places in an order in which neighbours are found quickly, however many there are."""

    def __init__(self, places: Iterable[Place]) -> None:
        self.by_start = sorted(places, key=_start)
        self._by_end = sorted(self.by_start, key=_end)

    def around(self, place: Place, *, ordered: bool) -> Iterator[Place]:
        """What overlaps, and the nearest on either side: nothing else can be closer."""
        after = bisect_left(self.by_start, place.end, key=_start)
        if after < len(self.by_start):
            yield self.by_start[after]
        if ordered:
            return
        before = bisect_right(self._by_end, place.start, key=_end)
        if before:
            yield self._by_end[before - 1]
        # What overlaps is among the last that start before the place ends.
        last = self.by_start[max(0, after - 8) : after]
        yield from (one for one in last if one.end > place.start)


def _start(place: Place) -> int:
    return place.start


def _end(place: Place) -> int:
    return place.end


Expression = Choice | Known | Never | Every | Some | Close


def places_of(expression: Expression, view: View, segment: Segment) -> list[Place]:
    """Where an expression that has places stands in a segment."""
    match expression:
        case Choice():
            return [
                Place(hit.span.start, hit.span.end, (hit,))
                for hit in expression.hits_in(view, segment)
            ]
        case Close():
            return expression.places(view, segment)
        case Some():
            return [
                place for child in expression.children for place in places_of(child, view, segment)
            ]
        case _:
            return []


def has_places(expression: Expression) -> bool:
    """Whether it stands somewhere in a text, as a word does and a filter does not."""
    match expression:
        case Choice() | Close():
            return True
        case Some():
            return all(map(has_places, expression.children))
        case _:
            return False


def near(
    left: Expression, right: Expression, *, distance: int, ordered: bool, cost: "Cost"
) -> Expression:
    """NEAR over anything: `(a AND NOT b) NEAR c` is `a NEAR c AND NOT b NEAR c`."""

    def beside(child: Expression) -> Expression:
        if side_is_left:
            return near(child, right, distance=distance, ordered=ordered, cost=cost)
        return near(left, child, distance=distance, ordered=ordered, cost=cost)

    side_is_left = not has_places(left)
    side = left if side_is_left else right
    if has_places(side):
        needs = cost.cheaper((left.needs, right.needs))
        return Close(left, right, distance, ordered, needs)
    match side:
        case Every():
            return every([beside(child) for child in side.children], cost)
        case Some():
            return some([beside(child) for child in side.children])
        case Never():
            return Never(beside(side.child))
        case _:
            return side


def every(children: Sequence[Expression], cost: "Cost") -> Every:
    """AND: what the rarest child needs is what the whole needs."""
    return Every(tuple(children), cost.cheaper(child.needs for child in children))


def some(children: Sequence[Expression]) -> Some:
    """OR: needs what any child needs, and nothing if one child needs nothing."""
    needs = [child.needs for child in children]
    if any(need is None for need in needs):
        return Some(tuple(children), None)
    return Some(tuple(children), frozenset().union(*(need for need in needs if need is not None)))


@dataclass(frozen=True, slots=True)
class Cost:
    """How often a set of terms is likely to occur, judged by the length of their literals."""

    literals: Sequence[Sequence[str]]

    def cheaper(self, needs: Iterable[frozenset[Needed] | None]) -> frozenset[Needed] | None:
        """The rarest set; None if there is none."""
        return min((need for need in needs if need is not None), key=self._of, default=None)

    def _of(self, needs: frozenset[Needed]) -> float:
        return sum(
            math.exp(-sum(2.5 if ord(letter) > 0x1100 else 1.0 for letter in literal))
            for term in needs
            if isinstance(term, int)
            for literal in self.literals[term]
        )


def score_of(hits: Iterable[Hit]) -> float:
    """Each distinct leaf once, by the best field it was found in."""
    best: dict[str, float] = {}
    for hit in hits:
        best[hit.leaf] = max(best.get(hit.leaf, 0.0), hit.weight)
    return sum(best.values())
