"""What a feed says, in our terms."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.adapters.feeds import limits, read
from monitor.errors import ParseError
from monitor.model import Health, ParsedFeed, RawEntry
from tests.adapters.feeds.documents import SAVED, an_rss, an_rss_item, saved

MORNING = datetime(2025, 6, 12, 9, 30, tzinfo=UTC)


def the_entry(items: str, url: str = "") -> RawEntry:
    (entry,) = read(an_rss(items), url=url).entries
    return entry


def test_every_field_of_an_rss_item_is_read():
    feed = read(saved("rss20.xml"))
    first = feed.entries[0]

    assert (feed.version, feed.title, feed.language) == ("rss20", "Pennant Wire & Cable", "en-gb")
    assert feed.ttl == timedelta(minutes=45)
    assert (feed.skip_hours, feed.skip_days) == ((0, 1), (6,))
    assert feed.flaw == ""
    assert first == RawEntry(
        guid="tag-1",
        link="https://feeds.example.org/~r/1",
        title="Java's List<String> & friends: why a < b",
        paragraphs=("First.", "Second", "third."),
        published="Thu, 12 Jun 2025 09:30:00 GMT",
        published_at=MORNING,
        categories=("Rail", "Asia"),
        links=("https://pennant.example.org/a/1",),
    )


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("rss090.xml", "rss090"),
        ("rss091.xml", "rss091n"),
        ("rss092.xml", "rss092"),
        ("rss10.rdf", "rss10"),
        ("rss20.xml", "rss20"),
        ("atom03.xml", "atom03"),
        ("atom10.xml", "atom10"),
        ("odd_no_version.xml", ""),
    ],
)
def test_every_format_is_recognised(name: str, version: str):
    feed = read(saved(name))

    assert feed.version == version
    assert feed.entries


def test_rdf_says_how_often_it_changes_and_what_it_says_at_length():
    feed = read(saved("rss10.rdf"))
    (entry,) = feed.entries

    assert feed.ttl == timedelta(hours=6)
    assert entry.paragraphs == ("北京と平壌を結ぶ旅客列車が再開した。", "乗客は約百人。")
    assert (entry.published_at, entry.author, entry.language) == (MORNING, "社会部", "ja")


def test_atom_entry_has_its_own_language_source_and_first_publication():
    entry = read(saved("atom10.xml")).entries[1]

    assert entry.language == "ko"
    assert entry.title == "굵은 제목"
    assert entry.published == "2025-06-11T00:00:00Z"
    assert (entry.source_title, entry.source_url) == ("원본", "https://source.example.org/")
    assert entry.categories == ("철도",)


def test_title_of_the_article_is_not_that_of_its_photo():
    assert read(saved("rss20_media.xml")).entries[0].title == "The article's own title"


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("a &lt; b", "a < b"),
        ("List&lt;String&gt;", "List<String>"),
        ("&lt;b&gt;Bold&lt;/b&gt; &amp;amp; calm", "Bold & calm"),
        ("AT&amp;amp;T", "AT&T"),
        ("It&amp;#8217;s", "It’s"),
        ("<![CDATA[Tickets <em>on sale</em>]]>", "Tickets on sale"),
        ("Q&A: rail & road", "Q&A: rail & road"),
        ("Gare&nbsp;du Nord", "Gare du Nord"),
        ("  two\n lines ", "two lines"),
        ("The &lt;video&gt; tag &amp;amp; you", "The <video> tag & you"),
        ("<![CDATA[<canvas> fun &amp; more]]>", "<canvas> fun & more"),
        ("<![CDATA[One<br>Two]]>", "One Two"),
        ('<![CDATA[<img src="x.png">Headline]]>', "Headline"),
        ("<![CDATA[<strong>Breaking]]>", "Breaking"),
        ("AT&AMP;T", "AT&T"),
    ],
)
def test_title_is_plain_text_without_eating_any(written: str, title: str):
    assert the_entry(an_rss_item(written)).title == title


def test_content_with_breaks_is_kept_before_its_summary_with_glued_words():
    content = "<b>Fast train</b><br/><br/>Leaves at noon<br/>from the border"
    more = (
        "<description>Fast trainLeaves at noonfrom the border...</description>"
        f"<content:encoded><![CDATA[{content}]]></content:encoded>"
    )

    [entry] = read(an_rss(an_rss_item(more=more))).entries

    assert entry.paragraphs == ("Fast train", "Leaves at noon from the border")


def test_relative_link_is_resolved_but_a_guid_never():
    """A guid that depended on the address would change with every mirror."""
    entry = the_entry(
        "<item><link>/a/1</link><guid>1</guid></item>", url="https://mirror.example.org/feeds/x.xml"
    )

    assert entry.link == "https://mirror.example.org/a/1"
    assert entry.guid == "1"


def test_link_is_resolved_against_the_base_that_the_document_names():
    links = [entry.link for entry in read(saved("rss20_relative.xml")).entries]

    assert links == ["https://base.example.org/news/1.html", "https://base.example.org/2.html"]


def test_guid_serves_as_link_only_if_nothing_better_is_there():
    only_guid = the_entry("<item><guid>https://pennant.example.org/a/2</guid></item>")
    only_sound = read(saved("atom10_enclosure_only.xml")).entries[0]
    opaque = the_entry("<item><guid>123</guid><title>t</title></item>", url="https://p.example.org")

    assert only_guid.link == "https://pennant.example.org/a/2"
    assert only_sound.link == "https://sound.example.org/1.mp3"
    assert opaque.link == "123"


def test_link_past_the_limit_is_dropped_and_the_entry_stays():
    entry = the_entry(f"<item><title>t</title><link>https://e.org/{'x' * 9000}</link></item>")

    assert (entry.title, entry.link) == ("t", None)


def test_long_link_of_an_aggregator_is_kept():
    link = f"https://news.example.org/rss/articles/{'C' * 4000}?oc=5"

    assert the_entry(f"<item><title>t</title><link>{link}</link></item>").link == link


def test_publisher_of_an_aggregated_item_is_kept():
    entry = read(saved("rss20_google_news.xml")).entries[0]

    assert (entry.source_title, entry.source_url) == ("Pennant Wire", "https://pennant.example.org")


def test_unreadable_date_is_kept_as_written_and_a_second_one_is_used():
    unreadable = the_entry(an_rss_item(more="<pubDate>yesterday, around noon</pubDate>"))
    both = the_entry(
        an_rss_item(
            more="<pubDate>soon</pubDate><dc:date xmlns:dc='http://purl.org/dc/elements/1.1/'>"
            "2025-06-12T09:30:00Z</dc:date>"
        )
    )

    assert (unreadable.published, unreadable.published_at) == ("yesterday, around noon", None)
    assert both.published_at == MORNING


def test_item_without_a_date_is_kept():
    assert [entry.published for entry in read(saved("rss20_no_dates.xml")).entries] == [None, None]


def test_truncated_document_keeps_its_whole_entries_and_says_so():
    feed = read(saved("rss20_truncated.xml"))

    assert [entry.title for entry in feed.entries] == ["Whole", "Also whole, with späť", ""]
    assert [entry.partial for entry in feed.entries] == [False, False, True]
    assert feed.flaw.startswith("the document ends too early")


def test_feed_without_entries_is_a_feed():
    assert read(an_rss("")).entries == ()


@pytest.mark.parametrize(
    "inside",
    [
        "",
        "<author>a</author>",
        "<category>Rail</category>",
        "<pubDate>Thu, 12 Jun 2025 09:30:00 GMT</pubDate>",
        '<description>&lt;img src="https://pennant.example.org/a.png"/&gt;</description>',
    ],
)
def test_entry_that_says_next_to_nothing_is_read(inside: str):
    """Whether it is worth keeping is not for the reader to say."""
    assert len(read(an_rss(f"<item>{inside}</item>" + an_rss_item())).entries) == 2


@pytest.mark.parametrize("before", [b'{"a":1}\n', b"[Notice] something failed\n", b"[[[[" * 9_000])
def test_feed_behind_what_begins_like_json_is_read(before: bytes):
    assert len(read(before + an_rss(an_rss_item())).entries) == 1


def test_json_that_speaks_of_a_feed_is_none():
    with pytest.raises(ParseError, match="JSON"):
        read(b'{"text": "<rss><channel><item><title>x</title></item></channel></rss>"}')


def test_half_an_emoji_does_not_cost_the_feed():
    """feedparser itself raises UnicodeEncodeError on these."""
    assert read(saved("rss20_surrogates.xml")).entries[0].title == "Train 🚆 departs"


def test_only_so_much_of_an_entry_is_kept():
    entry = the_entry(
        f"<item><title>{'t' * 5000}</title><guid>{'g' * 5000}</guid>"
        f"<description>{'long word ' * 5000}</description>"
        + "".join(f"<category>{number}</category>" for number in range(100))
        + "</item>"
    )

    assert len(entry.title) == limits.TITLE
    assert len(entry.guid or "") == limits.ID
    assert sum(map(len, entry.paragraphs)) <= 20_000
    assert len(entry.categories) == limits.CATEGORIES


@pytest.mark.parametrize(("years", "first"), [((2025, 2024), "0"), ((2024, 2025), "9")])
def test_of_a_huge_feed_the_newest_end_is_read(years: tuple[int, int], first: str):
    def at(number: int) -> str:
        return f"<pubDate>1 Jun {years[number > 1000]} 00:00:00 GMT</pubDate>"

    feed = read(an_rss("".join(an_rss_item(str(n), at(n)) for n in range(5_009))))

    assert len(feed.entries) == 5_000
    assert feed.entries[0].title == first
    assert "5,009 entries" in feed.flaw


def test_only_the_last_entry_of_a_cut_document_is_partial_not_the_last_kept():
    entries = read(an_rss(an_rss_item() * 5_001 + "<item><title>cut")[:-30]).entries

    assert len(entries) == 5_000
    assert not entries[-1].partial


def test_wait_that_is_no_number_is_none():
    assert read(an_rss("", channel="<ttl>soon</ttl>")).ttl is None


def test_feedparser_failure_is_a_parse_error():
    """An `</item>`-less category outside of any feed once raised KeyError (feedparser #599)."""
    for body in (b"<category>x</category>", b"<textinput><name>x</name>", b"<link>x</link>"):
        with pytest.raises(ParseError):
            read(body)


def test_body_that_names_a_file_opens_none():
    with pytest.raises(ParseError) as caught:
        read(str(SAVED / "rss20.xml").encode())

    assert caught.value.health is Health.NOT_A_FEED


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_a_feed_or_a_parse_error(body: bytes):
    with suppress(ParseError):
        assert isinstance(read(body), ParsedFeed)


@settings(max_examples=120, deadline=None)
@given(
    name=st.sampled_from(sorted(path.name for path in SAVED.iterdir())),
    cuts=st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=12)), min_size=1, max_size=4),
)
@example(name="rdf_entities.rdf", cuts=[(0.125, b"\0"), (0.234375, bytes(11))])
def test_any_damage_to_a_feed_is_a_feed_or_a_parse_error(
    name: str, cuts: list[tuple[float, bytes]]
):
    body = saved(name)
    for where, what in cuts:
        at = int(where * len(body))
        body = body[:at] + what + body[at + len(what) :]
    with suppress(ParseError):
        assert isinstance(read(body, url="https://pennant.example.org/"), ParsedFeed)


def test_badly_written_document_that_is_cut_as_well_is_not_complete():
    """The parser names only the first error; validators of half a document would hide the rest."""
    whole = an_rss(
        an_rss_item("One<br>two", "<guid>g1</guid>") + an_rss_item("Three", "<guid>g2</guid>")
    )
    cut = whole[: whole.rindex(b"</title>") + 8]

    feed = read(cut)

    assert not feed.complete
    assert feed.entries[-1].partial
    assert read(whole).complete
