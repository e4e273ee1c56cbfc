"""kill -9 between any two statements: a poll is there as a whole or not at all."""

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from monitor.adapters.sqlite import SqliteStore
from monitor.model import Totals
from tests.adapters.sqlite import crash

ROOT = Path(__file__).parents[3]
FULL = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}


def run(*arguments: str, **environment: str) -> int:
    """Exit code of the crashing process."""
    command = [sys.executable, "-m", "tests.adapters.sqlite.crash", *arguments]
    return subprocess.run(command, env=FULL | environment, timeout=60, check=False).returncode


def polls_in(path: Path) -> int:
    """How many polls the file holds, each whole and the file sound."""
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    with SqliteStore(path, durable=False) as store:
        totals = store.archive().totals()
        polls = totals.items
        assert totals == Totals(
            items=polls,
            matches=polls,
            alerts=polls,
            revisions=max(polls - 1, 0),
            deliveries=totals.deliveries,
            oldest_pending_at=totals.oldest_pending_at,
            first_seen_at=totals.first_seen_at,
            last_seen_at=totals.last_seen_at,
        )
        assert sum(totals.deliveries.values()) == polls
        assert len(store.feed_states()) == polls
        assert len(store.archive().search("train")) == min(polls, 1)
        assert len(store.archive().search("edited")) == max(polls - 1, 0)
    with closing(sqlite3.connect(path)) as db:
        db.execute("INSERT INTO items_fts (items_fts) VALUES ('integrity-check')")
    return polls


def acknowledged(path: Path) -> int:
    acked = Path(f"{path}.acked")
    return len(acked.read_bytes()) if acked.exists() else 0


@pytest.mark.parametrize(
    ("failpoint", "saved"),
    [
        ("store.after_items", 0),
        ("store.after_judgements", 0),
        ("store.after_deliveries", 0),
        ("store.before_commit", 0),
        ("store.after_commit", 1),
        ("store.after_items:2", 1),
        ("store.before_commit:3", 2),
        ("store.after_commit:3", 3),
    ],
)
def test_killed_at_a_failpoint(tmp_path: Path, failpoint: str, saved: int) -> None:
    path = tmp_path / "db"

    assert run(str(path), NEWS_MONITOR_FAILPOINT=failpoint) == -signal.SIGKILL

    assert polls_in(path) == saved
    assert acknowledged(path) <= saved


def test_killed_before_every_second_statement(tmp_path: Path) -> None:
    """From the first pragma over the migrations to the last commit."""
    assert run(str(tmp_path), "1", "2") == 0

    killed = sorted(tmp_path.glob("*.db"))
    assert len(killed) > 80
    for path in killed:
        assert polls_in(path) - acknowledged(path) in (0, 1)
    assert {acknowledged(path) for path in killed} == set(range(crash.POLLS + 1))
