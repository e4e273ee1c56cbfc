"""What works in a query, but hardly as it was meant: each with its place and a cure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

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
    Word,
    walk,
)
from monitor.core.query.logic import tautologies_in
from monitor.core.query.printer import to_text
from monitor.core.query.stopwords import is_stopword
from monitor.core.text import HAN, HANGUL, KANA, fold_text
from monitor.model import Feed

Doubt = tuple[int, str, str]  # offset in the source, what is doubtful, cure

_OPERATOR = re.compile(r"and|or|not|o?near(/\d+)?", re.IGNORECASE)
# The operators in the languages of the watches.
_TRANSLATED = {
    **dict.fromkeys(("и", "그리고", "및", "또한", "和"), "AND"),
    **dict.fromkeys(("или", "또는", "或"), "OR"),
    **dict.fromkeys(("не", "кроме"), "NOT"),
}
_DENSE = re.compile(f"[{HANGUL}{KANA}{HAN}]")  # two letters of these are a word
_SHORT = 3


def names_of(feeds: Iterable[Feed] | None) -> Mapping[str, frozenset[str]]:
    """Filter -> the values that lead somewhere; nothing of what cannot be known."""
    listed = None if feeds is None else list(feeds)
    if not listed:
        return {}
    return {
        "feed": frozenset(feed.id for feed in listed),
        "owner": frozenset(feed.owner for feed in listed),
        "country": frozenset(feed.country for feed in listed if feed.country),
        "topic": frozenset(topic for feed in listed for topic in feed.topics),
        "source": frozenset(feed.name for feed in listed if feed.name),
    }


def doubts(node: Node, names: Mapping[str, frozenset[str]]) -> Iterator[Doubt]:
    """Everything doubtful in a query, whatever else there is in the configuration.

    Args:
        names: Filter -> the values that lead somewhere.
    """
    yield from _taken_as_words(node)
    yield from _filters_of_nothing(node, names)
    yield from _mixed(node)
    yield from _short_wildcards(node)
    yield from _repeated(node)
    yield from _stopwords(node)
    for part in tautologies_in(node):
        what = f"{to_text(part)} is true of every item"
        yield part.at, what, "remove it, it changes nothing"


def _taken_as_words(node: Node) -> Iterator[Doubt]:
    """Words that look like operators, and signs that are not searched."""
    for part in walk(node):
        if isinstance(part, Word):
            yield from ((part.at, *doubt) for doubt in signs.in_word(part.text))
        if not isinstance(part, And):
            continue
        for number, child in enumerate(part.children):
            if not isinstance(child, Word):
                continue
            operator = _TRANSLATED.get(child.text.casefold(), child.text.upper())
            if operator == child.text.upper() and not _OPERATOR.fullmatch(child.text):
                continue
            is_last = number == len(part.children) - 1
            if is_last or (number == 0 and child.text.casefold() != "not"):
                continue
            what = f"'{child.text}' is a word to be found here, operators are written in capitals"
            yield child.at, what, f'write {operator}, or quote it: "{child.text}"'


_LACK = {
    "feed": "no feed has this id",
    "owner": "no feed has this owner",
    "country": "no feed is of this country",
    "topic": "no feed has this topic",
    "source": "no feed has this name",
}


def _filters_of_nothing(node: Node, names: Mapping[str, frozenset[str]]) -> Iterator[Doubt]:
    for part in walk(node):
        if not isinstance(part, Filter):
            continue
        for value in part.values:
            if part.name == "lang" and "-" in value:
                language = value.partition("-")[0]
                what = f"lang: looks at the language alone, so {value} is any {language}"
                yield part.at, what, f"write lang:{language}"
            known = {name.casefold(): name for name in names.get(part.name, ())}
            if not known or value.casefold() in known:
                continue
            close = get_close_matches(value.casefold(), known, n=1)
            if part.name == "source" and not close:
                continue  # aggregators name publishers that no feed has
            what = f"{part.name}:{value} is never true: {_LACK[part.name]}"
            if part.name == "source":
                what = f"source:{value}: {_LACK[part.name]}"
            yield part.at, what, _meant(part.name, known, close)


def _meant(name: str, known: Mapping[str, str], close: list[str]) -> str:
    if name == "country":
        listed = ", ".join(sorted(set(known.values())))
        return f"countries are codes of two letters; the feeds have {listed}"
    if close:
        return f"did you mean '{known[close[0]]}'?"
    if name == "topic":
        return f"known are {', '.join(sorted(known.values()))}"
    return "see 'news-monitor feeds list'"


def _mixed(node: Node) -> Iterator[Doubt]:
    """`a b OR c`: AND binds more tightly, but who wrote it may have thought otherwise."""
    told: set[int] = set()
    for part in walk(node):
        if not isinstance(part, Or):
            continue
        bare = [c for c in part.children if isinstance(c, And) and not c.in_parens]
        if bare and bare[0].at not in told:
            told.add(bare[0].at)
            what = "AND and OR are mixed without parentheses; AND binds more tightly"
            meant = " OR ".join(
                f"({to_text(c)})" if isinstance(c, And) else to_text(c) for c in part.children
            )
            yield bare[0].at, what, f"if that is meant, write {_shortened(meant)}"


def _short_wildcards(node: Node) -> Iterator[Doubt]:
    for part in walk(node):
        if not isinstance(part, Word) or not (part.open_left or part.open_right):
            continue
        letters = fold_text(part.text).replace(" ", "")
        if len(letters) < _SHORT and not _DENSE.search(letters):
            what = f"the wildcard {to_text(part)} is so short that it finds very many words"
            yield part.at, what, f"give it {_SHORT} letters or more"


def _repeated(node: Node) -> Iterator[Doubt]:
    for part in walk(node):
        if isinstance(part, Or | And):
            places: dict[str, list[int]] = {}
            for child in part.children:
                places.setdefault(to_text(child), []).append(child.at)
            for text, (_, *others) in places.items():
                if others:
                    times = "twice" if len(others) == 1 else f"{len(others) + 1:,} times"
                    yield others[0], f"{_shortened(text)} stands {times}", "once is enough"


def _stopwords(node: Node) -> Iterator[Doubt]:
    """Ways to make the query true with nothing but words that stand in every text."""
    for way in _ways(node):
        what = f"{to_text(way)} is a word of nearly every text, and enough by itself here"
        yield way.at, what, "ask for something else beside it"


def _ways(node: Node) -> list[Leaf]:
    """Stop words each of which makes the node true alone; empty if anything else is needed."""
    match node:
        case Or():
            return [leaf for child in node.children for leaf in _ways(child)]
        case And() | Near():
            sides = (node.left, node.right) if isinstance(node, Near) else node.children
            needed = [side for side in sides if not isinstance(side, Not | Filter)]
            found = [_ways(side) for side in needed]
            return found[0] if found and all(found) else []
        case Boost() | Field():
            return _ways(node.child)
        case Not() | Filter() | Group():
            return []
        case _:
            return [node] if is_stopword(node) else []


def _shortened(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:197]}..."
