"""Every mistake in the queries and the lexicon, all at once, each with its cure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

from monitor.core.query import signs
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
from monitor.core.query.doubts import doubts, names_of
from monitor.core.query.evaluate import best_score_of
from monitor.core.query.expand import ANY, groups_named
from monitor.core.query.filters import primary
from monitor.core.query.lexer import QUOTES, comments_of
from monitor.core.query.logic import (
    can_be_true,
    contradiction_in,
    languages_of,
    languages_written_as,
    possible_in,
)
from monitor.core.query.parser import parse, parse_entry
from monitor.core.query.printer import term_text, to_text
from monitor.core.query.stopwords import is_stopword
from monitor.core.query.terms import term_of
from monitor.errors import QueryError
from monitor.model import Feed, Lexicon, TermGroup, Watch

NOTHING_TO_FIND = "nothing has to be found, so the watch cannot match"
MAX_LEAVES = 2_000  # that a query writes itself
MAX_TERMS = 5_000  # with its groups spelled out


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
    of_groups = list(_group_problems("group", lexicon.groups, lexicon))
    readable = not any(problem.fatal for problem in of_groups)
    return [
        *of_groups,
        *_cycles(lexicon),
        *_group_problems("mask", lexicon.masks, lexicon),
        *watch_problems(listed, lexicon, feeds, readable=readable),
    ]


def watch_problems(
    watches: Iterable[Watch],
    lexicon: Lexicon,
    feeds: Iterable[Feed] | None = None,
    *,
    readable: bool = True,
) -> Iterator[QueryProblem]:
    """Those of the watches alone, whose lexicon was looked at before.

    Args:
        readable: Whether nothing is fatally wrong with the groups of the lexicon.
    """
    listed = list(watches)
    known = None if feeds is None else list(feeds)
    names, languages = names_of(known), _languages_of(known)
    for watch in listed:
        yield from _watch_problems(watch, listed, lexicon)
    for watch in listed:
        yield from _doubts(watch, names)
    for watch in listed:
        yield from _of_others(watch, {w.id: w for w in listed})
    for watch in listed:
        yield from _out_of_reach(watch)
    for watch in listed if readable else ():
        yield from _unspoken(watch, lexicon, languages)


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
            elif isinstance(node, Group):
                if node.name not in lexicon.groups:
                    yield _unknown(kind, name, key, "group", node.name, lexicon.groups)
            else:
                language = key.removeprefix("terms.").partition("[")[0]
                for text, cure in _entry_doubts(entry, language):
                    yield QueryProblem(
                        kind=kind, id=name, key=key, text=text, cure=cure, fatal=False
                    )


@lru_cache(maxsize=16_384)  # the same thousands of entries at each reload
def _entry_doubts(entry: str, language: str) -> tuple[tuple[str, str], ...]:
    """What is doubtful about a readable term in the list of a language, each with a cure."""
    node = parse_entry(entry)
    if is_stopword(node):
        return ((f"{entry!r} is a word of nearly every text", "remove it, or make a phrase of it"),)
    found: list[tuple[str, str]] = []
    if isinstance(node, Word | Phrase) and entry[:1] not in QUOTES:
        found += signs.in_entry(entry)
    if isinstance(node, Leaf) and language != ANY:
        elsewhere = languages_written_as(node, language)
        if elsewhere:
            cure = f"write it under {' or '.join((*elsewhere, ANY))}"
            found.append((f"{entry!r} cannot stand in a text in {language}, by its script", cure))
    return tuple(found)


def _entry_or_problem(entry: str) -> Node | str:
    try:
        return parse_entry(entry)
    except QueryError as exc:
        return exc.problem if repr(entry) in exc.problem else f"{entry!r}: {exc.problem}"


def _members(group: TermGroup) -> Iterator[tuple[str, str]]:
    """Key and name of each group that a group takes in."""
    for key, entry in _entries(group):
        if entry.lstrip().startswith("@"):
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
    if alone and not unknown and (idle := _idle(node, lexicon)) is not None:
        text = NOTHING_TO_FIND
        if idle != node:
            text = f"{_place(query, idle.at)}the alternative {to_text(idle)} is true of most news"
        cure = "add a word, a phrase or a @group that must be there"
        yield QueryProblem(kind="watch", id=watch, key=key, text=text, cure=cure)
    elif (never := contradiction_in(node)) is not None:
        text = f"{_place(query, never.at)}{to_text(never)} can never be true"
        cure = "its parts exclude each other"
        yield QueryProblem(kind="watch", id=watch, key=key, text=text, cure=cure)
    yield from _unreachable(watch, key, query, node, lexicon)
    own, spelled_out = _sizes(node, lexicon)
    if own > MAX_LEAVES or spelled_out > MAX_TERMS:
        text = f"{own:,} terms; {MAX_LEAVES:,} are the limit"
        cure = "put them into a group of the lexicon, or split the watch"
        if own <= MAX_LEAVES:
            text = f"{spelled_out:,} terms with all groups spelled out; {MAX_TERMS:,} are the limit"
            cure = "split the watch"
        yield QueryProblem(kind="watch", id=watch, key=key, text=text, cure=cure)


def _unreachable(
    watch: str, key: str, query: str, node: Node, lexicon: Lexicon
) -> Iterator[QueryProblem]:
    """Counts of members that a group does not have."""
    for group in groups_named(node):
        members = _members_of(group.name, lexicon)
        if group.name in lexicon.groups and len(members) < group.count > 1:
            there = f"{len(members)} member{'' if len(members) == 1 else 's'}"
            text = f"{_place(query, group.at)}{to_text(group)} is never true: @{group.name} has "
            yield QueryProblem(kind="watch", id=watch, key=key, text=text + there)


def _doubts(watch: Watch, names: Mapping[str, frozenset[str]]) -> Iterator[QueryProblem]:
    """What works in the queries, but hardly as it was meant."""
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
        comments = _comments_that_swallow(query)
        for at, text, cure in (*comments, *doubts(node, names)):
            yield QueryProblem(
                kind="watch",
                id=watch.id,
                key=key,
                text=_place(query, at) + text,
                cure=cure,
                fatal=False,
            )


def _comments_that_swallow(query: str) -> Iterator[tuple[int, str, str]]:
    """`train #strike -model`: a hashtag, and all that follows is gone."""
    for at, comment in comments_of(query):
        if comment[1:2].isalnum() and query[:at].rpartition("\n")[2].strip():
            what = f"{comment!r} is a comment: all to the end of the line is left out"
            yield at, what, f"leave the # out if it is a hashtag, or write '# {comment[1:]}'"


def _of_others(watch: Watch, watches: Mapping[str, Watch]) -> Iterator[QueryProblem]:
    """What the watch leaves to watches that do nothing."""
    for key, others in (("unless", watch.unless), ("defer_to", watch.defer_to)):
        for number, other in enumerate(others):
            if watch.enabled and other in watches and not watches[other].enabled:
                yield QueryProblem(
                    kind="watch",
                    id=watch.id,
                    key=f"{key}[{number}]",
                    text=f"watch {other!r} is disabled, so it never matches",
                    cure="enable it, or remove it here",
                    fatal=False,
                )


def _out_of_reach(watch: Watch) -> Iterator[QueryProblem]:
    """A `min_score` that no item can have."""
    try:
        best = best_score_of(parse(watch.query))
    except QueryError:
        return  # told as a problem
    if watch.min_score > best:
        yield QueryProblem(
            kind="watch",
            id=watch.id,
            key="min_score",
            text=f"no item reaches {watch.min_score:g}: the query scores {best:g} at most",
            cure="lower it: each part of the query counts 3 in the title, and 1 in the text",
            fatal=False,
        )


def _idle(node: Node, lexicon: Lexicon) -> Node | None:
    """The part that makes the query true without any of its terms; None: there is none."""
    if _finds(node, lexicon):
        return None
    if isinstance(node, Or):
        return next((i for child in node.children if (i := _idle(child, lexicon))), node)
    return node


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


def _sizes(node: Node, lexicon: Lexicon) -> tuple[int, int]:
    """How many different terms it writes, and how many an item is searched for at most."""
    named = {part.name for part in walk(node) if isinstance(part, Group)}
    own = {term_text(part) for part in walk(node) if isinstance(part, Leaf)}
    most = 0
    for language in {"any", *(key for one in lexicon.groups.values() for key in one.terms)}:
        seen: set[str] = set()
        most = max(most, sum(_terms_in(name, lexicon, seen, language) for name in named))
    return len(own), len(own) + most


def _terms_in(name: str, lexicon: Lexicon, seen: set[str], language: str = "") -> int:
    """How many terms a group has, those of the groups it takes in included.

    Args:
        language: For items of this language; empty: in all languages together.
    """
    if name in seen or name not in lexicon.groups:
        return 0
    seen.add(name)
    wanted = {language, "any"} if language else lexicon.groups[name].terms.keys()
    return sum(
        _terms_in(entry[1:], lexicon, seen, language) if entry.startswith("@") else 1
        for key, entries in lexicon.groups[name].terms.items()
        if key in wanted
        for entry in entries
    )


def _members_of(name: str, lexicon: Lexicon) -> set[str]:
    """What counts once each in @name/2: the group's entries, in any language."""
    group = lexicon.groups.get(name)
    return {entry for _, entry in _entries(group)} if group else set()


# --- in which languages --------------------------------------------------------------------------


def _languages_of(feeds: Iterable[Feed] | None) -> frozenset[str] | None:
    """Of the items that are to be expected; None: of some feed nobody can tell."""
    asked = None if feeds is None else [feed for feed in feeds if feed.enabled]
    if not asked or not all(feed.language for feed in asked):
        return None
    return frozenset(primary(feed.language) for feed in asked)


def _unspoken(
    watch: Watch, lexicon: Lexicon, languages: frozenset[str] | None
) -> Iterator[QueryProblem]:
    """A watch whose words are of one language, with feeds or a filter of another."""
    try:
        node = parse(watch.query)
    except QueryError:
        return  # told as a problem
    own = frozenset(map(primary, watch.languages))
    if contradiction_in(node) is not None or not _finds(node, lexicon):
        return  # told as well
    if own and not can_be_true(node, possible_in(own, lexicon)):
        text = f"nothing that the query asks for stands in items in {_listed(own)}"
        cure = "add terms of that language, or drop 'languages'"
        yield QueryProblem(kind="watch", id=watch.id, key="languages", text=text, cure=cure)
    elif languages is not None and watch.enabled:
        reached = languages & own if own else languages
        if languages_of(node, lexicon, reached):
            return
        if any(group.name not in lexicon.groups for group in groups_named(node)):
            return  # told, and then all may be different
        spoken = own or languages_of(node, lexicon, _spoken(lexicon) | _USUAL)
        if not spoken:
            return
        text = f"can only match items in {_listed(spoken)}, but no enabled feed is in that language"
        cure = f"enable a feed in it, or add terms for {_listed(languages)}"
        yield QueryProblem(
            kind="watch", id=watch.id, key="languages", text=text, cure=cure, fatal=False
        )


_USUAL = frozenset(("en", "ko", "zh", "ja", "ru"))


def _spoken(lexicon: Lexicon) -> frozenset[str]:
    return frozenset(key for group in lexicon.groups.values() for key in group.terms) - {"any"}


def _listed(names: Iterable[str]) -> str:
    return " or ".join(sorted(names))


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
