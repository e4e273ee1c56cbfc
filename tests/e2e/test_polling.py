"""When feeds are asked: real servers, store and restarts; only the clock is ours."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from monitor.adapters.feeds import ChildParser
from monitor.adapters.http.fetcher import HttpFetcher
from monitor.model import DueReason, Feed, FeedState, Fetched, Health, NotModified, Tier
from tests.builders import a_feed, a_watch
from tests.e2e.installation import Installation
from tests.e2e.world import an_entry, rss
from tests.servers import Loopback, Reply, Request

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


# --- adaptive feeds ------------------------------------------------------------------------------


def dated(count: int, every: timedelta, until: datetime = NOON, first: int = 0) -> bytes:
    """A document whose newest entry is from `until`, and the others so far apart."""
    dates = [format_datetime(until - n * every) for n in range(count)]
    return rss([an_entry(first + n, date=date) for n, date in enumerate(dates)])


def an_adaptive_feed(feed_id: str = "pennant", **changes: Any) -> Feed:
    given: dict[str, Any] = {"adaptive": True, "min_interval": 5 * MINUTE, "max_latency": 4 * HOUR}
    return a_feed(feed_id, **(given | changes))


def test_a_lively_feed_is_asked_by_its_rhythm_after_a_restart_too(started: Open):
    with Loopback(lambda _: Reply(200, dated(20, 20 * MINUTE))) as server:
        feed = an_adaptive_feed(url=server.url)
        started(feed).monitor.poll()
        before = started(feed).state()
        # Nothing new for three hours: a twelfth of that.
        started(feed, now=NOON + 3 * HOUR).monitor.poll()
        after = started(feed).state()

    assert (before.due_at - NOON, before.due_reason) == (10 * MINUTE, DueReason.RHYTHM)
    assert after.due_at - NOON == 3 * HOUR + 15 * MINUTE


def test_feeds_that_share_a_host_leave_it_half_of_its_time(started: Open):
    with Loopback(lambda _: Reply(200, dated(20, MINUTE))) as server:
        feeds = [
            an_adaptive_feed(f"f{n}", url=f"{server.url}/{n}", min_interval=timedelta(seconds=1))
            for n in range(8)
        ]
        installation = started(*feeds)
        installation.monitor.poll(only=["f0"])

    # 8 feeds, 2 seconds apart, and as much again for all else.
    assert installation.state("f0").due_at - NOON == timedelta(seconds=32)


def test_an_alert_hastens_those_who_may_speak_next(started: Open):
    old = dated(1, DAY, NOON - 10 * DAY, first=7)
    answers = {
        "/wire": Reply(200, dated(1, DAY)),
        "/ministry": Reply(200, old),
        "/held": Reply(200, old, {"cache-control": "max-age=3000"}),
        "/other": Reply(200, old),
    }
    with Loopback(lambda request: answers[request.path]) as server:
        wire = a_feed("wire", url=f"{server.url}/wire", authority_for=("CN",))
        official = {"tier": Tier.OFFICIAL_PRIMARY, "authority_for": ("CN",), "interval": 2 * HOUR}
        feeds = [
            wire,
            an_adaptive_feed("ministry", url=f"{server.url}/ministry", **official),
            an_adaptive_feed("held", url=f"{server.url}/held", **official),
            an_adaptive_feed(
                "other", url=f"{server.url}/other", **(official | {"authority_for": ("JP",)})
            ),
            a_feed("fixed", url=f"{server.url}/other", **official),
        ]
        installation = started(*feeds, now=NOON - 20 * MINUTE)
        officials = ["ministry", "held", "other", "fixed"]
        installation.monitor.poll(only=officials)
        before = {name: installation.state(name).due_at for name in officials}
        installation.now = NOON
        installation.monitor.poll(only=["wire"])
        told = installation.titles
        again = started(*feeds)
        after = {name: again.state(name) for name in officials}
        asked = [polled.feed.id for polled in again.monitor.poll()]

    assert told == ["Train number 0 leaves"]
    assert set(before.values()) == {NOON + HOUR + 40 * MINUTE}
    assert (after["ministry"].due_at, after["ministry"].due_reason) == (NOON, DueReason.STORY)
    assert after["held"].due_at == NOON + 30 * MINUTE
    assert {after[name].due_at for name in ("other", "fixed")} == {NOON + HOUR + 40 * MINUTE}
    assert asked == ["ministry"]


def test_a_story_that_began_before_a_restart_goes_on_after_it(started: Open):
    with Loopback(lambda _: Reply(200, dated(1, DAY))) as server:
        wire = a_feed("wire", url=server.url, authority_for=("CN",))
        ministry = an_adaptive_feed(
            "ministry",
            url=f"{server.url}/m",
            tier=Tier.STATE_MEDIA,
            authority_for=("CN",),
            interval=2 * HOUR,
        )
        started(wire).monitor.poll()
        installation = started(wire, ministry, now=NOON + 3 * HOUR)
        installation.monitor.poll(force=True, only=["ministry"])

    state = installation.state("ministry")
    # Half of the six hours are over: halfway between five minutes and two hours.
    assert (state.due_at - installation.now, state.due_reason) == (
        62.5 * MINUTE,
        DueReason.STORY,
    )


# --- stuck servers -------------------------------------------------------------------------------


def test_a_server_that_says_nothing_new_for_two_weeks_is_asked_plainly_once(started: Open):
    """Some keep an ETag for ever; the 304s of a feed that was lively are looked behind."""
    body = dated(20, HOUR)

    def answer(request: Request) -> Reply:
        asked = request.headers.get("if-none-match")
        return Reply(304) if asked else Reply(200, body, {"etag": '"1"'})

    with Loopback(answer) as server:
        feed = a_feed(url=server.url)
        installation = started(feed)
        installation.poll()
        for _ in range(20):
            installation.poll(DAY)
        plain = ["if-none-match" not in request.headers for request in server.requests]
        body = dated(3, HOUR, installation.now)
        for _ in range(14):
            polled = installation.poll(DAY)

    assert plain == [n in (0, 14) for n in range(21)]
    assert polled.absorbed is not None or installation.state().body_at != NOON
    assert "Train number 0 leaves" in [item.title for item in installation.archive.items()]


def test_a_feed_that_was_never_lively_is_not_suspected(started: Open):
    def answer(request: Request) -> Reply:
        asked = request.headers.get("if-none-match")
        return Reply(304) if asked else Reply(200, BODY, {"etag": '"1"'})

    with Loopback(answer) as server:
        installation = started(a_feed(url=server.url))
        for _ in range(40):
            installation.poll(DAY)

    assert ["if-none-match" in request.headers for request in server.requests].count(False) == 1


# --- feeds that move or go away ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "adopted"), [(301, True), (308, True), (302, False), (307, False)]
)
def test_a_permanent_move_is_adopted_after_three_good_polls(
    started: Open, status: int, adopted: bool
):
    number = count(1)

    def answer(request: Request) -> Reply:
        if request.path == "/old":
            return Reply(status, b"", {"location": "/new"})
        return Reply(200, rss([an_entry(next(number))]))

    with Loopback(answer) as server:
        feed = a_feed(url=f"{server.url}/old")
        installation = started(feed)
        for _ in range(3):
            installation.poll(HOUR)
        before = len(server.requests)
        again = started(feed, now=installation.now + HOUR)
        again.poll()
        asked = [request.path for request in server.requests[before:]]
        reports = again.monitor.report_health()

    assert before == 6
    assert asked == (["/new"] if adopted else ["/old", "/new"])
    assert [report.alert.title for report in reports] == (
        ["Feed has moved: Pennant"] if adopted else []
    )
    assert again.monitor.report_health() == []


def test_a_page_that_is_gone_is_asked_no_more_and_told_at_once(started: Open):
    with Loopback(lambda _: Reply(410)) as server:
        installation = started(a_feed(url=server.url))
        installation.monitor.poll()
        reports = installation.monitor.report_health()
        later = started(a_feed(url=server.url), now=NOON + 365 * DAY)
        asked = later.monitor.poll()

    assert [report.alert.title[:9] for report in reports] == ["Feed gone"]
    assert asked == []
    assert len(server.requests) == 1


def test_a_page_that_is_not_found_is_asked_ever_less_and_told_after_three_days(started: Open):
    """Never given up: a page may come back."""
    with Loopback(lambda _: Reply(404)) as server:
        installation = started(a_feed(url=server.url))
        waits, told_at = [], None
        for _ in range(20):
            installation.monitor.poll()
            if told_at is None and installation.monitor.report_health():
                told_at = installation.now
            waits.append(installation.state().due_at - installation.now)
            installation.now = installation.state().due_at

    assert waits[:3] == [5 * MINUTE, 30 * MINUTE, HOUR]
    assert set(waits[8:]) == {DAY}
    assert told_at is not None
    assert 3 * DAY <= told_at - NOON <= 4 * DAY
    assert len(server.requests) == 20


# --- this machine's own troubles -----------------------------------------------------------------


def test_a_lost_network_is_one_report_and_is_caught_up_on_at_the_first_answer(started: Open):
    """Nine hosts are silent for ten hours; their back-off must not keep the news back."""
    silent = True

    def answer(_: Request) -> Reply:
        # Its clock is right, or that would be told as well.
        date = format_datetime(NOON + 10 * HOUR)
        return Reply(0) if silent else Reply(200, BODY, {"date": date})

    with ExitStack() as stack:
        hosts = [f"127.0.0.{n}" for n in range(1, 10)]
        servers = [stack.enter_context(Loopback(answer, host=host)) for host in hosts]
        feeds = [a_feed(f"f{n}", url=server.url) for n, server in enumerate(servers)]
        installation = started(*feeds)
        reports = []
        while installation.now < NOON + 10 * HOUR:
            installation.monitor.poll()
            reports += installation.monitor.report_health()
            installation.now += 5 * MINUTE
        waiting = [
            state.due_at - installation.now for state in installation.monitor.states.values()
        ]
        silent = False
        installation.poll(only="f3")
        installation.monitor.poll()
        back = installation.monitor.report_health()
        healths = {state.health for state in installation.monitor.states.values()}

    assert [report.alert.title for report in reports] == [
        "The network seems to be lost: 9 feeds cannot be reached"
    ]
    assert max(waiting) > HOUR
    assert healths == {Health.OK}
    assert [report.alert.title for report in back] == ["9 feeds work again"]


def test_a_clock_that_servers_contradict_is_told_once(started: Open):
    late = format_datetime(NOON + 90 * timedelta(seconds=1))
    with ExitStack() as stack:
        feeds = []
        for n in range(3):
            server = stack.enter_context(Loopback(lambda _: Reply(200, BODY, {"date": late})))
            feeds.append(a_feed(f"f{n}", url=server.url))
        installation = started(*feeds)
        installation.monitor.poll(only=["f0", "f1"])
        before = installation.monitor.report_health()
        installation.monitor.poll()
        reports = [*installation.monitor.report_health(), *installation.monitor.report_health()]

    assert before == []
    assert [report.alert.title for report in reports] == ["The clock of this machine is 90 s slow"]


def test_a_poll_that_hangs_is_told_and_costs_nobody_else_anything(
    tmp_path: Path, parser: ChildParser
):
    """As in a name look-up that never ends: no deadline reaches into it."""
    gate, hangs, now_s = Event(), Event(), [0.0]

    class HangingFetcher(HttpFetcher):
        def fetch(self, feed: Feed, state: FeedState, url: str) -> Fetched | NotModified:
            if feed.id == "hangs" and not gate.is_set():
                hangs.set()
                gate.wait(60)
            return super().fetch(feed, state, url)

    with Loopback(lambda _: Reply(200, BODY)) as server, ExitStack() as stack:
        feeds = [a_feed("hangs", url=f"{server.url}/a"), a_feed("well", url=server.url)]
        installation = stack.enter_context(
            Installation(
                tmp_path,
                parser,
                feeds=feeds,
                watches=[],
                now=NOON,
                fetcher=HangingFetcher,
                fetch_workers=1,
                monotonic=lambda: now_s[0],
            )
        )
        stack.callback(gate.set)
        first = installation.monitor.start_polls()
        assert hangs.wait(20)
        now_s[0] = 119.0  # told within two minutes
        installation.poll(only="well")
        reports = installation.monitor.report_health()

    assert first == 2  # the other waits for the host
    assert [report.alert.title for report in reports] == ["Work hung: feed hangs"]
    assert installation.state("hangs").health is Health.UNREACHABLE
    assert installation.state("well").health is Health.OK
