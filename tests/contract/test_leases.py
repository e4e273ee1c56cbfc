"""Every book of leases keeps the promises of its port."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial

import psycopg
import pytest

from monitor.adapters.postgres import Address
from monitor.adapters.postgres.leases import PostgresLeases
from monitor.errors import StoreError
from monitor.ports import LeaseBook
from tests.cluster.books import shelf

STALL_S = 60.0


class World:
    """Two processes, and time."""

    def __init__(self, make: Callable[[], LeaseBook], sleep: Callable[[float], None]) -> None:
        self.a, self.b = make(), make()
        self.sleep = sleep


@pytest.fixture(params=["memory", "postgres"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    if request.param == "memory":
        clock, book = shelf()

        def sleep(seconds: float) -> None:
            clock.at_s += seconds

        def made() -> LeaseBook:
            one = book(f"process {os.urandom(4).hex()}")
            one.stall_s = STALL_S
            return one

        yield World(made, sleep)
        return
    with ExitStack() as stack:
        address = Address(request.getfixturevalue("postgres_url"))

        def served() -> LeaseBook:
            one = a_book(address)
            stack.callback(one.close)
            return one

        yield World(served, partial(passed, request.getfixturevalue("postgres_url")))


def passed(url: str, seconds: float) -> None:
    """As if so much time had passed for all that is held: no real pause of this machine counts."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("UPDATE leases SET until_s = until_s - %s WHERE holder <> ''", (seconds,))


def a_book(address: Address) -> PostgresLeases:
    return PostgresLeases(address, STALL_S, queues=("fetch",), slots=3, config=lambda: "c")


def test_one_process_at_a_time_holds_a_key(world: World):
    first = world.a.take("part:1")

    assert first
    assert (first.key, first.was_lost, first.note) == ("part:1", False, "")
    assert world.b.take("part:1") is None
    assert world.b.take("part:2")
    assert world.a.holders("part:").keys() == {"part:1", "part:2"}
    assert world.a.holders("webhook:") == {}


def test_key_that_is_given_back_is_free_at_once_with_what_was_left(world: World):
    world.a.take("part:1")

    world.a.give_back("part:1", '{"x.example.org": 1.5}')

    assert world.a.holders("") == {}
    taken = world.b.take("part:1")
    assert taken
    assert (taken.was_lost, taken.note) == (False, '{"x.example.org": 1.5}')


def test_one_who_missed_the_answer_asks_again_and_misses_nothing(world: World):
    """The connection was lost after the server had done it."""
    world.a.take("part:1")
    world.a.give_back("part:1", "note")
    world.b.take("part:1")

    again = world.b.take("part:1")

    assert again
    assert again.note == "note"


def test_key_of_one_who_died_is_taken_over_and_said_to_be_lost(world: World):
    world.a.take("part:1")
    world.a.give_back("part:1", "of long ago")
    world.a.take("part:1")
    world.sleep(STALL_S + 0.05)

    taken = world.b.take("part:1")

    assert taken
    assert (taken.was_lost, taken.note) == (True, "")


def test_key_that_is_renewed_in_time_is_kept(world: World):
    world.a.take("part:1")
    for _ in range(4):
        world.sleep(STALL_S / 2)

        assert world.a.renew(["part:1"], "") == {"part:1"}
        assert world.b.take("part:1") is None


def test_key_that_is_over_or_another_ones_is_not_renewed(world: World):
    world.a.take("part:1")
    world.b.take("part:2")

    assert world.a.renew(["part:1", "part:2", "part:3"], "") == {"part:1"}
    world.sleep(STALL_S + 0.05)
    assert world.a.renew(["part:1"], "") == frozenset()
    assert world.b.take("part:1")
    assert world.a.renew(["part:1"], "") == frozenset()


def test_who_lost_a_key_cannot_give_it_back(world: World):
    world.a.take("part:1")
    world.sleep(STALL_S + 0.05)
    world.b.take("part:1")

    world.a.give_back("part:1", "too late")

    assert world.a.take("part:1") is None
    assert len(world.b.holders("part:1")) == 1


# --- of PostgreSQL -------------------------------------------------------------------------------


def cut(url: str, of: PostgresLeases) -> None:
    """End its connection, as a network or a restart does."""
    assert of._conn
    pid = of._conn.info.backend_pid
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("SELECT pg_terminate_backend(%s)", (pid,))


def test_lost_connection_is_made_again_and_costs_nothing(postgres_url: str):
    book = a_book(Address(postgres_url))
    book.take("part:1")
    for ask in (
        lambda: book.renew(["part:1"], "") == {"part:1"},
        lambda: book.take("part:1"),
        partial(book.holders, ""),
    ):
        cut(postgres_url, book)
        assert ask()
    cut(postgres_url, book)
    book.give_back("part:1", "")
    assert book.holders("") == {}
    book.close()


def test_server_that_is_away_is_an_error_and_no_crash(postgres_url: str):
    book = a_book(Address(postgres_url))
    with psycopg.connect(postgres_url, autocommit=True) as conn:
        conn.execute("ALTER TABLE leases RENAME TO away")
    try:
        with pytest.raises(StoreError, match="leases"):
            book.take("part:1")
    finally:
        with psycopg.connect(postgres_url, autocommit=True) as conn:
            conn.execute("ALTER TABLE away RENAME TO leases")
    assert book.take("part:1")
    book.close()


def test_process_that_ends_gives_back_all_and_is_gone(postgres_url: str):
    address = Address(postgres_url)
    leaving, staying = a_book(address), a_book(address)
    leaving.take("part:1")
    leaving.take("story:")

    leaving.close()

    assert staying.take("part:1")
    with psycopg.connect(postgres_url) as conn:
        assert conn.execute("SELECT count(*) FROM processes").fetchone() == (1,)
    staying.close()


def test_two_who_ask_for_a_dead_ones_key_at_once_do_not_both_get_it(postgres_url: str):
    from concurrent.futures import ThreadPoolExecutor

    address = Address(postgres_url)
    books = [a_book(address) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        for number in range(25):
            taken = list(pool.map(lambda one, n=number: one.take(f"part:{n}"), books))
            assert sum(lease is not None for lease in taken) == 1
        for one in books:
            one._stall_s = 0.0  # all that they hold is over
        for one in books:
            one.renew([f"part:{number}" for number in range(25)], "")
        for one in books:
            one._stall_s = 60.0
        for number in range(25):
            taken = list(pool.map(lambda one, n=number: one.take(f"part:{n}"), books))
            assert sum(lease is not None for lease in taken) == 1
    for one in books:
        one.close()
