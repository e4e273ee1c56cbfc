"""Beside plain feedparser: nothing it reads is lost, and what differs is meant."""

import io

import feedparser
import pytest

from monitor.adapters.feeds import plain, read
from tests.adapters.feeds.documents import SAVED, saved

# Where we read more than feedparser does, and why.
BETTER = {
    "atom10_enclosure_only.xml": "the recording is a better link than a URN",
    "rss092.xml": "a link where feedparser has none",
    "rss20_bare_ampersand.xml": "feedparser makes 'Q&A;:' of 'Q&A:'",
    "rss20_blank_first_line.xml": "feedparser misses the declared encoding",
    "rss20_cp1251_undeclared.xml": "feedparser takes it for Latin",
    "rss20_surrogates.xml": "feedparser raises",
    "rss20_truncated.xml": "feedparser keeps the half entry and takes the text for Latin",
    "rss20_control.xml": "feedparser keeps the control characters",
}
NAMES = sorted(path.name for path in SAVED.iterdir())


@pytest.mark.parametrize("name", [name for name in NAMES if name not in BETTER])
def test_entries_ids_links_and_titles_are_those_of_feedparser(name: str):
    theirs = feedparser.parse(io.BytesIO(saved(name)))

    ours = read(saved(name))

    assert ours.version == theirs.version
    assert [entry.guid for entry in ours.entries] == [entry.get("id") for entry in theirs.entries]
    assert [entry.link for entry in ours.entries] == [entry.get("link") for entry in theirs.entries]
    assert [entry.title for entry in ours.entries] == [
        plain(entry.get("title") or "") for entry in theirs.entries
    ]


@pytest.mark.parametrize("name", sorted(BETTER))
def test_where_we_differ_feedparser_reads_less(name: str):
    try:
        theirs = feedparser.parse(io.BytesIO(saved(name))).entries
    except UnicodeEncodeError:
        theirs = []
    told = [(entry.get("title"), entry.get("link")) for entry in theirs]

    ours = read(saved(name)).entries

    assert told != [(entry.title, entry.link) for entry in ours]
    assert len(ours) >= sum(1 for title, link in told if title and link)
    assert all(entry.link or entry.partial for entry in ours)
