"""A leaf of a query made ready: the literals to scan for, and how a hit is verified.

Places are offsets in the canonical text of `Folded`, blanks around a token excluded.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from monitor.core.query.ast import Leaf, Phrase, Raw, Regex, Word
from monitor.core.query.bounds import TIMEOUT_S
from monitor.core.query.inflection import HOMOGRAPHS
from monitor.core.query.literals import compiled, required_literals
from monitor.core.query.parser import words_of
from monitor.core.query.pieces import Forms, Piece, Stretch, is_run, pieces_of
from monitor.core.query.printer import term_text
from monitor.core.text import HAN, HANGUL, KANA, Folded, fold_text, plain

_CJK = re.compile(f"[{KANA}{HAN}]")
_HANGUL = re.compile(f"[{HANGUL}]")
_WORD_EDGE = f"[^\\W{HANGUL}{KANA}{HAN}]"


@dataclass(frozen=True, slots=True)
class Span:
    """A place in the canonical text; `original` where the exact place is known already."""

    start: int
    end: int
    original: tuple[int, int] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Row:
    """Tokens side by side; a word is a row of one.

    Attributes:
        anchor: Number of the piece that is scanned for.
        is_plain: Whether each hit of a literal is a hit of the term.
    """

    text: str
    pieces: tuple[Piece, ...]
    literals: tuple[str, ...]
    anchor: int
    is_plain: bool

    def spans(self, folded: Folded, hits: Iterable[tuple[int, int]]) -> list[Span]:
        """Where the term stands, given the places of its literals."""
        if self.is_plain:
            text = folded.text
            return [Span(s + (text[s] == " "), e - (text[e - 1] == " ")) for s, e in hits]
        starts = {folded.text.rfind(" ", 0, s + 1) + 1: None for s, _ in hits}
        return [
            span
            for start in starts
            for span in self._at(folded, start)
            if self._confirmed(folded, span)
        ]

    def _at(self, folded: Folded, start: int) -> Iterator[Span]:
        """The term with its anchor in the token that starts here."""
        text = folded.text
        for _ in range(self.anchor):
            start = text.rfind(" ", 0, start - 1) + 1
            if start <= 0:
                return
        first = last = range(0)
        at = start
        for number, piece in enumerate(self.pieces):
            end = text.find(" ", at)
            if end < 0:
                return
            is_first, is_last = number == 0, number == len(self.pieces) - 1
            places = [
                range(at + a, at + b)
                for a, b in piece.find(text[at:end])
                if is_first or a == 0 or not is_run(piece)
                if is_last or at + b == end or not is_run(piece)
            ]
            if not places:
                return
            if is_first and is_last:
                yield from (Span(place.start, place.stop) for place in places)
                return
            first = places[-1] if is_first else first
            last = places[0]
            at = end + 1
        yield Span(first.start, last.stop)

    def _confirmed(self, folded: Folded, span: Span) -> bool:
        """Whether acronyms and accents are written as the term has them."""
        at = span.start
        for piece in self.pieces:
            end = folded.text.find(" ", at)
            if isinstance(piece, Forms) and piece.written:
                if not piece.confirms(folded.original_of(at, end)):
                    return False
                if piece.ambiguous and len(self.pieces) == 1 and folded.is_shouted:
                    return False
            at = end + 1
        return True


@dataclass(frozen=True, slots=True)
class Cloud:
    """Words in any order, at most `slop` other tokens between the first and the last."""

    text: str
    words: tuple[Row, ...]
    slop: int
    literals: tuple[str, ...]

    def spans(self, folded: Folded, _hits: Iterable[tuple[int, int]]) -> list[Span]:
        """Where the words stand together; shortest stretches, from left to right."""
        places = [sorted(scan(word, folded), key=_start) for word in self.words]
        found = []
        for start in sorted({span.start for spans in places for span in spans}):
            chosen = self._cover(start, places)
            if chosen is None:
                break
            if chosen[0].start == start and self._gap(folded, chosen) <= self.slop:
                found.append(Span(start, max(span.end for span in chosen)))
        return found

    def _cover(self, start: int, places: list[list[Span]]) -> list[Span] | None:
        """For each word its first place from `start` on that no other word has taken."""
        chosen: list[Span] = []
        for spans in places:
            at = bisect_left(spans, start, key=_start)
            while at < len(spans) and overlaps(spans[at], chosen):
                at += 1
            if at == len(spans):
                return None
            chosen.append(spans[at])
        return sorted(chosen, key=_start)

    def _gap(self, folded: Folded, chosen: list[Span]) -> int:
        return sum(
            tokens_between(folded, left.end, right.start, limit=self.slop)
            for left, right in pairwise(chosen)
        )


@dataclass(frozen=True, slots=True)
class Verbatim:
    """{Raw}: these very characters in the plain text, at word edges where a script has them."""

    text: str
    pattern: "re.Pattern[str]"
    literals: tuple[str, ...]
    ambiguous: bool

    def spans(self, folded: Folded, _hits: Iterable[tuple[int, int]]) -> list[Span]:
        if self.ambiguous and folded.is_shouted:
            return []
        return [_located(folded, *found.span()) for found in self.pattern.finditer(folded.plain)]


@dataclass(frozen=True, slots=True)
class Pattern:
    """re"...": a regular expression over the plain text, stopped if it takes too long."""

    text: str
    pattern: str
    literals: tuple[str, ...]

    def spans(
        self,
        folded: Folded,
        _hits: Iterable[tuple[int, int]],
        *,
        timeout_s: float = TIMEOUT_S,
    ) -> list[Span]:
        """Every place it matches.

        Raises:
            TimeoutError: The text makes it too slow.
        """
        return [
            _located(folded, *match.span())
            for match in compiled(self.pattern).finditer(folded.plain, timeout=timeout_s)
            if match.end() > match.start()
        ]


Term = Row | Cloud | Verbatim | Pattern


@lru_cache(maxsize=65536)
def term_of(leaf: Leaf) -> Term | None:
    """The leaf made ready; None if it holds no letter and so never matches."""
    text = term_text(leaf)
    match leaf:
        case Regex():
            return Pattern(text, leaf.pattern, required_literals(leaf.pattern))
        case Raw():
            return _verbatim(leaf, text)
        case Word():
            pieces = pieces_of(leaf)
            return _row(text, pieces) if pieces else None
        case Phrase():
            return _phrase(leaf, text)


def _phrase(phrase: Phrase, text: str) -> Term | None:
    words = [pieces_of(word) for word in words_of(phrase)]
    if not words:
        return None
    if phrase.slop is None:
        return _row(text, tuple(piece for pieces in words for piece in pieces))
    rows = tuple(_row(text, pieces) for pieces in words)
    literals = max((row.literals for row in rows), key=_shortest)
    return Cloud(text, rows, phrase.slop, literals)


def _row(text: str, pieces: tuple[Piece, ...]) -> Row:
    first = pieces[0]
    is_plain = len(pieces) == 1 and (
        not first.written
        if isinstance(first, Forms)
        else isinstance(first, Stretch) and not first.is_word
    )
    anchor = max(range(len(pieces)), key=lambda number: _shortest(pieces[number].literals))
    return Row(text, pieces, pieces[anchor].literals, anchor, is_plain)


def _shortest(literals: Iterable[str]) -> int:
    return min(map(len, literals))


def _start(span: Span) -> int:
    return span.start


def _verbatim(raw: Raw, text: str) -> Term | None:
    tokens = fold_text(raw.text).split()
    wanted = plain(raw.text).strip()
    if not tokens:
        return None
    left = f"(?<!{_WORD_EDGE})" if re.match(_WORD_EDGE, wanted[0]) else ""
    right = f"(?!{_WORD_EDGE})" if re.match(_WORD_EDGE, wanted[-1]) else ""
    return Verbatim(
        text,
        re.compile(left + re.escape(wanted).replace("\\ ", " +") + right),
        (f"{' ' if left else ''}{' '.join(tokens)}{' ' if right else ''}",),
        ambiguous=wanted.isupper() and len(tokens) == 1 and tokens[0] in HOMOGRAPHS,
    )


def scan(term: Term, folded: Folded) -> list[Span]:
    """Where a term stands, without an automaton."""
    hits = [
        (match.start(), match.start() + len(literal))
        for literal in term.literals
        for match in re.finditer(f"(?={re.escape(literal)})", folded.text)
    ]
    return term.spans(folded, hits) if hits else []


def tokens_between(folded: Folded, start: int, end: int, *, limit: int) -> int:
    """Tokens in a stretch of canonical text, counted until there are more than `limit`.

    Two Han or kana characters are one token. What is left of a Korean word at either edge (a
    particle, the front of a compound) is part of the word found there, not one between.
    """
    text, count, at = folded.text, 0, start
    if _HANGUL.match(text, start):
        at = text.find(" ", start)
    if end and _HANGUL.match(text, end - 1):
        end = text.rfind(" ", 0, end) + 1
    while at < end and count <= limit:
        stop = text.find(" ", at, end)
        stop = end if stop < 0 else stop
        if stop > at:
            count += (stop - at + 1) // 2 if _CJK.match(text, at) else 1
        at = stop + 1
    return count


def _located(folded: Folded, start: int, end: int) -> Span:
    """A place in the plain text as a place in the canonical one."""
    original = folded.plain_span(start, end)
    return Span(*folded.locate(*original), original)


def overlaps(span: Span, others: Sequence[Span]) -> bool:
    """Whether the place shares a character with one of the others."""
    return any(span.start < other.end and other.start < span.end for other in others)
