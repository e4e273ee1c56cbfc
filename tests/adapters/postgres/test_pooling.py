"""A pooler between us and the server: one that keeps sessions will do, any other is refused."""

from contextlib import closing, suppress

import psycopg
import pytest

from monitor.adapters.postgres import (
    Address,
    PostgresArchive,
    PostgresStore,
    holder,
    pooling,
    upgrade,
)
from monitor.adapters.postgres.copying import held
from monitor.errors import AlreadyRunning, StoreError
from monitor.model import FeedState
from tests.adapters.postgres.bouncer import a_bouncer
from tests.builders import NOW

STATE = FeedState(feed_id="a", due_at=NOW)
LENT = "lent to us for one transaction only"


def test_what_keeps_sessions_is_as_good_as_the_server(postgres_url: str) -> None:
    with a_bouncer(postgres_url, "session") as url:
        address = Address(url)
        with PostgresStore(address, owner=True) as store:
            store.write(lambda unit: unit.save_feed_state(STATE))
            assert holder(address) is not None
            with pytest.raises(AlreadyRunning):
                PostgresStore(address, owner=True)
            with pytest.raises(AlreadyRunning):
                PostgresStore(Address(postgres_url), member=True)
        assert holder(address) is None
        with PostgresArchive(address) as archive:
            assert archive.feed_states() == {"a": STATE}


def test_sessions_of_a_pooler_have_our_limits_as_well(postgres_url: str) -> None:
    names = ["TimeZone", "idle_in_transaction_session_timeout", "lock_timeout", "statement_timeout"]
    asked = 'SELECT setting FROM pg_settings WHERE name = ANY($1) ORDER BY name COLLATE "C"'
    with a_bouncer(postgres_url, "session") as url, Address(url).connect() as conn:
        found = [row["setting"] for row in conn.execute(asked, (names,))]

    assert found == ["UTC", "10000", "3000", "30000"]


@pytest.mark.parametrize("mode", ["transaction", "statement"])
def test_what_lends_sessions_for_a_moment_is_refused_by_all(postgres_url: str, mode: str) -> None:
    said = LENT if mode == "transaction" else "statement pooling mode"
    with a_bouncer(postgres_url, mode) as url:
        address = Address(url)
        for open_it in (
            lambda: PostgresStore(address, owner=True),
            lambda: PostgresStore(address, member=True),
            lambda: PostgresStore(address),
            lambda: PostgresArchive(address),
            lambda: upgrade(address),
            lambda: held(address).__enter__(),
        ):
            with pytest.raises(StoreError, match=said):
                open_it()


def test_what_lends_sessions_is_found_out_when_it_has_much_to_do(postgres_url: str) -> None:
    with a_bouncer(postgres_url, "transaction") as url:
        address = Address(url)
        others = [psycopg.connect(url, autocommit=True) for _ in range(5)]
        for one in others:
            one.execute("BEGIN")
        for one in others[1:]:  # idle sessions of the server that nobody has
            one.execute("ROLLBACK")
        with closing(address.connect()) as conn:
            assert pooling.lends(conn, address)
        for one in others:
            one.close()


def test_nothing_is_written_in_a_session_that_does_not_hold_the_lock(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_bouncer(postgres_url, "transaction") as url:
        with monkeypatch.context() as unseen:
            unseen.setattr(pooling, "refuse_lent", lambda conn, address: None)
            store = PostgresStore(Address(url), owner=True)
        with store, psycopg.connect(url) as other:
            other.execute("SELECT 1")  # in the session that the store took its lock in
            with pytest.raises(StoreError, match=LENT):
                store.write(lambda unit: unit.save_feed_state(STATE))
            with suppress(psycopg.Error):
                other.rollback()

    with PostgresArchive(Address(postgres_url)) as archive:
        assert archive.feed_states() == {}


def test_who_has_the_turn_to_write_waits_as_long_as_ever_for_rows(postgres_url: str) -> None:
    waits: list[str] = []
    with PostgresStore(Address(postgres_url)) as store:
        for _ in range(2):
            store.write(
                lambda unit: waits.append(str(unit._db.row("SHOW lock_timeout")))  # type: ignore[attr-defined]
            )

    assert waits == ["{'lock_timeout': '3s'}"] * 2
