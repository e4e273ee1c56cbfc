"""The watches made ready for the items of one language."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import ahocorasick_rs

from monitor.core.query.ast import (
    FIELDS,
    And,
    Boost,
    Field,
    Filter,
    Group,
    Near,
    Node,
    Not,
    Or,
)
from monitor.core.query.evaluate import (
    Choice,
    Cost,
    Expression,
    Known,
    Never,
    every,
    near,
    some,
)
from monitor.core.query.expand import Alias, Expander, Expansion
from monitor.core.query.filters import label_of, primary, property_of, value_of
from monitor.core.query.parser import parse
from monitor.core.query.printer import term_text
from monitor.core.query.reading import Segment
from monitor.core.query.terms import Term, term_of
from monitor.model import Feed, Item, Lexicon, Watch

BARE_FIELDS = frozenset(("title", "summary"))


@dataclass(frozen=True, slots=True)
class Read:
    """A watch with its queries parsed."""

    watch: Watch
    query: Node
    escalations: tuple[Node | None, ...]
    languages: frozenset[str]

    def takes(self, item: Item) -> bool:
        """Whether the watch looks at items of this language at all."""
        return not self.languages or primary(item.language) in self.languages


@dataclass(frozen=True, slots=True)
class Ready:
    """A watch made ready for one language.

    Attributes:
        masks: Term number, entry and mask list of everything to be blanked.
    """

    expression: Expression
    escalations: tuple[Expression | None, ...]
    masks: tuple[tuple[int, str, str], ...]


class Plan:
    """Everything that items of one language need: the terms, the automaton, the watches."""

    def __init__(
        self,
        reads: tuple[Read, ...],
        lexicon: Lexicon,
        feeds: Mapping[str, Feed],
        language: str,
    ) -> None:
        self.terms: list[Term] = []
        self.literals: list[tuple[str, ...]] = []
        self.cost = Cost(self.literals)
        self._numbers: dict[Term, int] = {}
        self._feeds = feeds
        self._expander = Expander(lexicon, language)
        self.ready = tuple(map(self._ready, reads))
        self.askers: dict[int | str, list[int]] = {}
        for number, ready in enumerate(self.ready):
            for need in ready.expression.needs or ():
                self.askers.setdefault(need, []).append(number)
        self._terms_of_literal: list[list[int]] = []
        self._automaton = self._built()

    def _built(self) -> ahocorasick_rs.AhoCorasick:
        by_literal: dict[str, list[int]] = {}
        for number, literals in enumerate(self.literals):
            for literal in literals:
                by_literal.setdefault(literal, []).append(number)
        self._terms_of_literal = list(by_literal.values())
        return ahocorasick_rs.AhoCorasick(
            list(by_literal),
            matchkind=ahocorasick_rs.MatchKind.Standard,
            store_patterns=False,
        )

    def hits(self, segments: Iterable[Segment]) -> dict[int, dict[int, list[tuple[int, int]]]]:
        """Term number -> segment number -> places of its literals."""
        found: dict[int, dict[int, list[tuple[int, int]]]] = {}
        scan = self._automaton.find_matches_as_indexes
        for segment in segments:
            number = segment.number
            for literal, start, end in scan(segment.folded.text, overlapping=True):
                for term in self._terms_of_literal[literal]:
                    found.setdefault(term, {}).setdefault(number, []).append((start, end))
        return found

    def _ready(self, read: Read) -> Ready:
        masks = tuple(
            (number, alias.text, mask)
            for mask in read.watch.masks
            for alias in self._expander.mask(mask).aliases
            if (number := self._number(term_of(alias.leaf))) is not None
        )
        return Ready(
            self._expression(read.query, BARE_FIELDS, 1.0),
            tuple(
                None if node is None else self._expression(node, BARE_FIELDS, 1.0)
                for node in read.escalations
            ),
            masks,
        )

    def _expression(self, node: Node, fields: frozenset[str], boost: float) -> Expression:
        match node:
            case And():
                return every([self._expression(c, fields, boost) for c in node.children], self.cost)
            case Or():
                return some([self._expression(c, fields, boost) for c in node.children])
            case Not():
                return Never(self._expression(node.child, fields, boost))
            case Near():
                left = self._expression(node.left, fields, boost)
                right = self._expression(node.right, fields, boost)
                return near(
                    left, right, distance=node.distance, ordered=node.ordered, cost=self.cost
                )
            case Boost():
                return self._expression(node.child, fields, boost * node.factor)
            case Field():
                return self._expression(node.child, FIELDS[node.name], boost)
            case Filter():
                return Known(
                    label_of(node), property_of(node, self._feeds), value_of(node, self._feeds)
                )
            case Group():
                expansion = self._expander.group(node.name)
                groups = expansion.groups | {node.name}
                return self._choice(f"@{node.name}", expansion, groups, fields, boost)
            case _:
                text = term_text(node)
                alone = Expansion((Alias(text, "", node),), frozenset())
                return self._choice(text, alone, frozenset(), fields, boost)

    def _choice(
        self,
        label: str,
        expansion: Expansion,
        groups: frozenset[str],
        fields: frozenset[str],
        boost: float,
    ) -> Choice:
        aliases: dict[int, tuple[str, str | None]] = {}
        for alias in expansion.aliases:
            number = self._number(term_of(alias.leaf))
            if number is not None:
                aliases.setdefault(number, (alias.text, alias.group or None))
        implied = groups if fields == BARE_FIELDS else frozenset()
        return Choice(label, aliases, implied, fields, boost)

    def _number(self, term: Term | None) -> int | None:
        if term is None:
            return None
        number = self._numbers.setdefault(term, len(self.terms))
        if number == len(self.terms):
            self.terms.append(term)
            self.literals.append(term.literals)
        return number


def read_watch(watch: Watch) -> Read:
    """Parse a watch's queries.

    Raises:
        QueryError: One of them cannot be read.
    """
    return Read(
        watch,
        parse(watch.query),
        tuple(None if rule.query is None else parse(rule.query) for rule in watch.escalations),
        frozenset(map(primary, watch.languages)),
    )
