"""The watch language as a tree. `at` is the offset in the source; it does not count in equality."""

from collections.abc import Iterator
from dataclasses import dataclass, field

FIELDS = {
    "title": frozenset({"title"}),
    "summary": frozenset({"summary"}),
    "content": frozenset({"summary"}),
    "text": frozenset({"title", "summary"}),
    "url": frozenset({"url"}),
    "author": frozenset({"author"}),
    "category": frozenset({"category"}),
}
FILTERS = ("lang", "source", "feed", "owner", "country", "tier", "domain", "topic")
COMPARISONS = ("<=", ">=", "<", ">")


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word with its marks: `=exact`, `*open*` edges, `all_forms~`.

    Attributes:
        text: As written, without the marks; may fold to several tokens ("Pyongyang-Beijing").
    """

    text: str
    exact: bool = False
    open_left: bool = False
    open_right: bool = False
    all_forms: bool = False
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """Words in this order side by side, or in any order with at most `slop` others between.

    Attributes:
        text: Words separated by blanks; each may carry the marks of a word.
    """

    text: str
    exact: bool = False
    slop: int | None = None
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """Exactly these characters, case and accents included, not inside a longer word."""

    text: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Regex:
    """A regular expression over the plain text, whatever its case."""

    pattern: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Any term of a lexicon group; with a `count`, terms of so many different members of it.

    Attributes:
        count: A member is an entry of the group: a term, or another group.
    """

    name: str
    count: int = 1
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A property of the item or its feed. `comparison` (tier only): better is greater."""

    name: str
    values: tuple[str, ...]
    comparison: str = ""
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Only in this field."""

    name: str
    child: "Node"
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Boost:
    """Counts `factor` times in the score."""

    child: "Node"
    factor: float
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """At most `distance` tokens between the two, in one field; `ordered`: left one first."""

    left: "Node"
    right: "Node"
    distance: int
    ordered: bool = False
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """Not in the same window."""

    child: "Node"
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class And:
    """All of them in one window; two or more. `in_parens`: so written in the source."""

    children: tuple["Node", ...]
    at: int = field(default=0, compare=False)
    in_parens: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Or:
    """At least one of them; two or more. `in_parens`: so written in the source."""

    children: tuple["Node", ...]
    at: int = field(default=0, compare=False)
    in_parens: bool = field(default=False, compare=False)


Leaf = Word | Phrase | Raw | Regex
Node = Leaf | Group | Filter | Field | Boost | Near | Not | And | Or


def children_of(node: Node) -> tuple[Node, ...]:
    """The nodes directly below, in the order they are written."""
    match node:
        case And() | Or():
            return node.children
        case Near():
            return (node.left, node.right)
        case Not() | Boost() | Field():
            return (node.child,)
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, in the order it is written."""
    yield node
    for child in children_of(node):
        yield from walk(child)
