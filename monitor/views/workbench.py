"""A changed query, tried at once on the newest of what is stored."""

import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from monitor.backtest import Backtest, backtest
from monitor.core.query import Patience, QueryProblem, parse, watch_problems
from monitor.errors import QueryError
from monitor.model import Item, Watch
from monitor.pipeline import Line
from monitor.ports import Archive

if TYPE_CHECKING:
    from monitor.config import Config

LONGEST_QUERY = 20_000  # characters
_FIRST_LOOK = 200  # texts, which tell how long one takes
_FIRST_LOOK_S = 0.2
_AIM_S = 1.0
_LIMIT_S = 3.0
_PATTERNS_S = 0.5
_FEWEST, _MOST = 300, 5_000  # texts
_PLACE = re.compile(r"line (\d+), column (\d+): ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong with a changed watch.

    Attributes:
        before, at, after: The line of the query with the place in its middle; all empty: none.
    """

    key: str
    text: str
    cure: str
    fatal: bool
    before: str = ""
    at: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What came of it.

    Attributes:
        result: None: the query cannot be run, or nothing is stored.
        since: From when on it was to look.
        narrowed: Since then more is stored than could be looked at, so it began later.
        cut: It took too long, so that the newest texts were not looked at.
        slow: Patterns took too long: what they would have found from then on is missing.
    """

    findings: Sequence[Finding]
    result: Backtest | None = None
    since: datetime | None = None
    narrowed: bool = False
    cut: bool = False
    slow: bool = False

    @property
    def is_fatal(self) -> bool:
        return any(one.fatal for one in self.findings)


def problems_of(watch: Watch, config: "Config") -> list[QueryProblem]:
    """What `check` would say of the watch in the place of the one of its id.

    Its query comes first; if it cannot be read, that is all.
    """
    try:
        parse(watch.query)
    except QueryError as exc:
        return [QueryProblem(kind="watch", id=watch.id, key="query", text=str(exc))]
    others = [one for one in config.watches.values() if one.id != watch.id]
    found = watch_problems([watch], config.lexicon, config.feeds.values())
    known = {one.id for one in others}
    named = {
        f"{key}[{number}]"
        for key, names in (("unless", watch.unless), ("defer_to", watch.defer_to))
        for number, name in enumerate(names)
        if name in known
    }  # they are there, though not among those that were looked at
    return [one for one in found if one.key not in named]


def try_out(
    watch: Watch,
    config: "Config",
    archive: Archive | None,
    *,
    now: datetime,
    days: int,
    samples: int = 20,
    clock: Callable[[], float] = time.monotonic,
) -> Trial:
    """What the watch would have done, as it is configured and as it is here.

    Bounded: it takes about a second, whatever is stored and whatever is asked for.

    Args:
        watch: Under the id of the one that it would take the place of, if there is one.
        days: How far back to look, at most, from the newest that is stored.
    """
    from monitor.bootstrap import backtest_line

    if len(watch.query) > LONGEST_QUERY:
        text = f"{len(watch.query):,} characters; here {LONGEST_QUERY:,} are the limit"
        return Trial(findings=[Finding(key="query", text=text, cure="", fatal=True)])
    findings = [_placed(one, watch.query) for one in problems_of(watch, config)]
    if archive is None or any(one.fatal for one in findings):
        return Trial(findings=findings)
    line = backtest_line(config, watch.id, watch)
    began = clock()
    at_most = min(max(int(_AIM_S / _takes_s(line, archive, clock)), _FEWEST), _MOST)
    newest = archive.seen_since(0) or now  # of a database at rest, its own last days
    asked, reached = min(newest, now) - timedelta(days=days), archive.seen_since(at_most)
    since = max(asked, reached) if reached else asked
    patience = Patience(time.thread_time, _PATTERNS_S)
    texts = _Bounded(archive.versions(since), began + _LIMIT_S, clock)
    result = backtest(
        texts,
        line,
        watch.id,
        since=since,
        samples=samples,
        patience=patience,
        in_story=lambda story: archive.story(story) is not None,
    )
    return Trial(
        findings=findings,
        result=result,
        since=since,
        narrowed=since > asked,
        cut=texts.cut,
        slow=not patience.left,
    )


def _takes_s(line: Line, archive: Archive, clock: Callable[[], float]) -> float:
    """How long a text takes, seen at some; patterns apart, for they have a limit of their own."""
    patience = Patience(time.thread_time, _PATTERNS_S)
    looked, began, apart = 0, 0.0, 0.0
    for number, item in enumerate(archive.recent_items(_FIRST_LOOK)):
        line.percolator.match(item, patience)
        if number == 0:  # what is made at the first text is made but once
            began, apart = clock(), patience.left
            continue
        looked = number
        if clock() - began > _FIRST_LOOK_S:
            break
    of_patterns = apart - patience.left
    return max(clock() - began - of_patterns, 1e-6) / max(looked, 1)


class _Bounded:
    """Texts until a moment of the clock; `cut` says whether there were more."""

    def __init__(self, texts: Iterable[Item], until: float, clock: Callable[[], float]) -> None:
        self._texts, self._until, self._clock = texts, until, clock
        self.cut = False

    def __iter__(self) -> Iterator[Item]:
        for item in self._texts:
            if self._clock() > self._until:
                self.cut = True
                return
            yield item


def _placed(problem: QueryProblem, query: str) -> Finding:
    found = _PLACE.match(problem.text)
    before = at = after = ""
    if found and problem.key == "query":
        lines, number, column = query.split("\n"), int(found[1]), int(found[2]) - 1
        if 0 < number <= len(lines):
            line = lines[number - 1]
            end = column + 1
            while end < len(line) and line[column : column + 1].strip() and line[end].strip(' ()"'):
                end += 1
            before, at, after = line[:column], line[column:end] or "^", line[end:]
    return Finding(
        key=problem.key,
        text=problem.text,
        cure=problem.cure,
        fatal=problem.fatal,
        before=before,
        at=at,
        after=after,
    )
