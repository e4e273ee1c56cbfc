"""What waits is judged once, by whoever holds the memory of stories, and nothing stops the rest."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest
from structlog.testing import capture_logs

from monitor.adapters.postgres import Address, PostgresStore
from monitor.adapters.sqlite import SqliteStore
from monitor.cluster.judging import Judging
from monitor.cluster.leases import Leases
from monitor.core.query import Percolator
from monitor.errors import StoreError
from monitor.grouping import Grouper
from monitor.intake import judge_some
from monitor.model import Intake, Item, ParsedFeed, RawEntry
from monitor.pipeline import Line, take_in
from monitor.ports import NoMeter, Unit
from tests import lines
from tests.builders import NOW, a_feed, a_watch
from tests.cluster.books import Turn, shelf


class Exploding(Percolator):
    """Has a bug that one text brings out."""

    def __init__(self, percolator: Percolator) -> None:
        self.__dict__ |= vars(percolator)

    def percolate(self, item: Item, *args: Any) -> Any:
        if "boom" in item.title:
            raise ZeroDivisionError
        return super().percolate(item, *args)


@dataclass
class World:
    store: SqliteStore
    told: list[str] = field(default_factory=list)
    woken: list[str] = field(default_factory=list)
    wakes_fail: bool = False
    handed_in: int = 0

    def __post_init__(self) -> None:
        self.clock, self.book = shelf()
        world = lines.World(self.store, [a_watch()])
        world.feeds |= {name: a_feed(name) for name in ("pennant", "gazette")}
        self.line = replace(world.line, percolator=Exploding(world.line.percolator))
        self.judging = self.another("a", self.line)

    def another(self, process: str, line: Line) -> Judging:
        leases = Leases(self.book(process), self.clock)
        judging = Judging(leases, self.store, line, self.wake, self.tell, NoMeter())
        judging._clock = self.clock
        return judging

    def tell(self, webhooks: Collection[str]) -> None:
        if self.wakes_fail:
            raise StoreError("the database is away")
        self.told += webhooks

    def wake(self, keys: Collection[str]) -> None:
        self.woken += keys

    def hand_in(self, *titles: str, feed: str = "pennant") -> None:
        for title in titles:
            self.handed_in += 1
            entry = RawEntry(
                guid=f"tag:x.example.org,2025:{title}",
                title=title,
                link=f"https://x.example.org/{title.replace(' ', '-')}",
                published_at=NOW,
            )
            intake = Intake(
                feed_id=feed,
                feed_name=feed,
                baseline=False,
                polled_at=NOW + timedelta(seconds=self.handed_in),
                document=ParsedFeed(version="rss20", entries=(entry,)),
            )
            self.store.write(lambda unit, one=intake: unit.save_intake(one))  # type: ignore[misc]

    def alerts(self) -> list[str]:
        return [one.title for one in reversed(self.store.archive().alerts())]

    def waiting(self) -> list[str]:
        found = self.store.archive().intakes(0, 100)
        return [one.document.entries[0].title for one in found]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with SqliteStore(tmp_path / "m.sqlite", durable=False) as store:
        yield World(store)


def test_one_process_judges_what_waits_in_its_order(world: World):
    world.hand_in("A train leaves", "Another train arrives")
    other = world.another("b", world.line)
    assert world.judging.judge() == 0, "it does not hold the memory of stories"

    world.judging.call("", Turn())
    other.call("", Turn())

    assert other.judge() == 0
    assert world.judging.judge() == 2
    assert world.alerts() == ["A train leaves", "Another train arrives"]
    assert world.waiting() == []
    assert world.told == ["desk"], "in one go"
    assert world.judging.judge() == 0


def test_who_lost_the_lease_judges_no_more_and_its_heir_goes_on(world: World):
    world.judging.call("", Turn())
    world.clock.at_s += 21
    heir = world.another("b", world.line)
    heir.call("", Turn())
    world.hand_in("A train leaves")

    assert world.judging.judge() == 0
    assert heir.judge() == 1
    world.judging.tick()
    assert world.judging.keys == ()


class Unread:
    """A transaction in which the memory must not be read."""

    def __init__(self, unit: Unit) -> None:
        self.memory_version = unit.memory_version


def test_heir_reads_the_memory_of_stories_while_others_write(world: World):
    world.judging.call("", Turn())
    world.hand_in("A train leaves")
    world.judging.judge()
    line = replace(world.line, grouper=Grouper())
    story = world.store.archive().items()[0].story_id

    line.grouper.look_ahead(world.store.archive())

    world.store.write(lambda unit: line.grouper.refresh(cast(Unit, Unread(unit))))
    assert line.grouper.is_open(story)
    world.hand_in("Another train arrives")
    world.judging.judge()
    with pytest.raises(AttributeError, match="recall"):  # what was read is older by now
        world.store.write(lambda unit: line.grouper.refresh(cast(Unit, Unread(unit))))


def test_document_that_brings_out_a_bug_waits_and_holds_up_no_other(world: World):
    world.hand_in("A train leaves", "A train goes boom", "Another train arrives")
    world.judging.call("", Turn())

    with capture_logs() as logs:
        assert world.judging.judge() == 2
        assert world.judging.judge() == 0

    assert [one["event"] for one in logs].count("intake_crashed") == 1
    assert world.alerts() == ["A train leaves", "Another train arrives"]
    assert world.waiting() == ["A train goes boom"]


def test_document_that_waits_for_a_mended_program_is_tried_again(world: World):
    world.hand_in("A train goes boom")
    world.judging.call("", Turn())
    world.judging.judge()
    mended = Percolator.__new__(Percolator)
    mended.__dict__ |= vars(world.line.percolator)
    world.judging.use(replace(world.line, percolator=mended))
    for _ in range(149):
        world.clock.at_s += 2
        world.judging._leases.renew()
    assert world.judging.judge() == 0

    world.clock.at_s += 3
    world.judging._leases.renew()

    assert world.judging.judge() == 1
    assert world.alerts() == ["A train goes boom"]


def test_document_of_a_feed_that_is_not_configured_here_waits_for_who_knows_it(world: World):
    """Processes are not restarted all at once."""
    world.hand_in("A train leaves", feed="brand-new")
    world.hand_in("Another train arrives")
    world.judging.call("", Turn())

    assert world.judging.judge() == 1
    assert world.waiting() == ["A train leaves"]

    feeds = {**world.line.feeds, "brand-new": a_feed("brand-new")}
    world.judging.use(replace(world.line, feeds=feeds))
    assert world.judging.judge() == 1
    assert world.waiting() == []


def test_webhooks_that_could_not_be_woken_are_left_to_the_next_tick(world: World):
    world.hand_in("A train leaves")
    world.wakes_fail = True
    world.judging.call("", Turn())

    with capture_logs() as logs:
        assert world.judging.judge() == 1

    assert "not_woken" in [one["event"] for one in logs]
    assert world.store.due_webhooks(NOW + timedelta(hours=1)) == ("desk",)


def test_more_than_shares_a_commit_is_judged_in_one_go(world: World):
    world.hand_in(*(f"Train {number} leaves for Sinuiju" for number in range(70)))
    world.judging.call("", Turn())

    assert world.judging.judge() == 70


def test_what_another_process_judged_meanwhile_is_not_judged_again(world: World):
    world.hand_in("A train leaves")
    (intake,) = world.store.archive().intakes(0, 10)
    world.judging.call("", Turn())
    world.judging.judge()
    world.hand_in("Another train arrives")  # in the same place

    assert world.store.write(lambda unit: take_in(unit, world.line, intake)) is None
    assert world.waiting() == ["Another train arrives"]


class Slow(Percolator):
    """An item takes three seconds of a clock."""

    def __init__(self, percolator: Percolator, world: World) -> None:
        self.__dict__ |= vars(percolator)
        self.world = world

    def percolate(self, item: Item, *args: Any) -> Any:
        self.world.clock.at_s += 3
        self.world.judging._leases.renew()
        return super().percolate(item, *args)


def test_long_backlog_is_judged_in_parts(world: World):
    world.hand_in(*(f"Train {n} leaves" for n in range(40)))
    world.judging.use(replace(world.line, percolator=Slow(world.line.percolator, world)))
    world.judging.call("", Turn())

    assert world.judging.judge() == 32
    assert world.judging.judge() == 8


class Cut(Percolator):
    """One text ends the session of who writes, once."""

    def __init__(self, percolator: Percolator, url: str) -> None:
        self.__dict__ |= vars(percolator)
        self.url, self.was_cut = url, False

    def percolate(self, item: Item, *args: Any) -> Any:
        if "cut" in item.title and not self.was_cut:
            self.was_cut = True
            with psycopg.connect(self.url, autocommit=True) as conn:
                conn.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND application_name LIKE '%writer'"
                )
        return super().percolate(item, *args)


def test_what_comes_behind_a_lost_transaction_waits_for_its_turn(postgres_url: str):
    with PostgresStore(Address(postgres_url)) as store:
        world = World(cast(SqliteStore, store))
        titles = ["Train 1", "Train 2 is cut", "Train 3", "Train 4"]
        world.hand_in(*titles)
        line = replace(world.line, percolator=Cut(world.line.percolator, postgres_url))

        with pytest.raises(StoreError):
            judge_some(store, line, lambda _, __: None)

        assert world.waiting() == titles
        assert judge_some(store, line, lambda _, __: None).judged == 4
        assert world.alerts() == titles
