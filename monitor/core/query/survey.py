"""What recent items say of watches and lexicon: words that are everywhere, watches that are one."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations

from monitor.core.query.lint import QueryProblem
from monitor.core.query.percolator import Percolator
from monitor.model import Item, Lexicon, TermGroup, Watch

LOOKED_AT = 10_000  # recent items
QUIET = timedelta(days=30)
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
    return [*_everywhere(seen, lexicon), *_alike(seen, enabled)]


def quiet_problems(
    seen: Survey,
    watches: Iterable[Watch],
    last_matches: Mapping[str, datetime],
    first_seen_at: datetime | None,
    now: datetime,
) -> list[QueryProblem]:
    """Watches that matched nothing for 30 days, though there were items all the while.

    Args:
        last_matches: Watch -> when its newest match was made.
        first_seen_at: When the oldest item was seen.
    """
    if first_seen_at is None or now - first_seen_at < QUIET:
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


def _everywhere(seen: Survey, lexicon: Lexicon) -> Iterator[QueryProblem]:
    for (name, entry), count in sorted(seen.entries.items()):
        group = lexicon.groups.get(name)
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
