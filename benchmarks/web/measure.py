"""What a search costs among a million items, beside a bare query of SQLite's full text index.

`python -m benchmarks.web.measure [--items N] [--rounds N] [--database FILE] [--write]`
"""

import argparse
import os
import platform
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import requests

from benchmarks.web.history import END, HALF, OLD, RARE_FEED, TENTH, YEAR, grow
from monitor import bootstrap
from monitor.adapters.sql.rows import to_text
from monitor.adapters.sqlite import SqliteArchive
from monitor.adapters.sqlite.connection import connect
from monitor.adapters.sqlite.search import as_query
from monitor.config import init
from monitor.model import Tier
from monitor.ports import Mark, Sought
from monitor.views.found import Form
from monitor.web.server import WebServer
from monitor.web.sites import beside

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "performance.md"
_PAGE_OF = 31  # items: one more than a page shows
_WEEK = timedelta(days=7)
_HALF_A_YEAR = END - YEAR / 2

ASKED = {
    "a word of 20 items": Sought(text="rare7000"),
    "a word of every tenth item": Sought(text=TENTH),
    "a word of every second item": Sought(text=HALF),
    "a word of a tenth, all of them old": Sought(text=OLD),
    "both (none in common)": Sought(text=f"{TENTH} {HALF}"),
    "铁路": Sought(text="铁路"),
    "every tenth, a feed with 50 items": Sought(text=TENTH, feed=RARE_FEED),
    "every tenth, a feed": Sought(text=TENTH, feed="feed-70"),
    "every tenth, a tier and a language": Sought(text=TENTH, tier=Tier.WIRE, language="ko"),
    "every tenth, a week half a year ago": Sought(
        text=TENTH, since=_HALF_A_YEAR, until=_HALF_A_YEAR + _WEEK
    ),
    "every tenth, a watch with 200 matches": Sought(text=TENTH, watch="few"),
    "every tenth, a watch with 16,700": Sought(text=TENTH, watch="many"),
    "every tenth, a watch with 66,700": Sought(text=TENTH, watch="broad"),
    "the old tenth, a watch with 66,700": Sought(text=OLD, watch="broad"),
    "every second, a watch with 200 matches (none in common)": Sought(text=HALF, watch="few"),
    "no word, a feed with 50 items": Sought(feed=RARE_FEED),
    "no word, a watch with 66,700": Sought(watch="broad"),
    "no word, no filter": Sought(),
}
DEEP = "every tenth, half a year back by its cursor"


@dataclass(frozen=True, slots=True)
class Row:
    """Milliseconds of one kind of search.

    Attributes:
        cpu: CPU time, the median.
        bare, plain: The same of the words by the index alone, and of plain SQL.
        wall, page: Of the rounds, each.
    """

    name: str
    found: int
    cpu: float
    bare: float
    plain: float
    wall: Sequence[float]
    page: Sequence[float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--database", type=Path, help="made if it is not there, and kept")
    parser.add_argument("--write", action="store_true", help="write the figures to docs/")
    arguments = parser.parse_args()
    with TemporaryDirectory() as folder:
        database = arguments.database or Path(folder) / "monitor.sqlite"
        if not database.exists():
            grow(database, arguments.items)
        rows = list(measured(database, Path(folder), arguments.rounds))
        with SqliteArchive(database) as archive:
            count = archive.totals().items
    page = "\n".join(report(rows, count, database.stat().st_size if arguments.database else 0))
    print(page)
    if arguments.write:
        write(page)


def measured(database: Path, folder: Path, rounds: int) -> Iterator[Row]:
    """Each kind in its turn: our archive, the bare index, and the page over HTTP."""
    config_folder = folder / "config"
    init(config_folder)
    config = bootstrap.load(config_folder)
    config = replace(config, settings=replace(config.settings, database=str(database)))
    with (
        SqliteArchive(database) as archive,
        closing(connect(database, mode="ro")) as bare,
        beside(config) as site,
        WebServer(site, "127.0.0.1:0") as server,
        requests.Session() as session,
    ):
        url = server.wait(30)
        deep = next(iter(archive.search(Sought(text=TENTH, until=_HALF_A_YEAR), limit=1)))
        kinds: list[tuple[str, Sought, Mark | None]] = [
            *((name, asked, None) for name, asked in ASKED.items()),
            (DEEP, Sought(text=TENTH), Mark(deep.effective_at, deep.id)),
        ]
        for name, asked, mark in kinds:

            def ours(asked: Sought = asked, mark: Mark | None = mark) -> int:
                return len(archive.search(asked, before=mark, limit=_PAGE_OF))

            address = f"{url}/search?{_form(asked).link(_cursor(mark))}"

            def paged(address: str = address) -> int:
                answer = session.get(address, timeout=60)
                answer.raise_for_status()
                return len(answer.content)

            found = ours()
            paged()
            wall, cpu = _times(ours, rounds)
            page, _ = _times(paged, rounds)
            _, least = _times(partial(_bare, bare, asked), rounds)
            _, sorted_all = _times(partial(_plain, bare, asked, mark), 3)
            yield Row(
                name,
                found,
                statistics.median(cpu),
                statistics.median(least),
                statistics.median(sorted_all),
                wall,
                page,
            )


def _bare(db: sqlite3.Connection, asked: Sought) -> int:
    """The same words by the index alone: the last to arrive, without their texts or any filter."""
    query = as_query(asked.text)
    if not query:
        sql, values = "SELECT arrival FROM items ORDER BY arrival DESC LIMIT ?", (_PAGE_OF,)
        return len(db.execute(sql, values).fetchall())
    sql = "SELECT rowid FROM items_fts WHERE items_fts MATCH ? ORDER BY rowid DESC LIMIT ?"
    return len(db.execute(sql, (query, _PAGE_OF)).fetchall())


def _plain(db: sqlite3.Connection, asked: Sought, mark: Mark | None) -> int:
    """What we find, as one would ask at first: all that the index finds, filtered and sorted."""
    query, values = as_query(asked.text), []
    where = ["1"]
    for column, value in (
        ("feed_id =", asked.feed),
        ("tier =", asked.tier),
        ("language =", asked.language),
        ("effective_at >=", to_text(asked.since) if asked.since else ""),
        ("effective_at <", to_text(asked.until) if asked.until else ""),
        ("effective_at <", to_text(mark.at) if mark else ""),
    ):
        if value:
            where.append(f"{column} ?")
            values.append(str(value))
    if asked.watch:
        where.append("id IN (SELECT item_id FROM matches WHERE watch_id = ?)")
        values.append(asked.watch)
    if query:
        where.append("arrival IN (SELECT rowid FROM items_fts WHERE items_fts MATCH ?)")
        values.append(query)
    sql = (
        f"SELECT arrival FROM items WHERE {' AND '.join(where)}"
        " ORDER BY effective_at DESC, arrival DESC LIMIT ?"
    )
    return len(db.execute(sql, (*values, _PAGE_OF)).fetchall())


def _times(work: Callable[[], object], rounds: int) -> tuple[list[float], list[float]]:
    """Milliseconds by the clock and of CPU."""
    wall, cpu = [], []
    for _ in range(rounds):
        at, used = time.perf_counter(), time.thread_time()
        work()
        wall.append((time.perf_counter() - at) * 1e3)
        cpu.append((time.thread_time() - used) * 1e3)
    return wall, cpu


def _form(asked: Sought) -> Form:
    return Form(
        q=asked.text,
        watch=asked.watch,
        feed=asked.feed,
        tier=asked.tier or "",
        language=asked.language,
        since=asked.since.isoformat() if asked.since else "",
        until=asked.until.isoformat() if asked.until else "",
    )


def _cursor(mark: Mark | None) -> str:
    return f"{mark.at.isoformat()}~{mark.id}" if mark else ""


def _p95(values: Sequence[float]) -> float:
    return sorted(values)[max(-(-len(values) * 95 // 100) - 1, 0)]


def report(rows: Sequence[Row], items: int, size: int) -> Iterator[str]:
    load = os.getloadavg()[0]
    yield (
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {items:,} made-up"
        f" items of a year in five languages{f', {size / 1e9:.1f} GB' if size else ''};"
        f" {os.cpu_count()} cores, load {load:.1f} while it was measured."
        f" Milliseconds for the newest {_PAGE_OF - 1}."
    )
    yield ""
    yield (
        "| asked for | found | CPU | bare index, CPU | of it | plain SQL, CPU | by the clock | p95"
        " | page over HTTP, p95 |"
    )
    yield "|---|---:|---:|---:|---:|---:|---:|---:|---:|"
    for row in rows:
        yield (
            f"| {row.name} | {row.found} | {row.cpu:.1f} | {row.bare:.2f}"
            f" | {row.cpu / max(row.bare, 0.01):.0f}x | {row.plain:,.0f}"
            f" | {statistics.median(row.wall):.1f} | {_p95(row.wall):.0f} | {_p95(row.page):.0f} |"
        )
    every_wall = [one for row in rows for one in row.wall]
    every_page = [one for row in rows for one in row.page]
    yield ""
    yield (
        f"Of all together: search **{_p95(every_wall):.0f} ms** p95"
        f" (median {statistics.median(every_wall):.1f} ms), the whole page over HTTP"
        f" **{_p95(every_page):.0f} ms** p95."
    )


def write(page: str) -> None:
    """Put the figures between the marks of docs/performance.md."""
    before, _, rest = PAGE.read_text("utf-8").partition("<!-- search -->\n")
    _, _, after = rest.partition("<!-- /search -->\n")
    PAGE.write_text(f"{before}<!-- search -->\n{page}\n<!-- /search -->\n{after}", "utf-8")


if __name__ == "__main__":
    main()
