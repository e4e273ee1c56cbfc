"""Finds the feeds of a page: what it names, what robots.txt tells, what is usual; each is tried.

Polite: one request after another through the fetcher's own gate, a dozen candidates at most, and
usual addresses only if nothing was named, as far as robots.txt allows, up to the first that works.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from urllib.parse import urljoin

from monitor.core.robots import Robots, everything_allowed, nothing_allowed, read_robots
from monitor.core.urls import canonical_url, host_of, is_http
from monitor.errors import FetchError, ParseError
from monitor.model import (
    Feed,
    FeedState,
    Fetched,
    Health,
    Link,
    LinkKind,
    Page,
    ParsedFeed,
)
from monitor.ports import Fetcher, PageReader, Parser

MOST_TRIED = 12
_MOST_SITEMAPS = 3
# Those of the site, then those beside the page.
_USUAL = (
    "/feed",
    "/rss",
    "/rss.xml",
    "/feed.xml",
    "/atom.xml",
    "/index.xml",
    "/feed.json",
    "/index.rdf",
    "/feeds",
    "feed",
    "rss.xml",
    "feed.xml",
)
_NEVER = datetime.min.replace(tzinfo=UTC)
# After these another guess at the same host would only annoy.
_ENOUGH = (Health.BLOCKED, Health.THROTTLED, Health.UNREACHABLE)


class Origin(StrEnum):
    """Where an address comes from."""

    ITSELF = "itself"  # what was asked for is a feed
    DECLARED = "declared"  # the page says that it is its feed
    LINKED = "linked"  # the page links to it
    SITEMAP = "sitemap"  # a news sitemap that the page or robots.txt names
    USUAL = "usual"  # nobody names it, but many sites have one there


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovered:
    """A feed that answered.

    Attributes:
        url: The address to configure.
        title: Its own, else what the page calls it.
        kind: As in `ParsedFeed.version`.
        dated: How many entries have a date that could be read.
        flaw: What is wrong with a document that could be read all the same.
    """

    url: str
    title: str
    kind: str
    origin: Origin
    language: str = ""
    entries: int = 0
    dated: int = 0
    newest_at: datetime | None = None
    flaw: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """What came of looking at a page.

    Attributes:
        feeds: In the order in which they were tried: the likeliest first.
        failed: Addresses that were tried, and why they are no feeds.
        untried: Addresses that the page names beyond the limit.
    """

    feeds: tuple[Discovered, ...] = ()
    failed: dict[str, str] = field(default_factory=dict)
    untried: tuple[str, ...] = ()


def discover(
    url: str, fetcher: Fetcher, parser: Parser, pages: PageReader, *, limit: int = MOST_TRIED
) -> Discovery:
    """The feeds of a page, or the address itself if it is one.

    Args:
        limit: How many addresses that the page names are tried.

    Raises:
        FetchError: The page itself gave no answer.
    """
    start = Feed(id="discover", url=url, name=url, owner=host_of(url))
    search = _Search(start, fetcher, parser, pages)
    asked = search.fetch(url)
    if search.read(asked, asked.moved_to or url, Origin.ITSELF):
        return search.outcome()
    page = search.page(asked)
    search.named(page, asked.url, limit)
    robots = search.robots(asked.url)
    search.sitemaps(page, robots)
    if not search.found:
        search.usual(asked.url, robots)
    return search.outcome()


def named_by(
    asked: Fetched,
    feed: Feed,
    fetcher: Fetcher,
    parser: Parser,
    pages: PageReader,
    *,
    limit: int,
) -> tuple[Discovered, ...]:
    """The feeds that the page names which came in a feed's place.

    Args:
        feed: Its permission to connect to private addresses counts for its own host alone: what
            a page names is a stranger's word.
    """
    search = _Search(feed, fetcher, parser, pages)
    search.named(search.page(asked), asked.url, limit)
    return search.outcome().feeds


class _Search:
    """One look at a page: what was found and tried so far."""

    def __init__(self, start: Feed, fetcher: Fetcher, parser: Parser, pages: PageReader) -> None:
        self._start = start
        self._fetcher, self._parser, self._pages = fetcher, parser, pages
        self._seen = {start.url}
        self.found: dict[str, Discovered] = {}
        self._failed: dict[str, str] = {}
        self._untried: tuple[str, ...] = ()

    def outcome(self) -> Discovery:
        return Discovery(
            feeds=tuple(self.found.values()), failed=self._failed, untried=self._untried
        )

    def fetch(self, url: str) -> Fetched:
        same_host = host_of(url) == host_of(self._start.url)
        allowed = self._start.allow_private if same_host else ()
        feed = Feed(id="discover", url=url, name=url, owner="discover", allow_private=allowed)
        answer = self._fetcher.fetch(feed, FeedState(feed_id=feed.id, due_at=_NEVER), url)
        assert isinstance(answer, Fetched)  # without validators there is no 304
        return answer

    def read(self, answer: Fetched, url: str, origin: Origin, title: str = "") -> bool:
        """Note an answer as a feed; False if it is none."""
        try:
            document = self._parser.parse(answer)
        except ParseError as exc:
            self._failed[url] = str(exc)
            return False
        self._failed.pop(url, None)
        found = _discovered(document, url, origin, title)
        # Several addresses often lead to one feed.
        self.found.setdefault(canonical_url(answer.url), found)
        return True

    def page(self, answer: Fetched) -> Page:
        try:
            return self._pages.links(answer)
        except ParseError as exc:
            self._failed[answer.url] = str(exc)
            return Page()

    def named(self, page: Page, url: str, limit: int) -> None:
        """Try what the page calls a feed, or links to as if it were one."""
        links = [link for link in page.links if link.kind is not LinkKind.SITEMAP]
        links = [link for link in links if is_http(link.url) and self._is_new(link.url)]
        links.sort(key=lambda link: _rank(link, host_of(url)))
        self._untried = tuple(link.url for link in links[limit:])
        for link in links[:limit]:
            declared = link.kind is LinkKind.FEED
            self._try(
                link.url,
                Origin.DECLARED if declared else Origin.LINKED,
                link.title or page.title,
            )

    def robots(self, url: str) -> Robots:
        robots_url = urljoin(url, "/robots.txt")
        try:
            return read_robots(self.fetch(robots_url).body, robots_url)
        except FetchError as exc:
            absent = exc.health is Health.NO_BODY or 400 <= (exc.status or 0) < 500
            return everything_allowed() if absent else nothing_allowed()

    def sitemaps(self, page: Page, robots: Robots) -> None:
        """Try the sitemaps that may hold news; of an index its newest part alone."""
        named = [link.url for link in page.links if link.kind is LinkKind.SITEMAP]
        candidates = [url for url in (*named, *robots.sitemaps) if self._is_new(url)]
        for url in sorted(candidates, key=lambda url: "news" not in url)[:_MOST_SITEMAPS]:
            answer = self._try(url, Origin.SITEMAP)
            parts = self.page(answer).links if answer else ()
            fresh = [part.url for part in parts if is_http(part.url) and self._is_new(part.url)]
            if fresh:
                self._try(min(fresh, key=lambda url: "news" not in url), Origin.SITEMAP)

    def usual(self, url: str, robots: Robots) -> None:
        """Guess, up to the first address that is a feed."""
        for path in _USUAL:
            guess = urljoin(url, path)
            if not robots.allow(guess) or not self._is_new(guess):
                continue
            try:
                answer = self.fetch(guess)
            except FetchError as exc:
                if exc.health in _ENOUGH:
                    return
                continue
            if self.read(answer, answer.moved_to or guess, Origin.USUAL):
                return

    def _try(self, url: str, origin: Origin, title: str = "") -> Fetched | None:
        """Ask for a candidate; its answer if that is no feed."""
        try:
            answer = self.fetch(url)
        except FetchError as exc:
            self._failed[url] = str(exc)
            return None
        return None if self.read(answer, answer.moved_to or url, origin, title) else answer

    def _is_new(self, url: str) -> bool:
        if url in self._seen:
            return False
        self._seen.add(url)
        return True


def _rank(link: Link, host: str) -> tuple[bool, bool, bool]:
    """Declared ones first, then those of this site; feeds of comments last."""
    return (
        "comments" in link.url.lower(),
        link.kind is not LinkKind.FEED,
        host_of(link.url) != host,
    )


def _discovered(document: ParsedFeed, url: str, origin: Origin, title: str) -> Discovered:
    dates = [entry.published_at for entry in document.entries if entry.published_at]
    return Discovered(
        url=url,
        title=document.title or title,
        kind=document.version,
        origin=origin,
        language=document.language or "",
        entries=len(document.entries),
        dated=len(dates),
        newest_at=max(dates, default=None),
        flaw=document.flaw,
    )
