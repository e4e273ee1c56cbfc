"""Pages lead to their feeds, politely, and never where a stranger would send us."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from monitor.adapters.feeds import ChildParser
from monitor.adapters.http.fetcher import HttpFetcher
from monitor.adapters.http.politeness import HostRules
from monitor.discovery import Discovery, Origin, discover
from monitor.errors import FetchError
from tests.adapters.feeds.test_sitemap import ARTICLE, a_sitemap
from tests.e2e.world import an_entry, rss
from tests.servers import Loopback, Reply, Request

FEED = Reply(200, rss([an_entry(1), an_entry(2)]), {"content-type": "application/rss+xml"})
NEWS = Reply(200, a_sitemap(ARTICLE), {"content-type": "application/xml"})


def a_page(*parts: str) -> Reply:
    html = f"<!doctype html><title>Pennant</title>{''.join(parts)}"
    return Reply(200, html.encode(), {"content-type": "text/html; charset=utf-8"})


def declared(href: str, kind: str = "rss+xml") -> str:
    return f"<link rel=alternate type=application/{kind} href='{href}' title='Declared'>"


@pytest.fixture(scope="module")
def parser() -> Iterator[ChildParser]:
    with ChildParser(workers=1) as parser:
        yield parser


class Site:
    """A server of the given answers, and what discovery makes of it."""

    def __init__(self, parser: ChildParser) -> None:
        self.parser = parser
        self.answers: dict[str, Reply] = {}
        self.server = Loopback(self._answer)

    def _answer(self, request: Request) -> Reply:
        return self.answers.get(request.path, Reply(404, b"nothing here"))

    @property
    def asked(self) -> list[str]:
        return [request.path for request in self.server.requests]

    def discover(self, path: str = "/", allow: tuple[str, ...] = ("127.0.0.0/8",), **more: Any):
        fetcher = HttpFetcher(
            user_agent="test",
            deadline=timedelta(seconds=5),
            max_body_bytes=1_000_000,
            allow_private=allow,
            hosts=HostRules(gap_s=0),
        )
        try:
            return discover(self.server.url + path, fetcher, self.parser, self.parser, **more)
        finally:
            fetcher.close()

    def found(self, path: str = "/", **more: Any) -> list[tuple[str, str]]:
        found: Discovery = self.discover(path, **more)
        return [(feed.url.removeprefix(self.server.url), feed.origin) for feed in found.feeds]


@pytest.fixture
def site(parser: ChildParser) -> Iterator[Site]:
    site = Site(parser)
    with site.server:
        yield site


def test_address_that_is_a_feed_is_all_that_is_asked(site: Site):
    site.answers["/f"] = FEED

    [found] = site.discover("/f").feeds

    assert (found.title, found.kind, found.entries, found.dated) == ("T", "rss20", 2, 2)
    assert found.newest_at is not None
    assert found.origin is Origin.ITSELF
    assert site.asked == ["/f"]


def test_declared_feeds_come_first_and_are_tried(site: Site):
    site.answers |= {
        "/": a_page("<a href=/other/rss>RSS</a>", declared("/f"), declared("/dead"), "<a href=/x>"),
        "/f": FEED,
        "/other/rss": FEED,
    }

    found = site.discover()

    assert [(f.url.removeprefix(site.server.url), f.origin) for f in found.feeds] == [
        ("/f", "declared"),
        ("/other/rss", "linked"),
    ]
    assert found.failed[site.server.url + "/dead"].startswith("HTTP 404")
    assert "/x" not in site.asked


def test_feed_without_a_title_has_the_pages(site: Site):
    untitled = b"<rss version='2.0'><channel><item><title>x</title></item></channel></rss>"
    site.answers |= {"/": a_page(declared("/f")), "/f": Reply(200, untitled)}

    assert [feed.title for feed in site.discover().feeds] == ["Declared"]


def test_json_and_atom_feeds_are_told_apart(site: Site):
    json_feed = b'{"version":"https://jsonfeed.org/version/1.1","title":"J","items":[{"id":"1"}]}'
    atom = b"<feed xmlns='http://www.w3.org/2005/Atom'><title>A</title><entry><id>1</id></entry></feed>"
    site.answers |= {
        "/": a_page(declared("/a", "atom+xml"), declared("/j", "feed+json")),
        "/a": Reply(200, atom),
        "/j": Reply(200, json_feed),
    }

    assert [feed.kind for feed in site.discover().feeds] == ["atom10", "json11"]


def test_usual_addresses_are_tried_only_if_nothing_is_named_and_up_to_the_first(site: Site):
    site.answers |= {"/": a_page(), "/rss.xml": FEED, "/atom.xml": FEED}

    assert site.found() == [("/rss.xml", "usual")]
    assert site.asked == ["/", "/robots.txt", "/feed", "/rss", "/rss.xml"]


def test_file_that_a_page_links_to_may_be_a_feed_whatever_its_name(site: Site):
    site.answers |= {
        "/": a_page("<a href=/data.xml>data</a><a href=/beta.xml>beta</a><a href=/sitemap.xml>"),
        "/data.xml": Reply(200, b"<table><row/></table>"),
        "/beta.xml": FEED,
    }

    assert site.found() == [("/beta.xml", "linked")]
    assert site.asked == ["/", "/data.xml", "/beta.xml", "/robots.txt"]


def test_feed_beside_the_page_is_guessed_after_those_of_the_site(site: Site):
    site.answers |= {"/news/": a_page(), "/news/rss.xml": FEED}

    assert site.found("/news/") == [("/news/rss.xml", "usual")]
    assert site.asked[-2:] == ["/news/feed", "/news/rss.xml"]


def test_guesses_keep_to_robots_txt(site: Site):
    robots = b"User-agent: *\nDisallow: /feed\nDisallow: /rss"
    site.answers |= {"/": a_page(), "/robots.txt": Reply(200, robots), "/atom.xml": FEED}

    assert site.found() == [("/atom.xml", "usual")]
    assert site.asked == ["/", "/robots.txt", "/atom.xml"]


def test_nothing_is_guessed_where_robots_txt_cannot_be_had_or_we_are_not_wanted(site: Site):
    site.answers |= {"/": a_page(), "/robots.txt": Reply(503), "/rss": FEED}
    assert site.found() == []
    assert site.asked == ["/", "/robots.txt"]

    site.answers |= {"/robots.txt": Reply(404), "/feed": Reply(403)}
    assert site.found() == []
    assert site.asked[2:] == ["/", "/robots.txt", "/feed"]


def test_news_sitemap_of_robots_txt_is_found_beside_a_feed(site: Site):
    robots = b"Sitemap: /pages.xml\nSitemap: /news.xml\n"
    site.answers |= {
        "/": a_page(declared("/f")),
        "/f": FEED,
        "/robots.txt": Reply(200, robots),
        "/news.xml": NEWS,
    }

    assert site.found() == [("/f", "declared"), ("/news.xml", "sitemap")]


def test_of_an_index_of_sitemaps_the_newest_part_that_may_hold_news_is_named(site: Site):
    parts = "".join(
        f"<sitemap><loc>{site.server.url}/{name}</loc><lastmod>{day}</lastmod></sitemap>"
        for name, day in (
            ("news-old.xml", "2025-01-01"),
            ("news-new.xml", "2025-06-12"),
            ("pages.xml", "2025-06-13"),
        )
    )
    site.answers |= {
        "/": a_page("<link rel=sitemap href=/index.xml>"),
        "/index.xml": Reply(200, f"<sitemapindex>{parts}</sitemapindex>".encode()),
        "/news-new.xml": NEWS,
    }

    assert site.found() == [("/news-new.xml", "sitemap")]
    assert "/news-old.xml" not in site.asked


def test_page_that_names_hundreds_is_asked_for_a_dozen(site: Site):
    site.answers["/"] = a_page(*(declared(f"/n{number}") for number in range(90)))

    found = site.discover(limit=12)

    assert len([path for path in site.asked if path.startswith("/n")]) == 12
    assert len(found.untried) == 78


def test_one_feed_under_several_addresses_is_found_once_where_it_moved_to(site: Site):
    site.answers |= {
        "/": a_page(declared("/a"), declared("/b")),
        "/a": Reply(301, b"", {"location": "/f"}),
        "/b": Reply(302, b"", {"location": "/f"}),
        "/f": FEED,
    }

    assert site.found() == [("/f", "declared")]


def test_page_that_does_not_answer_is_an_error(site: Site):
    with pytest.raises(FetchError, match="404"):
        site.discover("/none")


def test_what_a_page_names_is_asked_under_the_rules_of_addresses(site: Site):
    """Files, other schemes, and this machine as seen from a page of the world."""
    site.answers["/"] = a_page(
        declared("file:///etc/passwd"),
        declared("gopher://x.example.org/feed"),
        declared("http://[::1]:8099/feed"),
        declared("http://user:pw@127.0.0.1/feed"),
    )

    found = site.discover()

    assert found.feeds == ()
    assert all("127.0.0.1" in url or "[::1]" in url for url in found.failed)
    assert found.failed["http://[::1]:8099/feed"].startswith("refused")
