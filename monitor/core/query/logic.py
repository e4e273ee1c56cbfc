"""What a query can come to, whatever the text: never true, always true, in which languages.

A query is a formula over terms that may stand in a field or not, and over what is known of an item.
NEAR is taken for AND: what cannot stand together cannot stand close together.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations, product

from monitor.core.query.ast import (
    FIELDS,
    And,
    Boost,
    Field,
    Filter,
    Group,
    Leaf,
    Near,
    Node,
    Not,
    Or,
    Regex,
    Word,
    children_of,
)
from monitor.core.query.expand import Expander
from monitor.core.query.filters import primary
from monitor.core.query.pieces import Forms, Stem, pieces_of
from monitor.core.query.printer import term_text
from monitor.core.text import HAN, HANGUL, KANA, fold_text
from monitor.model import Lexicon, Tier

MAX_TRIES = 20_000
_OTHER = "\0"  # any value that the query does not name
_MANY = ("domain", "topic")  # an item may have several: a host is below others
_BARE = frozenset(("title", "summary"))

_Atom = tuple[str, str]  # a term or group as written, and a field
_Known = tuple[str, str]  # a filter's name, and the value that the item has


@dataclass(frozen=True, slots=True)
class Possible:
    """Which terms can stand in a text at all; by default any."""

    term: Callable[[Leaf | Group], bool] = lambda _: True
    languages: frozenset[str] | None = None


ANYTHING = Possible()


def can_be_true(node: Node, possible: Possible = ANYTHING) -> bool:
    """Whether some text of some item satisfies the query; True if that is too hard to say."""
    return _Formula(node, possible).comes_to(wanted=True)


def can_be_false(node: Node, possible: Possible = ANYTHING) -> bool:
    """Whether some text does not; True if that is too hard to say."""
    return _Formula(node, possible).comes_to(wanted=False)


def contradiction_in(node: Node, possible: Possible = ANYTHING) -> Node | None:
    """The smallest part that can never be true; parts under NOT aside.

    Of an AND only the two sides that exclude each other, if it is two.
    """
    if not isinstance(node, Not):
        for child in children_of(node):
            if (found := contradiction_in(child, possible)) is not None:
                return found
    if can_be_true(node, possible):
        return None
    if isinstance(node, And):
        pairs = (And(children=pair, at=pair[0].at) for pair in combinations(node.children, 2))
        return next((pair for pair in pairs if not can_be_true(pair, possible)), node)
    return node


def tautologies_in(node: Node) -> Iterator[Node]:
    """The largest parts that are true of any text, so that they say nothing."""
    if not can_be_false(node):
        yield node
        return
    for child in children_of(node):
        yield from tautologies_in(child)


def languages_of(node: Node, lexicon: Lexicon, candidates: Iterable[str]) -> frozenset[str]:
    """Those of the languages in an item of which the query can be true."""
    return frozenset(
        language
        for language in candidates
        if can_be_true(node, possible_in(frozenset((language,)), lexicon))
    )


def possible_in(languages: frozenset[str], lexicon: Lexicon) -> Possible:
    """What can stand in items of these languages (primary subtags)."""
    expanders = [Expander(lexicon, language) for language in sorted(languages)]

    def occurs(leaf: Leaf | Group) -> bool:
        if isinstance(leaf, Group):
            return any(
                _occurs(alias.leaf, languages)
                for expander in expanders
                for alias in expander.group(leaf.name).aliases
            )
        return _occurs(leaf, languages)

    return Possible(occurs, languages)


_SCRIPTS: Mapping[str, re.Pattern[str]] = {
    "hangul": re.compile(f"[{HANGUL}]"),
    "kana": re.compile(f"[{KANA}]"),
    "han": re.compile(f"[{HAN}]"),
    "cyrillic": re.compile("[\u0400-\u052f]"),
}
# Latin letters may stand in any text. Korean headlines abbreviate states with Han characters.
_WRITTEN_WITH = {
    "hangul": frozenset(("ko",)),
    "kana": frozenset(("ja",)),
    "han": frozenset(("zh", "ja", "ko")),
    "cyrillic": frozenset(("ru", "uk", "be", "bg", "sr", "mk", "kk", "ky", "tg", "mn", "tt")),
}


def _occurs(leaf: Leaf, languages: frozenset[str]) -> bool:
    """Whether a text in one of the languages can hold the term, judged by its script."""
    if isinstance(leaf, Regex):
        return True
    text = fold_text(leaf.text)
    return all(
        not languages.isdisjoint(_WRITTEN_WITH[script])
        for script, letters in _SCRIPTS.items()
        if letters.search(text)
    )


_AT_HOME = {"hangul": "ko", "kana": "ja", "han": "zh", "cyrillic": "ru"}


def languages_written_as(leaf: Leaf, language: str) -> tuple[str, ...]:
    """Where a term belongs that no text of the language can hold; empty if one can."""
    if _occurs(leaf, frozenset((language,))) or isinstance(leaf, Regex):
        return ()
    text = fold_text(leaf.text)
    return tuple(_AT_HOME[name] for name, letters in _SCRIPTS.items() if letters.search(text))


@dataclass(slots=True)
class _Formula:
    """A query with its variables, and how they are used."""

    node: Node
    possible: Possible
    positive: set[_Atom] = field(default_factory=set)
    negative: set[_Atom] = field(default_factory=set)
    domains: dict[str, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._collect(self.node, _BARE, wanted=True)
        if self.possible.languages is not None:
            self.domains["lang"] = set(self.possible.languages)

    def comes_to(self, *, wanted: bool) -> bool:
        """Whether some choice of variables makes the query true, or false."""
        # What is only wanted may as well be there, what is only excluded may as well not.
        likes, dislikes = (
            (self.positive, self.negative) if wanted else (self.negative, self.positive)
        )
        mixed = sorted(likes & dislikes)
        names = sorted(self.domains)
        tries = 2 ** min(len(mixed), 20)
        for name in names:
            tries *= len(self.domains[name])
        if tries > MAX_TRIES:
            return True
        fixed = dict.fromkeys(likes - dislikes, True) | dict.fromkeys(dislikes - likes, False)
        return any(
            self._holds(self.node, _BARE, fixed | dict(zip(mixed, chosen, strict=True)), known)
            is wanted
            for chosen in product((True, False), repeat=len(mixed))
            for known in self._known(names)
        )

    def _known(self, names: list[str]) -> Iterator[dict[str, str]]:
        for values in product(*(sorted(self.domains[name]) for name in names)):
            yield dict(zip(names, values, strict=True))

    def _collect(self, node: Node, fields: frozenset[str], *, wanted: bool) -> None:
        match node:
            case Field():
                self._collect(node.child, FIELDS[node.name], wanted=wanted)
            case Not():
                self._collect(node.child, fields, wanted=not wanted)
            case Filter() if node.name in _MANY:
                atoms = {(f"{node.name}:{value.casefold()}", "") for value in node.values}
                (self.positive if wanted else self.negative).update(atoms)
            case Filter() if node.name == "tier":
                self.domains["tier"] = set(Tier)
            case Filter():
                values = self.domains.setdefault(node.name, {_OTHER})
                values.update(map(_value_of(node.name), node.values))
            case And() | Or() | Near() | Boost():
                for child in children_of(node):
                    self._collect(child, fields, wanted=wanted)
            case _:
                if self.possible.term(node):
                    atoms = {(_key(node), name) for name in fields}
                    (self.positive if wanted else self.negative).update(atoms)

    def _holds(
        self,
        node: Node,
        fields: frozenset[str],
        there: Mapping[_Atom, bool],
        known: Mapping[str, str],
    ) -> bool:
        match node:
            case Field():
                return self._holds(node.child, FIELDS[node.name], there, known)
            case Boost():
                return self._holds(node.child, fields, there, known)
            case Not():
                return not self._holds(node.child, fields, there, known)
            case Near() if not _fields_of(node.left, fields) & _fields_of(node.right, fields):
                return False
            case And() | Near():
                return all(self._holds(c, fields, there, known) for c in children_of(node))
            case Or():
                return any(self._holds(c, fields, there, known) for c in children_of(node))
            case Filter() if node.name in _MANY:
                atoms = ((f"{node.name}:{value.casefold()}", "") for value in node.values)
                return any(there.get(atom, False) for atom in atoms)
            case Filter():
                return _is_met(node, known[node.name])
            case _:
                return any(there.get((_key(node), name), False) for name in fields)


def _fields_of(node: Node, fields: frozenset[str]) -> frozenset[str]:
    """Where its terms are looked for."""
    match node:
        case Field():
            return _fields_of(node.child, FIELDS[node.name])
        case And() | Or() | Near() | Not() | Boost():
            return frozenset().union(*(_fields_of(child, fields) for child in children_of(node)))
        case _:
            return fields


@lru_cache(maxsize=4096)
def _key(node: Leaf | Group) -> str:
    """What a term finds, so that `train` and `trains`, `поезд` and `поездов` are one."""
    if not isinstance(node, Word):
        return term_text(node)
    pieces = pieces_of(node)
    if not all(isinstance(piece, Stem | Forms) for piece in pieces):
        return term_text(node)
    return "\0".join(
        ("=" if len(piece.forms) == 1 else "") + min(piece.forms, key=len) + piece.written
        if isinstance(piece, Forms)
        else f"~{min(piece.stems, key=len)}"
        for piece in pieces
        if isinstance(piece, Stem | Forms)
    )


def _value_of(name: str) -> Callable[[str], str]:
    return primary if name == "lang" else str.casefold


def _is_met(node: Filter, value: str) -> bool:
    if node.name != "tier":
        return value in map(_value_of(node.name), node.values)
    ranks = [Tier(written).rank for written in node.values]
    rank, limit = Tier(value).rank, max(ranks)
    match node.comparison:
        case ">=":
            return rank <= limit
        case ">":
            return rank < limit
        case "<=":
            return rank >= limit
        case "<":
            return rank > limit
        case _:
            return rank in ranks
