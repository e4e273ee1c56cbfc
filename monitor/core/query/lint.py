"""Every mistake in the queries and the lexicon, all at once, each with its cure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from monitor.core.query.ast import (
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
    Phrase,
    Word,
    walk,
)
from monitor.core.query.expand import groups_named
from monitor.core.query.parser import parse, parse_entry
from monitor.core.query.terms import term_of
from monitor.errors import QueryError
from monitor.model import Feed, Lexicon, TermGroup, Watch

MAX_LEAVES = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryProblem:
    """One mistake.

    Attributes:
        kind: "group", "mask" or "watch", and its id.
        key: Where in it: "query", "terms.en[3]", "masks[0]", "unless[0]", "escalate[1].query".
        text: The problem; for a query with its line and column.
        cure: As in "did you mean 'kp'?"; empty if the text says it all.
        fatal: False: the watch works, but hardly as it was meant.
    """

    kind: str
    id: str
    key: str
    text: str
    cure: str = ""
    fatal: bool = True


def problems(
    watches: Iterable[Watch] | Mapping[str, Watch],
    lexicon: Lexicon,
    feeds: Iterable[Feed] | None = None,
) -> list[QueryProblem]:
    """Everything that would keep these watches from being compiled or from ever matching.

    Args:
        feeds: All there are, so that filters can be checked; None: they are not known.
    """
    listed = list(watches.values() if isinstance(watches, Mapping) else watches)
    names = _names_of(feeds)
    return [
        *_group_problems("group", lexicon.groups, lexicon),
        *_cycles(lexicon),
        *_group_problems("mask", lexicon.masks, lexicon),
        *(problem for watch in listed for problem in _watch_problems(watch, listed, lexicon)),
        *(problem for watch in listed for problem in _doubts(watch, names)),
    ]


# --- lexicon -------------------------------------------------------------------------------------


def _entries(group: TermGroup) -> Iterator[tuple[str, str]]:
    """Key and text of every entry."""
    for language, entries in group.terms.items():
        for number, entry in enumerate(entries):
            yield f"terms.{language}[{number}]", entry


def _group_problems(
    kind: str, groups: Mapping[str, TermGroup], lexicon: Lexicon
) -> Iterator[QueryProblem]:
    for name, group in groups.items():
        for key, entry in _entries(group):
            node = _entry_or_problem(entry)
            if isinstance(node, str):
                yield QueryProblem(kind=kind, id=name, key=key, text=node)
            elif isinstance(node, Group) and node.name not in lexicon.groups:
                yield _unknown(kind, name, key, "group", node.name, lexicon.groups)


def _entry_or_problem(entry: str) -> Node | str:
    try:
        return parse_entry(entry)
    except QueryError as exc:
        return exc.problem if repr(entry) in exc.problem else f"{entry!r}: {exc.problem}"


def _members(group: TermGroup) -> Iterator[tuple[str, str]]:
    """Key and name of each group that a group takes in."""
    for key, entry in _entries(group):
        node = _entry_or_problem(entry)
        if isinstance(node, Group):
            yield key, node.name


def _cycles(lexicon: Lexicon) -> Iterator[QueryProblem]:
    """One problem for each group that holds itself, at the entry that leads round."""
    members = {name: list(_members(group)) for name, group in lexicon.groups.items()}
    for name, inner in members.items():
        for key, first in inner:
            way = _way_back(name, first, members)
            if way:
                text = "the group holds itself: " + " > ".join(f"@{step}" for step in (name, *way))
                yield QueryProblem(
                    kind="group", id=name, key=key, text=text, cure=f"remove @{first} here"
                )
                break


def _way_back(
    start: str, at: str, members: Mapping[str, list[tuple[str, str]]]
) -> tuple[str, ...] | None:
    """The shortest chain of groups from `at` back to `start`."""
    queue: list[tuple[str, ...]] = [(at,)]
    seen = {at}
    for way in queue:
        if way[-1] == start:
            return way
        for _, following in members.get(way[-1], ()):
            if following not in seen:
                seen.add(following)
                queue.append((*way, following))
    return None


# --- watches -------------------------------------------------------------------------------------


def _watch_problems(watch: Watch, watches: list[Watch], lexicon: Lexicon) -> Iterator[QueryProblem]:
    yield from _query_problems(watch.id, "query", watch.query, lexicon, alone=True)
    for number, rule in enumerate(watch.escalations):
        if rule.query is not None:
            key = f"escalate[{number}].query"
            yield from _query_problems(watch.id, key, rule.query, lexicon, alone=False)
    for number, mask in enumerate(watch.masks):
        if mask not in lexicon.masks:
            key = f"masks[{number}]"
            yield _unknown("watch", watch.id, key, "mask list", mask, lexicon.masks)
    ids = [other.id for other in watches]
    for number, other in enumerate(watch.unless):
        if other not in ids:
            yield _unknown("watch", watch.id, f"unless[{number}]", "watch", other, ids)


def _query_problems(
    watch: str, key: str, query: str, lexicon: Lexicon, *, alone: bool
) -> Iterator[QueryProblem]:
    """`alone`: the query has to find items by itself, so it needs something to be looked for."""
    try:
        node = parse(query)
    except QueryError as exc:
        yield QueryProblem(kind="watch", id=watch, key=key, text=str(exc))
        return
    unknown = [group for group in groups_named(node) if group.name not in lexicon.groups]
    for group in unknown:
        place = _place(query, group.at)
        yield _unknown("watch", watch, key, "group", group.name, lexicon.groups, place)
    for part in walk(node):
        if isinstance(part, Phrase) and term_of(part) is None:
            text = f"{_place(query, part.at)}the phrase holds no letter or digit"
            yield QueryProblem(kind="watch", id=watch, key=key, text=text)
    if alone and not _finds(node, lexicon) and not unknown:
        yield QueryProblem(
            kind="watch",
            id=watch,
            key=key,
            text="nothing has to be found: without a term that is not under NOT it cannot match",
            cure="add a word, a phrase or a @group",
        )
    leaves = _leaves(node, lexicon)
    if leaves > MAX_LEAVES:
        text = f"{leaves} terms when all groups are spelled out; {MAX_LEAVES} are the limit"
        yield QueryProblem(kind="watch", id=watch, key=key, text=text, cure="split the watch")


# --- what works, but hardly as it was meant ------------------------------------------------------

_OPERATOR = re.compile(r"and|or|not|o?near(/\d+)?", re.IGNORECASE)
_WIDE = {"（": "(", "）": ")"}


def _names_of(feeds: Iterable[Feed] | None) -> Mapping[str, frozenset[str]]:
    """Filter -> the values that lead somewhere; nothing of what cannot be known."""
    listed = None if feeds is None else list(feeds)
    if not listed:
        return {}
    return {
        "feed": frozenset(feed.id for feed in listed),
        "owner": frozenset(feed.owner for feed in listed),
    }


def _doubts(watch: Watch, names: Mapping[str, frozenset[str]]) -> Iterator[QueryProblem]:
    queries = {"query": watch.query} | {
        f"escalate[{number}].query": rule.query
        for number, rule in enumerate(watch.escalations)
        if rule.query is not None
    }
    for key, query in queries.items():
        try:
            node = parse(query)
        except QueryError:
            continue  # told as a problem
        for at, text, cure in (*_taken_as_words(node), *_filters_of_nothing(node, names)):
            yield QueryProblem(
                kind="watch",
                id=watch.id,
                key=key,
                text=_place(query, at) + text,
                cure=cure,
                fatal=False,
            )


def _taken_as_words(node: Node) -> Iterator[tuple[int, str, str]]:
    """Place, problem and cure of words that look like operators and parentheses."""
    for part in walk(node):
        if isinstance(part, Word) and any(sign in part.text for sign in _WIDE):
            plain = "".join(_WIDE.get(letter, letter) for letter in part.text)
            what = f"the full-width parenthesis in '{part.text}' is taken as a part of the word"
            yield part.at, what, f"write {plain}, or quote it"
        if not isinstance(part, And):
            continue
        for number, child in enumerate(part.children):
            if not isinstance(child, Word) or not _OPERATOR.fullmatch(child.text):
                continue
            is_last = number == len(part.children) - 1
            if is_last or (number == 0 and child.text.casefold() != "not"):
                continue
            what = f"'{child.text}' is a word to be found here, operators are written in capitals"
            yield child.at, what, f'write {child.text.upper()}, or quote it: "{child.text}"'


def _filters_of_nothing(
    node: Node, names: Mapping[str, frozenset[str]]
) -> Iterator[tuple[int, str, str]]:
    for part in walk(node):
        if not isinstance(part, Filter) or part.name not in names:
            continue
        known = {name.casefold(): name for name in names[part.name]}
        for value in part.values:
            if value.casefold() in known:
                continue
            what = (
                f"no feed is named '{value}'" if part.name == "feed" else "no feed has this owner"
            )
            close = get_close_matches(value.casefold(), known, n=1)
            cure = (
                f"did you mean '{known[close[0]]}'?" if close else "see 'news-monitor feeds list'"
            )
            yield part.at, f"{part.name}:{value} is never true: {what}", cure


def _finds(node: Node, lexicon: Lexicon) -> bool:
    """Whether whatever makes the query true holds at least one of its terms."""
    match node:
        case And():
            return any(_finds(child, lexicon) for child in node.children)
        case Or():
            return all(_finds(child, lexicon) for child in node.children)
        case Near():
            return _finds(node.left, lexicon) and _finds(node.right, lexicon)
        case Boost() | Field():
            return _finds(node.child, lexicon)
        case Not() | Filter():
            return False
        case Group():
            return bool(_terms_in(node.name, lexicon, set()))
        case _:
            return term_of(node) is not None


def _leaves(node: Node, lexicon: Lexicon) -> int:
    return sum(
        _terms_in(part.name, lexicon, set()) if isinstance(part, Group) else 1
        for part in walk(node)
        if isinstance(part, Group | Leaf)
    )


def _terms_in(name: str, lexicon: Lexicon, seen: set[str]) -> int:
    """How many terms a group has in all languages, those of the groups it takes in included."""
    if name in seen or name not in lexicon.groups:
        return 0
    seen.add(name)
    return sum(
        _terms_in(entry[1:], lexicon, seen) if entry.startswith("@") else 1
        for _, entry in _entries(lexicon.groups[name])
    )


def _place(query: str, offset: int) -> str:
    line = query.count("\n", 0, offset) + 1
    return f"line {line}, column {offset - query.rfind(chr(10), 0, offset)}: "


def _unknown(
    kind: str,
    owner: str,
    key: str,
    what: str,
    name: str,
    known: Iterable[str],
    place: str = "",
) -> QueryProblem:
    names = list(known)
    by_folded = {one.casefold(): one for one in names}
    close = get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.5)
    if close:
        cure = f"did you mean '{by_folded[close[0]]}'?"
    else:
        cure = f"known are {', '.join(sorted(names))}" if names else f"there is no {what} at all"
    return QueryProblem(
        kind=kind, id=owner, key=key, text=f"{place}no {what} named '{name}'", cure=cure
    )
