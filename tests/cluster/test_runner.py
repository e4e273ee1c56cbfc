"""Keys are worked at under a lease, as long as it is held, and given back when nothing is begun."""

from collections.abc import Collection

import pytest
from structlog.testing import capture_logs

from monitor.cluster.leases import Leases
from monitor.cluster.runner import Runner
from monitor.core.partitions import LEASE_S
from monitor.errors import StoreError
from monitor.model import Lease
from tests.cluster.books import Turn, shelf


class Working(Runner):
    def __init__(self, process: str, clock, book) -> None:
        self.books = book(process)
        super().__init__("part", Leases(self.books, clock), self.wake_others, clock)
        self.woken: list[str] = []
        self.begun: list[Lease] = []
        self.busy: set[str] = set()
        self.done: set[str] = set()
        self.room = 1
        self.fails = False
        self.ticks_meanwhile = False

    def wake_others(self, keys: Collection[str]) -> None:
        if self.books.is_away:
            raise StoreError("the database is away")
        self.woken += keys

    def _room(self) -> int:
        return self.room

    def _begin(self, key: str, lease: Lease) -> None:
        if self.fails:
            raise StoreError("the database is away")
        self.begun.append(lease)
        if self.ticks_meanwhile:
            self.tick()

    def _is_idle(self, key: str) -> bool:
        return key not in self.busy

    def _has_more(self, key: str) -> bool:
        return key not in self.done

    def _end(self, key: str) -> str:
        return f"note of {key}"


@pytest.fixture
def pair():
    clock, book = shelf()
    return clock, Working("a", clock, book), Working("b", clock, book)


def later(clock, *runners: Working, seconds: float) -> None:
    """Under leases that are renewed."""
    for _ in range(int(seconds)):
        clock.at_s += 1
        for one in runners:
            one._leases.renew()


def test_job_lasts_as_long_as_the_key_is_worked_at(pair):
    clock, ours, theirs = pair

    over = ours.call("1", Turn())

    assert ours.holds("1")
    assert ours.keys == ("1",)
    assert ours.call("1", Turn()) is None, "it is worked at already"
    assert theirs.call("1", Turn()) is None, "another process has it"
    later(clock, ours, seconds=2 * LEASE_S)
    ours.tick()
    assert not over.done(), "nobody else needs it"


def test_key_goes_to_others_when_its_time_is_up_and_they_should_have_it(pair):
    clock, ours, theirs = pair
    over = ours.call("1", Turn())
    ours.room = -1
    later(clock, ours, seconds=LEASE_S - 1)
    ours.tick()
    assert ours.holds("1"), "each has its time"

    clock.at_s += 1
    ours._leases.renew()
    ours.tick()

    assert over.done()
    assert ours.woken == ["1"]
    assert theirs.call("1", Turn())
    assert theirs.begun == [Lease(key="part:1", note="note of 1")]


def test_nothing_is_begun_while_the_rest_of_it_ends(pair):
    _, ours, theirs = pair
    over = ours.call("1", Turn())
    ours.busy.add("1")
    ours.halt()
    ours.tick()

    assert not ours.holds("1")
    assert not over.done()
    assert theirs.call("1", Turn()) is None

    ours.busy.clear()
    ours.tick()
    assert over.done()
    assert ours.woken == [], "whoever stops leaves that to the others"
    assert theirs.call("1", Turn())


def test_job_that_the_engine_ends_gives_its_key_back(pair):
    _, ours, theirs = pair
    turn = Turn()
    over = ours.call("1", turn)
    turn.stops = True

    ours.tick()

    assert over.done()
    assert theirs.call("1", Turn())


def test_key_that_was_lost_is_not_worked_at_and_not_given_back(pair):
    clock, ours, theirs = pair
    over = ours.call("1", Turn())
    ours.busy.add("1")
    clock.at_s += 21
    assert not ours.holds("1")

    theirs.call("1", Turn())
    ours.tick()
    assert not over.done(), "what was begun is under way yet"
    ours.busy.clear()
    ours.tick()

    assert over.done()
    assert theirs.holds("1")
    assert theirs.begun[0].was_lost


def test_key_with_nothing_to_do_is_given_back_at_once_and_nobody_is_woken(pair):
    _, ours, _ = pair
    over = ours.call("1", Turn())
    ours.done.add("1")

    ours.tick()

    assert over.done()
    assert ours.woken == []


def test_who_has_no_room_wakes_another_for_the_key(pair):
    _, ours, theirs = pair
    ours.room = 0

    assert ours.call("1", Turn()) is None

    ours.tick()
    assert ours.woken == ["1"]
    assert theirs.call("1", Turn())


def test_key_whose_beginning_fails_is_free_again(pair):
    _, ours, theirs = pair
    ours.fails = True

    with pytest.raises(StoreError):
        ours.call("1", Turn())

    assert ours.keys == ()
    assert theirs.call("1", Turn())


def test_others_that_cannot_be_woken_are_so_by_the_next_tick_of_a_scheduler(pair):
    clock, ours, _ = pair
    over = ours.call("1", Turn())
    ours.room = -1
    later(clock, ours, seconds=LEASE_S)
    ours.books.is_away = True

    with capture_logs() as logs:
        ours.tick()

    assert over.done()
    assert [one["event"] for one in logs] == ["lease_not_given_back", "not_woken"]


def test_database_that_is_away_is_an_error_of_the_job_alone(pair):
    _, ours, _ = pair
    ours.books.is_away = True

    with pytest.raises(StoreError):
        ours.call("1", Turn())

    assert ours.keys == ()


def test_who_stops_takes_nothing_more(pair):
    _, ours, _ = pair
    ours.halt()

    assert ours.call("1", Turn()) is None


def test_key_that_is_still_beginning_is_not_given_back(pair):
    _, ours, _ = pair
    ours.done.add("1")
    ours.ticks_meanwhile = True

    over = ours.call("1", Turn())

    assert ours.holds("1")
    ours.tick()
    assert over.done()
