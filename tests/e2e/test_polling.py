"""When feeds are asked: real servers, store and restarts; only the clock is ours."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.adapters.feeds import ChildParser
from monitor.model import DueReason, Feed
from tests.builders import a_feed, a_watch
from tests.e2e.installation import Installation
from tests.e2e.world import an_entry, rss
from tests.servers import Loopback, Reply

NOON = datetime(2025, 6, 12, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BODY = rss([an_entry(1)])
Open = Callable[..., Installation]


@pytest.fixture
def started(tmp_path: Path, parser: ChildParser) -> Iterator[Open]:
    """Starts an installation on the same database each time; the one before is stopped."""
    running: list[Installation] = []

    def start(*feeds: Feed, now: datetime = NOON) -> Installation:
        if running:
            running.pop().__exit__(None, None, None)
        running.append(
            Installation(tmp_path, parser, feeds=feeds, watches=[a_watch("train")], now=now)
        )
        return running[-1]

    yield start
    for installation in running:
        installation.__exit__(None, None, None)


@pytest.mark.parametrize(
    ("reply", "wait", "reason"),
    [
        (Reply(200, BODY), 30 * MINUTE, DueReason.INTERVAL),
        (Reply(200, BODY, {"cache-control": "max-age=7200"}), 2 * HOUR, DueReason.MAX_AGE),
        (Reply(200, BODY, {"retry-after": "90000"}), 25 * HOUR, DueReason.RETRY_AFTER),
        (Reply(503, b"", {"retry-after": "7200"}), 2 * HOUR, DueReason.RETRY_AFTER),
        (Reply(500, b"", {"retry-after": "259200"}), 3 * DAY, DueReason.RETRY_AFTER),
        (Reply(429), HOUR, DueReason.RETRY_AFTER),
        (Reply(500), 5 * MINUTE, DueReason.BACK_OFF),
        (Reply(200, b"<html>", {"cache-control": "max-age=3600"}), HOUR, DueReason.MAX_AGE),
        (Reply(200, b"", {"retry-after": "3600"}), HOUR, DueReason.RETRY_AFTER),
    ],
)
def test_a_restart_asks_nobody_early(
    started: Open, reply: Reply, wait: timedelta, reason: DueReason
):
    with Loopback(lambda _: reply) as server:
        feed = a_feed(url=server.url)
        before = started(feed)
        before.monitor.poll()
        due_at = before.state().due_at

        early = started(feed, now=due_at - timedelta(seconds=1))
        assert early.monitor.poll() == []
        in_time = started(feed, now=due_at)
        assert len(in_time.monitor.poll()) == 1

    assert (due_at - NOON, early.state().due_reason) == (wait, reason)
    assert len(server.requests) == 2


def test_retry_after_of_a_304_is_obeyed(started: Open):
    answers = iter(
        [Reply(200, BODY, {"etag": '"1"'}), Reply(304, headers={"retry-after": "10800"})]
    )
    with Loopback(lambda _: next(answers)) as server:
        installation = started(a_feed(url=server.url))
        installation.poll()
        installation.poll(HOUR)

        state = started(a_feed(url=server.url), now=NOON + 2 * HOUR).state()

    assert (state.due_at, state.due_reason) == (NOON + 4 * HOUR, DueReason.RETRY_AFTER)


def test_hours_to_skip_are_remembered(started: Open):
    """From noon on until six nobody needs to ask; a 304 must not make that forgotten."""
    skips = b"".join(b"<hour>%d</hour>" % hour for hour in range(12, 18))
    body = BODY.replace(b"<item>", b"<skipHours>" + skips + b"</skipHours><item>", 1)
    answers = iter([Reply(200, body, {"etag": '"1"'}), Reply(304)])
    with Loopback(lambda _: next(answers)) as server:
        feed = a_feed(url=server.url)
        started(feed, now=NOON - 2 * HOUR).monitor.poll()
        installation = started(feed, now=NOON - 10 * MINUTE)
        installation.monitor.poll()

    state = installation.state()
    assert (state.due_at, state.due_reason) == (NOON + 6 * HOUR, DueReason.SKIPPED)
