"""JSON Feed 1.0 and 1.1."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from monitor.adapters.feeds import read
from monitor.errors import ParseError
from monitor.model import Health, RawEntry


def a_json_feed(*items: object, version: str = "1.1", **more: Any) -> bytes:
    feed = {"version": f"https://jsonfeed.org/version/{version}", "title": "Pennant"}
    return json.dumps(feed | {"items": items} | more, ensure_ascii=False).encode()


def the_entry(**item: Any) -> RawEntry:
    (entry,) = read(a_json_feed(item), url="https://pennant.example.org/feed.json").entries
    return entry


def test_every_field_is_read():
    feed = read(
        a_json_feed(
            {
                "id": 7,
                "url": "https://pennant.example.org/7",
                "external_url": "https://other.example.org/x",
                "title": "Train  & bus",
                "content_html": "<p>One</p><p>Two</p>",
                "content_text": "ignored",
                "date_published": "2025-06-12T11:30:00+02:00",
                "authors": [{"name": "A"}, {"name": "B"}, {"url": "x"}],
                "tags": ["rail", "rail", "asia"],
                "language": "ko",
            },
            language="en",
        )
    )

    assert (feed.version, feed.title, feed.language) == ("json11", "Pennant", "en")
    assert feed.entries == (
        RawEntry(
            guid="7",
            link="https://pennant.example.org/7",
            title="Train & bus",
            paragraphs=("One", "Two"),
            published="2025-06-12T11:30:00+02:00",
            published_at=datetime(2025, 6, 12, 9, 30, tzinfo=UTC),
            author="A, B",
            categories=("rail", "asia"),
            language="ko",
            links=("https://other.example.org/x",),
        ),
    )


def test_first_version_has_one_author():
    feed = read(a_json_feed({"id": "1", "author": {"name": "A"}}, version="1"))

    assert feed.version == "json1"
    assert feed.entries[0].author == "A"


def test_text_and_summary_stand_in_for_markup():
    assert the_entry(id="1", content_text="One.\n\nTwo: a < b").paragraphs == ("One.", "Two: a < b")
    assert the_entry(id="1", summary="Short").paragraphs == ("Short",)


def test_external_or_relative_address_is_a_link():
    assert the_entry(id="1", external_url="https://o.example.org/").link == "https://o.example.org/"
    assert the_entry(id="1", url="/a/1").link == "https://pennant.example.org/a/1"


def test_recording_is_the_link_of_what_has_no_page():
    files = [{"mime_type": "audio/mpeg"}, {"url": "/1.mp3", "mime_type": "audio/mpeg"}, "x"]

    assert the_entry(id="1", attachments=files).link == "https://pennant.example.org/1.mp3"
    assert the_entry(id="1", url="/a", attachments=files).link == "https://pennant.example.org/a"
    assert the_entry(id="https://x.example.org/1", attachments=files).link is None
    assert the_entry(id="1", attachments={"url": "/1.mp3"}).link is None


def test_authors_of_the_feed_are_those_of_items_that_name_none():
    items = ({"id": "1"}, {"id": "2", "authors": [{"name": "B"}]}, {"id": "3", "authors": []})

    feed = read(a_json_feed(*items, authors=[{"name": "A"}]))

    assert [entry.author for entry in feed.entries] == ["A", "B", "A"]


def test_feed_that_has_ended_says_so():
    assert read(a_json_feed({"id": "1"}, expired=True)).flaw == "the feed says that it has ended"
    assert read(a_json_feed({"id": "1"}, expired="no")).flaw == ""


def test_odd_types_are_absent_not_fatal():
    entry = the_entry(id="1", title=["x"], tags="rail", authors={"name": "A"}, url=None, summary={})

    assert entry == RawEntry(guid="1")


def test_what_is_no_item_is_left_out():
    entries = read(a_json_feed({}, None, "x", {"id": "1"})).entries

    assert [entry.guid for entry in entries] == [None, "1"]


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
def test_any_unicode_encoding_is_read(codec: str):
    body = a_json_feed({"id": "1", "title": "평양"}).decode().encode(codec)

    assert read(body).entries[0].title == "평양"


def test_half_an_emoji_is_fit_to_be_stored():
    body = a_json_feed({"id": "high", "title": "low"})
    body = body.replace(b"high", rb"\ud83d").replace(b"low", rb"\ude86")

    entry = read(body).entries[0]

    assert (entry.guid, entry.title) == ("\ufffd", "\ufffd")


@pytest.mark.parametrize(
    "body",
    [
        b'{"error": "not found"}',
        b"[1, 2, 3]",
        b'{"version": 2, "items": []}',
        b'{"version": "https://jsonfeed.org/version/1.1", "items": [',
        b"{" * 200_000,
        b'{"version": ' + b"9" * 100_000 + b"}",
    ],
)
def test_json_that_is_no_feed_is_an_error(body: bytes):
    with pytest.raises(ParseError) as caught:
        read(body)

    assert caught.value.health is Health.NOT_A_FEED
    assert "JSON" in str(caught.value)
