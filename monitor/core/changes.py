"""What an edit changed: word by word for people, and as facts (numbers, dates, claims, denials)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from functools import lru_cache

from monitor.core.claims import claims_of
from monitor.core.facts import dates_in, negations_in, numbers_in
from monitor.core.normalise import same_text
from monitor.core.text import HAN, HANGUL, KANA, fold_text

# A word with what follows it up to the next one; of Han and hiragana each character, of katakana
# each run.
_TOKEN = re.compile(
    rf"(?:\d+(?:[.,]\d+)*|[\u30a1-\u30fa\u30fc]+|[{HANGUL}]+|[{HAN}\u3041-\u309f]"
    rf"|[^\W\d{HANGUL}{KANA}{HAN}]+(?:['’-][^\W\d{HANGUL}{KANA}{HAN}]+)*|\S)\s*"
)
_WORDY = re.compile(r"\w")
_LONGEST = 600  # words, or facts, that are compared one by one; more words are replaced as a whole


class Part(StrEnum):
    """What became of a stretch of text."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one of two texts."""

    part: Part
    text: str


class Fact(StrEnum):
    """What kind of fact changed."""

    NUMBER = "number"
    DATE = "date"
    NEGATION = "negation"
    CLAIM = "claim"


@dataclass(frozen=True, slots=True)
class Change:
    """A fact that is another one after an edit; empty where there was or is none."""

    fact: Fact
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Replaced:
    """Words between equal ones that took the place of others."""

    before: str
    after: str


def word_diff(before: str, after: str) -> tuple[Piece, ...]:
    """Both texts as one: the same and removed pieces are `before`, the same and added `after`.

    What is merely written otherwise (case, width, accents, quotes) is given as `after` has it.
    """
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    pieces: list[Piece] = []
    for same, a, b, c, d in _steps(old, new):
        if same:
            pieces.append(Piece(Part.SAME, "".join(new[c:d])))
            continue
        if b > a:
            pieces.append(Piece(Part.REMOVED, "".join(old[a:b])))
        if d > c:
            pieces.append(Piece(Part.ADDED, "".join(new[c:d])))
    return tuple(pieces)


def replaced(before: str, after: str, longest: int) -> list[Replaced]:
    """What stands in each other's place in two texts, at most so many words at a time."""
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    return [
        Replaced("".join(old[a:b]).strip(), "".join(new[c:d]).strip())
        for same, a, b, c, d in _steps(old, new)
        if not same and b - a <= longest and d - c <= longest
        if not (a == 0 and c == 0) and not (b == len(old) or d == len(new))
    ]


def what_changed(before: str, after: str) -> tuple[Change, ...]:
    """The facts that an edit changed, in the order of the text; claims and denials last."""
    changes = [
        Change(fact, old, new)
        for fact, listed in ((Fact.DATE, dates_in), (Fact.NUMBER, numbers_in))
        for old, new in pairs(listed(before), listed(after))
    ]
    old_claims, new_claims = claims_of(before.casefold()), claims_of(after.casefold())
    gone, come = sorted(old_claims - new_claims), sorted(new_claims - old_claims)
    if gone or come:
        changes.append(Change(Fact.CLAIM, ", ".join(gone), ", ".join(come)))
    old_no, new_no = negations_in(before), negations_in(after)
    if len(old_no) != len(new_no):
        for old, new in pairs(old_no, new_no):
            changes.append(Change(Fact.NEGATION, old, new))
    return tuple(changes)


def inline(pieces: Sequence[Piece]) -> str:
    """A diff as one line of text: [-removed-] {+added+}."""
    return " ".join("".join(map(_marked, pieces)).split())


def _marked(piece: Piece) -> str:
    bare = piece.text.rstrip()
    space = piece.text[len(bare) :]
    match piece.part:
        case Part.REMOVED:
            return f"[-{bare}-]{space}"
        case Part.ADDED:
            return f"{{+{bare}+}}{space}"
        case Part.SAME:
            return piece.text


def _steps(old: Sequence[str], new: Sequence[str]) -> list[tuple[bool, int, int, int, int]]:
    """Stretches of two texts in turn: whether they are equal, and where they are in each."""
    ours, theirs = [_form(word) for word in old], [_form(word) for word in new]
    head = 0
    while head < min(len(ours), len(theirs)) and ours[head] == theirs[head]:
        head += 1
    tail = 0
    while tail < min(len(ours), len(theirs)) - head and ours[-tail - 1] == theirs[-tail - 1]:
        tail += 1
    a, c = len(ours) - tail, len(theirs) - tail
    steps = [(True, 0, head, 0, head)] if head else []
    if a - head <= _LONGEST and c - head <= _LONGEST:
        matcher = SequenceMatcher(None, ours[head:a], theirs[head:c], autojunk=False)
        steps += [
            (tag == "equal", i + head, j + head, k + head, m + head)
            for tag, i, j, k, m in matcher.get_opcodes()
        ]
    elif a > head or c > head:
        steps.append((False, head, a, head, c))
    if tail:
        steps.append((True, a, len(ours), c, len(theirs)))
    return steps


@lru_cache(maxsize=1_024)
def _form(word: str) -> str:
    """What of a word is compared: not its width, case and accents; of a sign not its shape."""
    return fold_text(word).strip() if _WORDY.search(word) else same_text(word)


def pairs(before: Sequence[str], after: Sequence[str]) -> list[tuple[str, str]]:
    """What of two lists took each other's place, in order; of each the first 600."""
    found = []
    before, after = before[:_LONGEST], after[:_LONGEST]
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag != "equal":
            size = max(b - a, d - c)
            old = [*before[a:b], *[""] * (size - (b - a))]
            new = [*after[c:d], *[""] * (size - (d - c))]
            found += list(zip(old, new, strict=True))
    return found
