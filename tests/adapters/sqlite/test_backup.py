"""Copies of a database that is being written, and the way back."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from threading import Event, Thread

import pytest

from monitor.adapters.sqlite import SqliteArchive, SqliteStore, back_up, hold, restore
from monitor.errors import StoreError
from monitor.model import FeedState
from monitor.ports import Unit
from tests.builders import NOW, a_delivery, an_alert


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder / "monitor.sqlite"


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "copy.sqlite"
    left = [file.name for file in tmp_path.rglob("*draft*")]
    assert left == [], "what was begun is cleared away"


def save_pair(unit: Unit, number: int) -> None:
    """Two rows that must never be seen apart."""
    unit.save_alerts([an_alert(id=f"a_{number}")])
    unit.save_deliveries([a_delivery(f"m_{number}", alert_id=f"a_{number}")])


def counts(path: Path) -> tuple[int, int]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        alerts = db.execute("SELECT count(*) FROM alerts").fetchone()[0]
        return alerts, db.execute("SELECT count(*) FROM deliveries").fetchone()[0]


def test_copies_are_of_one_moment_while_the_owner_writes(path: Path, copy: Path) -> None:
    stop = Event()
    with SqliteStore(path, durable=False) as store:

        def write() -> None:
            number = 0
            while not stop.is_set():
                store.write(partial(save_pair, number=number))
                number += 1

        writer = Thread(target=write)
        writer.start()
        seen = []
        for _ in range(5):
            assert back_up(path, copy) > 0
            seen.append(counts(copy))
        stop.set()
        writer.join()

    assert all(alerts == deliveries for alerts, deliveries in seen)
    assert seen == sorted(seen)
    assert [file.name for file in copy.parent.glob("copy*")] == ["copy.sqlite"]


def test_backup_can_be_used_as_it_is_and_has_the_same_identity(path: Path, copy: Path) -> None:
    with SqliteStore(path) as store:
        store.write(lambda unit: save_pair(unit, 1))
        back_up(path, copy)
        instance = store.instance

    with SqliteArchive(copy) as archive:
        assert archive.instance == instance
        assert archive.delivery("m_1") is not None


def test_backup_never_overwrites_what_is_no_backup(path: Path, copy: Path) -> None:
    SqliteStore(path).close()
    copy.write_text("my letters")

    with pytest.raises(StoreError, match="no backup of news-monitor"):
        back_up(path, copy)
    with pytest.raises(StoreError, match="the database itself"):
        back_up(path, path)
    with pytest.raises(StoreError, match="cannot be written"):
        back_up(path, copy / "below" / "x")
    with pytest.raises(StoreError, match="there is no database"):
        back_up(path.with_name("nothing"), copy)

    assert copy.read_text() == "my letters"


def test_damaged_database_gives_no_backup_and_leaves_the_old_one(path: Path, copy: Path) -> None:
    with SqliteStore(path, durable=False) as store:
        for number in range(500):
            store.write(partial(save_pair, number=number))
    back_up(path, copy)
    before = copy.read_bytes()
    broken = bytearray(path.read_bytes())
    for page in range(10, len(broken) // 4096 - 1, 2):
        broken[page * 4096 : page * 4096 + 200] = b"\xff" * 200
    path.write_bytes(broken)

    with pytest.raises(StoreError):
        back_up(path, copy)

    assert copy.read_bytes() == before


def test_restored_is_what_the_backup_holds_and_the_former_is_kept(path: Path, copy: Path) -> None:
    with SqliteStore(path) as store:
        store.write(lambda unit: save_pair(unit, 1))
        back_up(path, copy)
        store.write(lambda unit: save_pair(unit, 2))

    aside = restore(copy, path)

    assert aside is not None
    assert counts(path) == (1, 1)
    assert counts(aside) == (2, 2)
    with SqliteStore(path) as store:
        store.write(lambda unit: save_pair(unit, 3))
        assert len(store.archive().deliveries()) == 2
    assert counts(copy) == (1, 1)


def test_restore_where_nothing_is_yet(path: Path, copy: Path, tmp_path: Path) -> None:
    with SqliteStore(path) as store:
        store.write(lambda unit: save_pair(unit, 1))
    back_up(path, copy)

    assert restore(copy, tmp_path / "elsewhere" / "m.sqlite") is None

    assert counts(tmp_path / "elsewhere" / "m.sqlite") == (1, 1)


def test_log_of_the_former_database_never_meets_the_restored_one(path: Path, copy: Path) -> None:
    """A process was killed: its last commits stand in the log beside the file."""
    with SqliteStore(path) as store:
        back_up(path, copy)
        store.write(lambda unit: save_pair(unit, 1))
        log, shared = Path(f"{path}-wal").read_bytes(), Path(f"{path}-shm").read_bytes()
        main = path.read_bytes()
    path.write_bytes(main)
    Path(f"{path}-wal").write_bytes(log)
    Path(f"{path}-shm").write_bytes(shared)

    aside = restore(copy, path)

    assert aside is not None
    assert counts(path) == (0, 0)
    assert counts(aside) == (1, 1)


def test_damaged_database_can_be_replaced(path: Path, copy: Path) -> None:
    SqliteStore(path).close()
    back_up(path, copy)
    path.write_bytes(b"rubbish" * 1000)
    Path(f"{path}-wal").write_bytes(b"rubbish")

    aside = restore(copy, path)

    assert aside is not None
    assert aside.read_bytes() == b"rubbish" * 1000
    assert counts(path) == (0, 0)
    assert not Path(f"{path}-wal").exists()


def test_restore_refuses_what_is_not_ours_newer_or_damaged(path: Path, copy: Path) -> None:
    with SqliteStore(path) as store:
        store.write(lambda unit: unit.save_feed_state(FeedState(feed_id="a", due_at=NOW)))
    before = path.read_bytes()

    with pytest.raises(StoreError, match="there is no backup"):
        restore(copy, path)
    copy.write_bytes(b"rubbish" * 1000)
    with pytest.raises(StoreError):
        restore(copy, path)
    copy.unlink()
    sqlite3.connect(copy).execute("CREATE TABLE mine (x)").connection.close()
    with pytest.raises(StoreError, match="no database of news-monitor"):
        restore(copy, path)
    copy.unlink()
    back_up(path, copy)
    with closing(sqlite3.connect(copy)) as db, db:
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('news_monitor', 'm999_future', '')"
        )
    with pytest.raises(StoreError, match="made by a newer"):
        restore(copy, path)
    with pytest.raises(StoreError, match="the database itself"):
        restore(path, path)

    assert path.read_bytes() == before
    assert not list(path.parent.glob("*.before-*"))


def test_restore_refuses_while_somebody_has_the_database_open(path: Path, copy: Path) -> None:
    with SqliteStore(path) as store:
        store.write(lambda unit: save_pair(unit, 1))
        back_up(path, copy)

        with pytest.raises(StoreError, match="open in another program"):
            restore(copy, path)

        store.write(lambda unit: save_pair(unit, 2))
        assert len(store.archive().deliveries()) == 2


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files of others")
class TestRootBesideAServiceOfAnotherUser:
    """As under `DynamicUser=yes`: the service must be able to open what a command made."""

    USER = 64886

    def owners(self, folder: Path) -> dict[str, int]:
        return {file.name: file.stat().st_uid for file in folder.iterdir()}

    def test_what_it_restores_belongs_to_the_owner_of_the_former(
        self, path: Path, copy: Path
    ) -> None:
        SqliteStore(path).close()
        back_up(path, copy)
        os.chown(path, self.USER, self.USER)

        restore(copy, path)

        assert path.stat().st_uid == path.stat().st_gid == self.USER

    def test_what_it_makes_belongs_to_the_owner_of_the_folder(self, path: Path, copy: Path) -> None:
        os.chown(path.parent, self.USER, self.USER)
        SqliteStore(copy).close()

        with hold(path):
            restore(copy, path)
        assert self.owners(path.parent).keys() == {path.name, f"{path.name}.lock"}
        assert set(self.owners(path.parent).values()) == {self.USER}

        path.unlink()
        with SqliteStore(path):
            assert self.owners(path.parent).keys() > {path.name, f"{path.name}-wal"}
            assert set(self.owners(path.parent).values()) == {self.USER}
