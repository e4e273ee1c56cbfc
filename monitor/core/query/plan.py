"""All watches made ready: their terms, the automaton that finds them, and who asks for what."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import ahocorasick_rs

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
    children_of,
    walk,
)
from monitor.core.query.evaluate import (
    AnyOf,
    Choice,
    Expression,
    Known,
    Never,
    Quorum,
    every,
    near,
    rarity_of,
    some,
)
from monitor.core.query.expand import Expander, Expansion
from monitor.core.query.filters import label_of, primary, property_of, value_of
from monitor.core.query.parser import parse
from monitor.core.query.printer import term_text
from monitor.core.query.reading import BARE_FIELDS, Hits, Masks, Segment, Source
from monitor.core.query.terms import Term, term_of
from monitor.model import Feed, Item, Lexicon, Watch

Terms = dict[int, Source]  # term number -> the entry that wrote it


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
    """A watch made ready.

    Attributes:
        excludes: Whether anything in the query must not be there.
    """

    expression: Expression
    escalations: tuple[Expression | None, ...]
    excludes: bool


class Plan:
    """What items of any language need. Immutable once it is made.

    One automaton holds the terms of all languages: which of a group's terms count in an item's own
    language is asked only of those that were found.
    """

    def __init__(
        self, reads: tuple[Read, ...], lexicon: Lexicon, feeds: Mapping[str, Feed]
    ) -> None:
        self.terms: list[Term] = []
        self._feeds = feeds
        self._numbers: dict[Leaf, int | None] = {}
        self._number_of_term: dict[Term, int] = {}
        self._any_ofs: dict[tuple[str, Node], AnyOf] = {}
        self._expanders = {
            language: Expander(lexicon, language) for language in _languages_of(lexicon)
        }
        self._masks: dict[str, dict[str, Masks]] = {
            mask: {
                language: tuple(self._masking(expander.mask(mask), mask))
                for language, expander in self._expanders.items()
            }
            for mask in dict.fromkeys(mask for read in reads for mask in read.watch.masks)
        }
        self.ready = tuple(map(self._ready, reads))
        self._askers: list[list[int]] = [[] for _ in self._any_ofs]
        for number, ready in enumerate(self.ready):
            for need in ready.expression.needs or ():
                self._askers[need].append(number)
        self._holders: list[list[int]] = [[] for _ in self.terms]
        self._listed = tuple(self._any_ofs.values())
        self._implied: dict[str, list[int]] = {}
        for any_of in self._listed:
            for term in {term for terms in any_of.by_language.values() for term in terms}:
                self._holders[term].append(any_of.number)
            for group in any_of.groups:
                self._implied.setdefault(group, []).append(any_of.number)
        self._terms_of_literal, self._automaton = _automaton_of(self.terms)

    def language_of(self, item: Item) -> str:
        """The item's language as the lexicon knows it; empty if it has no lists for it."""
        language = primary(item.language)
        return language if language in self._expanders else ""

    def breadth(self, node: Node) -> int:
        """How many terms may make a query true, in the language that has most."""
        if isinstance(node, Not | Filter):
            return 0
        if isinstance(node, Group):
            spelled = (one.group(node.name).aliases for one in self._expanders.values())
            return max(map(len, spelled), default=0)
        return isinstance(node, Leaf) + sum(map(self.breadth, children_of(node)))

    def hits(self, segments: Iterable[Segment]) -> Hits:
        """Term number -> segment, start and end of its literals, in the order of the text."""
        found: dict[int, list[tuple[int, int, int]]] = {}
        scan, of = self._automaton.find_matches_as_indexes, self._terms_of_literal
        for segment in segments:
            hits = scan(segment.folded.text, overlapping=True)
            if not hits:
                continue
            number = segment.number
            for literal, start, end in hits:
                for term in of[literal]:
                    if term in found:
                        found[term].append((number, start, end))
                    else:
                        found[term] = [(number, start, end)]
        return found

    def asked(self, hits: Iterable[int], implied: Iterable[str]) -> list[int]:
        """The watches that may be true of a text with these terms, in order."""
        present = {any_of for term in hits for any_of in self._holders[term]}
        for group in implied:
            present.update(self._implied.get(group, ()))
        return sorted({watch for any_of in present for watch in self._askers[any_of]})

    def entries(self, term: int, language: str) -> Iterator[tuple[str, str]]:
        """Group and text of the lexicon's entries that are this term in an item of the language."""
        for number in self._holders[term]:
            found = self._listed[number].terms(language).get(term)
            if found is not None and found.group is not None:
                yield found.group, found.text

    def masks(self, names: Iterable[str], language: str) -> Masks:
        """Everything to be blanked for a watch that names these mask lists."""
        return tuple(mask for name in names for mask in self._masks[name][language])

    def _masking(self, expansion: Expansion, mask: str) -> Iterator[tuple[int, str, str]]:
        for alias in expansion.aliases:
            number = self._number(alias.leaf)
            if number is not None:
                yield number, alias.text, mask

    def _ready(self, read: Read) -> Ready:
        return Ready(
            self._expression(read.query, BARE_FIELDS, 1.0),
            tuple(
                None if node is None else self._expression(node, BARE_FIELDS, 1.0)
                for node in read.escalations
            ),
            excludes=any(isinstance(node, Not) for node in walk(read.query)),
        )

    def _expression(self, node: Node, fields: frozenset[str], boost: float) -> Expression:
        match node:
            case And():
                return every([self._expression(c, fields, boost) for c in node.children])
            case Or():
                return some([self._expression(c, fields, boost) for c in node.children])
            case Not():
                return Never(self._expression(node.child, fields, boost))
            case Near():
                left = self._expression(node.left, fields, boost)
                right = self._expression(node.right, fields, boost)
                return near(left, right, distance=node.distance, ordered=node.ordered)
            case Boost():
                return self._expression(node.child, fields, boost * node.factor)
            case Field():
                return self._expression(node.child, FIELDS[node.name], boost)
            case Filter():
                return Known(
                    label_of(node), property_of(node, self._feeds), value_of(node, self._feeds)
                )
            case Group():
                choice = Choice(f"@{node.name}", self._group(node), fields, boost)
                return Quorum(choice, node.count) if node.count > 1 else choice
            case _:
                return Choice(term_text(node), self._single(node), fields, boost)

    def _group(self, node: Group) -> AnyOf:
        key = ("group", Group(name=node.name))
        if key not in self._any_ofs:
            by_language, groups = {}, {node.name: ""}
            for language, expander in self._expanders.items():
                expansion = expander.group(node.name)
                by_language[language] = self._terms_in(expansion)
                groups |= expansion.groups
            self._keep(key, by_language, groups)
        return self._any_ofs[key]

    def _single(self, node: Leaf) -> AnyOf:
        key = ("leaf", node)
        if key not in self._any_ofs:
            number = self._number(node)
            text = term_text(node)
            terms = {} if number is None else {number: Source(text, None, (text,))}
            self._keep(key, {"": terms}, {})
        return self._any_ofs[key]

    def _keep(
        self,
        key: tuple[str, Node],
        by_language: dict[str, Terms],
        groups: dict[str, str],
    ) -> None:
        # A language without terms of its own has those for any.
        own = {name: terms for name, terms in by_language.items() if terms != by_language[""]}
        by_language = own | {"": by_language[""]}
        literals = (
            literal
            for term in {term for terms in by_language.values() for term in terms}
            for literal in self.terms[term].literals
        )
        self._any_ofs[key] = AnyOf(
            number=len(self._any_ofs),
            by_language=by_language,
            groups=groups,
            rarity=rarity_of(literals),
        )

    def _terms_in(self, expansion: Expansion) -> Terms:
        terms: Terms = {}
        for alias in expansion.aliases:
            number = self._number(alias.leaf)
            if number is not None:
                first = terms.get(number)
                members = (*first.members, alias.member) if first else (alias.member,)
                text, group = first[:2] if first else (alias.text, alias.group)
                terms[number] = Source(text, group, members)
        return terms

    def _number(self, leaf: Leaf) -> int | None:
        """The leaf's term; None if it holds no letter and so never matches."""
        if leaf not in self._numbers:
            term = term_of(leaf)
            self._numbers[leaf] = None if term is None else self._number_of(term)
        return self._numbers[leaf]

    def _number_of(self, term: Term) -> int:
        number = self._number_of_term.setdefault(term, len(self.terms))
        if number == len(self.terms):
            self.terms.append(term)
        return number


def _languages_of(lexicon: Lexicon) -> list[str]:
    """Those with lists of their own, and "" for all others."""
    lists = (*lexicon.groups.values(), *lexicon.masks.values())
    return ["", *sorted({language for group in lists for language in group.terms} - {"any"})]


def _automaton_of(
    terms: Iterable[Term],
) -> tuple[list[list[int]], ahocorasick_rs.AhoCorasick]:
    """Literal number -> terms that it may be a hit of, and what finds the literals."""
    by_literal: dict[str, list[int]] = {}
    for number, term in enumerate(terms):
        for literal in term.literals:
            by_literal.setdefault(literal, []).append(number)
    automaton = ahocorasick_rs.AhoCorasick(
        list(by_literal), matchkind=ahocorasick_rs.MatchKind.Standard, store_patterns=False
    )
    return list(by_literal.values()), automaton


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
