"""What one token has to be so that a word of the query counts as found."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from monitor.core.query.ast import Word
from monitor.core.query.inflection import (
    HOMOGRAPHS,
    english_stem,
    number_forms,
    particle_free,
    russian_forms,
    russian_stem,
    stem_openings,
)
from monitor.core.text import HAN, HANGUL, KANA, fold_text, plain

_HANGUL = re.compile(f"[{HANGUL}]")
_CJK = re.compile(f"[{KANA}{HAN}]")
_CYRILLIC = re.compile("[\u0400-\u052f]")
_LATIN_ACCENT = re.compile("[\u00c0-\u024f\u1e00-\u1eff]")
_WRITTEN = re.compile(r"[^\W_]+")
_ACRONYM = re.compile("[A-Z]{2,5}|[\u0410-\u042f\u0401]{2,5}")


@dataclass(frozen=True, slots=True)
class Forms:
    """A token that is one of these forms.

    Attributes:
        written: What the original must be: an acronym in capitals, a word with its accents.
        ambiguous: In a headline of capitals this may be a common word.
    """

    forms: frozenset[str]
    written: str = ""
    ambiguous: bool = False

    @property
    def literals(self) -> tuple[str, ...]:
        return tuple(f" {form} " for form in sorted(self.forms))

    def find(self, token: str) -> Iterator[tuple[int, int]]:
        if token in self.forms:
            yield 0, len(token)

    def confirms(self, original: str) -> bool:
        """Whether the original is written as the term has it."""
        if self.written.isupper():
            return plain(original) == self.written
        return plain(original).casefold() == self.written


@dataclass(frozen=True, slots=True)
class Stretch:
    """A token that holds this text, at its edge unless the edge is open.

    Attributes:
        is_run: Han or kana: a run of many words, so that in a phrase the text must touch the
            side on which the phrase goes on.
        is_word: Latin, Cyrillic and the like: the place found is the whole token.
    """

    text: str
    open_left: bool
    open_right: bool
    is_run: bool = False
    is_word: bool = False

    @property
    def literals(self) -> tuple[str, ...]:
        return (f"{'' if self.open_left else ' '}{self.text}{'' if self.open_right else ' '}",)

    def find(self, token: str) -> Iterator[tuple[int, int]]:
        at = token.find(self.text)
        while at >= 0:
            end = at + len(self.text)
            if (self.open_left or at == 0) and (self.open_right or end == len(token)):
                if self.is_word:
                    yield 0, len(token)
                    return
                yield at, end
            at = token.find(self.text, at + 1)


@dataclass(frozen=True, slots=True)
class Noun:
    """A Korean token that ends with this word, a particle aside."""

    text: str

    @property
    def literals(self) -> tuple[str, ...]:
        return (self.text,)

    def find(self, token: str) -> Iterator[tuple[int, int]]:
        at = token.find(self.text)
        while at >= 0:
            if particle_free(token, at + len(self.text)):
                yield at, at + len(self.text)
            at = token.find(self.text, at + 1)


@dataclass(frozen=True, slots=True)
class Stem:
    """A token with one of these stems, or one of the forms that have others."""

    stems: frozenset[str]
    openings: tuple[str, ...]
    stem_of: Callable[[str], str]
    forms: frozenset[str] = frozenset()

    @property
    def literals(self) -> tuple[str, ...]:
        others = sorted(form for form in self.forms if not form.startswith(self.openings))
        return (*(f" {opening}" for opening in self.openings), *(f" {form} " for form in others))

    def find(self, token: str) -> Iterator[tuple[int, int]]:
        if token in self.forms or self.stem_of(token) in self.stems:
            yield 0, len(token)


Piece = Forms | Stretch | Noun | Stem


def pieces_of(word: Word) -> tuple[Piece, ...]:
    """What each token of a word has to be; only the outer edges can be open."""
    tokens = fold_text(word.text).split()
    written = _WRITTEN.findall(plain(word.text))  # "US-Korea": each part with its capitals
    return tuple(
        _piece(
            token,
            word,
            open_left=word.open_left and at == 0,
            open_right=word.open_right and at == len(tokens) - 1,
            is_whole=len(tokens) == 1,
            written=written[at] if len(written) == len(tokens) else plain(word.text),
        )
        for at, token in enumerate(tokens)
    )


def _piece(
    token: str, word: Word, *, open_left: bool, open_right: bool, is_whole: bool, written: str
) -> Piece:
    if _CJK.match(token):
        return Stretch(token, open_left=True, open_right=True, is_run=True)
    if open_left or open_right:
        is_word = _HANGUL.match(token) is None
        return Stretch(token, open_left=open_left, open_right=open_right, is_word=is_word)
    if _HANGUL.match(token):
        return Forms(frozenset((token,))) if word.exact else Noun(token)
    if not word.all_forms and _ACRONYM.fullmatch(written):
        return Forms(frozenset((token,)), written=written, ambiguous=token in HOMOGRAPHS)
    if word.exact:
        accented = is_whole and _LATIN_ACCENT.search(plain(word.text)) is not None
        return Forms(frozenset((token,)), written=plain(word.text).casefold() if accented else "")
    if _CYRILLIC.search(token):
        # Snowball takes the end of Пхеньян for a participle's, yet leaves it whole in Пхеньяном.
        return _stem(token, russian_stem, stems=(token,), forms=russian_forms(token))
    if word.all_forms:
        return _stem(token, english_stem)
    return Forms(number_forms(token))


def _stem(
    token: str,
    stem_of: Callable[[str], str],
    *,
    stems: tuple[str, ...] = (),
    forms: frozenset[str] = frozenset(),
) -> Piece:
    stem = stem_of(token)
    return Stem(frozenset((stem, *stems)), stem_openings(token, stem), stem_of, forms)


def is_run(piece: Piece) -> bool:
    return isinstance(piece, Stretch) and piece.is_run
