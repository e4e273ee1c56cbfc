"""A database with a long history, and what one item costs in it."""

import sqlite3
import time
from collections.abc import Iterable, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

from benchmarks.cycle.feeds import Feeds
from benchmarks.timing import cpu_seconds
from monitor.adapters.feeds import delta
from monitor.adapters.feeds.reader import read
from monitor.adapters.sqlite import SqliteStore
from monitor.adapters.sqlite.connection import Statements, connect
from monitor.core.normalise import normalise
from monitor.core.story import story_id_of
from monitor.model import Feed, FeedWindow, Fetched, Item, Judged, ParsedFeed, Status
from monitor.pipeline import dedupe
from monitor.ports import Unit

_KIND = "application/rss+xml; charset=utf-8"
_NOW = datetime(2026, 6, 1, tzinfo=UTC)
_BASE = 1_000  # items that are made; the rest are their likes under other names
# What tells an item from its likes, by table.
_NAMES = {
    "items": ("id", "guid", "url", "canonical_url", "content_hash", "title_hash"),
    "item_keys": ("key", "item_id"),
    "text_hashes": ("content_hash", "item_id"),
    "sightings": ("item_id", "guid", "url"),
}
_NOTHING = ParsedFeed(version="rss20")


def grow(path: Path, items: int) -> None:
    """Let a database hold this many items, in thousands, as if feeds had brought them."""
    with SqliteStore(path, durable=False) as store:
        if not store.archive().totals().items:
            new = [j for feed in range(20) for j in news(f"old-{feed}", feed, 0, 50)]
            store.write(lambda unit: unit.save_items(new))
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.executescript("PRAGMA synchronous = OFF; PRAGMA cache_size = -500000; BEGIN")
        # Not by their look: what a cycle has brought meanwhile was not made here.
        db.execute(
            "CREATE TEMP TABLE made_items AS SELECT * FROM items WHERE arrival <= ?", (_BASE,)
        )
        for table in [name for name in _NAMES if name != "items"]:
            db.execute(
                f"CREATE TEMP TABLE made_{table} AS SELECT * FROM {table}"
                " WHERE item_id IN (SELECT id FROM made_items)"
            )
        for copy in range(-(-_last_arrival(db) // _BASE), items // _BASE):
            _add_copy(db, copy)
        db.execute("COMMIT")


def known_us(path: Path, rounds: int = 5) -> dict[str, float]:
    """µs for a known item of a changed feed: `cut` off as usual, or read and looked up, `whole`."""
    documents = [_feeds().document(feed, 0, 50) for feed in range(20)]
    with SqliteStore(path, durable=False) as store:
        known = [_items(f"old-{feed}", feed, 0, 50) for feed in range(20)]

        def look_up(unit: Unit) -> None:
            for items in known:
                assert all(j.status is Status.KNOWN for j in dedupe(unit, items))

        cpu = cpu_seconds(
            {
                "cut": lambda: [_cut(body) for body in documents],
                "whole": lambda: store.write(look_up),
            },
            rounds,
        )
    return {name: took / _BASE * 1e6 for name, took in cpu.items()}


def storing_us(path: Path, feeds: int = 100) -> dict[str, float]:
    """µs for a new item: a work for each feed, and the same rows at once by executemany."""
    with closing(connect(path, mode="ro")) as db:
        there = _last_arrival(db)
    with SqliteStore(path, durable=False) as store:
        ours, same = (
            [news(f"{name}-{feed}", feed, there + first, 30) for feed in range(feeds)]
            for name, first in (("ours", 0), ("same", 30))
        )
        calls = _calls(store, same)
    with closing(connect(path, mode="rw")) as db:
        db.execute("PRAGMA synchronous = OFF")
        before = time.process_time()
        db.execute("BEGIN IMMEDIATE")
        for sql, rows in calls.items():
            db.executemany(sql, rows)
        db.execute("COMMIT")
        least = time.process_time() - before
    with SqliteStore(path, durable=False) as store:
        before = time.process_time()
        saving = [store.write_soon(partial(_save, batch), patience_s=1) for batch in ours]
        for one in saving:
            one.result()
        took = time.process_time() - before
    with closing(connect(path, mode="rw")) as db:  # as it was, but for the keys
        db.execute("DELETE FROM items WHERE arrival > ?", (there,))
        db.execute("DELETE FROM items_fts WHERE rowid > ?", (there,))
    return {"ours": took / feeds / 30 * 1e6, "executemany": least / feeds / 30 * 1e6}


def _save(batch: Sequence[Judged], unit: Unit) -> None:
    unit.save_items(batch)


class _RolledBack(Exception):  # noqa: N818 - no error
    pass


def _calls(store: SqliteStore, batches: Sequence[Sequence[Judged]]) -> dict[str, list[Any]]:
    """Statement -> its rows, of all that saving these would write; nothing is saved."""
    calls: dict[str, list[Any]] = {}

    class Recording(Statements):
        def many(self, sql: str, rows: Iterable[Sequence[object]]) -> int:
            calls.setdefault(sql, []).extend(rows := list(rows))
            return super().many(sql, rows)

    def work(unit: Any) -> None:
        unit._db.__class__ = Recording  # noqa: SLF001 - to see what it writes
        for batch in batches:
            unit.save_items(batch)
        raise _RolledBack

    with suppress(_RolledBack):
        store.write(work)
    return calls


def _last_arrival(db: sqlite3.Connection) -> int:
    ((last,),) = db.execute("SELECT max(arrival) FROM items")
    return int(last)


def _add_copy(db: sqlite3.Connection, copy: int) -> None:
    for table, names in _NAMES.items():
        columns = [name for _, name, *_ in db.execute(f"PRAGMA table_info ({table})")]
        values = {name: f"{name} || '-{copy}'" for name in names}
        values["arrival"] = f"arrival + {copy * _BASE}"
        chosen = ", ".join(values.get(name, name) for name in columns)
        db.execute(f"INSERT INTO {table} SELECT {chosen} FROM made_{table}")
    db.execute(
        "INSERT INTO items_fts (rowid, title, summary, facets)"
        " SELECT rowid + ?, title, summary, facets FROM items_fts WHERE rowid <= ?",
        (copy * _BASE, _BASE),
    )


@cache
def _feeds() -> Feeds:
    return Feeds()


def news(feed_id: str, feed: int, first: int, count: int) -> list[Judged]:
    return [
        Judged(item=replace(item, story_id=story_id_of(item)), status=Status.NEW)
        for item in _items(feed_id, feed, first, count)
    ]


def _items(feed_id: str, feed: int, first: int, count: int) -> tuple[Item, ...]:
    document = read(_feeds().document(feed, first, count), content_type=_KIND, url="http://x/")
    given = Feed(id=feed_id, url="http://x/", name=feed_id, owner=feed_id)
    return normalise(given, document, _NOW, {})


def _cut(body: bytes) -> list[bytes] | None:
    fetched = Fetched(url="http://x/", body=body, content_type=_KIND)
    pieces = delta.cut(fetched)
    assert pieces
    window = FeedWindow(context=pieces.context, rows=b"", document=_NOTHING)
    return delta.unseen(pieces, window)
