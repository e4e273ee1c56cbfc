"""Many polls at once: saved before they count, one at a time for a host, none lost, none twice."""

import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.adapters.feeds import ChildParser
from monitor.model import FeedState
from monitor.ports import Unit
from tests.builders import a_feed, a_watch
from tests.e2e.installation import Installation
from tests.e2e.world import an_entry, rss
from tests.servers import Loopback, Reply, Request

HOUR = timedelta(hours=1)
BODY = rss([an_entry(1)])
HOSTS = "abc"


class World:
    """Feeds "a0", "b0", "c0", "a1" and so on of three hosts, polled once; nothing changes."""

    def __init__(self, root: Path, *, each: int, workers: int) -> None:
        self.root = root
        self.asked: list[str] = []
        self.body = BODY
        self.most_at_once = 0  # of a host
        self._at_once = Counter[str]()
        self._changed = threading.Condition()
        self._servers = [Loopback(self._answer) for _ in HOSTS]
        self._parser = ChildParser(workers=1)
        feeds = [
            a_feed(f"{host}{number}", url=f"{server.url}/{host}{number}")
            for number in range(each)
            for host, server in zip(HOSTS, self._servers, strict=True)
        ]
        self.installed = Installation(root, self._parser, feeds=feeds, watches=[a_watch()])
        self.monitor = self.installed.monitor
        settings = replace(self.monitor.settings, fetch_workers=workers)
        self.monitor.use(settings, self.monitor.line, self.installed.fetcher)

    def states(self) -> dict[str, FeedState]:
        return dict(self.monitor.states)

    def wait_for(self, done: Callable[[], bool]) -> None:
        """Until it is so; asked after each request."""
        with self._changed:
            assert self._changed.wait_for(done, 20)

    @contextmanager
    def held_store(self) -> Iterator[None]:
        """Within the block nothing is written."""
        held, gate = threading.Event(), threading.Event()

        def hold(_: Unit) -> None:
            held.set()
            gate.wait(60)

        self.installed.store.write_soon(hold)
        assert held.wait(20)
        try:
            yield
        finally:
            gate.set()

    @contextmanager
    def refusing_store(self) -> Iterator[None]:
        """Within the block every state of a feed is refused."""
        refuse = "BEFORE UPDATE ON feed_states BEGIN SELECT RAISE(FAIL, 'no'); END"
        with closing(sqlite3.connect(self.root / "m.sqlite", isolation_level=None)) as db:
            db.execute(f"CREATE TRIGGER no {refuse}")
            yield
            db.execute("DROP TRIGGER no")

    def _answer(self, request: Request) -> Reply:
        name = request.path[1:]
        with self._changed:
            self.asked.append(name)
            self._at_once[name[0]] += 1
            self.most_at_once = max(self.most_at_once, self._at_once[name[0]])
            self._changed.notify_all()
        with self._changed:
            self._at_once[name[0]] -= 1
        return Reply(200, self.body)

    def __enter__(self) -> "World":
        self._stack = ExitStack()
        for server in self._servers:
            self._stack.enter_context(server)
        self._stack.enter_context(self._parser)
        self._stack.enter_context(self.installed)
        self.monitor.poll(force=True)
        self.asked.clear()
        self.installed.now += HOUR
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path, each=2, workers=1) as made:
        yield made


def test_every_feed_is_polled_once_and_a_host_is_asked_by_one_at_a_time(tmp_path: Path):
    with World(tmp_path, each=12, workers=8) as world:
        before = len(world.installed.feeds)

        polled = world.monitor.poll(force=True)

        assert [one.feed.id for one in polled] == list(world.installed.feeds)
        assert sorted(world.asked) == sorted(world.installed.feeds)
        assert len(polled) == before == 36
        assert world.most_at_once == 1
        assert all(one.unchanged for one in polled)


def test_poll_counts_only_once_it_is_saved(world: World):
    before = world.states()

    with world.held_store():
        world.monitor.start_polls()
        world.wait_for(lambda: len(world.asked) >= 3)
        assert world.states() == before
    assert world.monitor.stop(20)

    after = world.states()
    assert after == world.installed.store.feed_states()
    assert all(after[name].polled_at == world.installed.now for name in world.asked)


def test_one_thread_asks_all_hosts_while_the_disk_is_slow(world: World):
    """And none of them again before its poll is saved."""
    with world.held_store():
        world.monitor.start_polls()
        world.wait_for(lambda: len(world.asked) >= 3)
        world.monitor.start_polls()
        assert sorted(world.asked) == ["a0", "b0", "c0"]

    world.wait_for(lambda: len(world.asked) == 6)
    assert sorted(world.asked[3:]) == ["a1", "b1", "c1"]


def test_stop_waits_for_what_is_not_saved_yet(world: World):
    with world.held_store():
        world.monitor.start_polls()
        world.wait_for(lambda: len(world.asked) >= 3)
        assert not world.monitor.stop(0.05)

    assert world.monitor.stop(20)
    assert len(world.asked) == 3
    assert sum(s.polled_at == world.installed.now for s in world.states().values()) == 3


def test_what_is_refused_stays_due_and_is_polled_when_the_store_is_well(world: World):
    before = world.states()
    with world.refusing_store():
        polled = world.monitor.poll(force=True)
        assert {one.feed.id: one.state for one in polled} == before
        assert world.monitor.start_polls() == 0

    world.asked.clear()
    world.installed.now += timedelta(seconds=11)
    assert world.monitor.start_polls() == 6
    world.wait_for(lambda: len(world.asked) == 6)
    assert world.monitor.stop(20)

    assert sorted(world.asked) == sorted(world.installed.feeds)
    assert all(s.polled_at == world.installed.now for s in world.states().values())


def test_bug_in_a_poll_costs_that_poll_and_leaves_the_host_free(world: World):
    def crash() -> float:
        raise KeyError("a bug")

    poller = world.monitor._poller
    jitter, poller._jitter = poller._jitter, crash
    (crashed,) = world.monitor.poll(force=True, only=["a0"])
    poller._jitter = jitter

    assert not crashed.unchanged
    assert crashed.state.due_at <= world.installed.now
    assert all(one.unchanged for one in world.monitor.poll(force=True))


def test_bug_in_the_line_is_told_as_a_fault_of_the_feed(world: World):
    world.body = rss([an_entry(2)])
    poller = world.monitor._poller
    poller._line = replace(poller._line, percolator=None)  # type: ignore[arg-type]

    (crashed,) = world.monitor.poll(force=True, only=["a0"])

    assert crashed.state.health == "failing"
    assert crashed.state.failures == 1
    assert crashed.state.problem == "the monitor failed on it (AttributeError)"
    assert crashed.state == world.installed.store.feed_states()["a0"]
    assert crashed.state.due_at > world.installed.now


def test_what_waits_for_the_disk_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("monitor.core.roster.UNSAVED_AT_MOST", 1)
    with world.held_store():
        world.monitor.start_polls()
        world.wait_for(lambda: len(world.asked) >= 2)
        world.monitor.start_polls()
        assert len(world.asked) == 2

    world.wait_for(lambda: len(world.asked) == 6)


def test_new_configuration_forgets_what_waited(world: World):
    with world.held_store():
        world.monitor.start_polls()
        world.wait_for(lambda: len(world.asked) >= 3)
        monitor = world.monitor
        kept = {name: feed for name, feed in monitor.line.feeds.items() if name != "a1"}
        monitor.use(monitor.settings, replace(monitor.line, feeds=kept), world.installed.fetcher)
    world.monitor.start_polls()
    world.wait_for(lambda: len(world.asked) >= 5)
    assert world.monitor.stop(20)

    assert sorted(world.asked) == ["a0", "b0", "b1", "c0", "c1"]


def test_poll_that_this_process_may_not_make_any_more_says_nothing_of_the_feed(world: World):
    """Others may take the process for dead: the feed is due as before, and has not failed."""
    before = world.states()
    world.installed.fetcher._gate._may_ask = lambda: False

    world.monitor.poll()

    assert world.states() == before
    assert dict(world.installed.store.feed_states()) == before
    world.installed.fetcher._gate._may_ask = lambda: True
    world.monitor.poll()
    assert sorted(world.asked) == sorted(before)


class Taking:
    """What may be polled, of a process that takes a host over while it is asked about it."""

    def __init__(self) -> None:
        self.asked = Counter[str]()

    def has(self, host: str) -> bool:
        self.asked[host] += 1
        return self.asked[host] > 1

    def may_ask(self, host: str) -> bool:
        return self.has(host)


def test_feed_that_is_adopted_while_it_is_dropped_stays_due(world: World):
    world.installed.now += HOUR
    poller = world.monitor._poller
    poller._scope = Taking()

    poller.due_feeds()

    assert len(poller.due_feeds()) == 6
