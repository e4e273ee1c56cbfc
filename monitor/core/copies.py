"""Tells whether two items carry the same text: a wire's, under other headlines, in other outlets.

A copy is no second source. Likeness alone is not enough: texts that differ in a number, a date, a
place or a claim are two texts, however much of them is equal; a translation is another text.
Candidates are found by their smallest shingles (Broder 1997, "On the resemblance and containment of
documents"), so that looking one up costs the same among a thousand items and a million.
"""

import json
import re
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from itertools import islice

from monitor.core.changes import Replaced, pairs, replaced
from monitor.core.claims import claims_of, exclude
from monitor.core.cluster import days_of
from monitor.core.facts import contradiction, dates_in, facts_of, negations_in, numbers_in
from monitor.core.postings import Postings
from monitor.core.text import HAN
from monitor.core.words import headline, words_of
from monitor.model import Item

WINDOW = 3.0  # days
_TITLE_LENGTH = 300  # characters of a title that are compared
_LEAD = 900  # of a text
_STATED = 400  # characters of a text whose facts are compared
_SHINGLES = 160
_WIDTH: Mapping[str, int] = {"ko": 2}  # words of a shingle, where they are not three
_TELLING = 10  # shingles from which a text can be compared
_CONTAINED = 0.6  # share of the shorter text's shingles
_OF_ITS_OWN = 0.3  # below this share a text is another one, whatever its headline
_TITLE_WORDS = 4  # words from which a title can be compared
_TURNED = {"denied", "undenied", "unconfirmed", "suspended", "rejected"}
_TITLE = 0.6  # Jaccard of the words
_TITLE_CONTAINED = 0.8  # share of the shorter title's words, if it has six
_TEXT_KEYS, _LEAD_KEYS, _TITLE_KEYS = 8, 3, 4
_OPENING = 24  # shingles of the first sentence or two
_POSTED = 32
_SUFFIX = re.compile(r"\s+[-|–—»]\s+(?=[^-|–—»]{2,40}$)")
_REPLACED = 4  # words at a time that are looked at as facts
_CJK = re.compile(f"[{HAN}\u30a1-\u30fa\u30fc]{{2,}}")
_PART = re.compile(r"[^\W\d_]+")
_NO_NAMES_LISTED = """
mr mrs ms dr president minister prime foreign chairman leader king queen general us the a an u s uk
un eu sunday monday tuesday wednesday thursday friday saturday but and he she it they
президент министр глава сша рф россия российский в на по понедельник вторник среда четверг пятница
суббота воскресенье
"""
_NO_NAMES = frozenset(_NO_NAMES_LISTED.split())


class Why(StrEnum):
    """What makes two items one text, or two."""

    TEXT = "text"  # one: most of the shorter text stands in the other
    TITLE = "title"  # one: nothing but headlines, and they are alike
    UNLIKE = "unlike"  # two
    LANGUAGE = "language"  # two: a translation at best
    NUMBER = "number"  # two, although alike: they state other numbers
    DATE = "date"
    PLACE = "place"
    CLAIM = "claim"


@dataclass(frozen=True, slots=True)
class Likeness:
    """Whether two items are one text, and why.

    Attributes:
        share: Of the shorter text, from 0 to 1.
    """

    same: bool
    why: Why
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Print:
    """What is kept of an item to know its text again.

    Attributes:
        days: When, in days since 1970.
        lead: The beginning of its text.
        places: Names of what the lexicon finds in it.
        shingles: Hashes of its word sequences, in their order.
        words: Of its title.
        keys: Under which it is looked up; 63 bits each.
    """

    id: str
    language: str
    days: float
    title: str
    lead: str
    places: frozenset[str]
    shingles: "array[int]"
    words: tuple[str, ...]
    keys: tuple[int, ...]

    def pack(self) -> bytes:
        """All from which it can be made anew."""
        parts = (self.id, self.language, self.days, self.title, self.lead, sorted(self.places))
        return json.dumps(parts, ensure_ascii=False).encode("utf-8", "surrogatepass")

    @staticmethod
    def unpack(packed: bytes) -> "Print":
        """What `pack` made."""
        told = json.loads(packed.decode("utf-8", "surrogatepass"))
        item_id, language, days, title, lead, places = told
        return _print(item_id, language, days, title, lead, frozenset(places))


def print_of(item: Item, places: Iterable[str] = ()) -> Print:
    """An item's text, made ready to be compared.

    Args:
        places: Groups of the lexicon of which something stands in it.
    """
    title = _SUFFIX.split(headline(item.title[:_TITLE_LENGTH]))[0]
    language = item.language.partition("-")[0]
    days = days_of(item.effective_at)
    return _print(item.id, language, days, title, item.summary[:_LEAD], frozenset(places))


def compare(one: Print, two: Print) -> Likeness:
    """Whether two items carry the same text."""
    if one.language != two.language:
        return Likeness(False, Why.LANGUAGE, 0.0)
    why, share = _alike(one, two)
    if why is Why.UNLIKE:
        return Likeness(False, why, share)
    veto = _veto(one, two, why)
    return Likeness(veto is None, veto or why, share)


class Copies:
    """The texts of the last three days, by their keys: all the state that finding copies has."""

    def __init__(self, prints: Iterable[Print] = ()) -> None:
        self._prints: dict[str, Print] = {}  # oldest first, as they came
        self._posts: Postings[int] = Postings()
        self._now = 0.0
        for one in prints:
            self.add(one)

    def __len__(self) -> int:
        return len(self._prints)

    def originals(self, text: Print) -> list[tuple[Print, Likeness]]:
        """Items that carry the same text, the oldest first."""
        found = [(other, compare(text, other)) for other in self._candidates(text)]
        same = [(other, likeness) for other, likeness in found if likeness.same]
        return sorted(same, key=lambda one: (one[0].days, one[0].id))

    def add(self, text: Print) -> None:
        """From now on it can be found."""
        self._now = max(self._now, text.days)
        self._forget()
        self._remove(text.id)  # an edit takes the place of what it edits
        self._prints[text.id] = text
        for key in text.keys:
            self._posts.put(key, text.id)

    def _candidates(self, text: Print) -> list[Print]:
        found: dict[str, None] = {}
        for key in text.keys:
            found |= dict.fromkeys(self._posts.last(key, _POSTED))
        found.pop(text.id, None)
        return [
            other
            for other in map(self._prints.__getitem__, found)
            if abs(other.days - text.days) <= WINDOW
        ]

    def _forget(self) -> None:
        while self._prints:
            oldest = next(iter(self._prints.values()))
            if self._now - oldest.days <= WINDOW:
                return
            self._remove(oldest.id)

    def _remove(self, item_id: str) -> None:
        gone = self._prints.pop(item_id, None)
        for key in gone.keys if gone else ():
            self._posts.drop(key, item_id)


def _print(
    item_id: str, language: str, days: float, title: str, lead: str, places: frozenset[str]
) -> Print:
    words = words_of(title)
    shingles = _shingles(words_of(lead), _WIDTH.get(language, 3), language)
    return Print(
        id=item_id,
        language=language,
        days=days,
        title=title,
        lead=lead,
        places=places,
        shingles=shingles,
        words=tuple(dict.fromkeys(words)),
        keys=_keys(shingles, _shingles(words, 2, f"title {language}"), len(words)),
    )


def _shingles(words: list[str], width: int, space: str) -> "array[int]":
    """Hashes of the neighbours in a text, each once."""
    rows = dict.fromkeys(zip(*(words[at:] for at in range(width)), strict=False))
    return array("q", (_hash(space, row) for row in islice(rows, _SHINGLES)))


def _hash(space: str, row: tuple[str, ...]) -> int:
    text = "\x1f".join((space, *row)).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(text, digest_size=8).digest()) >> 1


def _keys(shingles: "array[int]", of_title: "array[int]", words: int) -> tuple[int, ...]:
    keys = list(sorted(of_title)[:_TITLE_KEYS]) if words >= _TITLE_WORDS else []
    if len(shingles) >= _TELLING:
        keys += sorted(shingles)[:_TEXT_KEYS]
        keys += sorted(shingles[:_OPENING])[:_LEAD_KEYS]
    return tuple(dict.fromkeys(keys))


def _alike(one: Print, two: Print) -> tuple[Why, float]:
    shorter = min(len(one.shingles), len(two.shingles))
    share = 0.0
    if shorter >= _TELLING:
        share = len(set(one.shingles).intersection(two.shingles)) / shorter
        if share >= _CONTAINED:
            return Why.TEXT, share
        if share < _OF_ITS_OWN:
            return Why.UNLIKE, share
    if one.lead and two.lead and shorter < _TELLING and not _repeat(one.lead, two.lead):
        return Why.UNLIKE, share
    ours, theirs = set(one.words), set(two.words)
    fewer = min(len(ours), len(theirs))
    if fewer < _TITLE_WORDS:
        return Why.UNLIKE, share
    common = len(ours & theirs)
    if common >= _TITLE * len(ours | theirs) or (
        fewer > _TITLE_WORDS + 1 and common >= _TITLE_CONTAINED * fewer
    ):
        return Why.TITLE, max(share, common / fewer)
    return Why.UNLIKE, share


def _repeat(one: str, two: str) -> bool:
    """Whether of two short texts the shorter stands in the other, but for a word here and there."""
    ours, theirs = set(words_of(one)), set(words_of(two))
    return len(ours & theirs) >= _TITLE_CONTAINED * min(len(ours), len(theirs))


def _veto(one: Print, two: Print, why: Why) -> Why | None:
    """What two texts that are alike state otherwise."""
    if one.places - two.places and two.places - one.places:
        return Why.PLACE
    stated = contradiction(facts_of(one.title), facts_of(two.title)) if why is Why.TITLE else ""
    if stated:
        return Why(stated)
    if _turns(one, two) or _turns(two, one):
        return Why.CLAIM
    ours, theirs = one.lead[:_STATED], two.lead[:_STATED]
    if not ours or not theirs:
        ours, theirs = one.title, two.title
    elif any(old and new for old, new in pairs(dates_in(ours), dates_in(theirs))):
        return Why.DATE
    shouted = _is_title_case(ours)
    for change in replaced(ours, theirs, _REPLACED):
        if found := _otherwise(change, names_tell=not shouted):
            return found
    return None


def _turns(one: Print, two: Print) -> bool:
    """Whether a headline takes back what the other text, which is behind both, does not.

    Its own text may be that of the other with a sentence in front.
    """
    taken_back = claims_of(one.title) & _TURNED
    if not taken_back:  # as most: the other text need not be read
        return False
    return bool(taken_back - claims_of(two.title) - claims_of(two.lead[:_STATED]))


def _otherwise(change: Replaced, *, names_tell: bool) -> Why | None:
    """What kind of fact some words are, and other words in their place."""
    old, new = numbers_in(change.before), numbers_in(change.after)
    if old and new and set(old).isdisjoint(new):
        return Why.NUMBER
    if len(negations_in(change.before)) != len(negations_in(change.after)):
        return Why.CLAIM
    if exclude(claims_of(change.before.casefold()), claims_of(change.after.casefold())):
        return Why.CLAIM
    if names_tell and _is_name(change.before) and _is_name(change.after):
        return Why.PLACE
    return None


def _is_name(words: str) -> bool:
    """Whether these are words with capitals, and no mere address or day; or several characters."""
    parts = _PART.findall(words)
    return bool(parts) and all(
        _CJK.fullmatch(part) or (part[0].isupper() and part.casefold() not in _NO_NAMES)
        for part in parts
    )


def _is_title_case(text: str) -> bool:
    """Whether capitals say nothing, as in An American Headline."""
    words = [word for word in _PART.findall(text) if len(word) > 3]
    capitals = [word for word in words if word[0].isupper()]
    return len(capitals) > 0.7 * len(words)
