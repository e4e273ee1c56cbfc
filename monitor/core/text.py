"""One canonical form for texts and terms in any script, and the language of a text."""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Literal

from monitor.core.han import PAIRS

Form = Literal["NFC", "NFKC"]

# Characters of the three classes between which a space is put. Everything else that carries a
# token (Latin, Cyrillic, digits, ...) is one class: "K27" and "1st" stay whole.
HANGUL = "\u1100-\u11ff\ua960-\ua97f\uac00-\ud7ff"
KANA = "\u3041-\u309f\u30a1-\u30ff\u31f0-\u31ff\U0001b000-\U0001b16f"
HAN = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)

_CJK = re.compile(f"[{HANGUL}{KANA}{HAN}]")
_RUN = re.compile(f"[{HANGUL}]+|[{KANA}{HAN}]+|[^ {HANGUL}{KANA}{HAN}]+")
_APOSTROPHES = "'\u2019\u02bc\u2018\u02bb\uff07\u00b4`"
_DROPPED = re.compile(
    # Possessive s, then apostrophes inside a word (P'yongyang), then the dot between katakana
    # (キム・ジョンウン); anything else of the kind is a quote or a separator.
    f"(?<=\\w)[{_APOSTROPHES}][sS](?!\\w)|(?<=[^\\W\\d])[{_APOSTROPHES}](?=[^\\W\\d])"
    "|(?<=[\u30a1-\u30fa\u30fc])[\u30fb\uff65](?=[\u30a1-\u30fa\u30fc])"
)
_NEEDS_DROPPING = re.compile(f"[{_APOSTROPHES}\u30fb\uff65]")
_HALFWIDTH_KANA = re.compile("[\uff66-\uff9f]")
# The Korean dot ㆍ is by its Unicode decomposition a vowel, yet nobody writes it as one any more.
_MIDDLE_DOTS = "\u318d\u119e"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u223c\uff5e\u301c\u2043\ufe58\ufe63\uff0d"
_EVENED = dict.fromkeys(map(ord, _DASHES), "-") | dict.fromkeys(
    map(ord, _APOSTROPHES.removesuffix("`")), "'"
)
_DASH_IN_PATTERN = re.compile(f"\\\\?[{_DASHES}]")
_WORD_MARKS = frozenset(("Mn", "Mc"))


class _Folding(dict[int, str]):
    """Code point -> folded text, computed when first met; what is no part of a word is a space.

    Attributes:
        uneven: Characters met so far that become none or several.
    """

    def __init__(self) -> None:
        super().__init__()
        self.uneven: set[str] = set()

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold_character(chr(code))
        if len(folded) != 1:
            self.uneven.add(chr(code))
        return folded


class _Plain(dict[int, str]):
    """Code point -> one character: full width to ASCII, one form of dash, apostrophe and blank.

    What nobody sees becomes nothing.
    """

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if _is_invisible(character):
            self[code] = ""
            return ""
        normal = _EVENED.get(code) or unicodedata.normalize("NFKC", character)
        if character.isspace() and character != "\n":
            normal = " "
        plain = self[code] = normal if len(normal) == 1 else character
        return plain


def _fold_character(character: str) -> str:
    if _is_invisible(character) or "\u0300" <= character <= "\u036f":
        return ""  # also marks that NFC could not compose
    if character in _MIDDLE_DOTS:
        return " "
    parts = unicodedata.normalize("NFKC", character).casefold()
    composed = unicodedata.normalize("NFKC", parts)
    return "".join(_fold_part(part) for part in composed if not "\u0300" <= part <= "\u036f")


def _is_invisible(character: str) -> bool:
    """Format characters (zero width, soft hyphen, direction) and variation selectors."""
    return (
        unicodedata.category(character) == "Cf"
        or "\ufe00" <= character <= "\ufe0f"
        or "\U000e0100" <= character <= "\U000e01ef"
    )


def _fold_part(part: str) -> str:
    category = unicodedata.category(part)
    if category[0] not in "LN" and category not in _WORD_MARKS:
        return " "
    if part == "ё":
        return "е"
    if _is_latin_or_greek(part):
        part = "".join(
            base for base in unicodedata.normalize("NFD", part) if not unicodedata.combining(base)
        )
    return _HAN_FORMS.get(part, part)


def _is_latin_or_greek(character: str) -> bool:
    code = ord(character)
    return 0xC0 <= code <= 0x24F or 0x370 <= code <= 0x3FF or 0x1E00 <= code <= 0x1FFF


_LONGEST_TAG = 8  # of a language's own part: RFC 5646, section 2.1
_HAN_FORMS = dict(zip(PAIRS[::2], PAIRS[1::2], strict=True))
_FOLDING = _Folding()
_PLAIN = _Plain()


class Folded:
    """A text in canonical form: " tok tok tok ", or a single space if it holds no word.

    Attributes:
        text: Lower case, without accents, Han simplified; one space between tokens.
        original: What was folded; every offset given refers to it, in code points.
    """

    __slots__ = ("__dict__", "original", "text")

    def __init__(self, original: str, text: str) -> None:
        self.original = original
        self.text = text

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where `text[start:end]` stands in the original; blanks at its edges do not count."""
        part = self.text[start:end]
        start += len(part) - len(part.lstrip(" "))
        end -= len(part) - len(part.rstrip(" "))
        starts, ends = self._offsets
        if start >= end:
            return (0, 0)
        return starts[start], max(ends[start:end])

    def locate(self, start: int, end: int) -> tuple[int, int]:
        """Where `original[start:end]` went in `text`; an empty stretch if nothing of it is left."""
        starts, ends = self._offsets
        first = bisect_right(ends, start)
        return first, max(first, bisect_left(starts, end))

    def original_of(self, start: int, end: int) -> str:
        """The original text behind `text[start:end]`."""
        first, last = self.span(start, end)
        return self.original[first:last]

    @cached_property
    def plain(self) -> str:
        """The original's letters and case; one form of dash and blank, nothing unseen."""
        return plain(self.original)

    def plain_span(self, start: int, end: int) -> tuple[int, int]:
        """Where `plain[start:end]` stands in the original."""
        pieces = self._visible
        if pieces is None:
            return start, end
        return (pieces[start][1] if start < len(pieces) else len(self.original)), (
            pieces[end - 1][2] if end > start else pieces[start][1]
        )

    @cached_property
    def is_shouted(self) -> bool:
        """Whether the original has letters with case and hardly one of them is small.

        A few small ones do not make it a sentence: "GIVE US THE TRAINS, McCoy SAYS".
        """
        small = sum(map(str.islower, self.original))
        return small * 8 < sum(map(str.isupper, self.original)) and self._upper_words > 1

    @cached_property
    def _upper_words(self) -> int:
        return sum(word.isupper() and len(word) > 1 for word in self.original.split())

    @cached_property
    def _composed(self) -> list[tuple[str, int, int]] | None:
        """Characters after composition with their place in the original; None: nothing moved."""
        form = _form_of(self.original)
        return None if form is None else list(_compose(self.original, form))

    @cached_property
    def _visible(self) -> list[tuple[str, int, int]] | None:
        """Of every character of `plain` its place in the original; None: the same."""
        pieces = self._composed
        if len(self.plain) == len(self.original if pieces is None else pieces):
            return pieces
        if pieces is None:
            pieces = [(character, at, at + 1) for at, character in enumerate(self.original)]
        return [piece for piece in pieces if _PLAIN[ord(piece[0])]]

    @cached_property
    def _offsets(self) -> tuple[list[int], list[int]]:
        """Start and end in the original of every character of `text`."""
        composed = self._composed
        characters = self.original
        if composed is not None:
            characters = "".join(character for character, _, _ in composed)
        folded, places = _folded_with_places(characters)
        starts, ends = [0], [0]
        for run in _RUN.finditer(folded):
            part = places[run.start() : run.end()]
            if composed is None:
                starts.extend(part)
                ends.extend([at + 1 for at in part])
            else:
                starts.extend([composed[at][1] for at in part])
                ends.extend([composed[at][2] for at in part])
            starts.append(ends[-1])
            ends.append(ends[-1])
        return starts, ends


def fold(text: str) -> Folded:
    """Bring a text into canonical form; terms and texts are compared in it."""
    return Folded(text, fold_text(text))


def fold_text(text: str) -> str:
    """Just the canonical form."""
    form = _form_of(text)
    composed = text if form is None else unicodedata.normalize(form, text)
    if _NEEDS_DROPPING.search(composed):
        composed = _DROPPED.sub("", composed)
    folded = composed.translate(_FOLDING)
    joined = " ".join(_RUN.findall(folded) if _CJK.search(folded) else folded.split())
    return f" {joined} " if joined else " "


def _folded_with_places(characters: str) -> tuple[str, Sequence[int]]:
    """Composed text folded, blanks not yet joined, and where each character of it comes from."""
    kept: Sequence[int] = range(len(characters))
    if _NEEDS_DROPPING.search(characters):
        dropped = {at for found in _DROPPED.finditer(characters) for at in range(*found.span())}
        kept = [at for at in kept if at not in dropped]
        characters_kept = "".join([characters[at] for at in kept])
    else:
        characters_kept = characters
    folded = characters_kept.translate(_FOLDING)
    if not _FOLDING.uneven.isdisjoint(characters_kept):
        kept = [at for at in kept for _ in _FOLDING[ord(characters[at])]]
    return folded, kept


def plain(text: str) -> str:
    """The text composed (NFC), each character by itself made plain, the unseen ones gone."""
    form = _form_of(text)
    composed = text if form is None else unicodedata.normalize(form, text)
    return composed if composed.isascii() else composed.translate(_PLAIN)


def evened(pattern: str) -> str:
    """A regular expression with the dashes and apostrophes that `plain` texts have."""
    return _DASH_IN_PATTERN.sub(r"\\-", pattern).translate(_EVENED)


def _form_of(text: str) -> Form | None:
    """The normal form the text has to be brought into first, None if it is in it already."""
    if text.isascii():
        return None
    if _HALFWIDTH_KANA.search(text):
        return "NFKC"  # ﾋﾟ is two characters that only compose together
    return None if unicodedata.is_normalized("NFC", text) else "NFC"


def _compose(text: str, form: Form) -> Iterator[tuple[str, int, int]]:
    """Normalise piece by piece, so that each result knows where it came from."""
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or _is_boundary(text, start, at, form):
            for character in unicodedata.normalize(form, text[start:at]):
                yield character, start, at
            start = at


def _is_boundary(text: str, start: int, at: int, form: Form) -> bool:
    """Whether what stands before `at` and what follows normalise independently of each other."""
    if unicodedata.combining(unicodedata.normalize("NFKD", text[at])[0]):
        return False
    head, following = text[start:at], text[at]
    return unicodedata.normalize(form, head + following) == (
        unicodedata.normalize(form, head) + unicodedata.normalize(form, following)
    )


# --- language ------------------------------------------------------------------------------------

_SCRIPTS = (
    ("ko", re.compile(f"[{HANGUL}\u3131-\u318e]+")),
    ("kana", re.compile(f"[{KANA}\uff66-\uff9f]+")),
    ("han", re.compile(f"[{HAN}]+")),
    ("ru", re.compile("[\u0400-\u052f]+")),
    ("ar", re.compile("[\u0600-\u06ff\u0750-\u077f]+")),
    ("he", re.compile("[\u0590-\u05ff]+")),
    ("el", re.compile("[\u0370-\u03ff\u1f00-\u1fff]+")),
    ("th", re.compile("[\u0e00-\u0e7f]+")),
    ("hi", re.compile("[\u0900-\u097f]+")),
    ("hy", re.compile("[\u0530-\u058f]+")),
    ("ka", re.compile("[\u10a0-\u10ff]+")),
    ("en", re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]+")),
)
_SCRIPT_NAMES = tuple(name for name, _ in _SCRIPTS)
_OF_SCRIPT = {
    "ru": frozenset(("ru", "uk", "be", "bg", "sr", "mk", "kk", "ky", "tg", "tt", "mn", "ba", "cv")),
    "ar": frozenset(("ar", "fa", "ur", "ps", "ug")),
    "he": frozenset(("he", "yi")),
    "hi": frozenset(("hi", "mr", "ne")),
    "el": frozenset(("el",)),
    "th": frozenset(("th",)),
    "hy": frozenset(("hy",)),
    "ka": frozenset(("ka",)),
    "ko": frozenset(("ko",)),
    "cjk": frozenset(("zh", "ja")),
}
_NOT_LATIN = frozenset().union(*_OF_SCRIPT.values()) - {"sr", "kk", "ug"}
# A Han, kana or Hangul character says about as much as three letters.
_WEIGHT = {"ko": 3, "kana": 3, "han": 3}


def language_of(text: str, default: str = "") -> str:
    """The primary language subtag of a text, by its script, else by the feed's language.

    Args:
        default: BCP 47 tag of the feed. It decides between languages of one script (Han: zh or
            ja; Latin; Cyrillic), and between scripts if the text mixes them.
    """
    expected = default.replace("_", "-").partition("-")[0].lower()[:_LONGEST_TAG]
    scripts = _SCRIPTS[-1:] if text.isascii() else _SCRIPTS
    weights = dict.fromkeys(_SCRIPT_NAMES, 0) | {
        name: sum(map(len, pattern.findall(text))) * _WEIGHT.get(name, 1)
        for name, pattern in scripts
    }
    kana, han = weights.pop("kana"), weights.pop("han")
    weights["cjk"] = kana + han
    total = sum(weights.values())
    if not total:
        return expected
    home = next((name for name, of in _OF_SCRIPT.items() if expected in of), "en")
    script = max(weights, key=weights.__getitem__)
    if expected and weights[home] * 4 >= total:
        script = home
    if script == "cjk":
        return _han_language(kana, han, expected)
    if script == "en":
        return expected if expected and expected not in _NOT_LATIN else "en"
    return expected if expected in _OF_SCRIPT[script] else script


def _han_language(kana: int, han: int, expected: str) -> str:
    # Chinese headlines quote a の now and then; Japanese ones rarely have less than a tenth.
    if kana * 10 >= kana + han:
        return "ja"
    return "ja" if expected == "ja" else "zh"
