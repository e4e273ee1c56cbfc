"""A poll costs what is new in the feed, and what is not read again is not forgotten."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from monitor.adapters.feeds import ChildParser
from monitor.model import Fetched, ParsedFeed
from tests.builders import a_feed, a_watch
from tests.e2e.installation import Installation
from tests.e2e.world import an_entry, rss
from tests.servers import Loopback, Reply, Request

HOUR = timedelta(hours=1)
DATE = format_datetime(datetime.now(UTC))


class CountingParser(ChildParser):
    """The real one; remembers how many entries its child was given."""

    def __init__(self) -> None:
        super().__init__(workers=1)
        self.given: list[int] = []

    def _read(self, fetched: Fetched) -> ParsedFeed:
        self.given.append(fetched.body.count(b"<item>"))
        return super()._read(fetched)


class World:
    """A feed whose document can be changed, and a monitor that polls it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.body = b""
        self.server = Loopback(self._answer)
        self.parser = CountingParser()
        self.installed = self.install()

    def _answer(self, _: Request) -> Reply:
        return Reply(200, self.body, {"content-type": "application/rss+xml"})

    def install(self) -> Installation:
        feed = a_feed("pennant", url=self.server.url + "/f")
        return Installation(self.root, self.parser, feeds=[feed], watches=[a_watch("train")])

    def shows(self, *numbers: int, made: str = "") -> None:
        entries = [an_entry(n, date=DATE) for n in numbers]
        made = f"<lastBuildDate>{made or numbers}</lastBuildDate><item>"
        self.body = rss(entries).replace(b"<item>", made.encode(), 1)

    def last_seen(self) -> dict[str, str]:
        with closing(sqlite3.connect(self.root / "m.sqlite")) as db:
            rows = db.execute("SELECT guid, last_seen_at FROM sightings").fetchall()
        return {guid.rpartition(":")[2]: at for guid, at in rows}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    with made.server, made.parser:
        yield made
        with made.installed:
            pass


def test_only_new_and_edited_entries_are_parsed(world: World) -> None:
    world.shows(1, 2, 3)
    world.installed.poll()

    world.shows(4, 1, 2, 3)
    polled = world.installed.poll(HOUR)
    world.shows(3, 4, 1)
    world.installed.poll(HOUR)
    world.body = world.body.replace(b"Train number 3 leaves", b"Train number 3 has left")
    edited = world.installed.poll(HOUR)

    assert world.parser.given == [3, 1, 1]
    assert polled.absorbed
    assert [judged.status for judged in polled.absorbed.judged] == ["new"]
    assert edited.absorbed
    assert [judged.status for judged in edited.absorbed.judged] == ["revision"]
    assert edited.state.gap_at is None


def test_document_that_only_tells_another_moment_is_not_parsed(world: World) -> None:
    world.shows(1, 2, made="noon")
    world.installed.poll()

    world.shows(1, 2, made="one")
    polled = world.installed.poll(HOUR)

    assert world.parser.given == [2]
    assert polled.state.health == "ok"
    assert polled.state.failures == 0


def test_entry_that_vanishes_and_returns_is_known(world: World) -> None:
    world.shows(1, 2, 3)
    world.installed.poll()
    world.shows(2, 3)
    world.installed.poll(HOUR)

    world.shows(1, 2, 3)
    world.installed.poll(HOUR)

    assert world.installed.archive.totals().items == 3
    assert len(world.installed.titles) == 3


def test_once_a_day_the_feed_is_read_as_a_whole(world: World) -> None:
    """What it still shows must not be pruned as old."""
    world.shows(1, 2, 3)
    world.installed.poll()
    first = world.last_seen()["1"]
    for hours in range(30):
        world.shows(1, 2, 3, made=str(hours))
        world.installed.poll(HOUR)

    assert world.parser.given == [3, 3]
    assert world.last_seen()["1"] > first


def test_what_the_store_refused_is_read_again(world: World) -> None:
    world.shows(1)
    world.installed.poll()
    world.shows(2, 1)
    with closing(sqlite3.connect(world.root / "m.sqlite")) as db:
        db.execute("CREATE TRIGGER no BEFORE INSERT ON items BEGIN SELECT RAISE(FAIL, 'no'); END")
        db.commit()
        world.installed.poll(HOUR)
        db.execute("DROP TRIGGER no")
        db.commit()

    world.installed.poll(HOUR)

    assert world.installed.archive.totals().items == 2


def test_after_a_restart_nothing_is_new_again(world: World) -> None:
    world.shows(1, 2)
    world.installed.poll()
    now = world.installed.now
    with world.installed:
        pass
    world.installed = world.install()
    world.installed.now = now
    world.shows(3, 1, 2)

    polled = world.installed.poll(HOUR)

    assert polled.absorbed
    assert [judged.status for judged in polled.absorbed.judged if judged.status == "new"] == ["new"]
    assert world.installed.archive.totals().items == 3


def test_feed_that_another_process_polled_since_is_read_whole(world: World) -> None:
    """What is remembered is of another document: an edit that was taken back would be missed."""
    world.shows(1, 2, 3)
    world.installed.poll()
    store, poller = world.installed.store, world.installed.monitor._poller
    (feed,) = world.installed.feeds.values()

    poller.adopt([feed], store.feed_states())
    world.shows(4, 1, 2, 3)
    world.installed.poll(HOUR)
    (state,) = store.feed_states().values()
    assert store.write(lambda unit: unit.save_polled(state))
    poller.adopt([feed], store.feed_states())
    world.shows(5, 4, 1, 2, 3)
    world.installed.poll(HOUR)

    assert world.parser.given == [3, 1, 5]
