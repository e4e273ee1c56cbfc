"""What SQLite can do here, and whether a file is whole."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from monitor.adapters.sqlite.connection import connect, sqlite3, translated


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """Of the SQLite that this program uses."""

    version: tuple[int, ...]
    fts5: bool
    json: bool


def features() -> Features:
    with closing(sqlite3.connect(":memory:")) as db:
        return Features(
            version=tuple(map(int, sqlite3.sqlite_version.split("."))),
            fts5=_works(db, "CREATE VIRTUAL TABLE a USING fts5(b)"),
            json=_works(db, "SELECT json_extract('{}', '$.a') FROM json_each('[]')"),
        )


def quick_check(path: Path) -> list[str]:
    """What is wrong with a database; reads all of it. Empty: nothing.

    Raises:
        StoreError: It cannot be read.
    """
    with translated(str(path)), closing(connect(path, mode="ro")) as db:
        found = [str(row[0]) for row in db.execute("PRAGMA quick_check(20)")]
    return [] if found == ["ok"] else found


def _works(db: "sqlite3.Connection", sql: str) -> bool:
    try:
        db.execute(sql).fetchall()
    except sqlite3.Error:
        return False
    return True
