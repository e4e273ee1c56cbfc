"""Beside plain feedparser: nothing it reads is lost, and what differs is meant."""

import calendar
import io
import re
from datetime import UTC, datetime
from typing import Any

import feedparser
import pytest

from monitor.adapters.feeds import plain, read
from monitor.errors import ParseError
from tests.adapters.feeds.documents import SAVED, corpus, saved

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


# --- the documents of feedparser's own tests -----------------------------------------------------

# Part of a name -> what differs there, and why.
MEANT = {
    "illformed/chardet/": "feedparser takes an undeclared encoding for Latin",
    "encoding/bozo_": "of a document of several encodings each byte is read as what it is",
    "entities/lang.xml": "the character of HTML 5, where feedparser has that of HTML 4",
    "entities/rang.xml": "the character of HTML 5, where feedparser has that of HTML 4",
    "wellformed/atom10/entry_link_": "a recording is a better link than none",
    "svg": "drawings are no text",
    "mathml": "formulas are no text",
    "xlink": "drawings are no text",
    "wellformed/rss/item_description_not_a_doctype": "half a declaration is no text",
    "wellformed/sanitize/acceptable_element_": "elements that nobody knows are no text",
    "item_content_encoded_script_nested_cdata": "the end of a CDATA section inside of another",
}


def differences(body: bytes) -> set[str]:
    """What of a document our reader reads otherwise than feedparser alone."""
    named = re.search(rb"Header:\s*Content-type:\s*(.*)", body, re.IGNORECASE)
    kind = named[1].decode("latin-1").strip() if named else ""
    theirs = feedparser.parse(
        io.BytesIO(body),
        response_headers={"content-type": kind} if kind else {},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    try:
        ours = read(body, content_type=kind)
    except ParseError:
        return {"refused"} if theirs.entries or theirs.get("version") else set()
    if len(ours.entries) != len(theirs.entries):
        return {"number of entries"}
    pairs: set[tuple[str, object, object]] = {
        ("version", ours.version, theirs.get("version")),
        ("title of the feed", ours.title, plain(theirs.feed.get("title") or "")),
    }
    for ours_, theirs_ in zip(ours.entries, theirs.entries, strict=True):
        pairs |= {
            ("guid", ours_.guid, theirs_.get("id") or None),
            ("link", ours_.link, theirs_.get("link") or None),
            ("title", ours_.title, plain(theirs_.get("title") or "")),
            ("date", ours_.published_at, moment_of(theirs_)),
            ("text", "".join("".join(ours_.paragraphs).split()), text_of(theirs_)),
        }
    return {name for name, our, their in pairs if our != their}


def moment_of(entry: Any) -> datetime | None:
    names = ("published_parsed", "updated_parsed", "created_parsed")
    parsed = next(filter(None, (dict.get(entry, name) for name in names)), None)
    return datetime.fromtimestamp(calendar.timegm(parsed), UTC) if parsed else None


def text_of(entry: Any) -> str:
    """The longest of what an entry says, without blanks."""
    texts = [content.get("value", "") for content in entry.get("content", [])]
    return "".join(max(map(plain, [*texts, entry.get("summary") or ""]), key=len).split())


@pytest.mark.filterwarnings("ignore")  # feedparser's own
def test_feedparsers_own_documents_are_read_as_by_feedparser() -> None:
    read_, unexplained, unused = 0, {}, set(MEANT)
    for name, body in corpus():
        found = differences(body)
        read_ += 1
        reasons = {part for part in MEANT if part in name}
        if found:
            unused -= reasons
        if found and not reasons:
            unexplained[name] = found

    assert read_ > 2_000
    assert unexplained == {}
    assert unused == set()
