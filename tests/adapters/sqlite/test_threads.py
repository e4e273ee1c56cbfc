"""How threads are read: by indexes, however many items there are."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from monitor.adapters.sql import stories, threads
from monitor.adapters.sqlite import SqliteStore
from monitor.adapters.sqlite.connection import Statements, connect, sqlite3
from monitor.model import Claim
from tests.builders import NOW

LARGE = ("items", "stories", "alerts", "matches", "revisions", "threads", "follows")
ASKED: dict[str, Callable[[Statements], object]] = {
    "all": lambda db: threads.counted(
        db, watch=None, since=NOW, state=Claim.DENIED, language="ko", before=(NOW, "s_1"), limit=9
    ),
    "of a watch": lambda db: threads.counted(
        db, watch="rail", since=None, state=None, language=None, before=None, limit=9
    ),
    "every": lambda db: threads.counted_every(
        db, since=NOW, language="ko", before=(NOW, "s_1"), limit=9
    ),
    "by a beginning": lambda db: threads.find_story(db, "s_1"),
    "stories": lambda db: threads.stories_of(db, "s_1"),
    "items": lambda db: threads.items_of(db, "s_1"),
    "texts": lambda db: threads.texts_of(db, "s_1"),
    "alerts": lambda db: threads.alerts_of(db, "s_1"),
    "moved items": lambda db: stories.move_items(db, ["i_1"], "s_1"),
    "moved alerts": lambda db: stories.move_told(db, ["i_1"], "s_1", "s_2"),
    "merged stories": lambda db: stories.merge_story(db, "s_1", "s_2"),
    "merged threads": lambda db: stories.merge_thread(db, "s_1", "s_2"),
}


class Planned(Statements):
    """Notes how each statement would be run."""

    def __init__(self, conn: "sqlite3.Connection") -> None:
        super().__init__(conn)
        self.conn, self.plans = conn, list[str]()

    def rows(self, sql: str, values: Any = ()) -> Any:
        self._note(sql, values)
        return super().rows(sql, values)

    def run(self, sql: str, values: Any = ()) -> int:
        self._note(sql, values)
        return super().run(sql, values)

    def many(self, sql: str, rows: Any) -> int:
        rows = list(rows)
        for values in rows:
            self._note(sql, values)
        return super().many(sql, rows)

    def _note(self, sql: str, values: Any) -> None:
        self.plans += [row[3] for row in self.conn.execute(f"EXPLAIN QUERY PLAN {sql}", values)]


@pytest.mark.parametrize("asked", ASKED)
def test_no_large_table_is_walked(asked: str, tmp_path: Path) -> None:
    SqliteStore(tmp_path / "m.sqlite").close()
    db = Planned(connect(tmp_path / "m.sqlite", mode="rw"))

    ASKED[asked](db)

    assert db.plans
    assert [line for line in db.plans if re.match(rf"SCAN ({'|'.join(LARGE)})\b", line)] == []
    db.conn.close()
