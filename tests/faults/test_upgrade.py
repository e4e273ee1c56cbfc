"""A new version over an old file: the outbox arrives, wherever the migration is killed."""

import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from monitor.adapters.sqlite.migrations import STEPS, schema
from tests.faults.campaigns import zygotes
from tests.faults.desk import WELL, Faults
from tests.faults.processes import Zygote
from tests.faults.trial import WEBHOOKS, Ending, Trial, a_trial

REFUSES = Faults(errors=1.0)
OWED = 3
PLACES = (
    "migration.pending",
    "migration.statement",
    "migration.statement:4",
    "migration.applied",
    "store.named",
    "sql.statement:8",
    "sql.statement:14",
    "sql.statement:20",
)

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    with zygotes(1) as [zygote]:
        yield zygote


def fill_the_outbox(trial: Trial) -> None:
    """A life in which every delivery is refused."""
    trial.desk.faults = REFUSES
    trial.publish(OWED)
    life = trial.start()
    messages = OWED * (len(WEBHOOKS) - 1) + 1  # one of them tells of all together
    trial.live_on(life, lambda: len(trial.desk.tries) >= messages, "not all were tried")
    life.send(signal.SIGTERM)
    trial.end(life, "", wait_s=30)
    trial.desk.faults = WELL
    trial.pass_time(timedelta(hours=3))


def take_back(path: Path, steps: int) -> None:
    """Make the file what a version with the first `steps` migrations would have written."""
    old = path.with_name("old.sqlite")
    with closing(sqlite3.connect(old, isolation_level=None)) as db:
        later = STEPS[steps].__name__
        schema.apply(Database(db, execute_plugins=False), stop_before=later)
        db.execute("ATTACH ? AS new", (str(path),))
        ask = "SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE TABLE%' ORDER BY rowid"
        for (table,) in db.execute(ask).fetchall():
            if table.startswith(("_sqlite", "items_fts_", "sqlite_")):
                continue
            columns = ", ".join(row[1] for row in db.execute(f"PRAGMA main.table_info({table})"))
            db.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM new.{table}")
        columns = "SELECT arrival, title, summary FROM items"
        db.execute(f"INSERT INTO items_fts (rowid, title, summary) {columns}")
    for left in path.parent.glob(path.name + "*"):
        if not left.name.endswith(".lock"):
            left.unlink()
    old.rename(path)


@pytest.mark.parametrize("steps", range(1, len(STEPS)))
def test_outbox_outlives_an_upgrade_that_is_killed(steps: int, zygote: Zygote, tmp_path: Path):
    with a_trial(tmp_path, zygote) as trial:
        fill_the_outbox(trial)
        take_back(trial.database, steps)

        for place in PLACES if os.environ.get("FULL") else PLACES[steps % 2 :: 2]:
            if place == "migration.statement:4" and steps == len(STEPS) - 1:
                continue  # the last step alone is a single statement
            life = trial.start(place)
            assert life.wait(60) == -signal.SIGKILL, place
            assert trial.end(life, place, wait_s=1) is Ending.KILLED
            if place == "migration.applied":
                take_back(trial.database, steps)
        trial.recover()

        assert trial.verdict().problems == []


def test_downgrade_is_refused_and_loses_nothing(zygote: Zygote, tmp_path: Path):
    with a_trial(tmp_path, zygote) as trial:
        fill_the_outbox(trial)
        tries = trial.desk.tries.total()
        with closing(sqlite3.connect(trial.database)) as db, db:
            db.execute(
                "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
                " VALUES ('news_monitor', 'm999_of_the_future', '2030')"
            )

        assert trial.start().wait(60) == 1
        assert "was made by a newer news-monitor" in trial.said()
        assert trial.desk.tries.total() == tries

        with closing(sqlite3.connect(trial.database)) as db, db:
            db.execute("DELETE FROM _sqlite_migrations WHERE name = 'm999_of_the_future'")
        trial.recover()
        assert trial.verdict().problems == []
