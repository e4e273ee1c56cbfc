"""One line a poll and one an attempt, with just the keys that docs/operating.md promises."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from monitor.adapters.feeds import ChildParser
from tests.builders import NOW, a_feed, a_watch
from tests.e2e.installation import Installation
from tests.e2e.world import an_entry, rss
from tests.servers import Loopback, Reply

DOCS = (Path(__file__).parents[1] / "docs" / "operating.md").read_text("utf-8")
DATE = "Thu, 12 Jun 2025 09:00:00 GMT"
Line = dict[str, Any]


def promised(event: str) -> set[str]:
    """The keys in the table below the event's heading."""
    chapter = re.split(r"\n##", DOCS.partition(f"\n### {event}\n")[2])[0]
    rows = re.findall(r"^\| (`.+?) \|", chapter, re.MULTILINE)
    keys = {key for row in rows for key in re.findall(r"`(\w+)`", row)}
    assert keys, event
    return keys | {"event", "log_level"}


def a_document(*titles: str) -> bytes:
    entries = (an_entry(n, title, date=DATE, description="") for n, title in enumerate(titles))
    return rss(entries)


class Told:
    """An installation that polls and delivers, and what it said."""

    def __init__(self, root: Path, parser: ChildParser, feed: Sequence[Reply], hook: Sequence[Any]):
        self.replies, self.answers = iter(feed), iter(hook)
        self.feed = Loopback(lambda _: next(self.replies))
        self.hook = Loopback(lambda _: next(self.answers))
        self.root, self.parser = root, parser

    def turns(self, count: int, after: timedelta = timedelta(hours=1)) -> dict[str, list[Line]]:
        with self.feed, self.hook:
            installation = Installation(
                self.root,
                self.parser,
                feeds=[a_feed(url=self.feed.url, interval=timedelta(minutes=30))],
                watches=[a_watch("train")],
                hooks={"desk": self.hook.url},
                now=NOW,
            )
            with installation, capture_logs() as lines:
                for _ in range(count):
                    installation.poll(after)
                    installation.monitor.deliver()
        found: dict[str, list[Line]] = {}
        for line in lines:
            found.setdefault(line["event"], []).append(dict(line))
        return found


@pytest.fixture(scope="module")
def parser() -> Iterator[ChildParser]:
    with ChildParser(workers=1) as shared:
        yield shared


@pytest.fixture
def telling(tmp_path: Path, parser: ChildParser) -> Callable[..., Told]:
    return lambda feed, hook=(): Told(tmp_path, parser, feed, hook)


def test_every_poll_is_one_line_with_the_promised_keys(telling: Callable[..., Told]) -> None:
    first, second = a_document("A train", "A play"), a_document("A train leaves", "A play", "Rain")
    replies = [
        Reply(200, first, {"etag": '"1"'}),
        Reply(304),
        Reply(200, first),
        Reply(200, second),
        Reply(503),
        Reply(200, b"<html><body>nothing</body></html>"),
        Reply(200, rss([])),
    ]

    lines = telling(replies, [Reply(204)] * 9).turns(len(replies))["poll_done"]

    assert len(lines) == len(replies)
    assert all(line.keys() == promised("poll_done") for line in lines)
    told = [
        (x["log_level"], x["status"], x["unchanged"], x["entries"], x["fresh"], x["edited"])
        for x in lines
    ]
    assert told == [
        ("info", 200, False, 2, 2, 0),
        ("info", 304, True, 0, 0, 0),
        ("info", 200, True, 0, 0, 0),
        ("info", 200, False, 3, 1, 1),
        ("warning", 503, False, 0, 0, 0),
        ("warning", 200, False, 0, 0, 0),
        ("warning", 200, False, 0, 0, 0),
    ]
    assert [line["matches"] for line in lines] == [1, 0, 0, 1, 0, 0, 0]
    assert [line["alerts"] for line in lines] == [1, 0, 0, 0, 0, 0, 0]
    sizes = [line["bytes"] for line in lines]
    assert sizes == [len(first), 0, len(first), len(second), 0, 33, len(rss([]))]
    assert [line["health"] for line in lines[:2]] == ["ok", "ok"]
    assert [line["health"] for line in lines[4:]] == ["failing", "not_a_feed", "empty"]
    assert [line["failures"] for line in lines] == [0, 0, 0, 0, 1, 2, 3]
    assert all(line["problem"] for line in lines[4:])


def test_durations_are_milliseconds_and_absent_where_nothing_was_done(
    telling: Callable[..., Told],
) -> None:
    lines = telling([Reply(200, a_document("A train")), Reply(0)], [Reply(204)]).turns(2)

    read, lost = lines["poll_done"]
    assert 0 < read["fetch_ms"] < 5000
    assert 0 < read["parse_ms"] < 20_000
    assert (lost["status"], lost["parse_ms"]) == (None, None)
    assert lost["fetch_ms"] > 0


def test_due_time_is_that_of_the_next_poll(telling: Callable[..., Told]) -> None:
    [line] = telling([Reply(200, a_document("x"), {"cache-control": "max-age=7200"})]).turns(1)[
        "poll_done"
    ]

    assert line["due_reason"] == "max_age"
    assert line["next_due"] == "2025-06-12T12:30:00Z"


def test_every_attempt_is_one_line_with_the_promised_keys(telling: Callable[..., Told]) -> None:
    answers = [Reply(503), Reply(429, headers={"retry-after": "60"}), Reply(0), Reply(204)]

    lines = telling([Reply(200, a_document("A train"))] + [Reply(304)] * 3, answers).turns(4)[
        "delivery_attempted"
    ]

    assert all(line.keys() == promised("delivery_attempted") for line in lines)
    told = [(x["log_level"], x["verdict"], x["status"], x["attempt"], x["state"]) for x in lines]
    assert told == [
        ("warning", "retry", 503, 1, "pending"),
        ("warning", "throttled", 429, 2, "pending"),
        ("warning", "ambiguous", None, 2, "pending"),
        ("info", "delivered", 204, 3, "delivered"),
    ]
    assert len({(line["delivery"], line["alert"], line["webhook"]) for line in lines}) == 1
    assert lines[0]["next_attempt"] == "2025-06-12T10:30:04Z"
    assert lines[-1]["next_attempt"] is None
    assert all(line["took_ms"] >= 0 and line["together"] == 1 for line in lines)


def test_given_up_delivery_is_told_to_somebody_as_well(telling: Callable[..., Told]) -> None:
    told = telling([Reply(200, a_document("A train"))], [Reply(400)] * 9).turns(1)

    line = told["delivery_attempted"][0]
    assert (line["verdict"], line["state"], line["next_attempt"]) == ("refused", "dead", None)
    assert told["delivery_dead"][0]["log_level"] == "error"
    assert told["delivery_dead"][0]["delivery"] == line["delivery"]
