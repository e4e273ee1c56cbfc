"""What an @group means to an item of one language."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from monitor.core.query.ast import Field, Group, Leaf, Node, Phrase, Raw, Regex, Word, walk
from monitor.core.query.parser import parse_entry
from monitor.model import Lexicon, TermGroup

ANY = "any"


@dataclass(frozen=True, slots=True)
class Alias:
    """One term of a group.

    Attributes:
        text: The entry as written.
        group: The group that holds it; an inner one, if it came with that.
        member: The entry of the expanded group that it came with: itself, or "@inner".
    """

    text: str
    group: str
    leaf: Leaf
    member: str


@dataclass(frozen=True, slots=True)
class Expansion:
    """All terms of a group, and the groups it takes in.

    Attributes:
        groups: Group -> the entry that it came with; empty for the group itself.
    """

    aliases: tuple[Alias, ...]
    groups: Mapping[str, str]


def entries_of(group: TermGroup, language: str) -> Iterator[str]:
    """What counts in items of the language, "any" first."""
    yield from group.terms.get(ANY, ())
    if language != ANY:
        yield from group.terms.get(language, ())


@dataclass
class Expander:
    """Expands groups for one language, each once."""

    lexicon: Lexicon
    language: str
    _done: dict[str, Expansion] = field(default_factory=dict)

    def group(self, name: str) -> Expansion:
        """The group's terms; empty if there is no such group (lint tells)."""
        if name not in self._done:
            self._done[name] = Expansion((), {})  # a cycle adds nothing
            self._done[name] = self._expand(name, self.lexicon.groups)
        return self._done[name]

    def mask(self, name: str) -> Expansion:
        """As for a group."""
        return self._expand(name, self.lexicon.masks)

    def _expand(self, name: str, lists: Mapping[str, TermGroup]) -> Expansion:
        if name not in lists:
            return Expansion((), {})
        aliases: dict[tuple[str, str, str], Alias] = {}
        groups = dict.fromkeys(_line_of(name, lists), "")
        for entry in entries_of(lists[name], self.language):
            node = parse_entry(entry)
            if isinstance(node, Group):
                inner = self.group(node.name)
                groups |= {group: entry for group in inner.groups if group not in groups}
                for alias in inner.aliases:
                    came_with = replace(alias, member=entry)
                    aliases.setdefault((alias.group, alias.text, entry), came_with)
            elif isinstance(node, Word | Phrase | Raw | Regex):
                aliases.setdefault((name, entry, entry), Alias(entry, name, node, entry))
        return Expansion(tuple(aliases.values()), groups)


def _line_of(name: str, lists: Mapping[str, TermGroup]) -> Iterator[str]:
    """The group, the one it was made from, and so on."""
    seen: set[str] = set()
    while name in lists and name not in seen:
        seen.add(name)
        yield name
        name = lists[name].extends


def groups_named(node: Node) -> Iterator[Group]:
    """Every @group of a query, in the order of the text."""
    return (part for part in walk(node) if isinstance(part, Group))


def fields_named(node: Node) -> Iterator[str]:
    """Every field that a query names."""
    return (part.name for part in walk(node) if isinstance(part, Field))
