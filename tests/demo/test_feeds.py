"""The documents of the demo are what real outlets serve."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import feedparser
import pytest

from monitor.adapters.feeds import ChildParser
from monitor.demo.feeds import WINDOW, Document, Published, document, publish
from monitor.demo.story import Outlet, Story, load
from monitor.model import Fetched, ParsedFeed

NOW = datetime(2025, 6, 12, 9, 30, 5, tzinfo=UTC)
STORY = load()


def entries_of(story: Story, feed: str) -> list[Published]:
    entries: list[Published] = []
    for number, item in enumerate(i for i in story.items if i.feed == feed):
        entries = publish(entries, item, NOW + timedelta(seconds=number))
    return entries


def shown(outlet: Outlet, entries: list[Published]) -> Document:
    return document(outlet, entries, f"http://127.0.0.2:8000/{outlet.id}", NOW)


@pytest.fixture(scope="module")
def parsed() -> dict[str, ParsedFeed]:
    """Every feed at the end of the story, as the monitor itself reads it."""
    feeds = {}
    with ChildParser(workers=1) as parser:
        for outlet in STORY.outlets.values():
            made = shown(outlet, entries_of(STORY, outlet.id))
            fetched = Fetched(
                url="http://127.0.0.2/feed.xml", body=made.body, content_type=made.content_type
            )
            feeds[outlet.id] = parser.parse(fetched)
    return feeds


@pytest.mark.parametrize("outlet", STORY.outlets.values(), ids=lambda outlet: outlet.id)
def test_a_document_parses_back_into_the_same_entries(
    outlet: Outlet, parsed: dict[str, ParsedFeed]
) -> None:
    entries = entries_of(STORY, outlet.id)

    read = parsed[outlet.id].entries

    assert [(e.guid, e.link, e.title) for e in read] == [
        (e.item.guid, e.item.link, " ".join(e.item.title.split())) for e in entries
    ]
    assert parsed[outlet.id].title == outlet.name
    assert parsed[outlet.id].flaw == ""


def test_plain_summaries_and_moments_are_kept(parsed: dict[str, ParsedFeed]) -> None:
    for outlet in STORY.outlets:
        for entry, published in zip(parsed[outlet].entries, entries_of(STORY, outlet), strict=True):
            assert entry.published_at == published.first_at
            if not published.item.summary.startswith("<"):
                assert entry.paragraphs == (published.item.summary,)


def test_a_press_conference_keeps_its_paragraphs(parsed: dict[str, ParsedFeed]) -> None:
    first = parsed["spokes-cn"].entries[-1]

    assert len(first.paragraphs) == 6
    assert first.paragraphs[2].startswith("乙社记者")


def test_an_aggregator_names_its_source(parsed: dict[str, ParsedFeed]) -> None:
    (entry,) = parsed["newsagg"].entries

    assert entry.source_title == "Pennant Wire"
    assert entry.source_url == "https://pennant.example.org"
    assert "<" not in " ".join(entry.paragraphs)


def test_the_three_formats_are_all_there(parsed: dict[str, ParsedFeed]) -> None:
    versions = Counter(feed.version for feed in parsed.values())

    assert versions == {"atom10": 5, "rss10": 2, "rss20": 13}


@pytest.mark.parametrize("outlet", STORY.outlets.values(), ids=lambda outlet: outlet.id)
def test_a_document_is_well_formed_and_whole(outlet: Outlet) -> None:
    """Required elements after RFC 4287, the RSS 2.0 and the RSS 1.0 specification."""
    made = shown(outlet, entries_of(STORY, outlet.id))

    root = ET.fromstring(made.body)

    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    required = {
        "rss": {"channel", "title", "link", "description", "item", "guid", "pubDate"},
        "feed": {"id", "title", "updated", "author", "entry", "published", "summary"},
        "RDF": {"channel", "title", "link", "description", "items", "Seq", "li", "item", "date"},
    }
    assert required[root.tag.rpartition("}")[2]] <= tags
    assert not feedparser.parse(made.body).bozo


def test_an_edit_takes_the_place_of_what_it_edits() -> None:
    entries = entries_of(STORY, "pennant")

    wire = [entry for entry in entries if entry.item.guid.endswith(":n03")]

    assert [entry.item.id for entry in wire] == ["n11"]
    assert wire[0].first_at < wire[0].at


def test_old_entries_leave_the_window() -> None:
    entries: list[Published] = []
    for number, item in enumerate(STORY.items):
        entries = publish(entries, item, NOW + timedelta(minutes=number))

    assert len(entries) == WINDOW
    assert entries[0].item is STORY.items[-1]


def test_the_same_entries_give_the_same_bytes_and_an_added_one_other_validators() -> None:
    outlet = STORY.outlets["pennant"]
    entries = entries_of(STORY, "pennant")

    assert shown(outlet, entries) == shown(outlet, entries)
    assert shown(outlet, entries).etag != shown(outlet, entries[1:]).etag
    assert shown(outlet, entries).last_modified != shown(outlet, entries[1:]).last_modified


def test_a_feed_without_entries_is_a_feed() -> None:
    for outlet in STORY.outlets.values():
        assert feedparser.parse(shown(outlet, []).body).feed.title == outlet.name
