"""Pages name their feeds; what they say is a stranger's."""

import time
from collections.abc import Iterator

import pytest

from monitor.adapters.feeds import ChildParser
from monitor.adapters.feeds.page import MAX_LINKS, read_page
from monitor.errors import ParseError
from monitor.model import LinkKind, Page
from tests.adapters.feeds.documents import an_rss, an_rss_item, fetched

URL = "https://pennant.example.org/news/"


def links_of(html: str, kind: LinkKind = LinkKind.FEED, url: str = URL) -> list[str]:
    return [link.url for link in read_page(html.encode(), url=url).links if link.kind is kind]


def test_declared_feeds_are_found_with_their_titles():
    page = read_page(
        b"""<!doctype html><title> Pennant &amp; Co </title>
        <link rel=alternate type="application/rss+xml" title="All <b>news</b>" href=/rss.xml>
        <link REL="ALTERNATE nofollow" TYPE="application/atom+xml; charset=utf-8" href="atom.xml">
        <link rel="alternate" type="application/feed+json" href="//cdn.example.org/feed.json">""",
        url=URL,
    )

    assert page.title == "Pennant & Co"
    assert [(link.url, link.title) for link in page.links] == [
        ("https://pennant.example.org/rss.xml", "All news"),
        ("https://pennant.example.org/news/atom.xml", ""),
        ("https://cdn.example.org/feed.json", ""),
    ]


def test_alternates_of_other_kinds_are_no_feeds():
    html = """<link rel=alternate hreflang=ko href=/ko><link rel=stylesheet href=/feed.css>
    <link rel=alternate type=application/json href=/wp-json/wp/v2/pages/7>
    <link rel=alternate type=application/rss+xml>"""

    assert read_page(html.encode(), url=URL).links == ()


def test_base_of_the_page_counts():
    html = "<base href='https://other.example.org/x/'><link rel=feed href=y>"

    assert links_of(html) == ["https://other.example.org/x/y"]


@pytest.mark.parametrize(
    "href",
    [
        "/feed/",
        "/rss",
        "/news.rss",
        "/rss.xml",
        "/atom10",
        "?feed=rss2",
        "/a/rss_en.html",
        "feeds/",
        "/beta.xml",
        "/news/BETA.XML",
    ],
)
def test_anchors_that_read_like_feeds_are_candidates(href: str):
    assert len(links_of(f"<a href='{href}'>x</a>", LinkKind.ANCHOR)) == 1


@pytest.mark.parametrize(
    "href",
    [
        "/feedback",
        "/progress",
        "/atomic",
        "/news/1",
        "http://[x",
        "",
        "/sitemap.xml",
        "/sitemap-news-1.xml",
        "/opensearch.xml",
        "/rsd.xml",
    ],
)
def test_other_anchors_are_not(href: str):
    assert links_of(f"<a href='{href}'>RSS</a>", LinkKind.ANCHOR) == []


def test_address_that_is_named_twice_is_a_candidate_once_and_of_the_better_kind():
    html = "<a href=/feed>RSS</a><link rel=alternate type=application/rss+xml href=/feed>"

    page = read_page(html.encode(), url=URL)

    assert [link.kind for link in page.links] == [LinkKind.FEED]


def test_sitemaps_are_named():
    html = "<link rel=sitemap type=application/xml href=/news.xml>"

    assert links_of(html, LinkKind.SITEMAP) == ["https://pennant.example.org/news.xml"]


def test_index_of_sitemaps_is_a_page_of_its_parts():
    page = read_page(b"<sitemapindex><sitemap><loc>/n.xml</loc></sitemap></sitemapindex>", url=URL)

    assert [(x.url, x.kind) for x in page.links] == [
        ("https://pennant.example.org/n.xml", LinkKind.SITEMAP)
    ]


def test_charset_of_a_meta_element_is_honoured():
    html = "<meta charset=euc-kr><title>평양</title>".encode("cp949")

    assert read_page(html).title == "평양"


def test_what_is_no_page_has_no_links():
    for body in (b"", b"hello", b"{}", b"\x00\xff" * 100):
        assert read_page(body).links == ()


def test_page_of_a_million_links_names_a_hundred():
    assert len(links_of("<link rel=feed href=/1>" * 3)) == 1
    many = "".join(f"<link rel=feed href=/{number}>" for number in range(5_000))
    assert len(links_of(many)) == MAX_LINKS


@pytest.fixture(scope="module")
def parser() -> Iterator[ChildParser]:
    with ChildParser(workers=1, cpu_s=2, wall_s=10, max_rss_mib=256) as parser:
        yield parser


def test_child_reads_what_the_function_reads(parser: ChildParser):
    body = b"<title>x</title><link rel=feed href=/f><link rel=sitemap href=/s>"
    part = b"<sitemap><loc>/n</loc><lastmod>2025-01-01</lastmod></sitemap>"
    index = b"<sitemapindex>" + part + b"</sitemapindex>"

    for one in (body, index):
        document = fetched(one)
        assert parser.links(document) == read_page(document.body, url=document.url)


HOSTILE = {
    "nested blocks": b"<div>" * 400_000,
    "nested links": b"<a href=/feed>" * 200_000,
    "attributes": b"<link rel=feed " + b"a=b " * 400_000 + b">",
    "one tag": b"<link rel=feed href='" + b"x" * 5_000_000,
    "nested sitemaps": b"<sitemapindex>" + b"<sitemap>" * 300_000,
    "nested news": b"<urlset>" + b"<url>" * 300_000,
    "charset": b"<meta charset='" + b"a" * 4_000 + b"'>",
    "entities": b"<!DOCTYPE sitemapindex [<!ENTITY a 'b'>]><sitemapindex>&a;</sitemapindex>",
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
@pytest.mark.parametrize("task", ["links", "parse"])
def test_hostile_document_ends_within_limits_and_the_next_is_read(
    parser: ChildParser, name: str, task: str
):
    started = time.monotonic()
    try:
        outcome: object = getattr(parser, task)(fetched(HOSTILE[name]))
    except ParseError as exc:
        outcome = exc

    assert time.monotonic() - started < 10 + 30  # what is allowed, and a busy machine besides
    assert not isinstance(outcome, Page) or len(outcome.links) <= MAX_LINKS * len(LinkKind)
    assert parser.parse(fetched(an_rss(an_rss_item("fine")))).entries[0].title == "fine"
