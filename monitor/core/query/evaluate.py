"""A query made ready, and whether a window of text makes it true."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from monitor.core.query.ast import (
    And,
    Boost,
    Field,
    Filter,
    Near,
    Node,
    Not,
    Or,
    children_of,
)
from monitor.core.query.printer import term_text
from monitor.core.query.reading import BARE_FIELDS, MAX_FOUND, WEIGHTS, Hit, Segment, Source, View
from monitor.core.query.terms import Span, tokens_between
from monitor.model import Item

Window = Sequence[Segment]
Needs = frozenset[int] | None  # numbers of `AnyOf`, one of which must be there; None: none


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AnyOf:
    """Terms of which one is enough: a single one, or those of a group.

    Attributes:
        number: Its place among all of a plan.
        by_language: Language -> term number -> the entry that wrote it. "" is for languages
            without terms of their own.
        groups: Any of these implied by the feed counts as present; the value is its member.
        rarity: How often it is likely to be found; less is rarer.
    """

    number: int
    by_language: Mapping[str, Mapping[int, Source]]
    groups: Mapping[str, str]
    rarity: float

    def terms(self, language: str) -> Mapping[int, Source]:
        """Those that count in an item of the language."""
        return self.by_language.get(language) or self.by_language[""]


@dataclass(frozen=True, slots=True)
class Choice:
    """A leaf of the query.

    Attributes:
        label: As the query writes it; leaves of one label count once in the score.
    """

    label: str
    any_of: AnyOf
    fields: frozenset[str]
    boost: float

    def holds(self, view: View, window: Window) -> list[Hit] | None:
        hits = [hit for segment in window for hit in self.hits_in(view, segment)]
        if view.reading.implied and self.fields == BARE_FIELDS:
            hits.extend(
                Hit(
                    self.label,
                    self.boost,
                    Source(f"@{group}", group, (self.any_of.groups[group] or f"@{group}",)),
                    None,
                    Span(0, 0),
                )
                for group in sorted(self.any_of.groups.keys() & view.reading.implied)
            )
        return hits or None

    def hits_in(self, view: View, segment: Segment) -> list[Hit]:
        """Every place of the leaf in the segment; of a term that fills it, the first 200."""
        if segment.field not in self.fields:
            return []
        terms = self.any_of.terms(view.reading.language)
        return [
            Hit(self.label, self.boost, terms[term], segment, span)
            for term in terms.keys() & view.reading.terms_in(segment.number)
            for span in view.spans(term, segment)[:MAX_FOUND]
        ]

    @property
    def needs(self) -> Needs:
        return frozenset((self.any_of.number,))

    @property
    def rarity(self) -> float:
        return self.any_of.rarity


@dataclass(frozen=True, slots=True)
class Quorum:
    """Terms of so many different members of a group: @states/2.

    A member is an entry of the group: a term, or another group with all that is in it. A term
    inside of a longer one does not count: "South Korea" is not also "Korea".
    """

    choice: Choice
    count: int

    def holds(self, view: View, window: Window) -> list[Hit] | None:
        hits = self.choice.holds(view, window)
        if hits is None:
            return None
        kept = _outermost(hits)
        members = {member for hit in kept for member in hit.source.members}
        return kept if len(members) >= self.count else None

    @property
    def label(self) -> str:
        return f"{self.choice.label}/{self.count}"

    @property
    def needs(self) -> Needs:
        return self.choice.needs

    @property
    def rarity(self) -> float:
        return self.choice.rarity


def _outermost(hits: Iterable[Hit]) -> list[Hit]:
    """Without those inside of a longer one; what overlaps, as 日米 and 米首脳 do, stays."""
    kept: list[Hit] = []
    reach: dict[int, tuple[int, int]] = {}  # segment -> the kept place that ends last
    for hit in sorted(hits, key=lambda hit: (hit.span.start, -hit.span.end)):
        place = (hit.span.start, hit.span.end)
        if hit.segment is not None:
            last = reach.get(hit.segment.number, (-1, -1))
            if place != last and place[1] <= last[1]:
                continue
            reach[hit.segment.number] = place
        kept.append(hit)
    return kept


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
    def needs(self) -> Needs:
        return None

    @property
    def rarity(self) -> float:
        return math.inf


@dataclass(frozen=True, slots=True)
class Never:
    """The child must not be true."""

    child: "Expression"

    def holds(self, view: View, window: Window) -> list[Hit] | None:
        if not view.heeds_not:
            return []
        return [] if self.child.holds(view, window) is None else None

    @property
    def needs(self) -> Needs:
        return None

    @property
    def rarity(self) -> float:
        return math.inf


@dataclass(frozen=True, slots=True)
class Every:
    """All children must be true."""

    children: tuple["Expression", ...]
    needs: Needs
    rarity: float

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
    needs: Needs
    rarity: float

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
    needs: Needs
    rarity: float

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
            if set(left.hits).isdisjoint(right.hits) and self._is_close(segment, left, right)
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


Expression = Choice | Quorum | Known | Never | Every | Some | Close


def choices_in(expression: Expression) -> Iterator[Choice]:
    """Every leaf, those under NOT included."""
    match expression:
        case Choice():
            yield expression
        case Quorum():
            yield expression.choice
        case Never():
            yield from choices_in(expression.child)
        case Close():
            yield from choices_in(expression.left)
            yield from choices_in(expression.right)
        case Every() | Some():
            for child in expression.children:
                yield from choices_in(child)


def named(expression: Expression) -> str:
    """The expression in words, for people."""
    match expression:
        case Choice() | Quorum() | Known():
            return expression.label
        case Never():
            return f"no {named(expression.child)}"
        case Close():
            return f"{named(expression.left)} near {named(expression.right)}"
        case Every():
            return " and ".join(map(named, expression.children))
        case Some():
            return " or ".join(map(named, expression.children))


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


def near(left: Expression, right: Expression, *, distance: int, ordered: bool) -> Expression:
    """NEAR over anything: `(a AND NOT b) NEAR c` is `a NEAR c AND NOT b NEAR c`."""

    def beside(child: Expression) -> Expression:
        if side_is_left:
            return near(child, right, distance=distance, ordered=ordered)
        return near(left, child, distance=distance, ordered=ordered)

    side_is_left = not has_places(left)
    side = left if side_is_left else right
    if has_places(side):
        return Close(left, right, distance, ordered, *_cheapest((left, right)))
    match side:
        case Every():
            return every([beside(child) for child in side.children])
        case Some():
            return some([beside(child) for child in side.children])
        case Never():
            return Never(beside(side.child))
        case _:
            return side


def every(children: Sequence[Expression]) -> Every:
    """AND: what the rarest child needs is what the whole needs."""
    return Every(tuple(children), *_cheapest(children))


def some(children: Sequence[Expression]) -> Some:
    """OR: needs what any child needs, and nothing if one child needs nothing."""
    needs = [child.needs for child in children if child.needs is not None]
    if len(needs) < len(children):
        return Some(tuple(children), None, math.inf)
    return Some(tuple(children), frozenset().union(*needs), sum(child.rarity for child in children))


def _cheapest(children: Iterable[Expression]) -> tuple[Needs, float]:
    """What the rarest child needs."""
    return min(
        ((child.needs, child.rarity) for child in children if child.needs is not None),
        key=lambda pair: pair[1],
        default=(None, math.inf),
    )


def rarity_of(literals: Iterable[str]) -> float:
    """How often one of these is likely to occur, judged by their length; less is rarer."""
    return sum(
        math.exp(-sum(2.5 if ord(letter) > 0x1100 else 1.0 for letter in literal))
        for literal in literals
    )


def best_score_of(node: Node) -> float:
    """The score of an item that has all of a query in its title."""
    best: dict[str, float] = {}
    _add_best(node, 1.0, best)
    return WEIGHTS["title"] * sum(best.values())


def _add_best(node: Node, boost: float, best: dict[str, float]) -> None:
    match node:
        case Not() | Filter():
            return
        case Boost():
            _add_best(node.child, boost * node.factor, best)
        case And() | Or() | Near() | Field():
            for child in children_of(node):
                _add_best(child, boost, best)
        case _:
            label = term_text(node)
            best[label] = max(best.get(label, 0.0), boost)


def score_of(hits: Iterable[Hit]) -> float:
    """Each distinct leaf once, by the best field it was found in."""
    best: dict[str, float] = {}
    for hit in hits:
        best[hit.leaf] = max(best.get(hit.leaf, 0.0), hit.weight)
    return sum(best.values())
