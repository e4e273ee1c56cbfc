"""A report of a week costs what the week holds, not what the database does."""

from pathlib import Path

import pytest
from sqlite_utils import Database

from monitor.adapters.sql import reports
from monitor.adapters.sqlite import SqliteStore
from monitor.adapters.sqlite.connection import sqlite3

BIG = {"items", "matches", "alerts", "deliveries", "stories", "threads", "message"}
OURS = BIG | {"awaits", "ratings"}


@pytest.fixture
def plans(tmp_path: Path) -> "sqlite3.Connection":
    SqliteStore(tmp_path / "db", durable=False).close()
    conn = Database(tmp_path / "db").conn
    assert conn is not None
    return conn


@pytest.mark.parametrize(
    ("sql", "values"),
    [
        (reports.MATCHES, 3),
        (reports.EARLIER, 3),
        (reports.THREADS, 1),
        (reports.ALERTS, 4),
        (reports.ARRIVED, 1),
        (reports.AWAITS, 1),
        (reports.RATED, 3),
    ],
)
def test_no_table_is_walked_through(plans: "sqlite3.Connection", sql: str, values: int) -> None:
    rows = plans.execute(f"EXPLAIN QUERY PLAN {sql}", ("[]",) * values).fetchall()

    steps = [row[3] for row in rows]
    assert steps
    assert not {f"SCAN {name}" for name in OURS} & {" ".join(one.split()[:2]) for one in steps}


@pytest.mark.parametrize("sql", [reports.MATCHES, reports.EARLIER])
def test_matches_of_an_item_are_found_by_the_item(plans: "sqlite3.Connection", sql: str) -> None:
    """By the watch they would be all that it ever matched, once for every item."""
    rows = plans.execute(f"EXPLAIN QUERY PLAN {sql}", ("rail", "[]", "2025")).fetchall()

    steps = [row[3] for row in rows if row[3].startswith("SEARCH matches")]
    by_item = [step for step in steps if "(item_id=?" in step]
    asked_first = [step for step in steps if "made_at>? AND made_at<?" in step]
    assert by_item
    assert len(by_item) + len(asked_first) == len(steps)
