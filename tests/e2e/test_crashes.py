"""kill -9 between any two steps of the line, then a restart: nothing lost, ids repeat."""

import json
import signal
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.e2e.world import a_daemon, a_folder, an_entry, rss
from tests.faults.processes import Zygote, daemon_arguments
from tests.servers import Loopback, Reply, Request

ENTRIES = 5
FAILPOINTS = [
    "poll.fetched",
    "poll.parsed",
    "store.after_items",
    "store.after_judgements",
    "store.after_deliveries",
    "store.before_commit",
    "store.before_commit:2",
    "store.before_commit:3",
    "store.before_commit:5",
    "store.after_commit",
    "store.after_commit:2",
    "store.after_commit:4",
    "poll.absorbed",
    "delivery.claimed",
    "delivery.claimed:3",
    "delivery.sent",
    "delivery.sent:4",
    "delivery.settled",
    "delivery.settled:5",
]


@pytest.mark.parametrize("failpoint", FAILPOINTS)
def test_nothing_is_lost_when_the_process_is_killed(
    failpoint: str, service: Zygote, tmp_path: Path
):
    with an_installation(tmp_path) as (folder, feed, hook):
        run = partial(service.start, *daemon_arguments(folder), log=tmp_path / "daemon.log")
        try:
            killed = run(environment={"NEWS_MONITOR_FAILPOINT": failpoint})
            assert killed.wait(30) == -signal.SIGKILL
            polls = len(feed.requests)
            restarted = run()
            assert_it_goes_on(feed, hook, polls)
            restarted.send(signal.SIGTERM)
            assert restarted.wait(30) == 0
        finally:
            service.clear()

    assert_ids_repeat_with_their_alert(hook.requests)
    assert_intact(tmp_path / "data" / "monitor.sqlite")


def test_nothing_is_lost_of_a_process_that_the_shell_started(tmp_path: Path):
    """The others are forked from one that has everything imported."""
    with an_installation(tmp_path) as (folder, feed, hook):
        with a_daemon(folder, NEWS_MONITOR_FAILPOINT="store.before_commit:2") as killed:
            assert killed.wait(30) == -signal.SIGKILL
        polls = len(feed.requests)
        with a_daemon(folder) as restarted:
            assert_it_goes_on(feed, hook, polls)
            restarted.send_signal(signal.SIGTERM)
            assert restarted.wait(30) == 0

    assert_ids_repeat_with_their_alert(hook.requests)
    assert_intact(tmp_path / "data" / "monitor.sqlite")


@contextmanager
def an_installation(root: Path) -> Iterator[tuple[Path, Loopback, Loopback]]:
    """A folder of configuration, the feed and the desk that it names."""
    body = rss(an_entry(number) for number in range(ENTRIES))
    with (
        Loopback(lambda _: Reply(200, body)) as feed,
        Loopback(lambda _: Reply(204)) as hook,
    ):
        yield (
            a_folder(root, feeds={"x": feed.url}, webhooks={"desk": hook.url + "/hook"}),
            feed,
            hook,
        )


def assert_it_goes_on(feed: Loopback, hook: Loopback, polls: int) -> None:
    assert hook.wait_for(lambda requests: len(titles(requests)) == ENTRIES)
    assert feed.wait_for(lambda requests: len(requests) > polls)


def titles(requests: list[Request]) -> set[str]:
    return {json.loads(request.body)["data"]["headline"] for request in whole(requests)}


def whole(requests: list[Request]) -> list[Request]:
    """Without those of which the sender was killed before all was sent."""
    return [one for one in requests if len(one.body) == int(one.headers["content-length"])]


def assert_ids_repeat_with_their_alert(requests: list[Request]) -> None:
    """What is sent twice carries the id and the bytes of the first time: a receiver can tell."""
    bodies: dict[str, set[bytes]] = {}
    for request in whole(requests):
        bodies.setdefault(request.headers["webhook-id"], set()).add(request.body)
    assert len(bodies) == ENTRIES
    assert all(len(sent) == 1 for sent in bodies.values())
    # Only what was claimed at the kill may repeat: of these five that may be all, for whoever waits
    # for a connection sends as soon as one is free, though its answer is not settled yet.
    times = Counter(request.headers["webhook-id"] for request in requests)
    assert max(times.values()) <= 2, times


def assert_intact(path: Path) -> None:
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        assert db.execute("SELECT count(*) FROM items").fetchone() == (ENTRIES,)
    finally:
        db.close()
