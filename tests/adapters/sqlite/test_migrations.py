"""The schema is an interface, and other versions of it are refused in plain words."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database, Migrations

from monitor.adapters.sql import schema
from monitor.adapters.sqlite import SqliteArchive, SqliteStore, migrations
from monitor.errors import StoreError
from monitor.model import (
    Alert,
    Delivery,
    Dropped,
    DueReason,
    Evidence,
    FeedState,
    Found,
    Intervened,
    Item,
    Story,
    WatchState,
    WebhookState,
    kept_fields,
)

NOUNS: dict[str, tuple[type[Any], set[str]]] = {
    "items": (Item, {"arrival"}),
    "feed_states": (FeedState, set()),
    "stories": (Story, set()),
    "alerts": (Alert, set()),
    "deliveries": (Delivery, set()),
    "webhook_states": (WebhookState, set()),
    "watch_states": (WatchState, set()),
    "drops": (Dropped, {"revision", "made_at"}),
    "interventions": (Intervened, set()),
    "evidence": (Evidence, set()),
}
PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": 2,  # FULL
    "foreign_keys": 1,
    "busy_timeout": 5_000,
    "journal_size_limit": 64 * 1024 * 1024,
    "mmap_size": 0,
    "wal_autocheckpoint": 1_000,
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    SqliteStore(tmp_path / "db", durable=False).close()
    return tmp_path / "db"


@pytest.mark.parametrize("table", NOUNS)
def test_table_has_a_column_for_each_field(path: Path, table: str) -> None:
    noun, more = NOUNS[table]

    with Database(path) as db:
        columns = {column.name for column in db[table].columns}

    assert columns == set(kept_fields(noun)) | more


def test_every_table_of_ours_is_strict(path: Path) -> None:
    with Database(path) as db:
        ours = [t for t in db.tables if not t.name.startswith(("_", "sqlite_", "items_fts"))]
        assert len(ours) == 35
        assert all(table.strict for table in ours)


def test_file_is_as_promised(path: Path) -> None:
    with SqliteStore(path) as store:
        found = store.write(
            lambda unit: {
                name: unit._db.row(f"PRAGMA {name}")[0]  # type: ignore[attr-defined]
                for name in PRAGMAS
            }
        )

    assert found == PRAGMAS


def test_reopening_migrates_nothing_twice(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        before = db.execute("SELECT * FROM _sqlite_migrations").fetchall()
    SqliteStore(path).close()
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT * FROM _sqlite_migrations").fetchall() == before


WAYS: dict[str, Callable[[Path], SqliteStore | SqliteArchive]] = {
    "owner": SqliteStore,
    "guest": lambda path: SqliteStore(path, guest=True),
    "archive": SqliteArchive,
}


def refusals(path: Path, *ways: str) -> list[str]:
    """What each way to open the file says (all by default)."""
    said = []
    for way in ways or WAYS:
        with pytest.raises(StoreError) as caught:
            WAYS[way](path).close()
        said.append(str(caught.value))
    return said


def test_newer_schema_is_refused_by_all(path: Path) -> None:
    with Database(path) as db:
        db["_sqlite_migrations"].insert(
            {"migration_set": "news_monitor", "name": "m999_future", "applied_at": "2099"}
        )

    for refusal in refusals(path):
        assert "newer news-monitor" in refusal
        assert "m999_future" in refusal


def of_today() -> Migrations:
    """All migrations there are, to which a test adds one."""
    later = Migrations("news_monitor")
    for step in migrations.STEPS:
        later()(step)
    return later


def test_older_schema_is_brought_up_to_date_by_the_owner_alone(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program with one more migration meets the file of today."""
    later = of_today()

    @later()
    def m999_more(db: Database) -> None:
        db.table("more").create({"id": int})

    monkeypatch.setattr(migrations, "schema", later)

    for refusal in refusals(path, "guest", "archive"):
        assert "older news-monitor" in refusal
    SqliteStore(path).close()
    SqliteArchive(path).close()


def test_migration_that_fails_leaves_the_file_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = of_today()

    @later()
    def m999_broken(db: Database) -> None:
        db.table("more").create({"id": int})
        db.execute("CREATE TABLE items (id TEXT)")

    with monkeypatch.context() as patched:
        patched.setattr(migrations, "schema", later)
        assert "already exists" in refusals(path, "owner")[0]

    SqliteStore(path).close()
    with Database(path) as db:
        assert not db["more"].exists()


def test_file_of_the_first_schema_is_taken_over_with_what_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Migrations("news_monitor")
    first()(schema.m001_tables)
    with monkeypatch.context() as patched:
        patched.setattr(migrations, "schema", first)
        SqliteStore(tmp_path / "db", instance="kept").close()
        with Database(tmp_path / "db") as db:
            alert = {column.name: "" for column in db["alerts"].columns if column.name != "tier"}
            found = '[{"term":"train","group":null,"field":"title","start":0,"end":5}]'
            db["alerts"].insert(
                alert
                | {"id": "a_1", "kind": "new", "severity": "low", "found": found, "score": 1.0}
                | {"revision": 0, "seq": 1, "created_at": "2025-06-12T09:30:00.000000Z"}
                | {"published_at": None, "seen_at": None, "supersedes": None}
                | {"authority_for": "[]"}
            )

    with SqliteStore(tmp_path / "db") as store:
        alert_now = store.archive().alert("a_1")

    assert store.instance == "kept"
    assert alert_now is not None
    assert alert_now.found == (Found(term="train", group=None, field="title", start=0, end=5),)
    assert alert_now.masked == ()


def test_feeds_of_the_second_schema_go_on_waiting_as_they_were_asked_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = Migrations("news_monitor")
    for step in (schema.m001_tables, schema.m002_way_of_an_item):
        second()(step)
    with monkeypatch.context() as patched:
        patched.setattr(migrations, "schema", second)
        SqliteStore(tmp_path / "db").close()
        with Database(tmp_path / "db") as db:
            state = {
                "due_at": "2025-06-12T09:30:00.000000Z",
                "url": "",
                "problem": "",
                "told": "ok",
            }
            numbers = {"address": 0, "failures": 0, "moved_count": 0}
            for health in ("ok", "throttled", "gone"):
                db["feed_states"].insert(state | numbers | {"feed_id": health, "health": health})

    with SqliteStore(tmp_path / "db") as store:
        reasons = {name: state.due_reason for name, state in store.feed_states().items()}

    assert reasons == {
        "ok": DueReason.INTERVAL,
        "throttled": DueReason.RETRY_AFTER,
        "gone": DueReason.GONE,
    }


def test_file_of_another_program_is_refused(tmp_path: Path) -> None:
    with Database(tmp_path / "other") as db:
        db["birds"].insert({"name": "owl"})

    with pytest.raises(StoreError, match="no database of news-monitor"):
        SqliteArchive(tmp_path / "other")


def test_file_that_is_no_database_is_refused_by_all(tmp_path: Path) -> None:
    (tmp_path / "db").write_text("not a database, but long enough to have a header" * 100)

    for refusal in refusals(tmp_path / "db"):
        assert str(tmp_path / "db") in refusal
        assert "not a database" in refusal


def test_file_that_is_not_there_is_made_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "deep" / "db"
    with pytest.raises(StoreError, match="no database at"):
        SqliteArchive(path)
    with pytest.raises(StoreError, match="unable to open"):
        SqliteStore(path, guest=True)

    SqliteStore(path).close()

    assert path.exists()


def test_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StoreError, match="cannot be made"):
        SqliteStore(tmp_path / "file" / "db")


def test_folder_given_as_database_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="unable to open"):
        SqliteStore(tmp_path)


def test_identity_can_be_given_to_a_new_database_only(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "db", instance="first") as store:
        assert store.instance == "first"
    with SqliteStore(tmp_path / "db", instance="second") as store:
        assert store.instance == "first"
