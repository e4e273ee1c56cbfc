"""What is PostgreSQL's own: addresses, locks, a server that goes away, and its schema."""

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlite_utils import Database

from monitor.adapters.postgres import Address, PostgresArchive, PostgresStore, holder, upgrade
from monitor.adapters.postgres.connection import Statements
from monitor.adapters.postgres.dialect import query
from monitor.adapters.sql.schema import STEPS, tables
from monitor.adapters.sql.statements import Row
from monitor.adapters.sqlite import SqliteStore
from monitor.errors import AlreadyRunning, StoreError
from monitor.model import FeedState, Judged, Status
from monitor.ports import Unit
from tests import postgres
from tests.adapters.postgres.way import Way
from tests.builders import NOW, an_item

STATE = FeedState(feed_id="a", due_at=NOW)


@pytest.fixture
def address(postgres_url: str) -> Address:
    return Address(postgres_url)


@pytest.fixture
def store(address: Address) -> Iterator[PostgresStore]:
    with PostgresStore(address) as store:
        yield store


def run(url: str, sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as conn:
        found = conn.execute(sql)
        return found.fetchall() if found.description else []


def cut_connections(url: str) -> None:
    """As a restart of the server does it."""
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    run(url, f"SELECT pg_terminate_backend(pid, 5000) {others}")


def save_state(unit: Unit, state: FeedState = STATE) -> None:
    unit.save_feed_state(state)


# --- the address ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:geheim@[::1/db",
        "postgres geheim",
        "postgresql://u:geheim@h/db?geheim=1",
    ],
)
def test_address_that_cannot_be_read_is_not_repeated(url: str) -> None:
    with pytest.raises(StoreError, match="cannot be read; write it as in") as caught:
        Address(url)

    assert "geheim" not in f"{caught.value!r} {caught.value.__cause__!r}"


def test_server_that_cannot_be_reached_is_named_without_the_password(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    address = Address("postgresql://monitor:geheim@127.0.0.1:9/news")

    for opening in (PostgresStore, PostgresArchive, holder, upgrade):
        with pytest.raises(StoreError, match=r"database 'news' on 127\.0\.0\.1") as caught:
            opening(address)
        assert "geheim" not in f"{caught.value} {caught.value.__cause__}"

    assert "geheim" not in f"{address} {address!r} {caplog.text}"


def test_sessions_end_when_they_hang_but_an_operator_may_say_otherwise(postgres_url: str) -> None:
    ours = Address(make_conninfo(postgres_url, options="-c lock_timeout=7s"))

    with ours.connect() as conn:
        found = conn.execute(
            "SELECT name, setting FROM pg_settings WHERE name LIKE '%timeout' AND name = ANY($1)",
            (["lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"],),
        ).fetchall()

    assert {row["name"]: row["setting"] for row in found} == {
        "lock_timeout": "7000",
        "statement_timeout": "30000",
        "idle_in_transaction_session_timeout": "10000",
    }


def test_host_that_is_off_is_waited_for_once(postgres_url: str) -> None:
    """As after a failover from the one that is named first."""
    given = conninfo_to_dict(postgres_url)
    with socket.create_server(("127.0.0.1", 0)) as off:  # it takes calls, and never answers
        port = off.getsockname()[1]
        url = make_conninfo(
            postgres_url,
            host=f"127.0.0.1,{given['host']}",
            port=f"{port},{given.get('port', 5432)}",
            connect_timeout=2,
        )
        address = Address(url)
        assert address.patience_s > 2
        began_s = time.monotonic()
        with PostgresArchive(address) as archive:
            assert time.monotonic() - began_s > 1.5
            began_s = time.monotonic()
            assert archive.feed_states() == {}
            for one in (address, address, Address(url)):
                one.connect().close()
        assert time.monotonic() - began_s < 1.5


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ("dbname=x", {}),
        ("host=a", {"host": "a"}),
        ("host=a,b", {"host": "a,b"}),
        ("host=a,b port=1", {"host": "a,b", "port": "1,1"}),
        ("host=a,b port=1,2", {"host": "a,b", "port": "1,2"}),
        ("hostaddr=::1,::2 port=,2", {"hostaddr": "::1,::2", "port": ",2"}),
        ("host=a,b port=1,2,3", {"host": "a,b", "port": "1,2,3"}),
    ],
)
def test_hosts_are_those_of_the_address(given: str, asked: dict[str, str]) -> None:
    parts = conninfo_to_dict(Address(given).conninfo())

    assert {name: parts[name] for name in ("host", "hostaddr", "port") if name in parts} == asked


# --- the schema ----------------------------------------------------------------------------------


def test_both_stores_have_the_same_tables_and_columns(postgres_url: str, tmp_path: Path) -> None:
    """`rowid` is what SQLite has without being told."""
    SqliteStore(tmp_path / "db", durable=False).close()
    kinds = {"text": "TEXT", "bigint": "INTEGER", "double precision": "REAL", "bytea": "BLOB"}
    with Database(tmp_path / "db") as db:
        of_sqlite = {
            (table, column.name, column.type or "TEXT", bool(column.notnull or column.is_pk))
            for table in tables()
            for column in db[table].columns
            if table != "items_fts"
        }
        ours = {name for name in db.table_names() if not name.startswith(("_", "items_fts_"))}

    of_postgres = {
        (table, column, kinds[str(kind)], nullable == "NO")
        for table, column, kind, nullable in run(
            postgres_url,
            "SELECT table_name, column_name, data_type, is_nullable"
            " FROM information_schema.columns WHERE table_schema = 'public'"
            " AND table_name NOT LIKE 'procrastinate%'",
        )
        if column != "rowid" and table not in ("_migrations", "items_fts")
    }

    assert ours - {"sqlite_sequence"} == set(tables())
    assert of_postgres == of_sqlite


def test_both_stores_have_the_same_indexes(postgres_url: str, tmp_path: Path) -> None:
    SqliteStore(tmp_path / "db", durable=False).close()
    with Database(tmp_path / "db") as db:
        rows = db.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND sql > ''")
        of_sqlite = {name for (name,) in rows if "_migrations" not in name}

    found = run(
        postgres_url,
        "SELECT indexname FROM pg_indexes WHERE schemaname = 'public'"
        " AND indexdef NOT LIKE 'CREATE UNIQUE%' AND tablename NOT LIKE 'procrastinate%'",
    )

    assert {name for (name,) in found} == of_sqlite | {"items_fts_new_words"}


def test_tables_are_made_once(bare_postgres_url: str) -> None:
    address = Address(bare_postgres_url)
    with pytest.raises(StoreError, match=r"no tables of news-monitor yet; .*db init"):
        PostgresStore(address)

    assert upgrade(address, instance="ours") == len(STEPS)
    assert upgrade(address) == 0

    with PostgresStore(address) as store:
        assert store.instance == "ours"


def test_database_of_an_older_or_newer_program_is_refused_with_the_cure(
    bare_postgres_url: str,
) -> None:
    address = Address(bare_postgres_url)
    upgrade(address)
    last = STEPS[-1].__name__
    run(bare_postgres_url, f"DELETE FROM _migrations WHERE name = '{last}'")

    with pytest.raises(StoreError, match=r"made by an older news-monitor; .*db upgrade"):
        PostgresArchive(address)

    run(bare_postgres_url, "INSERT INTO _migrations VALUES ('m999_later', '2099')")
    for opening in (PostgresStore, PostgresArchive, upgrade):
        with pytest.raises(StoreError, match=r"made by a newer news-monitor .*m999_later"):
            opening(address)


def test_database_that_cannot_hold_every_script_is_refused(bare_postgres_url: str) -> None:
    name = f"{psycopg.conninfo.conninfo_to_dict(bare_postgres_url)['dbname']}_latin"
    kind = "ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"
    run(bare_postgres_url, f"CREATE DATABASE {name} {kind}")
    try:
        with pytest.raises(StoreError, match=r"has the encoding LATIN1, .*--encoding UTF8"):
            upgrade(Address(make_conninfo(bare_postgres_url, dbname=name)))
    finally:
        run(bare_postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


def test_upgrade_waits_for_no_service_but_refuses(bare_postgres_url: str) -> None:
    address = Address(bare_postgres_url)
    upgrade(address)
    with PostgresStore(address, owner=True):
        run(bare_postgres_url, f"DELETE FROM _migrations WHERE name = '{STEPS[-1].__name__}'")
        with pytest.raises(StoreError, match=r"is held by process .*; stop it before the upgrade"):
            upgrade(address)


def test_text_is_compared_as_in_sqlite_whatever_the_language_of_the_database(
    store: PostgresStore,
) -> None:
    names = ["Z", "a", "B", "_", "é", "z", "列", "\U0010ffff", "A"]
    states = [FeedState(feed_id=name, due_at=NOW) for name in names]
    for state in states:
        store.write(partial(save_state, state=state))

    assert list(store.feed_states()) == sorted(names)


def test_address_of_any_length_is_stored_and_found(store: PostgresStore) -> None:
    """A B-tree takes no more than 2,700 bytes."""
    url = "https://example.org/" + "".join(f"{n:x}" for n in range(30_000))
    title = "word " + "".join(f"{n:x}" for n in range(9_000))
    item = an_item(title, id="i_1", url=url, content_hash="h", title_hash="t")
    store.write(lambda unit: unit.save_items([Judged(item=item, status=Status.NEW)]))

    found = store.archive().item(url)
    assert found is not None
    assert found.id == "i_1"
    assert len(store.archive().search("word")) == 1


@pytest.mark.parametrize(
    ("sqlite", "postgres", "values"),
    [
        ("SELECT ? WHERE a = ? LIMIT ?", "SELECT $1 WHERE a = $2 LIMIT $3", (0, 1, 2)),
        ("a = ?3 OR b = ?3 AND c = ?2", "a = $1 OR b = $1 AND c = $2", (2, 1)),
        ("?1 IS NULL OR b = ?1", "CAST($1 AS text) IS NULL OR b = $1", (0,)),
        ("seen CROSS JOIN matches ON +matches.x = ?1", "seen JOIN matches ON matches.x = $1", (0,)),
        ("FROM deliveries INDEXED BY deliveries_open", "FROM deliveries", ()),
        ("n + 1", "n + 1", ()),
    ],
)
def test_statement_is_put_into_the_words_of_postgresql(
    sqlite: str, postgres: str, values: tuple[int, ...]
) -> None:
    assert query(sqlite) == (postgres, values)


# --- who holds it --------------------------------------------------------------------------------


def test_one_service_holds_the_database_and_is_named(address: Address) -> None:
    assert holder(address) is None
    with PostgresStore(address, owner=True) as store:
        assert (holder(address) or ("",))[0].startswith("process ")
        with pytest.raises(AlreadyRunning, match="is held by process"):
            PostgresStore(address, owner=True)
        store.note("no\nroom")
        assert (holder(address) or ("", ""))[1] == "no room"
        with PostgresStore(address) as guest:
            guest.write(save_state)
        assert store.feed_states() == {"a": STATE}

    assert holder(address) is None


def test_service_that_lost_the_database_to_another_one_does_not_write(
    address: Address, postgres_url: str
) -> None:
    with PostgresStore(address, owner=True) as first:
        cut_connections(postgres_url)
        with PostgresStore(address, owner=True) as second:
            with pytest.raises(StoreError, match="is held by"):
                first.write(save_state)
            assert not first.probe(NOW)
            assert second.feed_states() == {}
        assert first.probe(NOW)
        first.write(save_state)


# --- a server that goes away ---------------------------------------------------------------------


def test_connections_that_were_cut_while_idle_are_made_again(
    store: PostgresStore, postgres_url: str
) -> None:
    store.write(save_state)
    assert store.feed_states()
    cut_connections(postgres_url)

    assert store.write(lambda unit: unit.feed_state("a")) == STATE
    assert store.feed_states() == {"a": STATE}
    assert store.trouble == ""


def test_unit_whose_connection_is_cut_is_lost_and_the_next_is_not(
    store: PostgresStore, postgres_url: str
) -> None:
    def work(unit: Unit) -> None:
        cut_connections(postgres_url)
        unit.save_feed_state(STATE)

    with pytest.raises(StoreError):
        store.write(work)

    assert store.trouble
    assert "\n" not in store.trouble
    assert store.write(lambda unit: unit.feed_state("a")) is None
    assert store.trouble, "it stays until somebody has looked"
    assert store.probe(NOW)
    assert store.trouble == ""


def test_server_that_was_restarted_is_written_and_read_again() -> None:
    """The store is told of as in trouble meanwhile, and stays open."""
    with postgres.a_server() as server:
        address = Address(server.get_uri())
        upgrade(address)
        with PostgresStore(address, owner=True) as store:
            store.write(save_state)
            server.stop()
            with pytest.raises(StoreError):
                store.write(save_state)
            with pytest.raises(StoreError):
                store.feed_states()
            assert store.trouble
            assert not store.probe(NOW)

            server.start()

            assert store.probe(NOW)
            assert store.trouble == ""
            assert store.feed_states() == {"a": STATE}
            assert holder(address)


def test_commit_whose_answer_is_lost_is_not_told_as_lost(
    store: PostgresStore, postgres_url: str
) -> None:
    """The server did it, the connection broke before it could say so."""
    store.close()
    with (
        Way(postgres_url, cut_at=b"COMMIT\0") as way,
        PostgresStore(Address(way.url)) as cut,
    ):
        way.armed.set()
        cut.write(save_state)

        assert not way.armed.is_set()
        assert cut.feed_states() == {"a": STATE}
        assert cut.trouble == ""


def test_commit_that_never_reached_the_server_is_lost(postgres_url: str) -> None:
    with (
        Way(postgres_url, cut_at=b"COMMIT\0", arrives=False) as way,
        PostgresStore(Address(way.url)) as cut,
    ):
        way.armed.set()
        with pytest.raises(StoreError):
            cut.write(save_state)

        assert cut.feed_states() == {}
        assert cut.trouble
        assert cut.probe(NOW)


def test_frozen_writer_loses_its_turn_and_its_work(postgres_url: str) -> None:
    """Stopped within a transaction, as by a pause of its machine."""
    frozen, go_on = threading.Event(), threading.Event()

    def freeze(unit: Unit) -> None:
        unit.save_feed_state(STATE)
        # From here on: a pause of this machine before would be taken for the freeze.
        unit._db.run("SET LOCAL idle_in_transaction_session_timeout = '300ms'")  # type: ignore[attr-defined]
        frozen.set()
        go_on.wait(60)
        unit.feed_state("a")

    with (
        PostgresStore(Address(postgres_url)) as first,
        PostgresStore(Address(postgres_url)) as second,
    ):
        lost = first.write_soon(freeze)
        assert frozen.wait(20)
        second.write(lambda unit: unit.save_feed_state(FeedState(feed_id="b", due_at=NOW)))
        go_on.set()
        with pytest.raises(StoreError):
            lost.result(20)

        assert list(second.feed_states()) == ["b"]


def test_error_that_a_unit_swallowed_is_not_half_a_unit(store: PostgresStore) -> None:
    """After a statement that failed PostgreSQL takes no other of the same transaction."""

    def work(unit: Unit) -> None:
        unit.save_feed_state(STATE)
        try:
            unit.save_feed_state(FeedState(feed_id="b", due_at=NOW, failures=2**70))
        except StoreError:
            return

    with pytest.raises(StoreError, match="nothing of it is kept"):
        store.write(work)

    assert store.feed_states() == {}
    assert store.trouble == ""


def test_archive_cannot_write(store: PostgresStore) -> None:
    with store.archive().reading() as db, pytest.raises(StoreError, match="read-only"):
        db.run("DELETE FROM meta")


def test_reader_sees_one_moment(store: PostgresStore) -> None:
    with store.archive().reading() as db:
        before = db.rows("SELECT * FROM feed_states")
        store.write(save_state)
        assert db.rows("SELECT * FROM feed_states") == before
    assert store.feed_states()


def test_connections_are_closed_with_the_store(address: Address, postgres_url: str) -> None:
    with PostgresStore(address, owner=True) as store:
        store.feed_states()

    others = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
    until = time.monotonic() + 60
    while run(postgres_url, f"{others} AND pid <> pg_backend_pid()"):  # they need a moment
        assert time.monotonic() < until


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        (lambda archive: archive.search("国际列车 beijing"), "items_fts_new_words"),
        (lambda archive: archive.item("https://example.org/a"), "items_by_url"),
        (lambda archive: archive.due_webhooks(NOW), "deliveries_"),
        (lambda archive: archive.past("rail", NOW, NOW), "matches_by_watch"),
        (lambda archive: archive.deliveries(limit=5), "deliveries_by_created_at"),
    ],
)
def test_what_is_asked_often_is_found_by_an_index(
    address: Address, asked: Callable[[PostgresArchive], object], index: str
) -> None:
    """Of an empty table the planner would read all."""
    archive = Planned(address)

    with closing(archive):
        asked(archive)

    assert [plan for plan in archive.plans if index in plan]


class Planned(PostgresArchive):
    """Notes how each of its statements would be run."""

    def __init__(self, address: Address) -> None:
        super().__init__(address)
        self.plans: list[str] = []

    @contextmanager
    def reading(self) -> Iterator[Statements]:
        with super().reading() as db:
            rows = db.rows

            def planned(sql: str, values: Sequence[object] = ()) -> Sequence[Row]:
                found = rows(f"EXPLAIN {sql}", values)
                self.plans.append("\n".join(row["QUERY PLAN"] for row in found))
                return rows(sql, values)

            db.run("SET LOCAL enable_seqscan = off")
            db.rows = planned  # type: ignore[method-assign, assignment]
            yield db


def test_who_freezes_behind_many_rows_is_ended_by_the_server(store: PostgresStore) -> None:
    """Else it would hold up all that others write until it thaws."""

    def freezes(unit: Unit) -> None:
        db = unit._db  # type: ignore[attr-defined]
        db.run("SET LOCAL idle_in_transaction_session_timeout = '200ms'")
        db.many("UPDATE meta SET value = value WHERE key = ?", [("one",), ("two",)])
        time.sleep(1)
        db.run("UPDATE meta SET value = value WHERE key = ?", ("one",))

    with pytest.raises(StoreError, match="idle"):
        store.write(freezes)
