"""Thirty days of polling against a server that keeps the score, with restarts in between."""

import random
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.adapters.feeds import ChildParser
from monitor.model import Feed
from tests.builders import a_feed, a_watch
from tests.e2e.installation import Installation
from tests.e2e.world import an_entry, rss
from tests.servers import Loopback, Reply, Request

START = datetime(2025, 6, 12, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
DAYS = 30


@dataclass
class Kind:
    """A server's habits.

    Attributes:
        headers: With every answer.
        wish: What headers and document together ask for.
        every: How often its document changes.
        trouble: Status -> chance, with Retry-After of two hours if it is 429 or 503.
    """

    headers: dict[str, str] = field(default_factory=dict)
    document: str = ""
    wish: timedelta = timedelta()
    every: timedelta = 9 * HOUR
    trouble: dict[int, float] = field(default_factory=dict)
    feed: dict[str, Any] = field(default_factory=dict)


KINDS = {
    "plain": Kind(),
    "busy": Kind(every=2 * HOUR),
    "max-age": Kind(headers={"cache-control": "max-age=28800"}, wish=8 * HOUR),
    "ttl": Kind(document="<ttl>420</ttl>", wish=7 * HOUR),
    "period": Kind(document="<sy:updatePeriod>daily</sy:updatePeriod>", wish=DAY),
    "retry-after": Kind(headers={"retry-after": "36000"}, wish=10 * HOUR),
    "throttles": Kind(trouble={429: 0.2, 503: 0.1}),
    "fails": Kind(trouble={500: 0.2, 404: 0.05}),
    "adaptive": Kind(
        feed={"adaptive": True, "min_interval": HOUR, "max_latency": 6 * HOUR}, every=5 * HOUR
    ),
}


class Score:
    """A feed on a server: gives documents, and notes every sin of those who ask."""

    def __init__(self, kind: Kind, clock: "Clock", dice: random.Random) -> None:
        self.kind, self._clock, self._dice = kind, clock, dice
        self.answers = self.plain = 0
        self.sins: list[str] = []
        self._etag = self._date = ""
        self._not_before = START
        self._version = -1

    def answer(self, request: Request) -> Reply:
        now = self._clock.now
        self.answers += 1
        if now < self._not_before:
            self.sins.append(f"{self._not_before - now} early")
        given = (
            request.headers.get("if-none-match", ""),
            request.headers.get("if-modified-since", ""),
        )
        if given == ("", ""):
            self.plain += 1
        elif given != (self._etag, self._date):
            self.sins.append(f"validators {given} are not {(self._etag, self._date)}")
        for name in ("cookie", "referer"):
            if name in request.headers:
                self.sins.append(name)
        reply = self._reply(now, given)
        return Reply(reply.status, reply.body, {"date": format_datetime(now)} | dict(reply.headers))

    def _reply(self, now: datetime, given: tuple[str, str]) -> Reply:
        for status, chance in self.kind.trouble.items():
            if self._dice.random() < chance:
                wait = 2 * HOUR if status in (429, 503) else timedelta()
                self._not_before = now + wait
                return Reply(status, b"", {"retry-after": "7200"} if wait else {})
        self._not_before = now + self.kind.wish
        version = (now - START) // self.kind.every
        if version == self._version and given[0]:
            return Reply(304, headers=self.kind.headers)
        if version != self._version:
            # As odd as validators are in the wild; to us they mean nothing.
            self._version = version
            self._etag = self._dice.choice([f'W/"{version}', f'"{version}-gzip"', f"{version}"])
            self._date = self._dice.choice([f"version {version}", format_datetime(now)])
        headers = {"etag": self._etag, "last-modified": self._date}
        return Reply(200, self._document(version, now), headers | self.kind.headers)

    def _document(self, version: int, now: datetime) -> bytes:
        entries = [
            an_entry(n, date=format_datetime(START + n * self.kind.every))
            for n in range(max(0, version - 10), version + 1)
        ]
        name_space = "<rss xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'"
        body = rss(entries).decode().replace("<rss", name_space, 1)
        return body.replace("<channel>", f"<channel>{self.kind.document}", 1).encode()


@dataclass
class Clock:
    now: datetime = START


class Hosts:
    """Servers that each hold several feeds, and see who comes while another is there."""

    def __init__(self, number: int, scores: dict[str, Score]) -> None:
        self.scores = scores
        self.together = 0
        self._busy: Counter[int] = Counter()
        self._lock = threading.Lock()
        self.servers = [Loopback(self._at(place)) for place in range(number)]

    def _at(self, place: int) -> Any:
        def answer(request: Request) -> Reply:
            with self._lock:
                self._busy[place] += 1
                self.together += self._busy[place] > 1
            try:
                return self.scores[request.path[1:]].answer(request)
            finally:
                with self._lock:
                    self._busy[place] -= 1

        return answer


@pytest.fixture
def hosts() -> Iterator[tuple[Hosts, Clock]]:
    clock, dice = Clock(), random.Random(20250612)
    scores = {kind: Score(KINDS[kind], clock, dice) for kind in KINDS}
    made = Hosts(3, scores)
    for server in made.servers:
        server.__enter__()
    yield made, clock
    for server in made.servers:
        server.__exit__(None, None, None)


def feeds_on(hosts: Hosts) -> list[Feed]:
    urls = [server.url for server in hosts.servers]
    return [
        a_feed(
            name,
            url=f"{urls[place % len(urls)]}/{name}",
            owner=name,
            **({"interval": 3 * HOUR} | score.kind.feed),
        )
        for place, (name, score) in enumerate(hosts.scores.items())
    ]


@pytest.mark.timeout(600)
def test_a_month_with_restarts_gives_nobody_reason_to_complain(
    tmp_path: Path, parser: ChildParser, hosts: tuple[Hosts, Clock]
):
    """Fails too early, too often, with other validators than given, or two at once at a host."""
    servers, clock = hosts
    dice = random.Random(1)
    feeds, watches = feeds_on(servers), [a_watch("ferry")]
    polled_at: dict[str, list[datetime]] = defaultdict(list)
    restarts = 0
    while clock.now < START + DAYS * DAY:
        # A run of some hours, ended wherever it is; the next one begins a little later.
        with Installation(
            tmp_path, parser, feeds=feeds, watches=watches, now=clock.now, jitter=dice.random
        ) as run:
            until = clock.now + dice.uniform(4, 24) * HOUR
            while clock.now < until:
                for polled in run.monitor.poll():
                    polled_at[polled.feed.id].append(clock.now)
                nearest = min(state.due_at for state in run.monitor.states.values())
                clock.now = run.now = max(min(nearest, until), clock.now + timedelta(seconds=1))
        restarts += 1

    assert restarts > 30
    assert servers.together == 0
    for name, score in servers.scores.items():
        assert score.sins == [], name
        # A first answer that was trouble gave no validators.
        assert score.plain == 1 if not score.kind.trouble else score.plain <= 4, name
        assert score.answers >= 0.9 * DAYS, name  # politeness is no excuse for silence
    for feed in feeds:
        waits = [
            later - earlier
            for earlier, later in zip(polled_at[feed.id], polled_at[feed.id][1:], strict=False)
        ]
        own = feed.min_interval or feed.interval
        # But for the first retry after a failure, nobody is asked sooner than we promised.
        assert min(waits) >= (5 * MINUTE if servers.scores[feed.id].kind.trouble else own)
