"""How often a story is told: what comes within a pause is told together, and nothing gets lost."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.adapters.sqlite import SqliteStore
from monitor.model import Alert, AlertKind, DeliveryState, Grouping, Tier, Watch
from monitor.outbox import release
from monitor.pipeline import Absorbed
from tests.builders import NOW, a_feed, a_watch
from tests.lines import Plain, World, an_entry

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
# Headlines of one event, each mostly new to the ones before it.
HEADLINES = (
    "Sbarro pizza chain files for bankruptcy",
    "Sbarro pizza chain closing seventeen suburban mall outlets, workers fear",
    "Pizza chain Sbarro blames weaker foot traffic, rising cheese prices",
    "Lenders of pizza chain Sbarro offer debt swap, keep ownership control",
    "Rival bidder eyes Sbarro pizza chain, promises new ovens, fresher dough",
)


class Program(Plain):
    digest_at_most = 100

    def render_digest(self, alert: Alert, members: Sequence[Alert], webhook_id: str) -> bytes:
        return "; ".join(one.title for one in members).encode()


@dataclass
class Desk:
    """A watch that is told of Sbarro, and what it was sent."""

    world: World

    def hears(self, number: int, after: timedelta, tier: Tier = Tier.PRESS) -> Absorbed:
        """The outlet of that number tells its headline."""
        now = NOW + after
        feed = a_feed(f"outlet{number}", tier=tier)
        entry = an_entry(number, HEADLINES[number], paragraphs=(), published_at=now)
        self.world.poll(feed=feed, now=now)  # its first poll is behind it
        return self.world.poll(entry, feed=feed, now=now)

    def waits_until(self) -> set[datetime]:
        rows = self.world.store.archive().deliveries()
        return {row.due_at for row in rows if row.state is DeliveryState.HELD}

    def sent(self, after: timedelta) -> list[str]:
        """Messages that are out by then, the oldest first."""
        outbox = self.world.line.outbox
        self.world.store.write(lambda unit: release(unit, outbox, NOW + after))
        rows = self.world.store.archive().deliveries()
        told = [row for row in rows if row.state is DeliveryState.PENDING]
        return [
            row.payload.decode().removeprefix(f"{row.id} ")
            for row in sorted(told, key=lambda row: row.due_at)
        ]


def a_story_watch(**changes: object) -> Watch:
    return a_watch("Sbarro", grouping=Grouping.NORMAL, **changes)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore(tmp_path / "m.sqlite") as opened:
        yield opened


@pytest.fixture
def desk(store: SqliteStore) -> Desk:
    return Desk(World(store, [a_story_watch()], desk=Program()))


def joins(absorbed: Absorbed) -> bool:
    """Whether its alert is no message of its own."""
    [alert] = absorbed.alerts
    return alert.id in absorbed.told[0].together


def test_headlines_within_a_pause_are_one_message(desk: Desk) -> None:
    first = desk.hears(0, 0 * MINUTE)
    rest = [desk.hears(number, number * MINUTE) for number in (1, 2, 3)]

    assert [alert.kind for alert in first.alerts] == [AlertKind.NEW]
    assert [alert.kind for one in rest for alert in one.alerts] == [AlertKind.UPDATE] * 3
    assert [joins(one) for one in rest] == [False, True, True]
    assert desk.sent(29 * MINUTE) == [HEADLINES[0]]
    _, together = desk.sent(30 * MINUTE)
    assert set(together.split("; ")) == set(HEADLINES[1:4])


def test_a_message_that_ends_a_pause_begins_the_next_one(desk: Desk) -> None:
    """Else the headline after it would be a message of its own, a minute later."""
    desk.hears(0, 0 * MINUTE)
    desk.hears(1, 10 * MINUTE)
    desk.sent(30 * MINUTE)

    desk.hears(2, 31 * MINUTE)

    assert desk.waits_until() == {NOW + 2 * HOUR}
    assert len(desk.sent(2 * HOUR)) == 3


def test_pauses_of_headlines_grow(desk: Desk) -> None:
    desk.hears(0, 0 * HOUR)
    desk.hears(1, HOUR)  # told at once: half an hour is over
    desk.hears(2, 2 * HOUR)

    assert desk.waits_until() == {NOW + 2.5 * HOUR}
    assert len(desk.sent(2.5 * HOUR)) == 3

    desk.hears(3, 3 * HOUR)

    assert desk.waits_until() == {NOW + 7 * HOUR}


def test_a_wire_waits_for_half_an_hour_at_most_and_takes_along_what_waits(desk: Desk) -> None:
    desk.hears(0, 0 * HOUR)
    desk.hears(1, HOUR)
    desk.hears(2, 1.5 * HOUR)
    assert desk.waits_until() == {NOW + 2.5 * HOUR}

    desk.hears(3, 1.6 * HOUR, Tier.WIRE)

    assert desk.sent(2.1 * HOUR)[2:] == ["; ".join(HEADLINES[2:4])]
    assert desk.waits_until() == set()


def test_a_cooldown_holds_for_wires_too(store: SqliteStore) -> None:
    desk = Desk(World(store, [a_story_watch(cooldown=3 * HOUR)], desk=Program()))
    desk.hears(0, 0 * HOUR)

    desk.hears(1, HOUR, Tier.WIRE)

    assert desk.waits_until() == {NOW + 3 * HOUR}


def test_without_a_cooldown_everything_is_told_at_once(store: SqliteStore) -> None:
    desk = Desk(World(store, [a_story_watch(cooldown=timedelta(0))], desk=Program()))

    told = [desk.hears(number, number * MINUTE) for number in range(4)]

    assert [len(one.told[0].together) for one in told] == [0, 0, 0, 0]
    assert len(desk.sent(4 * MINUTE)) == 4


@settings(max_examples=20, deadline=None)
@given(
    gaps=st.lists(st.integers(0, 600), min_size=5, max_size=5),
    wires=st.lists(st.booleans(), min_size=5, max_size=5),
)
def test_every_headline_is_told_once_and_messages_are_as_many_as_was_said(
    tmp_path_factory: pytest.TempPathFactory, gaps: list[int], wires: list[bool]
) -> None:
    folder = tmp_path_factory.mktemp("pauses")
    with SqliteStore(folder / "m.sqlite", durable=False) as store:
        desk = Desk(World(store, [a_story_watch()], desk=Program()))
        after, messages, told = 0 * MINUTE, 0, []
        for number, gap in enumerate(gaps):
            after += gap * MINUTE
            desk.sent(after)
            tier = Tier.WIRE if wires[number] else Tier.PRESS
            absorbed = desk.hears(number, after, tier)
            told += [alert.title for alert in absorbed.alerts]
            messages += sum(not joins(absorbed) for _ in absorbed.alerts)

        sent = desk.sent(after + 12 * HOUR)

    assert sorted(title for one in sent for title in one.split("; ")) == sorted(told)
    assert len(sent) == messages
