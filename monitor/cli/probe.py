"""Looks at feeds as the monitor would see them, without keeping anything."""

import re
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, datetime

from monitor.core.inert import cut, one_line
from monitor.core.urls import host_of
from monitor.discovery import named_by
from monitor.errors import FetchError, ParseError
from monitor.model import Feed, FeedState, Fetched, Health, ParsedFeed
from monitor.ports import Fetcher, PageReader, Parser

_MOST_NAMED = 3  # feeds that a page names are tried, where it came in a feed's place
_BY_US = "feeds probe: "
_WORKED = re.compile(
    rf"measured (\d{{4}}-\d\d-\d\d): {_BY_US}.*\b[1-9]\d* entries.*|.*; worked (\d{{4}}-\d\d-\d\d)"
)
# These pass by themselves: they say nothing of the address.
_PASSING = (Health.UNREACHABLE, Health.THROTTLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """What a feed answered.

    Attributes:
        url: The address that answered, or the last one that was tried.
        status: Of the HTTP answer; None: there was none.
        redirected_to: Where the answer came from in the end; None: from `url`.
        moved_to: The same if it moved there for good.
        instead: Addresses that would do in its place: where it moved to, or the feeds that the
            page names which came in its place.
        dated: How many entries have a date that could be read.
        flaw: What is wrong with a document that could be read all the same.
        took_s: For everything, waiting for the host's turn included.
    """

    feed: Feed
    url: str
    health: Health
    problem: str = ""
    status: int | None = None
    redirected_to: str | None = None
    moved_to: str | None = None
    instead: tuple[str, ...] = ()
    version: str = ""
    title: str = ""
    language: str = ""
    entries: int = 0
    dated: int = 0
    newest_at: datetime | None = None
    flaw: str = ""
    took_s: float = 0.0


def probe(
    feeds: Iterable[Feed], fetcher: Fetcher, parser: Parser, pages: PageReader, *, workers: int
) -> Iterator[Probed]:
    """Ask each feed once, a host's feeds one after another; results as they come."""
    hosts: dict[str, list[Feed]] = {}
    for feed in feeds:
        hosts.setdefault(host_of(feed.url), []).append(feed)
    pool = ThreadPoolExecutor(workers, thread_name_prefix="probe")
    try:
        # The feeds of a host as one chain: each is handed in when the one before has answered.
        running = {
            pool.submit(_probe, ahead[0], fetcher, parser, pages): ahead for ahead in hosts.values()
        }
        while running:
            done = next(as_completed(running))
            ahead = running.pop(done)[1:]
            if ahead:
                running[pool.submit(_probe, ahead[0], fetcher, parser, pages)] = ahead
            yield done.result()
    finally:
        pool.shutdown(cancel_futures=True)


def evidence_of(probed: Probed, now: datetime) -> str | None:
    """What a probe proves of an address, as `evidence` says it; None: nothing that lasts.

    Of one that fails it also says when it was last seen to work.
    """
    if probed.health in _PASSING:
        return None
    word = "dead" if probed.health is Health.GONE else "measured"
    where = f"HTTP {probed.status}, " if probed.status else ""
    if probed.version:
        newest = f", newest {probed.newest_at:%F}" if probed.newest_at else ""
        title = f' "{cut(probed.title, 60)}"' if probed.title else ""
        language = f", {probed.language}" if probed.language else ""
        what = f"{where}{probed.version}{title}{language}, {probed.entries} entries{newest}"
        moved = f", moved to {probed.moved_to}" if probed.moved_to else ""
        mirror = f", from its mirror {probed.url}" if probed.url != probed.feed.url else ""
        what += moved + mirror
    else:
        what = f"{probed.health.value.replace('_', ' ')}: {probed.problem}"
    worked = "" if probed.health is Health.OK else _last_worked(probed.feed.evidence)
    return f"{word} {now:%F}: {_BY_US}{cut(one_line(what), 300)}{worked}"


def _last_worked(evidence: str) -> str:
    """What a former probe says of the time when the address worked."""
    found = _WORKED.fullmatch(evidence) if is_evidence_of_ours(evidence) else None
    return f"; worked {found[1] or found[2]}" if found else ""


def is_evidence_of_ours(evidence: str) -> bool:
    """Whether a probe wrote it."""
    return evidence.partition(": ")[2].startswith(_BY_US)


def _probe(feed: Feed, fetcher: Fetcher, parser: Parser, pages: PageReader) -> Probed:
    """The first address that gives a feed document, else what the last one said."""
    started = time.monotonic()
    for url in (feed.url, *feed.mirrors):
        found = _ask(feed, url, fetcher, parser, pages, started)
        if found.health is Health.OK:
            break
    return found


def _ask(
    feed: Feed, url: str, fetcher: Fetcher, parser: Parser, pages: PageReader, started: float
) -> Probed:
    state = FeedState(feed_id=feed.id, due_at=datetime.now(UTC))
    try:
        answer = fetcher.fetch(feed, state, url)
    except FetchError as exc:
        return Probed(
            feed=feed,
            url=url,
            health=exc.health,
            problem=str(exc),
            status=exc.status,
            took_s=time.monotonic() - started,
        )
    assert isinstance(answer, Fetched)  # without validators there is no 304
    try:
        document = parser.parse(answer)
    except ParseError as exc:
        return Probed(
            feed=feed,
            url=url,
            health=exc.health,
            problem=str(exc),
            status=answer.status,
            redirected_to=_redirected(answer, url),
            moved_to=answer.moved_to,
            instead=_named_instead(feed, answer, exc, fetcher, parser, pages),
            took_s=time.monotonic() - started,
        )
    return _judged(feed, url, answer, document, time.monotonic() - started)


def _named_instead(
    feed: Feed,
    answer: Fetched,
    problem: ParseError,
    fetcher: Fetcher,
    parser: Parser,
    pages: PageReader,
) -> tuple[str, ...]:
    """Feeds that the page names which came in this one's place."""
    if problem.health is not Health.NOT_A_FEED:
        return ()
    named = named_by(answer, feed, fetcher, parser, pages, limit=_MOST_NAMED)
    return tuple(found.url for found in named)


def _judged(feed: Feed, url: str, answer: Fetched, document: ParsedFeed, took_s: float) -> Probed:
    dates = [entry.published_at for entry in document.entries if entry.published_at]
    well = bool(document.entries) or document.may_be_empty
    return Probed(
        feed=feed,
        url=url,
        health=Health.OK if well else Health.EMPTY,
        problem="" if well else "answers, but has no entries",
        status=answer.status,
        redirected_to=_redirected(answer, url),
        moved_to=answer.moved_to,
        instead=(answer.moved_to,) if answer.moved_to else (),
        version=document.version,
        title=document.title,
        language=document.language or "",
        entries=len(document.entries),
        dated=len(dates),
        newest_at=max(dates, default=None),
        flaw=document.flaw,
        took_s=took_s,
    )


def _redirected(answer: Fetched, asked: str) -> str | None:
    return answer.url if answer.url != asked else None
