"""What only this store must do: full disks, guests, and readers beside the writer."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

import pytest

from monitor.adapters.sqlite import SqliteArchive, SqliteStore
from monitor.errors import StoreError
from monitor.model import DeliveryState, FeedState, Judged, Status
from monitor.ports import Unit
from tests.builders import NOW, a_delivery, an_alert, an_item

FULL_DISK = Path(__file__).with_name("full_disk.py")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "db"


def pragma(store: SqliteStore, text: str) -> object:
    """Of the writer's own connection."""
    row = store.write(lambda unit: unit._db.row(f"PRAGMA {text}"))  # type: ignore[attr-defined]
    return row and row[0]


def save_texts(unit: Unit, start: int, items: int) -> None:
    """About 20 kB an item."""
    made = [
        an_item(f"Train {n}", id=f"i_{n}", summary="x " * 9_000)
        for n in range(start, start + items)
    ]
    unit.save_items([Judged(item=item, status=Status.NEW) for item in made])


def save_state(unit: Unit, feed_id: str) -> None:
    unit.save_feed_state(FeedState(feed_id=feed_id, due_at=NOW))


def test_full_disk_refuses_saves_nothing_and_is_survived(path: Path) -> None:
    with SqliteStore(path) as store:
        store.write(lambda unit: save_texts(unit, 0, 1))
        pages = pragma(store, "page_count")
        assert isinstance(pages, int)
        pragma(store, f"max_page_count = {pages + 20}")

        for _ in range(2):
            with pytest.raises(StoreError, match="full"):
                store.write(lambda unit: save_texts(unit, 1, 50))
        store.write(lambda unit: save_state(unit, "small"))
        assert store.archive().totals().items == 1

        pragma(store, "max_page_count = 1000000")
        store.write(lambda unit: save_texts(unit, 1, 50))
        assert store.archive().totals().items == 51
        assert pragma(store, "integrity_check") == "ok"


def test_unit_that_swallows_a_full_disk_saves_nothing_after_it(path: Path) -> None:
    """SQLite has rolled back by then: what follows would be saved statement by statement."""

    def work(unit: Unit) -> None:
        save_state(unit, "before")
        with pytest.raises(StoreError, match="full"):
            save_texts(unit, 1, 200)
        save_state(unit, "after")

    with SqliteStore(path) as store:
        pages = pragma(store, "page_count")
        assert isinstance(pages, int)
        pragma(store, f"max_page_count = {pages + 20}")

        with pytest.raises(StoreError, match="rolled this transaction back"):
            store.write(work)

        assert store.feed_states() == {}


def test_those_who_wait_behind_a_full_disk_are_served(path: Path) -> None:
    started, go_on = Event(), Event()

    def first(_: Unit) -> None:
        started.set()
        assert go_on.wait(10)

    with SqliteStore(path) as store, ThreadPoolExecutor(8) as threads:
        pages = pragma(store, "page_count")
        assert isinstance(pages, int)
        pragma(store, f"max_page_count = {pages + 20}")
        threads.submit(store.write, first)
        assert started.wait(10)
        big = threads.submit(store.write, lambda unit: save_texts(unit, 1, 200))
        small = [
            threads.submit(store.write, partial(save_state, feed_id=f"f{n}")) for n in range(5)
        ]
        go_on.set()

        assert isinstance(big.exception(), StoreError)
        saved = {f"f{n}" for n in range(5) if small[n].exception() is None}
        assert set(store.feed_states()) == saved
        store.write(lambda unit: save_state(unit, "next"))


def test_disk_that_cannot_be_written_is_survived(path: Path) -> None:
    """A real limit of the system on the size of files, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.adapters.sqlite.full_disk", str(path)],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:2] == ["refused", "saved"]


def test_trouble_is_told_in_the_words_of_the_database_until_it_is_over(path: Path) -> None:
    with SqliteStore(path) as store:
        assert store.trouble == ""
        pages = pragma(store, "page_count")
        assert isinstance(pages, int)
        pragma(store, f"max_page_count = {pages + 20}")
        with pytest.raises(StoreError):
            store.write(lambda unit: save_texts(unit, 1, 50))
        assert store.trouble == "database or disk is full"

        store.write(lambda unit: save_state(unit, "small"))
        assert store.trouble, "a small thing that fits is no proof"
        assert not store.probe(NOW)

        pragma(store, "max_page_count = 1000000")
        assert store.probe(NOW)
        assert store.trouble == ""
        assert store.archive().written_at() == NOW


def test_database_that_became_read_only_is_trouble(path: Path) -> None:
    with SqliteStore(path) as store:
        pragma(store, "query_only = ON")
        with pytest.raises(StoreError):
            store.write(lambda unit: save_state(unit, "a"))
        assert "readonly" in store.trouble
        assert not store.probe(NOW)


def test_what_cannot_be_stored_is_no_trouble_of_the_database(path: Path) -> None:
    with SqliteStore(path) as store:
        for work in (
            lambda unit: unit.save_deliveries([a_delivery()]),  # its alert is not there
            lambda unit: save_state(unit, "half \ud83d"),
            lambda unit: unit.nonsense(),
        ):
            with pytest.raises((StoreError, AttributeError)):
                store.write(work)
        assert store.trouble == ""


@contextmanager
def as_anybody() -> Iterator[None]:
    """Without root's right to write everything, should the tests run as root."""
    if os.getuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_read_only_file_is_refused() -> None:
    with TemporaryDirectory() as folder:  # pytest's own folders are closed to others
        path = Path(folder) / "m.sqlite"
        SqliteStore(path).close()
        path.chmod(0o444)
        Path(folder).chmod(0o555)

        with as_anybody(), pytest.raises(StoreError, match=r"read-?only|written"):
            SqliteStore(path)

        Path(folder).chmod(0o755)


def test_guest_writes_beside_the_owner(path: Path) -> None:
    with SqliteStore(path) as owner, SqliteStore(path, guest=True) as guest:
        owner.write(lambda unit: unit.save_alerts([an_alert()]))
        owner.write(lambda unit: unit.save_deliveries([a_delivery(state=DeliveryState.DEAD)]))

        assert guest.write(lambda unit: unit.requeue(["msg_1"], NOW)) == 1

        assert list(owner.due_webhooks(NOW)) == ["desk"]
        assert guest.instance == owner.instance
        assert pragma(guest, "wal_autocheckpoint") == 0
        guest.close()
        assert Path(f"{path}-wal").exists()
        owner.write(lambda unit: save_state(unit, "next"))


def test_owner_and_guest_lose_no_update_of_each_other(path: Path) -> None:
    def count_up(unit: Unit) -> None:
        state = unit.feed_state("a") or FeedState(feed_id="a", due_at=NOW)
        unit.save_feed_state(FeedState(feed_id="a", due_at=NOW, failures=state.failures + 1))

    with (
        SqliteStore(path, durable=False) as owner,
        SqliteStore(path, durable=False, guest=True) as guest,
        ThreadPoolExecutor(2) as threads,
    ):
        list(threads.map(lambda store: [store.write(count_up) for _ in range(100)], (owner, guest)))

        assert owner.feed_states()["a"].failures == 200


def test_reader_with_its_own_connections_is_never_in_the_way(path: Path) -> None:
    """It reads while a unit is open, sees whole commits only, and holds up no writer."""
    with SqliteStore(path, durable=False) as store, SqliteArchive(path) as archive:
        stop = Event()

        def read() -> set[int]:
            seen = set()
            while not stop.is_set():
                seen.add(len(archive.items()))
            return seen

        with ThreadPoolExecutor(2) as threads:
            readers = [threads.submit(read) for _ in range(2)]
            for n in range(30):
                store.write(partial(save_texts, start=n * 3, items=3))
            stop.set()

        for reader in readers:
            assert {count % 3 for count in reader.result()} == {0}
        assert len(archive.items()) == 90


def test_archive_cannot_write(path: Path) -> None:
    with (
        SqliteStore(path) as store,
        store.archive().reading() as db,
        pytest.raises(StoreError, match="readonly"),
    ):
        db.run("DELETE FROM meta")


def test_closed_store_leaves_one_file(path: Path) -> None:
    with SqliteStore(path) as store:
        store.write(lambda unit: save_state(unit, "a"))
        store.feed_states()

    assert [file.name for file in path.parent.iterdir()] == ["db"]


def test_readable_in_the_shell_with_moments_that_sort(path: Path) -> None:
    with SqliteStore(path) as store:
        store.write(lambda unit: unit.save_alerts([an_alert(authority_for=("CN", "RU"))]))
        row = store.write(lambda u: u._db.row("SELECT * FROM alerts"))  # type: ignore[attr-defined]

    assert row["created_at"] == "2025-06-12T09:30:00.000000Z"
    assert row["authority_for"] == '["CN","RU"]'
    assert row["found"] == (
        '[{"term":"train","group":"rail","field":"title","start":6,"end":11,'
        '"clause":"@rail","variant":"train"}]'
    )
