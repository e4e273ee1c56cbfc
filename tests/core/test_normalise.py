"""Entries become items; each row of the table of feed pathologies that is decided here."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.normalise import clean, normalise, same_text
from monitor.model import Feed, Item, ParsedFeed, RawEntry, Tier
from tests.builders import NOW, a_feed


def items_of(*entries: RawEntry, feed: Feed | None = None, **options: Any) -> tuple[Item, ...]:
    document = ParsedFeed(version="rss20", entries=entries)
    return normalise(feed or a_feed(), document, NOW, options.get("publishers", {}))


def an_entry(title: str = "First train leaves Pyongyang", **changes: Any) -> RawEntry:
    given: dict[str, Any] = {
        "guid": "tag:pennant.example.org,2025:1",
        "link": "https://pennant.example.org/a/1",
        "published_at": NOW - timedelta(minutes=5),
    }
    return RawEntry(title=title, **(given | changes))


@pytest.mark.parametrize(
    ("link", "tier", "speaks_for"),
    [
        ("https://www.mfa.gov.cn/eng/1.html", Tier.OFFICIAL_PRIMARY, ("CN",)),
        ("https://mfa.gov.cn.example.org/1.html", Tier.AGGREGATOR, ()),
        (None, Tier.AGGREGATOR, ()),
    ],
)
def test_item_that_links_elsewhere_confirms_nothing(
    link: str | None, tier: Tier, speaks_for: tuple[str, ...]
):
    """A stranger's bridge may put any words under a ministry's name."""
    feed = a_feed(
        tier=Tier.OFFICIAL_PRIMARY, authority_for=("CN",), link_hosts=("mfa.gov.cn",), owner="mfa"
    )

    [item] = items_of(an_entry(link=link, guid="tag:x,2025:1"), feed=feed)

    assert (item.tier, item.authority_for, item.owner) == (tier, speaks_for, "mfa")


def test_ids_are_derived_from_content():
    """A repeated run gives the same ids, so receivers can discard repeats."""
    first, again = items_of(an_entry()), items_of(an_entry("Retitled"))

    assert first[0].id == again[0].id


def test_guids_of_one_owner_are_shared_but_short_ones_are_not():
    """'17' in two feeds of one newsroom are two articles, a tag: URI is one."""
    world, china = a_feed("bbc-world", owner="bbc"), a_feed("bbc-china", owner="bbc")

    long_ids = [items_of(an_entry(link=None), feed=f)[0].keys[0] for f in (world, china)]
    short_ids = [
        items_of(an_entry(guid="17", link=None), feed=f)[0].keys[0] for f in (world, china)
    ]

    assert long_ids[0] == long_ids[1]
    assert short_ids[0] != short_ids[1]


def test_same_link_with_tracking_parameters_is_one_key():
    plain, tracked = (
        items_of(an_entry(guid=None, link=link))[0]
        for link in (
            "https://x.example.org/a?id=7",
            "http://www.x.example.org/a?id=7&utm_source=rss",
        )
    )

    assert plain.keys == tracked.keys
    assert plain.id == tracked.id


def test_constant_guid_identifies_nothing():
    """Some feeds give every entry the same guid."""
    first, second = items_of(
        an_entry("Ferry sinks", guid="feed", link="https://x.example.org/1"),
        an_entry("Train leaves", guid="feed", link="https://x.example.org/2"),
    )

    assert not set(first.keys) & set(second.keys)


def test_link_that_all_entries_share_identifies_nothing():
    first, second = items_of(
        an_entry("Ferry sinks", guid="a-1", link="https://x.example.org/news"),
        an_entry("Train leaves", guid="a-2", link="https://x.example.org/news"),
    )

    assert not set(first.keys) & set(second.keys)
    assert first.url == "https://x.example.org/news"


def test_entry_without_guid_and_link_is_known_by_title_and_date():
    entry = RawEntry(title="Bulletin 12", published="2025-06-12", published_at=NOW)

    assert items_of(entry)[0].id == items_of(entry)[0].id
    assert items_of(entry)[0].url == ""


def test_link_that_is_shared_only_later_does_not_make_an_item_unknown():
    """Its title and date still tell it."""
    dated = {"guid": None, "published": "Thu, 12 Jun 2025 09:00:00 GMT"}
    alone = items_of(an_entry("Train leaves", link="https://x.example.org/n", **dated))[0]
    shared = items_of(
        an_entry("Train leaves", link="https://x.example.org/n", **dated),
        an_entry("Ferry sinks", link="https://x.example.org/n", **dated),
    )

    known = [set(item.keys) & set(alone.keys) for item in shared]

    assert [bool(keys) for keys in known] == [True, False]


def test_entry_that_is_dated_anew_at_every_answer_is_known_by_its_title():
    """Neither guid nor link, and a pubDate that is the moment of the answer."""
    first, again = (
        items_of(RawEntry(title="Train bulletin", published=written))[0]
        for written in ("Thu, 12 Jun 2025 09:00:00 GMT", "Thu, 12 Jun 2025 09:30:00 GMT")
    )

    assert set(first.keys) & set(again.keys)


def test_entry_with_nothing_but_a_link_is_kept():
    assert len(items_of(RawEntry(link="https://x.example.org/1"))) == 1
    assert items_of(RawEntry()) == ()


def test_undated_items_are_ordered_by_first_seen():
    """Hankyoreh and the IAEA give no date at all."""
    item = items_of(an_entry(published_at=None))[0]

    assert item.published_at is None
    assert item.effective_at == NOW


def test_date_in_the_future_is_clamped_for_ordering():
    """Several outlets are up to an hour ahead."""
    soon = NOW + timedelta(minutes=50)

    item = items_of(an_entry(published_at=soon))[0]

    assert item.published_at == soon
    assert item.effective_at == NOW


def test_date_that_cannot_be_true_is_no_date():
    unset, absurd = datetime(1970, 1, 1, tzinfo=UTC), NOW + timedelta(days=400)

    assert items_of(an_entry(published_at=unset))[0].published_at is None
    assert items_of(an_entry(published_at=absurd))[0].published_at is None


def test_items_come_oldest_first():
    """Feeds are newest first; an original must be judged before its copy."""
    entries = [
        an_entry(f"n{i}", guid=f"g{i}", published_at=NOW - timedelta(hours=i)) for i in (1, 3, 2)
    ]

    assert [item.title for item in items_of(*entries)] == ["n3", "n2", "n1"]


AGGREGATOR = a_feed("newsagg", tier=Tier.AGGREGATOR)
WRAPPED = an_entry(
    "Trains - and hopes - return - Pennant Wire",
    paragraphs=("Trains - and hopes - return Pennant Wire",),
    source_title="Pennant Wire",
    source_url="https://pennant.example.org",
)


def test_publisher_suffix_goes_only_if_it_is_the_source():
    """Headlines contain ' - ' themselves."""
    assert items_of(WRAPPED, feed=AGGREGATOR)[0].title == "Trains - and hopes - return"
    assert items_of(an_entry("Trains - and hopes"))[0].title == "Trains - and hopes"


@pytest.mark.parametrize(
    ("title", "source", "without"),
    [
        ("Trains return - Pennant - World", "Pennant - World", "Trains return"),
        ("Trains return | Pennant", "pennant", "Trains return"),
        ("列车恢复 - ﾍﾟﾅﾝﾄ", "ペナント", "列车恢复"),
        ("Trains return - Pennant", "Pennant Wire", "Trains return - Pennant"),
        ("Trains return - Pennant Wire", "", "Trains return - Pennant Wire"),
        ("- Pennant", "Pennant", "- Pennant"),
        ("A - B - A - B", "B", "A - B - A"),
    ],
)
def test_suffix_is_compared_whole_and_by_what_it_says(title: str, source: str, without: str):
    assert items_of(an_entry(title, source_title=source))[0].title == without


def test_headlines_that_google_news_gives_for_a_text_are_none():
    """They are those of other outlets; each would double the hits of the headline."""
    others = ("Trains return Pennant Wire", "Border trains are back Yalu Watch")
    wrapped = replace(WRAPPED, paragraphs=others)
    link = "https://news.google.com/rss/articles/CBMi?oc=5"

    assert items_of(replace(wrapped, link=link), feed=AGGREGATOR)[0].summary == ""
    assert "Yalu Watch" in items_of(wrapped, feed=AGGREGATOR)[0].summary


@pytest.mark.parametrize("host", ["pennant.example.org", "www.pennant.example.org"])
def test_outlet_is_known_by_its_site_however_its_feed_is_addressed(host: str):
    pennant = a_feed("pennant", owner="pennant-group")
    wrapped = replace(WRAPPED, source_url=f"https://{host}/")

    [item] = items_of(wrapped, feed=AGGREGATOR, publishers={"pennant.example.org": pennant})

    assert item.owner == "pennant-group"


def test_description_that_repeats_the_headline_is_no_text():
    """It would double every keyword hit."""
    assert items_of(WRAPPED, feed=AGGREGATOR)[0].summary == ""


def test_aggregators_item_belongs_to_the_outlet_that_wrote_it():
    pennant = a_feed("pennant", owner="pennant-group")

    known = items_of(WRAPPED, feed=AGGREGATOR, publishers={"pennant.example.org": pennant})[0]
    unknown = items_of(WRAPPED, feed=AGGREGATOR)[0]

    assert known.owner == "pennant-group"
    assert unknown.owner == "pennant.example.org"
    assert known.publisher == "Pennant Wire"
    assert known.tier is Tier.AGGREGATOR


def test_footer_that_names_the_outlet_is_dropped():
    """'... appeared first on NK News' would make every item one about the DPRK."""
    item = items_of(
        an_entry(paragraphs=("Volumes fell.", "The post Volumes fell appeared first on NK News."))
    )[0]

    assert item.summary == "Volumes fell."


def test_control_and_direction_characters_are_removed():
    assert clean("Train\u202e gnp\u0000 \x1b[31m\n left\u200b") == "Train gnp [31m left"


def test_language_is_told_by_script_and_feed():
    korean = items_of(an_entry("평양 열차"), feed=a_feed(language="en"))[0]
    han = items_of(an_entry("平壌列車"), feed=a_feed(language="ja"))[0]

    assert (korean.language, han.language) == ("ko", "ja")


@given(st.text(), st.text())
def test_same_text_is_idempotent_and_blind_to_spacing(left: str, right: str):
    assert same_text(same_text(left)) == same_text(left)
    assert same_text(f"{left}  \n {right}") == same_text(f" {left} {right} ")


@given(
    st.lists(
        st.builds(RawEntry, title=st.text(), guid=st.none() | st.text(), link=st.none() | st.text())
    )
)
def test_any_entries_can_be_normalised(entries: list[RawEntry]):
    for item in items_of(*entries):
        assert item.keys
        assert item.title == clean(item.title)


@given(st.text(st.characters(codec="ascii"), max_size=40))
def test_plain_letters_are_compared_as_all_others_are(text: str):
    """What is soon done for ASCII is what the rules for every script would make of it."""
    beside = "Ж"  # takes the long way

    assert same_text(f"{text} {beside}") == f"{same_text(text)} ж".strip()
