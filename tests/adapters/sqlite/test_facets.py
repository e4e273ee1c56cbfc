"""A database from before filters could be looked for is brought up to them."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from monitor.adapters.sqlite import SqliteStore
from monitor.model import Judged, Judgement, Match, Reason, Status, Tier
from monitor.ports import Sought
from tests.builders import an_item


def without_facets(path: Path) -> None:
    """As the version before wrote it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.executescript(
            "CREATE VIRTUAL TABLE former USING fts5("
            " title, summary, tokenize = 'unicode61 remove_diacritics 2', columnsize = 0);"
            "INSERT INTO former (rowid, title, summary)"
            " SELECT rowid, title, summary FROM items_fts;"
            "DROP TABLE items_fts;"
            "ALTER TABLE former RENAME TO items_fts;"
            "DELETE FROM _sqlite_migrations WHERE name = 'm012_facets'"
        )


def test_items_that_were_stored_before_are_found_by_every_filter(tmp_path: Path) -> None:
    path = tmp_path / "monitor.sqlite"
    item = an_item(
        "열차 운행", id="i_1", keys=("k1",), language="ko", tier=Tier.WIRE, feed_id="a-b"
    )
    other = replace(item, id="i_2", keys=("k2",), language="", tier=Tier.PRESS, feed_id="a")
    match = Match(watch_id="kp-rail", item_id="i_1", score=1)
    with SqliteStore(path, durable=False) as store:
        new = [Judged(item=one, status=Status.NEW) for one in (item, other)]
        store.write(lambda unit: unit.save_items(new))
        held = Judgement(match=match, reason=Reason.COPY)
        store.write(lambda unit: unit.save_judgements([held]))
    without_facets(path)

    with SqliteStore(path, durable=False) as store:
        archive = store.archive()
        for asked in (
            Sought(watch="kp-rail"),
            Sought(feed="a-b"),
            Sought(tier=Tier.WIRE),
            Sought(language="ko"),
            Sought(text="열차", watch="kp-rail", tier=Tier.WIRE, language="ko"),
        ):
            assert [one.id for one in archive.search(asked)] == ["i_1"], asked
        assert len(archive.search("열차")) == 2
        assert not archive.search(Sought(watch="kp"))
