"""A long history of polls from servers that break every seventh request, each time otherwise."""

import gzip
import hashlib
import random
from datetime import timedelta
from email.utils import format_datetime
from itertools import cycle
from pathlib import Path
from threading import Lock

from monitor.adapters.feeds import ChildParser
from tests.builders import a_feed, a_watch
from tests.e2e.installation import Installation
from tests.e2e.world import rss
from tests.servers import Loopback, Reply, Request

POLLS = 70
WINDOW = 12
TOPICS = ("flood", "strike", "festival", "repair", "timetable", "snow", "tariff", "bridge")


class Outlet:
    """A feed that grows, edits headlines, shuffles, and drops what is old."""

    def __init__(self, name: str) -> None:
        self.name, self.dice = name, random.Random(name)
        self.entries: list[dict[str, str]] = []
        self.published = 0

    def go_on(self, date: str) -> None:
        for _ in range(self.dice.choice((0, 0, 1, 1, 2, 3))):
            self.published += 1
            number, topic = self.published, self.dice.choice(TOPICS)
            self.entries.append(
                {
                    "guid": f"https://{self.name}.example.org/?p={number}",
                    "link": f"https://{self.name}.example.org/{topic}-{number}?utm_source=rss",
                    "title": f"Train {number} of {self.name.title()} after {topic}",
                    "description": f"{topic.title()} number {number} kept {self.name.title()} "
                    f"crews busy on section {number * 7}, officials said on the day.",
                    "date": date,
                }
            )
        if self.entries and self.dice.random() < 0.3:
            edited = self.dice.choice(self.entries[-WINDOW:])
            edited["title"] = f"CORRECTED: {edited['title']}"
        if self.name == "gamma":  # an outlet that knows no guids
            for entry in self.entries:
                entry.pop("guid", None)
        self.dice.shuffle(window := self.entries[-WINDOW:])
        self.body = rss(window)


class BreaksEverySeventh:
    """Answers truthfully, but for every seventh request."""

    def __init__(self, outlets: dict[str, Outlet]) -> None:
        self.outlets, self.asked, self.lock = outlets, 0, Lock()
        self.faults = cycle(
            (self.status, self.hang_up, self.cut, self.cut_unseen, self.page, self.empty, self.junk)
        )

    def __call__(self, request: Request) -> Reply:
        with self.lock:
            self.asked += 1
            body = self.outlets[request.path.strip("/")].body
            etag = f'"{hashlib.sha1(body).hexdigest()}"'
            if self.asked % 7 == 0:
                return next(self.faults)(body, etag)
            if request.headers.get("if-none-match") == etag:
                return Reply(304, headers={"etag": etag})
            return Reply(200, body, {"etag": etag})

    def status(self, body: bytes, etag: str) -> Reply:
        return Reply(500, b"oops")

    def hang_up(self, body: bytes, etag: str) -> Reply:
        return Reply(0)

    def cut(self, body: bytes, etag: str) -> Reply:
        return Reply(200, gzip.compress(body)[:-20], {"etag": etag, "content-encoding": "gzip"})

    def cut_unseen(self, body: bytes, etag: str) -> Reply:
        """Half a document, with a length that fits: some proxies do that."""
        inside_a_link = body.rfind(b"</link>", 0, len(body) * 2 // 3) - 20
        return Reply(200, body[: max(inside_a_link, 60)], {"etag": etag})

    def page(self, body: bytes, etag: str) -> Reply:
        return Reply(200, b"<!doctype html><title>Down for maintenance</title>", {"etag": etag})

    def empty(self, body: bytes, etag: str) -> Reply:
        return Reply(200, rss([]), {"etag": etag})

    def junk(self, body: bytes, etag: str) -> Reply:
        return Reply(200, bytes(range(256)) * 4, {"etag": etag})


def test_no_article_is_missed_or_told_twice(tmp_path: Path, parser: ChildParser):
    outlets = {name: Outlet(name) for name in ("alpha", "beta", "gamma")}
    with Loopback(BreaksEverySeventh(outlets)) as server:
        feeds = [a_feed(name, url=f"{server.url}/{name}") for name in outlets]
        with Installation(
            tmp_path, parser, feeds=feeds, watches=[a_watch("train")]
        ) as installation:
            for _ in range(POLLS):
                for outlet in outlets.values():
                    outlet.go_on(format_datetime(installation.now))
                installation.poll(timedelta(minutes=30))
            for _ in range(3):
                installation.poll(timedelta(minutes=30))

            alerts = installation.archive.alerts(limit=10_000)
            told = sorted(alert.url.partition("?")[0] for alert in alerts)
            published = sorted(
                entry["link"].partition("?")[0] for o in outlets.values() for entry in o.entries
            )
            assert told == published
            assert all("CORRECTED: CORRECTED" not in alert.title for alert in alerts)
            assert len(installation.archive.items(limit=10_000)) == len(published)
