"""Which feeds a process polls: those of the hosts that it holds, wherever they are asked now."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from monitor.adapters.sqlite import SqliteStore
from monitor.cluster.fetching import Fetching, Map
from monitor.cluster.leases import Leases
from monitor.core.partitions import part_of
from monitor.errors import StoreError
from monitor.model import Feed, FeedState
from monitor.poller import Poller
from tests.builders import NOW, a_feed
from tests.cluster.books import Turn, shelf

COUNT = 64
HERE = a_feed("here", url="https://one.example.org/feed")
THERE = a_feed("there", url="https://two.example.org/feed")
MOVED = a_feed("moved", url="https://one.example.org/moved")
NEW_HOME = "https://three.example.org/moved"


@dataclass
class Hosts:
    resting: dict[str, float] = field(default_factory=dict)
    left_alone: dict[str, float] = field(default_factory=dict)

    def host_of(self, url: str) -> str:
        return urlsplit(url).hostname or ""

    def gap_of(self, url: str) -> float:
        return 60.0

    def rests(self) -> Mapping[str, float]:
        return self.resting

    def rest(self, host: str, seconds: float) -> None:
        self.left_alone[host] = seconds


class Polls(Poller):
    """Knows what it was given, and polls nothing."""

    def __init__(self) -> None:
        self.adopted: dict[str, FeedState | None] = {}
        self.under_way: frozenset[str] = frozenset()

    def adopt(self, feeds: Iterable[Feed], states: Mapping[str, FeedState]) -> None:
        self.adopted |= {feed.id: states.get(feed.id) for feed in feeds}

    def hosts_under_way(self) -> frozenset[str]:
        return self.under_way


def part(url: str) -> str:
    return str(part_of(Hosts().host_of(url), COUNT))


def moved(**changes: object) -> FeedState:
    given = {"moved_to": NEW_HOME, "moved_count": 3, "url": MOVED.url} | changes
    return FeedState(feed_id="moved", due_at=NOW, **given)  # type: ignore[arg-type]


@dataclass
class World:
    store: SqliteStore
    hosts: Hosts = field(default_factory=Hosts)
    polls: Polls = field(default_factory=Polls)
    woken: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock, self.book = shelf()
        self.fetching = self.another("a")

    def another(self, process: str) -> Fetching:
        book = self.book(process)
        book.slots = (COUNT,) * COUNT  # there are others: one partition is enough for each
        leases = Leases(book, self.clock)
        made = Fetching(leases, self.store, COUNT, self.wake)
        made._clock = self.clock
        made.serve(self.polls)
        made.use({one.id: one for one in (HERE, THERE, MOVED)}, self.hosts)
        made.share()
        return made

    def wake(self, keys: Collection[str]) -> None:
        self.woken += keys

    def pass_time(self) -> None:
        """Until others should have a turn, under leases that are renewed."""
        for _ in range(7):
            self.clock.at_s += 5
            self.fetching._leases.renew()
        self.fetching.tick()

    def polled(self) -> list[str]:
        return [feed.id for feed in self.fetching.feeds()]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with SqliteStore(tmp_path / "m.sqlite", durable=False) as store:
        yield World(store)


def test_feeds_are_polled_by_who_holds_their_host(world: World):
    assert world.polled() == []
    assert not world.fetching.may_ask("one.example.org")

    world.fetching.call(part(HERE.url), Turn())

    assert world.polled() == ["here", "moved"]
    assert world.fetching.may_ask("one.example.org")
    assert not world.fetching.may_ask("two.example.org")


def test_feed_that_moved_is_polled_where_it_is_asked_now(world: World):
    world.store.write(lambda unit: unit.save_feed_state(moved()))

    world.fetching._share = COUNT
    world.fetching.call(part(MOVED.url), Turn())
    assert world.polled() == ["here"]

    world.fetching.call(part(NEW_HOME), Turn())
    assert world.polled() == ["here", "moved"]
    assert world.polls.adopted["moved"] == moved()


def test_somebody_is_woken_for_where_a_feed_moved_to(world: World):
    """No feed is configured there: nobody would ever ask it again."""
    assert set(world.fetching.parts()) == {part(HERE.url), part(THERE.url)}

    world.store.write(lambda unit: unit.save_feed_state(moved()))

    assert set(world.fetching.parts()) == {part(HERE.url), part(THERE.url), part(NEW_HOME)}


def test_feed_whose_address_was_configured_anew_is_polled_there(world: World):
    """Where the former address had moved to says nothing of this one."""
    former = moved(url="https://long.ago.example.org/feed")
    world.store.write(lambda unit: unit.save_feed_state(former))

    world.fetching.call(part(MOVED.url), Turn())

    assert world.polled() == ["here", "moved"]
    assert part(NEW_HOME) not in world.fetching.parts()


def test_feed_that_is_off_or_not_configured_is_nobodys(world: World):
    gone = FeedState(feed_id="gone", due_at=NOW, moved_to=NEW_HOME, moved_count=3)
    world.store.write(lambda unit: unit.save_feed_state(gone))
    off = a_feed("off", url="https://four.example.org/", enabled=False)

    found = Map([HERE, off], world.hosts, COUNT)

    assert found.parts({"gone": gone}) == (part(HERE.url),)
    assert found.feeds_in(part(HERE.url), {"gone": gone}) == [HERE]


def test_gap_of_a_host_is_kept_by_the_next_one_who_asks_it(world: World):
    here = part(HERE.url)
    over = world.fetching.call(here, Turn())
    world.fetching._share = 0
    world.hosts.resting = {"one.example.org": 0.7, "two.example.org": 9.0}
    world.pass_time()
    assert over
    assert over.done()
    assert not world.fetching.may_ask("one.example.org")

    world.another("b").call(here, Turn())

    assert world.hosts.left_alone == {"one.example.org": 0.7}


def test_hosts_that_a_dead_worker_asked_are_left_alone_for_their_gaps(world: World):
    """It left no word of when it asked them last, and a gap may be longer than a lease."""
    world.store.write(lambda unit: unit.save_feed_state(moved()))
    world.book("dead").take(f"part:{part(HERE.url)}")
    world.clock.at_s += 21

    world.fetching.call(part(HERE.url), Turn())

    assert world.hosts.left_alone == {"one.example.org": 60.0}


def test_partition_is_kept_until_nothing_of_it_is_under_way(world: World):
    """A poll that was begun under a lease ends under it."""
    here = part(HERE.url)
    over = world.fetching.call(here, Turn())
    world.polls.under_way = frozenset({"one.example.org"})
    world.fetching._share = 0
    world.pass_time()
    assert over

    assert not over.done()
    assert not world.fetching.may_ask("one.example.org"), "others should have it"
    assert world.another("b").call(here, Turn()) is None
    assert world.woken == []

    world.polls.under_way = frozenset({"two.example.org"})
    world.fetching.tick()

    assert over.done()
    assert world.woken == [here]


def test_partition_that_nobody_else_needs_is_kept(world: World):
    over = world.fetching.call(part(HERE.url), Turn())
    world.pass_time()

    assert over
    assert not over.done()
    assert world.fetching.may_ask("one.example.org")


def test_worker_takes_no_more_than_its_share_and_wakes_others_for_the_rest(world: World):
    world.fetching.call(part(HERE.url), Turn())

    assert world.fetching.call(part(THERE.url), Turn()) is None

    world.fetching.tick()
    assert world.woken == [part(THERE.url)]
    assert world.another("b").call(part(THERE.url), Turn())


def test_note_that_cannot_be_read_stops_nothing_for_ever(world: World):
    here = part(HERE.url)
    other = world.book("b")
    other.take(f"part:{here}")
    other.give_back(f"part:{here}", json.dumps([1]))

    with pytest.raises(StoreError, match="cannot be read"):
        world.fetching.call(here, Turn())

    assert world.fetching.call(here, Turn()) is not None


def test_new_configuration_counts_for_what_is_held(world: World):
    world.fetching.call(part(HERE.url), Turn())

    world.fetching.use({"there": THERE, "here": HERE}, world.hosts)

    assert world.polled() == ["here"]


def test_feed_that_moves_changes_hands_though_no_lease_does(world: World):
    """Leases are kept for as long as nobody else should have them."""
    here, there = world.fetching, world.another("b")
    here.call(part(MOVED.url), Turn())
    there.call(part(NEW_HOME), Turn())
    assert world.polled() == ["here", "moved"]
    world.polls.adopted.clear()

    world.store.write(lambda unit: unit.save_feed_state(moved()))
    for one in (here, there):
        one.look_for_moved()

    assert [feed.id for feed in here.feeds()] == ["here"]
    assert [feed.id for feed in there.feeds()] == ["moved"]
    assert world.polls.adopted == {"moved": moved()}

    world.store.write(lambda unit: unit.save_feed_state(moved(moved_count=0)))
    for one in (here, there):
        one.look_for_moved()

    assert [feed.id for feed in here.feeds()] == ["here", "moved"]
    assert list(there.feeds()) == []


def test_share_counts_the_partitions_that_feeds_moved_to(world: World):
    """Else every worker may have its share, and none of them room for these."""
    book = world.book("c")
    book.slots = (COUNT,)
    fetching = Fetching(Leases(book, world.clock), world.store, COUNT, world.wake)
    fetching.use({one.id: one for one in (HERE, THERE, MOVED)}, world.hosts)
    world.store.write(lambda unit: unit.save_feed_state(moved()))

    fetching.share()

    assert fetching._share == 3
