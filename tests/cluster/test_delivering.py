"""A webhook is sent to by who holds it; what a dead process was sending is sent again at once."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from monitor.adapters.sqlite import SqliteStore
from monitor.cluster.delivering import Delivering
from monitor.cluster.leases import Leases
from monitor.courier import Courier
from monitor.errors import StoreError
from monitor.model import Answer, Delivery, DeliveryState, Settings, Verdict
from monitor.ports import Unit
from tests import lines
from tests.builders import NOW, a_watch
from tests.cluster.books import Turn, shelf
from tests.faults.processes import wait_until


@dataclass
class Hook(lines.Plain):
    sent: list[str] = field(default_factory=list)

    def send(self, delivery: Delivery, now: datetime) -> Answer:
        self.sent.append(delivery.id)
        return Answer(verdict=Verdict.DELIVERED)


class Sender:
    """One process, whose clocks stand still."""

    def __init__(self, world: "World", process: str) -> None:
        leases = Leases(world.book(process), world.clock)
        self.delivering = Delivering(leases, world.store, world.wake, lambda: world.now)
        self.delivering._clock = world.clock
        self.courier = Courier(
            settings=Settings(),
            line=world.line,
            store=world.store,
            now=lambda: world.now,
            jitter=lambda: 0.5,
            is_ours=self.delivering.holds,
        )
        self.delivering.serve(self.courier)

    def work(self) -> None:
        """Until it has nothing more to do."""

        def is_done() -> bool:
            self.delivering.send()
            self.delivering.tick()
            return not self.delivering.keys

        assert wait_until(is_done, 10)


@dataclass
class World:
    store: SqliteStore
    now: datetime = NOW
    woken: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock, self.book = shelf()
        self.hook = Hook()
        self.lines = lines.World(self.store, [a_watch()], desk=self.hook)
        self.line = self.lines.line
        self.lines.poll(now=NOW - timedelta(hours=2))
        self.lines.poll(
            *(lines.an_entry(n, f"Train {n} leaves Pyongyang") for n in (1, 2, 3)),
            now=NOW - timedelta(hours=1),
        )

    def wake(self, keys: Collection[str]) -> None:
        self.woken += keys

    def states(self) -> list[DeliveryState]:
        return [one.state for one in self.store.archive().deliveries()]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with SqliteStore(tmp_path / "m.sqlite", durable=False) as store:
        yield World(store)


def test_all_that_is_due_is_sent_in_its_order_and_the_webhook_given_back(world: World):
    sender = Sender(world, "a")

    over = sender.delivering.call("desk", Turn())
    sender.work()

    assert over
    assert over.done()
    ids = [one.id for one in reversed(world.store.archive().deliveries())]
    assert world.hook.sent == ids
    assert world.states() == [DeliveryState.DELIVERED] * 3
    assert Sender(world, "b").delivering.call("desk", Turn())


def test_who_does_not_hold_a_webhook_sends_nothing_to_it(world: World):
    sender = Sender(world, "a")
    world.book("b").take("webhook:desk")

    assert sender.delivering.call("desk", Turn()) is None
    assert sender.delivering.send() == 0
    assert sender.courier.start_due() == 0

    assert world.hook.sent == []


def test_what_a_dead_process_was_sending_is_sent_again_by_its_heir_at_once(world: World):
    """Its claim of a delivery would last for another minute and a half."""
    world.book("dead").take("webhook:desk")
    until = world.now + timedelta(seconds=90)
    claimed = world.store.write(lambda unit: unit.claim("desk", world.now, until, "dead"))
    assert claimed
    world.clock.at_s += 21
    sender = Sender(world, "a")

    sender.delivering.call("desk", Turn())
    sender.work()

    assert world.states() == [DeliveryState.DELIVERED] * 3
    assert world.hook.sent[0] == claimed.id


def test_what_a_living_process_was_sending_when_it_gave_the_webhook_back_is_its_own(world: World):
    until = world.now + timedelta(seconds=90)
    claimed = world.store.write(lambda unit: unit.claim("desk", world.now, until, "a living one"))
    assert claimed
    sender = Sender(world, "a")

    sender.delivering.call("desk", Turn())
    sender.work()

    assert claimed.id not in world.hook.sent


def test_who_lost_the_webhook_before_it_could_take_over_leaves_it_alone(world: World):
    until = world.now + timedelta(seconds=90)
    world.store.write(lambda unit: unit.claim("desk", world.now, until, "its heir"))
    sender = Sender(world, "a")

    assert sender.courier.recover("desk") == 0

    assert DeliveryState.LEASED in world.states()


class Lossy:
    """A store that commits a work and loses the answer, once."""

    def __init__(self, store: SqliteStore) -> None:
        self._store, self.loses = store, True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def write(self, work: Callable[[Unit], Any]) -> Any:
        done = self._store.write(work)
        if self.loses:
            self.loses = False
            raise StoreError("server closed the connection unexpectedly")
        return done


def test_claim_whose_commit_was_not_heard_of_is_given_back_and_sent(world: World):
    """Its lease would keep it for another minute and a half."""
    sender = Sender(world, "a")
    sender.courier._store = cast(Any, Lossy(world.store))

    sender.delivering.call("desk", Turn())
    sender.work()

    assert world.states() == [DeliveryState.DELIVERED] * 3
    ids = [one.id for one in reversed(world.store.archive().deliveries())]
    assert world.hook.sent == ids
