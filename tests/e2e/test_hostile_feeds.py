"""What one feed sends costs that feed: the others are read in time, and told as ever."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from monitor.adapters.feeds import ChildParser
from monitor.model import Health
from tests.adapters.feeds.documents import an_rss, an_rss_item
from tests.builders import a_feed, a_watch
from tests.e2e.installation import Installation
from tests.e2e.world import an_entry, rss
from tests.servers import Loopback, Reply, Request

# Some ten seconds of processor time in less than a megabyte, and nothing that is refused before.
SLOW = an_rss(an_rss_item(more=f"<author>{('a' * 1000 + ' ') * 950}</author>") * 2)[:990_000]


@pytest.mark.timeout(240)
def test_other_feeds_wait_less_than_fifteen_seconds_for_a_hostile_document(tmp_path: Path):
    """One child alone, with the limits of the service: all have to wait for the same one."""

    def answer(request: Request) -> Reply:
        if request.path == "/hostile":
            return Reply(200, SLOW)
        return Reply(200, rss([an_entry(int(request.path[1:]))]))

    with (
        Loopback(answer) as server,
        ChildParser(workers=1) as parser,
        ThreadPoolExecutor(1) as beside,
    ):
        # Another name of this machine, so that no feed waits for the host's turn.
        other_host = server.url.replace("127.0.0.1", "localhost")
        feeds = [
            a_feed("hostile", url=f"{server.url}/hostile"),
            *(a_feed(f"good{n}", url=f"{other_host}/{n}") for n in range(3)),
        ]
        with Installation(tmp_path, parser, feeds=feeds, watches=[a_watch("train")]) as installed:
            parsing = beside.submit(installed.monitor.poll, force=True, only=["hostile"])
            while not any(child.pid for child in parser.children):  # until it has the child
                time.sleep(0.01)
            started = time.monotonic()

            installed.monitor.poll(force=True, only=["good0", "good1", "good2"])
            waited = time.monotonic() - started

            parsing.result()
            # And what a machine that stands still for a while needs to start another child.
            assert waited < 15 + 30
            assert len(installed.titles) == 3
            assert installed.state("hostile").health in (Health.FAILING, Health.OK)


@pytest.mark.timeout(240)
def test_entries_made_to_slow_a_pattern_hold_up_nobody(tmp_path: Path):
    """Matching stands inside the writer's transaction: five seconds of patterns are the limit."""
    entries = [an_entry(n, description="1" * 2_000 + " x strike") for n in range(100)]

    def answer(request: Request) -> Reply:
        good = [an_entry(1_000, "Train 12 x strike")]
        return Reply(200, rss(entries if request.path == "/hostile" else good))

    with Loopback(answer) as server, ChildParser(workers=2) as parser:
        feeds = [a_feed(name, url=f"{server.url}/{name}") for name in ("hostile", "good")]
        watches = [a_watch(r're"(\d+)*(\d+)*(\d+)*x strike"', id="pattern"), a_watch("train")]
        with Installation(tmp_path, parser, feeds=feeds, watches=watches) as installed:
            started = time.monotonic()

            installed.monitor.poll(force=True)

            assert time.monotonic() - started < 120
            told = installed.archive.alerts(limit=1_000)
            assert "pattern" in {alert.watch_id for alert in told if alert.feed_id == "good"}
            assert len({alert.item_id for alert in told if alert.feed_id == "hostile"}) == 100
