"""What is read of unseen entries alone is what is read of them in the whole document."""

import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.adapters.feeds import delta
from monitor.adapters.feeds.pool import ChildParser
from monitor.adapters.feeds.reader import read
from monitor.core.normalise import names_of, shared_names
from monitor.errors import ParseError
from monitor.model import FeedWindow, Fetched, ParsedFeed
from tests.adapters.feeds.documents import SAVED, an_rss, an_rss_item, corpus, fetched

# feedparser's own test documents (BSD licence, see LICENSE inside).


class HereParser(ChildParser):
    """A ChildParser without a child, and what it was made to read."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    def _read(self, fetched: Fetched) -> ParsedFeed:
        self.bodies.append(fetched.body)
        return read(fetched.body, content_type=fetched.content_type, url=fetched.url)


def window_of(body: bytes) -> FeedWindow | None:
    return HereParser().parse(fetched(body)).window


def entries_in(body: bytes) -> list[bytes]:
    """The entries of a document that can be cut, in its order, doubles included."""
    tags = list(re.finditer(rb"<(/?)(?:[\w.-]+:)?(?:item|entry)(?=[\s/>])", body, re.IGNORECASE))
    return [
        body[a.start() : body.find(b">", b.end()) + 1]
        for a, b in zip(tags[::2], tags[1::2], strict=True)
    ]


def assert_same(old: bytes, new: bytes) -> str:
    """Read `new` after `old`, and compare with reading all of it; returns how it was read."""
    try:
        window = window_of(old)
    except ParseError:
        window = None
    try:
        full = read(new, url=fetched(new).url)
    except ParseError:
        with pytest.raises(ParseError):
            HereParser().parse(fetched(new), window)
        return "refused"
    got = HereParser().parse(fetched(new), window)
    assert all(entry.raw is None or entry.raw in new for entry in got.entries)
    if not got.known:
        assert got == full
        return "whole"
    seen, expected = set(entries_in(old)), []
    for entry, piece in zip(full.entries, entries_in(new), strict=True):
        if piece not in seen:
            seen.add(piece)
            expected.append(entry)
    assert list(got.entries) == expected
    assert [entry.raw for entry in got.entries] == [
        piece for piece in dict.fromkeys(entries_in(new)) if piece not in set(entries_in(old))
    ]
    assert got.known == len(set(entries_in(new)) & set(entries_in(old)))
    for name in ("version", "title", "language", "ttl", "flaw", "complete"):
        assert getattr(got, name) == getattr(full, name), name
    names = {name for entry in expected for name in names_of(entry)}
    assert got.shared == shared_names(full.entries) & names
    return "part"


# --- a large corpus ------------------------------------------------------------------------------


def documents() -> Iterator[tuple[str, bytes]]:
    yield from ((path.name, path.read_bytes()) for path in sorted(SAVED.iterdir()))
    yield from corpus()


def successors(pieces: delta.Cut) -> Iterator[tuple[bytes, bytes]]:
    """What a feed may look like at one poll and at the next."""
    names = list(pieces.pieces)
    whole = pieces.document(names)
    for number, name in enumerate(names[:4]):
        piece = pieces.pieces[name]
        end = piece.rfind(b"</")
        edited = piece[:end] + b"<edited>1</edited>" + piece[end:]
        others = [other for other in names if other != name]
        if others:
            yield pieces.document(others), whole  # it is new
            yield whole, pieces.document(others)  # it is gone
        rest = [pieces.pieces[other] for other in others]
        rest.insert(number, edited)
        yield whole, b"".join((pieces.head, *rest, pieces.tail))
        for together in ((edited, whole_of(pieces)), (whole_of(pieces), edited)):
            yield whole, b"".join((pieces.head, *together, pieces.tail))
    yield whole, pieces.document(names[::-1])


def whole_of(pieces: delta.Cut) -> bytes:
    return b"".join(pieces.pieces.values())


def test_every_document_of_the_corpus_is_read_as_it_is_read_whole() -> None:
    counts: Counter[str] = Counter()
    for name, body in documents():
        pieces = delta.cut(fetched(body))
        counts["cut" if pieces else "not cut"] += 1
        for old, new in successors(pieces) if pieces else ():
            try:
                counts[assert_same(old, new)] += 1
            except AssertionError as exc:
                raise AssertionError(f"{name}: {exc}") from exc

    assert counts["cut"] > 1_000
    assert counts["part"] > 2_000


# --- documents made to hold up --------------------------------------------------------------------

ONE = b"<item><title>x</title></item></channel></rss>"
ENDLESS = {
    "items": b"<rss><channel>" + b"<items>" * 1_000_000 + ONE,
    "comments in CDATA": b"<rss><channel><![CDATA[" + b"<!--" * 1_000_000 + b"]]>" + ONE,
    "dates": b"<rss><channel>" + b"<date >" * 1_000_000 + ONE,
    "brackets": b"<rss><channel>" + b"<" * 8_000_000 + ONE,
    "declarations": b"<rss><channel>" + b"<![CDATA[]]>" * 600_000 + ONE,
    "entries": b"<rss><channel>" + b"<item>" * 1_000_000,
    "bases": b"<rss><channel><item>" + b" base  " * 1_000_000 + ONE[6:],
    "tail": b"<rss><channel>" + ONE + b"<items>" * 1_000_000,
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", ENDLESS)
def test_cutting_takes_time_by_the_length_alone(name: str) -> None:
    """It is done in the daemon itself, before any child and its limits."""
    started = time.thread_time()

    delta.cut(fetched(ENDLESS[name]))

    assert time.thread_time() - started < 5


# --- documents made to deceive -------------------------------------------------------------------

DECEIVING = {
    "CDATA that holds an end": "<description><![CDATA[</item><item>]]></description>",
    "CDATA that holds an entry": "<description><![CDATA[<item>x</item>]]></description>",
    "comment that holds an end": "<!-- </item><item> -->",
    "comment that holds an entry": "<!-- <item><title>x</title></item> -->",
    "comment that seems to open CDATA": "<!-- <![CDATA[ -->",
    "CDATA that seems to open a comment": "<description><![CDATA[<!-- ]]></description>",
    "arrows in the text": "<description>a --> b ]] > c</description>",
    "entry inside of an entry": "<x><item><title>inner</title></item></x>",
    "namespace of its own": '<x:y xmlns:x="urn:x">z</x:y>',
    "default namespace of its own": '<p xmlns="http://www.w3.org/1999/xhtml">z</p>',
    "base of its own": '<link xml:base="https://other.example.org/">/a</link>',
    "language of its own": '<description xml:lang="ko">평양</description>',
    "processing instruction": "<?php </item><item> ?>",
    "empty entry beside": "</item><item/><item>",
    "other name beside": "</item><entry><title>x</title></entry><item>",
    "text between": "</item> and <item>",
    "capitals": "</item><ITEM><title>x</title></ITEM><item>",
    "prefix": "</item><rss:item><title>x</title></rss:item><item>",
    "broken markup": "<b>",
    "stray end": "</b>",
    "bare ampersand": "<description>Q&A</description>",
    "entity of HTML": "<description>a&nbsp;b</description>",
    "half a character": "<description>&#55357;</description>",
    "attribute that holds an end": '<x y="</item>"/>',
}


@pytest.mark.parametrize("inside", DECEIVING.values(), ids=DECEIVING.keys())
@pytest.mark.parametrize("first", [True, False], ids=["seen", "unseen"])
def test_deceiving_entry_is_read_as_in_the_whole_document(inside: str, first: bool) -> None:
    odd = an_rss_item("Odd", inside)
    plain = [an_rss_item(f"Train {n}", f"<guid>{n}</guid>") for n in range(3)]
    old = an_rss("".join([odd, *plain[:2]] if first else plain[:2]))
    new = an_rss("".join([odd, *plain]))

    assert_same(old, new)


HEADS = {
    "moment": ("<lastBuildDate>a</lastBuildDate>", "<lastBuildDate>b</lastBuildDate>", True),
    "comment": ("<!-- made in 3 ms -->", "<!-- made in 4 ms -->", True),
    "language": ("<language>en</language>", "<language>ko</language>", False),
    "link": ("<link>https://a.example.org/</link>", "<link>https://b.example.org/</link>", False),
    "comment with an entry": ("<!-- <item></item> -->", "<!-- <item></item> -->", False),
}


@pytest.mark.parametrize(("old", "new", "is_cut"), HEADS.values(), ids=HEADS.keys())
def test_known_entries_count_only_within_the_same_surroundings(
    old: str, new: str, is_cut: bool
) -> None:
    items = [an_rss_item(f"Train {n}", f"<guid>{n}</guid>") for n in range(3)]

    way = assert_same(an_rss("".join(items[1:]), channel=old), an_rss("".join(items), channel=new))

    assert (way == "part") is is_cut


def test_document_of_known_entries_alone_is_not_parsed() -> None:
    items = "".join(an_rss_item(f"Train {n}", f"<guid>{n}</guid>") for n in range(3))
    parser = HereParser()
    first = parser.parse(fetched(an_rss(items, channel="<ttl>60</ttl><pubDate>a</pubDate>")))

    again = parser.parse(
        fetched(an_rss(items, channel="<ttl>60</ttl><pubDate>b</pubDate>")), first.window
    )

    assert len(parser.bodies) == 1
    assert (again.entries, again.known, again.ttl) == ((), 3, first.ttl)


def test_only_unseen_entries_are_given_to_the_parser() -> None:
    items = [an_rss_item(f"Train {n}", f"<guid>{n}</guid>") for n in range(30)]
    parser = HereParser()
    first = parser.parse(fetched(an_rss("".join(items[1:]))))

    second = parser.parse(fetched(an_rss("".join(items))), first.window)
    third = parser.parse(fetched(an_rss("".join([items[5] + "\n", *items]))), second.window)

    assert [entry.title for entry in second.entries] == ["Train 0"]
    assert entries_in(parser.bodies[1]) == [items[0].encode()]
    assert (third.entries, third.known) == ((), 30)


def test_entry_that_shares_its_guid_with_a_known_one_is_not_known_by_it() -> None:
    """A constant guid identifies nothing, also if the other entries were seen at another time."""
    items = [an_rss_item(f"Train {n}", "<guid>constant</guid>") for n in range(3)]
    window = window_of(an_rss("".join(items[1:])))

    second = HereParser().parse(fetched(an_rss("".join(items))), window)

    assert second.known == 2
    assert "guid constant" in second.shared


@pytest.mark.parametrize(
    ("encoding", "content_type", "is_cut"),
    [
        ("utf-8", "", True),
        ("utf-8", "text/xml; charset=iso-8859-1", True),
        ("utf-8-sig", "", True),
        ("utf-16", "", False),
        ("cp1251", "text/xml; charset=windows-1251", False),
    ],
)
def test_other_encodings_are_read_whole(encoding: str, content_type: str, is_cut: bool) -> None:
    text = "".join(an_rss_item(f"Поезд из Пхеньяна номер {n}") for n in range(3))
    declared = encoding.removesuffix("-sig")
    document = f'<?xml version="1.0" encoding="{declared}"?><rss version="2.0"><channel>{text}'
    body = (document + "</channel></rss>").encode(encoding)

    parsed = HereParser().parse(fetched(body, content_type))

    assert len(parsed.entries) == 3
    assert (parsed.window is not None) is is_cut


# --- by hypothesis -------------------------------------------------------------------------------

WORDS = st.sampled_from(["Train", "평양", "Q&A", "&lt;b&gt;", "a < b", "列车", "--", "]]", ""])
INSIDE = st.one_of(
    st.builds("<description>{}</description>".format, WORDS),
    st.builds("<description><![CDATA[{}]]></description>".format, WORDS),
    st.builds("<!-- {} -->".format, WORDS),
    st.builds('<content:encoded xml:lang="{}">x</content:encoded>'.format, st.just("ko")),
    st.builds("<pubDate>{}</pubDate>".format, st.just("Thu, 12 Jun 2025 09:30:00 GMT")),
    st.builds("<category>{}</category>".format, WORDS),
    st.builds("<author>{}</author>".format, WORDS),
    st.builds("<media:title>{}</media:title>".format, WORDS),
    st.sampled_from(list(DECEIVING.values())),
)
ITEMS = st.builds(
    lambda name, guid, inside: (
        f"<{name}><title>{guid}</title><guid>{guid % 7}</guid>{''.join(inside)}</{name}>"
    ),
    st.just("item"),
    st.integers(0, 30),
    st.lists(INSIDE, max_size=3),
)
CHANNELS = st.sampled_from(
    ["", "<pubDate>a</pubDate>", "<language>ko</language>", "<!-- x -->", "<ttl>60</ttl>"]
)
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
ROOTS = st.sampled_from(
    [
        ('<rss version="2.0">', "<channel>", "</channel></rss>"),
        (
            '<rss version="2.0" xmlns:content="urn:c" xmlns:media="urn:m" xml:base="https://b.org/">',
            "<channel>",
            "</channel></rss>",
        ),
        (
            f'<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:content="urn:c" xmlns:rdf="{RDF}">',
            "<channel></channel>",
            "</rdf:RDF>",
        ),
        (
            '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:content="urn:c" xmlns:media="urn:m">',
            "",
            "</feed>",
        ),
    ]
)


@st.composite
def polls(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """One feed at two polls."""
    root, opening, closing = draw(ROOTS)
    listed = draw(st.lists(ITEMS, min_size=1, max_size=6))
    old = draw(st.lists(st.sampled_from(listed), min_size=1, max_size=6))
    new = draw(st.lists(st.sampled_from(listed), min_size=1, max_size=6))

    def document(items: Iterable[str], channel: str) -> bytes:
        text = "".join(items)
        if root.startswith("<feed"):
            text = text.replace("<item>", "<entry>").replace("</item>", "</entry>")
            text = text.replace("guid>", "id>")
        return f"<?xml version='1.0'?>{root}{opening}{channel}{text}{closing}".encode()

    return document(old, draw(CHANNELS)), document(new, draw(CHANNELS))


@settings(max_examples=400)
@given(polls())
def test_any_second_poll_is_read_as_a_whole_one_is(pair: tuple[bytes, bytes]) -> None:
    assert_same(*pair)
