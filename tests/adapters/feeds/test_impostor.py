"""What comes in a feed's place is told as what it is, never as "no news"."""

import json

import pytest

from monitor.adapters.feeds import read
from monitor.adapters.feeds.impostor import describe
from monitor.errors import ParseError
from monitor.model import Health
from tests.adapters.feeds.documents import an_rss, an_rss_item


def refusal(body: bytes) -> ParseError:
    with pytest.raises(ParseError) as caught:
        read(body)
    return caught.value


@pytest.mark.parametrize(
    ("body", "words", "health"),
    [
        (
            "<!DOCTYPE html><html><head><title>Old &amp; gone <b></title></head></html>",
            'an HTML page (title: "Old & gone"), not a feed',
            Health.NOT_A_FEED,
        ),
        (
            "<html><title>Members</title><form><input name=x type='password'></form></html>",
            'an HTML page that asks to log in (title: "Members"), not a feed',
            Health.LOGIN,
        ),
        (
            "<html><title>로그인 - 통일부</title><form><input name=mail></form></html>",
            'an HTML page that asks to log in (title: "로그인 - 통일부"), not a feed',
            Health.LOGIN,
        ),
        (
            "<!DOCTYPE html><html><head><title>Just a moment...</title></head></html>",
            'an HTML page that checks browsers (title: "Just a moment..."), not a feed',
            Health.BLOCKED,
        ),
        (
            "<html><head><script>window._cf_chl_opt={};</script></head></html>",
            "an HTML page that checks browsers, not a feed",
            Health.BLOCKED,
        ),
        (
            "<html><title>Loggers strike in the north</title></html>",
            'an HTML page (title: "Loggers strike in the north"), not a feed',
            Health.NOT_A_FEED,
        ),
        (
            "<!-- x --><HTML><body>no title</body></HTML>",
            "an HTML page, not a feed",
            Health.NOT_A_FEED,
        ),
        (
            "<?xml version='1.0'?><opml><body/></opml>",
            "an XML document with the root element <opml>, not a feed",
            Health.NOT_A_FEED,
        ),
        ("404 page not found", "neither XML nor JSON, not a feed", Health.NOT_A_FEED),
    ],
)
def test_what_is_no_feed_is_named(body: str, words: str, health: Health):
    error = refusal(body.encode())

    assert (str(error), error.health) == (words, health)


def test_title_of_a_page_is_inert():
    page = "<html><title>\u202eevil\u200b &lt;script&gt;x&lt;/script&gt;" + "z" * 500 + "</title>"

    words = describe(page)

    assert "<" not in words
    assert "\u202e" not in words
    assert len(words) < 130


ERRORS = [
    "Bridge returned error 500! (20461)",
    "Bridge returned error 0! (19443)",
    "PyongyangBridge: Bridge returned error 404! (20461)",
    "Error 503",
    "HTTP/1.1 502 Bad Gateway",
    "404 Not Found",
]


@pytest.mark.parametrize("title", ERRORS)
def test_error_that_poses_as_the_only_entry_is_no_news(title: str):
    as_json = {
        "version": "https://jsonfeed.org/version/1.1",
        "items": [{"id": "x", "title": title, "content_html": "<p>It failed.</p>"}],
    }

    for body in (an_rss(an_rss_item(title)), json.dumps(as_json).encode()):
        error = refusal(body)

        assert error.health is Health.ERROR_FEED
        assert str(error) == f'an error in place of entries: "{title}"'


@pytest.mark.parametrize(
    "titles",
    [
        ["Bridge returned error 500! (20461)", "Train leaves"],
        ["404 Not Found", "500 Internal Server Error"],
        ["Bridge returned to service after error! (20461)"],
        ["500 trains a day"],
        ["404 Not Found: a short history of the error page"],
        [""],
    ],
)
def test_news_about_errors_is_news(titles: list[str]):
    document = read(an_rss("".join(map(an_rss_item, titles))))

    assert [entry.title for entry in document.entries] == titles
