"""Looks at feeds as the monitor would see them, without keeping anything."""

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, datetime

from monitor.core.urls import host_of
from monitor.errors import FetchError, ParseError
from monitor.model import Feed, FeedState, Fetched, Health, ParsedFeed
from monitor.ports import Fetcher, Parser


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """What a feed answered.

    Attributes:
        url: The address that answered, or the last one that was tried.
        status: HTTP status of an answer that was no feed document; None else.
        moved_to: Where a permanent redirect leads: the address to configure.
        dated: How many entries have a date that could be read.
        flaw: What is wrong with a document that could be read all the same.
        took_s: For everything, waiting for the host's turn included.
    """

    feed: Feed
    url: str
    health: Health
    problem: str = ""
    status: int | None = None
    moved_to: str | None = None
    version: str = ""
    language: str = ""
    entries: int = 0
    dated: int = 0
    newest_at: datetime | None = None
    flaw: str = ""
    took_s: float = 0.0


def probe(
    feeds: Iterable[Feed], fetcher: Fetcher, parser: Parser, *, workers: int
) -> Iterator[Probed]:
    """Ask each feed once, a host's feeds one after another; results as they come."""
    hosts: dict[str, list[Feed]] = {}
    for feed in feeds:
        hosts.setdefault(host_of(feed.url), []).append(feed)
    pool = ThreadPoolExecutor(workers, thread_name_prefix="probe")
    try:
        # The feeds of a host as one chain: each is handed in when the one before has answered.
        running = {
            pool.submit(_probe, ahead[0], fetcher, parser): ahead for ahead in hosts.values()
        }
        while running:
            done = next(as_completed(running))
            ahead = running.pop(done)[1:]
            if ahead:
                running[pool.submit(_probe, ahead[0], fetcher, parser)] = ahead
            yield done.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _probe(feed: Feed, fetcher: Fetcher, parser: Parser) -> Probed:
    """The first address that gives a feed document, else what the last one said."""
    started = time.monotonic()
    for url in (feed.url, *feed.mirrors):
        found = _ask(feed, url, fetcher, parser, started)
        if found.health is Health.OK:
            break
    return found


def _ask(feed: Feed, url: str, fetcher: Fetcher, parser: Parser, started: float) -> Probed:
    state = FeedState(feed_id=feed.id, due_at=datetime.now(UTC))
    try:
        answer = fetcher.fetch(feed, state, url)
        assert isinstance(answer, Fetched)  # without validators there is no 304
        document = parser.parse(answer)
    except (FetchError, ParseError) as exc:
        return Probed(
            feed=feed,
            url=url,
            health=exc.health,
            problem=str(exc),
            status=exc.status if isinstance(exc, FetchError) else None,
            took_s=time.monotonic() - started,
        )
    return _judged(feed, url, answer, document, time.monotonic() - started)


def _judged(feed: Feed, url: str, answer: Fetched, document: ParsedFeed, took_s: float) -> Probed:
    dates = [entry.published_at for entry in document.entries if entry.published_at]
    return Probed(
        feed=feed,
        url=url,
        health=Health.OK if document.entries else Health.EMPTY,
        problem="" if document.entries else "answers, but has no entries",
        moved_to=answer.moved_to,
        version=document.version,
        language=document.language or "",
        entries=len(document.entries),
        dated=len(dates),
        newest_at=max(dates, default=None),
        flaw=document.flaw,
        took_s=took_s,
    )
