"""An item as a query sees it: folded stretches of text, and where terms stand in them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import nullcontext
from dataclasses import dataclass
from typing import NamedTuple

from monitor.core.query.bounds import TIMEOUT_S, Patience
from monitor.core.query.terms import Pattern, Span, Term, overlaps
from monitor.core.text import Folded, fold
from monitor.model import Found, Item, Window

BARE_FIELDS = frozenset(("title", "summary"))  # where a term without a field is looked for
WEIGHTS = {"title": 3.0, "summary": 1.0}
# A text built to make patterns slow may do so this often before no more are run on the item.
MAX_SLOW = 3
MAX_VARIANT = 200  # a mask may blank a whole sentence
OTHER_WEIGHT = 0.5  # url, author, category, and groups that only the feed implies


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch in which words can be near each other.

    Attributes:
        offset: Where it begins in the item's field.
    """

    number: int
    field: str
    folded: Folded
    offset: int

    def found(self, span: Span, term: str, group: str | None, clause: str = "") -> Found:
        """The span as a place in the item's field."""
        start, end = span.original or self.folded.span(span.start, span.end)
        return Found(
            term=term,
            group=group,
            field=self.field,
            start=self.offset + start,
            end=self.offset + end,
            clause=clause,
            variant=self.folded.original[start:end][:MAX_VARIANT],
        )


class Source(NamedTuple):
    """What wrote a term: an entry of a group, or the query itself.

    Attributes:
        group: The group that holds the entry; None: the query.
        members: The entries of the query's group that it came with: one, or several that share the
            term ("北中" is one of @kp and one of @cn).
    """

    text: str
    group: str | None
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A term found; `segment` is None for a group that the feed implies."""

    leaf: str
    boost: float
    source: Source
    segment: Segment | None
    span: Span

    @property
    def weight(self) -> float:
        if self.segment is None:
            return self.boost * OTHER_WEIGHT
        return self.boost * WEIGHTS.get(self.segment.field, OTHER_WEIGHT)

    def found(self) -> Found:
        text, group, _members = self.source
        if self.segment is None:
            return Found(term=text, group=group, field="feed", start=0, end=0, clause=self.leaf)
        return self.segment.found(self.span, text, group, self.leaf)


# A text that repeats one word ten thousand times does not make ten thousand reasons.
MAX_FOUND = 200
_ORDER = {field: at for at, field in enumerate(("title", "summary", "url", "author", "category"))}


def found_in_order(*stretches: Iterable[Hit]) -> tuple[Found, ...]:
    """The hits of each stretch in the order of the text, each place once; the first 200."""
    found: dict[Found, None] = {}
    for hits in stretches:
        found |= dict.fromkeys(sorted((hit.found() for hit in hits), key=_place))
        if len(found) >= MAX_FOUND:
            break
    return tuple(found)[:MAX_FOUND]


def _place(found: Found) -> tuple[int, int, int, str]:
    return _ORDER.get(found.field, len(_ORDER)), found.start, found.end, found.term


def segments_of(item: Item, fields: frozenset[str]) -> tuple[Segment, ...]:
    """The title and each paragraph; of the other fields only those that are asked for."""
    return tuple(
        Segment(number, field, fold(text), offset)
        for number, (field, text, offset) in enumerate(_stretches(item, fields))
    )


def _stretches(item: Item, fields: frozenset[str]) -> Iterator[tuple[str, str, int]]:
    yield "title", item.title, 0
    offset = 0
    for paragraph in item.paragraphs:
        yield "summary", paragraph, offset
        offset += len(paragraph) + 2
    if "url" in fields:
        yield "url", item.url, 0
    if "author" in fields:
        yield "author", item.author, 0
    if "category" in fields:
        offset = 0
        for category in item.categories:
            yield "category", category, offset
            offset += len(category) + 2


Windows = tuple[tuple[Segment, ...], ...]
Hits = Mapping[int, Sequence[tuple[int, int, int]]]  # term number -> segment, start, end
Masks = tuple[tuple[int, str, str], ...]  # term number, entry and mask list


def windows_of(segments: Sequence[Segment], window: Window, busy: Set[int]) -> Windows:
    """The stretches of text in which a query may come true.

    Args:
        busy: Segments that hold anything at all. Paragraphs that do not are all alike, and the
            same as none: one window stands for them.
    """
    if window is Window.ITEM:
        return (tuple(segments),)
    paragraphs = [segment for segment in segments if segment.field == "summary"]
    others = tuple(segment for segment in segments if segment.field != "summary")
    loud = [paragraph for paragraph in paragraphs if paragraph.number in busy]
    windows = tuple((*others, paragraph) for paragraph in loud)
    return windows if loud and len(loud) == len(paragraphs) else (*windows, others)


class Reading:
    """An item with the places of all literals, shared by all watches.

    Args:
        language: The item's, as the lexicon knows it.
        hits: Where the literals of the terms stand.
    """

    def __init__(
        self,
        item: Item,
        language: str,
        segments: tuple[Segment, ...],
        terms: Sequence[Term],
        hits: Hits,
        implied: frozenset[str],
        patience: Patience | None = None,
    ) -> None:
        self.item = item
        self.language = language
        self.segments = segments
        self.hits = hits
        self.implied = implied
        self._terms = terms
        self._patience = patience
        self._spans: dict[int, dict[int, list[Span]]] = {}
        self._terms_in: dict[int, set[int]] | None = None
        self.stopped: dict[str, None] = {}  # patterns that this text made too slow
        self._slow = 0
        self._windows: dict[Window, Windows] = {}
        self._views: dict[tuple[str, ...], View] = {}

    def view(self, ids: tuple[str, ...], masks: Masks) -> "View":
        """The reading with these mask lists blanked, shared by all watches that name them."""
        if ids not in self._views:
            self._views[ids] = View(self, masks)
        return self._views[ids]

    def windows(self, window: Window) -> Windows:
        if window not in self._windows:
            busy = {number for places in self.hits.values() for number, _, _ in places}
            self._windows[window] = windows_of(self.segments, window, busy)
        return self._windows[window]

    def terms_in(self, segment: int) -> Set[int]:
        """The terms that may stand in a segment; the work grows with what is in it alone."""
        if self._terms_in is None:
            self._terms_in = {}
            for term, places in self.hits.items():
                for number, _, _ in places:
                    self._terms_in.setdefault(number, set()).add(term)
        return self._terms_in.get(segment, frozenset())

    def spans(self, term: int) -> Mapping[int, list[Span]]:
        """Segment number -> where the term stands there, verified when first asked for."""
        spans = self._spans.get(term)
        if spans is None:
            spans = self._spans[term] = self._found(term)
        return spans

    def _found(self, term: int) -> dict[int, list[Span]]:
        places: dict[int, list[tuple[int, int]]] = {}
        for number, start, end in self.hits[term]:
            places.setdefault(number, []).append((start, end))
        return {
            number: spans
            for number, listed in places.items()
            if (spans := self._verified(self._terms[term], self.segments[number], listed))
        }

    def _verified(
        self, term: Term, segment: Segment, places: Iterable[tuple[int, int]]
    ) -> list[Span]:
        if not isinstance(term, Pattern):
            return term.spans(segment.folded, places)
        left = self._patience.left if self._patience else TIMEOUT_S
        if self._slow >= MAX_SLOW or not left:
            self.stopped[term.text] = None
            return []
        try:
            with self._patience.spent() if self._patience else nullcontext():
                return term.spans(segment.folded, places, timeout_s=min(left, TIMEOUT_S))
        except TimeoutError:
            self._slow += 1
            self.stopped[term.text] = None
            return []


class View:
    """A reading as a watch is to see it: with the spans of some masks blanked.

    Attributes:
        masked: Segment number -> what is blanked there, its entry and its mask list.
        heeds_not: False: exclusions (NOT) are passed over.
    """

    def __init__(self, reading: Reading, masks: Masks = (), *, heeds_not: bool = True) -> None:
        self.reading = reading
        self.heeds_not = heeds_not
        self.masked: dict[int, list[tuple[Span, str, str]]] = {}
        for term, text, mask in masks:
            if term not in reading.hits:
                continue
            for number, spans in reading.spans(term).items():
                blanked = self.masked.setdefault(number, [])
                blanked.extend((span, text, mask) for span in spans)
        self._blanked = {
            number: [span for span, _, _ in spans] for number, spans in self.masked.items()
        }

    def spans(self, term: int, segment: Segment) -> Sequence[Span]:
        """Where the term stands outside of what is blanked."""
        spans = self.reading.spans(term).get(segment.number, ())
        blanked = self._blanked.get(segment.number) if spans else None
        return [span for span in spans if not overlaps(span, blanked)] if blanked else spans

    def over(self, hits: Iterable[Hit]) -> tuple[Found, ...]:
        """What of the masks lies over these hits."""
        covered = {
            (hit.segment.number, span, text, mask)
            for hit in hits
            if hit.segment is not None
            for span, text, mask in self.masked.get(hit.segment.number, ())
            if overlaps(span, [hit.span])
        }
        return self._found(covered)

    def found_masked(self) -> tuple[Found, ...]:
        """The blanked spans, in the order of the text."""
        return self._found(
            (number, *blanked) for number, spans in self.masked.items() for blanked in spans
        )

    def _found(self, blanked: Iterable[tuple[int, Span, str, str]]) -> tuple[Found, ...]:
        ordered = sorted(blanked, key=lambda one: (one[0], one[1].start, one[1].end, one[2]))
        return tuple(
            self.reading.segments[number].found(span, text, mask)
            for number, span, text, mask in ordered
        )
