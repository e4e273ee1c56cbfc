"""What robots.txt says, and what becomes of one that cannot be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.robots import everything_allowed, nothing_allowed, read_robots

URL = "https://pennant.example.org/robots.txt"
FEED = "https://pennant.example.org/feed"


def test_rules_for_all_and_for_us_count():
    general = read_robots(b"User-agent: *\nDisallow: /feed\n", URL)
    ours = read_robots(b"User-agent: news-monitor\nDisallow: /\n\nUser-agent: *\nAllow: /\n", URL)

    assert not general.allow(FEED)
    assert general.allow("https://pennant.example.org/rss")
    assert not ours.allow(FEED)


def test_sitemaps_are_absolute_and_each_named_once():
    robots = read_robots(
        b"\xef\xbb\xbfSitemap: https://a.example.org/s.xml\nsitemap: /n.xml\nSitemap: /n.xml\n"
        b"Sitemap: javascript:x\n",
        URL,
    )

    assert robots.sitemaps == ("https://a.example.org/s.xml", "https://pennant.example.org/n.xml")


def test_absent_file_allows_everything_and_a_broken_server_nothing():
    assert everything_allowed().allow(FEED)
    assert not nothing_allowed().allow(FEED)


@pytest.mark.parametrize("body", [b"Disallow: //[x", b"User-agent: *\nDisallow: //[x", b"\0\xff:"])
def test_what_cannot_be_read_says_nothing(body: bytes):
    assert read_robots(body, URL).allow(FEED)


@given(st.binary(max_size=300), st.text(max_size=50))
def test_any_bytes_can_be_read(body: bytes, url: str):
    assert read_robots(body, URL).allow(url) in (True, False)
