"""What a text must hold before a regular expression can match it.

Patterns run only on texts that hold one of these literals, so that a thousand of them cost as
much as a thousand words.
"""

import re
from functools import lru_cache
from itertools import product

import regex

from monitor.core.query.bounds import check_pattern
from monitor.core.text import evened, fold_text

MAX_ALTERNATIVES = 64
_COUNT = re.compile(r"(?:[*+?]|\{(\d*)(?:,\d*)?\})[?+]?")
_GROUP_HEAD = re.compile(r"\?(?:P?<[A-Za-z_]\w*>|[ims]*(?:-[ims]+)?:|>|\|)")
_LOOK_HEAD = re.compile(r"\?(?:<?[=!])")
_FLAGS = re.compile(r"\?[a-zA-Z-]+\)")
_ESCAPED_ANY = re.compile(r"[pPN]\{[^}]*\}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[\w]")

# Patterns that compile, as their form shows: nearly all of the shipped lexicon, which is read in a
# third less time than if each were compiled. What is not of this form may compile all the same.
_SOUND = regex.compile(
    r"""
    (?P<any>
        (?P<branch>(?:
            (?: [^\\()\[\]{}?*+|^$] | \\[sSwWdD.,:()\[\]|?*+]
              | \[\^? (?: 가-힣 | 一-[龠龥] | ァ-[ヶヺー] | ぁ-ん | [01]-9 | a-z | A-Z | а-я
                       | [^\\\[\]&~|^-] | \\[sSwWdDn.\[\]] )+ -? \]
              | \((?:\?:)?(?&any)\)
            )(?:(?:[?*+]|\{[012],(?:[2-9]|[1-9]\d{1,2})\})[?+]?+)?+
            | \\[bB] | [$^] | \(\?<?[=!](?&any)\)
        )*+)
        (?:\|(?&branch))*+
    )""",
    regex.VERBOSE,
)
_DEEPEST = 40

_Alternatives = frozenset[str]


@lru_cache(maxsize=4096)
def compiled(pattern: str) -> "regex.Pattern[str]":
    """The pattern as it is run: on plain text, so dashes and apostrophes in it are plain too."""
    return regex.compile(evened(pattern), regex.IGNORECASE)


@lru_cache(maxsize=4096)
def required_literals(pattern: str) -> tuple[str, ...]:
    """Folded literals, at least one of which is in every text that the pattern matches.

    Raises:
        ValueError: The pattern does not compile, is refused (see bounds.py), or there are no such
            literals.
    """
    check_pattern(pattern)
    if not compiles_by_its_form(pattern):
        try:
            compiled(pattern)
        except (regex.error, OverflowError, RecursionError) as exc:
            raise ValueError(f"the pattern does not compile: {exc}") from exc
    pattern = evened(pattern)
    reader = _Reader(pattern)
    best = reader.alternatives()
    if best is None or reader.at != len(pattern):
        raise ValueError(
            "the pattern needs a literal (a Han or Hangul character, or two letters side by side)"
            " that is in every text it matches"
        )
    return tuple(sorted(best))


def compiles_by_its_form(pattern: str) -> bool:
    """Whether it surely compiles; False: that has to be tried."""
    return pattern.count("(") <= _DEEPEST and _SOUND.fullmatch(evened(pattern)) is not None


def _worth(literals: _Alternatives) -> float:
    """How rare the literals are together: the shortest counts, a Han character like three."""
    shortest = min(sum(3 if ord(c) > 0x2E80 else 1 for c in literal) for literal in literals)
    return shortest - len(literals) / (2 * MAX_ALTERNATIVES)


def _better(one: _Alternatives | None, other: _Alternatives | None) -> _Alternatives | None:
    if one is None or other is None:
        return one or other
    return max(one, other, key=_worth)


class _Reader:
    """Reads a valid pattern once, from left to right."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self.at = 0

    def alternatives(self) -> _Alternatives | None:
        """Of "a|b|c" up to a closing parenthesis: one of each; None if a branch has nothing."""
        found: _Alternatives | None = self._branch()
        while self._peek == "|":
            self.at += 1
            branch = self._branch()
            found = None if found is None or branch is None else found | branch
        return found if found is not None and len(found) <= MAX_ALTERNATIVES else None

    def _branch(self) -> _Alternatives | None:
        best: _Alternatives | None = None
        run: list[_Alternatives] = []
        while self._peek not in ("", "|", ")"):
            characters, inner = self._atom()
            least, once = self._count()
            if characters is not None and least:
                run.append(characters)
            if characters is None or not once:
                best = _better(best, _literals_of(run))
                run = []
            if inner is not None and least:
                best = _better(best, inner)
        return _better(best, _literals_of(run))

    @property
    def _peek(self) -> str:
        return self._pattern[self.at : self.at + 1]

    def _count(self) -> tuple[int, bool]:
        """The least number of times the atom occurs, and whether it is exactly one."""
        count = _COUNT.match(self._pattern, self.at)
        if count is None:
            if self._peek != "{":
                return 1, True
            closing = self._pattern.find("}", self.at)  # stands for itself: nothing is required
            self.at = closing + 1 if closing >= 0 else len(self._pattern)
            return 0, False
        self.at = count.end()
        sign = count[0][0]
        return (int(count[1] or 0) if sign == "{" else int(sign == "+")), False

    def _atom(self) -> tuple[_Alternatives | None, _Alternatives | None]:
        """The characters that may stand here if they are few, or the literals of a group."""
        sign = self._peek
        self.at += 1
        match sign:
            case "\\":
                return self._escape(), None
            case "[":
                return self._class(), None
            case "(":
                return None, self._group()
            case "." | "^" | "$":
                return None, None
            case _:
                return frozenset((sign,)), None

    def _escape(self) -> _Alternatives | None:
        special = _ESCAPED_ANY.match(self._pattern, self.at)
        if special is not None:
            self.at = special.end()
            return None
        sign = self._peek
        self.at += 1
        return frozenset((sign,))

    def _class(self) -> _Alternatives | None:
        start = self.at
        self.at += self._pattern.startswith("^", self.at)
        if self._peek == "]":
            self.at += 1
        while self._peek not in ("]", ""):
            self.at += 2 if self._peek == "\\" else 1
        members = self._pattern[start : self.at]
        self.at += 1
        is_plain = not set(members[:-1]).intersection("^\\-[") and "]" not in members
        members = members.removesuffix("-")
        return frozenset(members) if is_plain and 0 < len(members) <= MAX_ALTERNATIVES else None

    def _group(self) -> _Alternatives | None:
        flags = _FLAGS.match(self._pattern, self.at)
        if flags is not None:
            self.at = flags.end()
            if "x" in flags[0].lower():
                raise ValueError("the pattern may not be verbose (?x)")
            return None
        look = _LOOK_HEAD.match(self._pattern, self.at)
        head = look or _GROUP_HEAD.match(self._pattern, self.at)
        unknown = head is None and self._peek == "?"
        self.at = head.end() if head else self.at
        inner = self.alternatives()
        self.at += 1
        return None if look or unknown else inner


def _literals_of(run: list[_Alternatives]) -> _Alternatives | None:
    """The rarest literals in a row of characters; what folds to no letter cuts it."""
    best: _Alternatives | None = None
    part: list[_Alternatives] = []
    for characters in [*run, frozenset((" ",))]:
        folded = frozenset(_folded(character) for character in characters)
        is_letter = all(folded) and not characters & _APOSTROPHES
        if is_letter and _size([*part, characters]) <= MAX_ALTERNATIVES:
            part.append(characters)
            continue
        best = _better(best, _joined(part))
        # What follows an apostrophe may be a possessive s, which folding drops.
        part = [characters] if is_letter else []
    return best


@lru_cache(maxsize=4096)
def _folded(character: str) -> str:
    return fold_text(character).strip()


_APOSTROPHES = frozenset("'’ʼ‘ʻ＇´`")


def _size(part: list[_Alternatives]) -> int:
    size = 1
    for characters in part:
        size *= len(characters)
    return size


def _joined(part: list[_Alternatives]) -> _Alternatives | None:
    if not part:
        return None
    texts = frozenset(fold_text("".join(letters)).strip() for letters in product(*part))
    return texts if min(_letters(text) for text in texts) >= 2 else None


def _letters(text: str) -> int:
    """A lone Latin letter says nothing, so a possessive s is never required."""
    return sum(2 if ord(character) > 0x1100 else 1 for character in text)
