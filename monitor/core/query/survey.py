"""What recent items say of watches and lexicon: words that are everywhere, watches that are one."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations

from monitor.core.query.ast import Group, Not, children_of
from monitor.core.query.lint import QueryProblem
from monitor.core.query.parser import parse
from monitor.core.query.percolator import Percolator
from monitor.model import Item, Lexicon, TermGroup, Watch

LOOKED_AT = 10_000  # recent items
QUIET = timedelta(days=30)
_DAYS_THAT_TELL = 25  # of the last 30, on which items came in
_ENOUGH = 500  # of fewer items nothing can be said
_COMMON = 0.02
_TOGETHER = 10  # matches that two watches must share before it is no chance


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What was seen in a row of items.

    Attributes:
        items: How many there were.
        matched: Watch -> numbers of the items that it matches.
        entries: Lexicon group and entry -> in how many items it stands.
    """

    items: int
    matched: Mapping[str, frozenset[int]]
    entries: Mapping[tuple[str, str], int]


def survey(percolator: Percolator, items: Iterable[Item]) -> Survey:
    """Look at items through the watches in use."""
    matched: dict[str, set[int]] = {}
    entries: Counter[tuple[str, str]] = Counter()
    count = 0
    for item in items:
        found, seen = percolator.sighted(item)
        for watch_id in found:
            matched.setdefault(watch_id, set()).add(count)
        entries.update(seen)
        count += 1
    return Survey(
        items=count,
        matched={name: frozenset(numbers) for name, numbers in matched.items()},
        entries=entries,
    )


def survey_problems(seen: Survey, watches: Iterable[Watch], lexicon: Lexicon) -> list[QueryProblem]:
    """What works, but hardly as it was meant, judged by recent news. None is fatal."""
    if seen.items < _ENOUGH:
        return []
    enabled = [watch for watch in watches if watch.enabled]
    asked_for = _asked_for(enabled, lexicon)
    return [*_everywhere(seen, lexicon, asked_for), *_alike(seen, enabled)]


def _asked_for(watches: Iterable[Watch], lexicon: Lexicon) -> frozenset[str]:
    """Groups that make a watch match: those named outside of NOT, and what they take in."""
    found: set[str] = set()
    nodes = [parse(watch.query) for watch in watches]
    while nodes:
        node = nodes.pop()
        if isinstance(node, Group) and node.name in lexicon.groups and node.name not in found:
            found.add(node.name)
            entries = lexicon.groups[node.name].terms.values()
            nodes += [Group(name=e[1:]) for listed in entries for e in listed if e[0] == "@"]
        elif not isinstance(node, Not):
            nodes += children_of(node)
    return frozenset(found)


def quiet_problems(
    seen: Survey,
    watches: Iterable[Watch],
    last_matches: Mapping[str, datetime],
    days_seen: int,
    now: datetime,
) -> list[QueryProblem]:
    """Watches that matched nothing for 30 days, though there were items all the while.

    Args:
        last_matches: Watch -> when its newest match was made.
        days_seen: On how many of the last 30 days items came in.
    """
    if days_seen < _DAYS_THAT_TELL:
        return []
    return [
        _told(
            "watch",
            watch.id,
            "query",
            f"has matched nothing for {QUIET.days} days",
            "see what another query would find: news-monitor backtest",
        )
        for watch in watches
        if watch.enabled and not seen.matched.get(watch.id)
        if (last := last_matches.get(watch.id)) is None or now - last >= QUIET
    ]


def _everywhere(
    seen: Survey, lexicon: Lexicon, asked_for: frozenset[str]
) -> Iterator[QueryProblem]:
    for (name, entry), count in sorted(seen.entries.items()):
        group = lexicon.groups.get(name) if name in asked_for else None
        if group is None or group.common or count <= seen.items * _COMMON:
            continue
        for key in _keys_of(group, entry):
            share = f"{count / seen.items:.0%}"
            what = f"{entry!r} stands in {share} of the last {seen.items:,} items"
            cure = "narrow it, or say common = true if that is meant"
            yield _told("group", name, key, what, cure)


def _keys_of(group: TermGroup, entry: str) -> Iterator[str]:
    for language, entries in group.terms.items():
        if entry in entries:
            yield f"terms.{language}[{entries.index(entry)}]"


def _alike(seen: Survey, watches: Iterable[Watch]) -> Iterator[QueryProblem]:
    for one, other in combinations([watch.id for watch in watches], 2):
        matched = seen.matched.get(one, frozenset())
        if len(matched) >= _TOGETHER and matched == seen.matched.get(other):
            what = f"matches the very same items as '{one}': {len(matched)} of the last "
            cure = f"make one of them, or let it defer_to or be silent unless '{one}'"
            yield _told("watch", other, "query", f"{what}{seen.items:,}", cure)


def _told(kind: str, name: str, key: str, text: str, cure: str) -> QueryProblem:
    return QueryProblem(kind=kind, id=name, key=key, text=text, cure=cure, fatal=False)
