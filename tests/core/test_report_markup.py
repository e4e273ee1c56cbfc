"""Reports in three formats: what strangers wrote is a text in each, and nothing else."""

import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from monitor.core.inert import inert
from monitor.core.report import (
    Headline,
    Held,
    Sent,
    StoryPart,
    StoryReport,
    Turned,
    Wanted,
)
from monitor.core.report_markup import as_html, as_markdown, as_text
from monitor.core.report_page import headline, message, page
from monitor.model import AlertKind, Claim, Reason, Severity, Step, Tier
from tests.builders import NOW

WEEK = timedelta(days=7)
BERLIN = ZoneInfo("Europe/Berlin")
ELEMENTS = {"html", "head", "meta", "title", "style", "body", "article", "a", "bdi"}
ELEMENTS |= {"h1", "h2", "p", "ul", "li"}
HOSTILE = [
    "<script>alert(1)</script>",
    "</title></style><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "[click](javascript:alert(1))",
    "![](http://evil.example/p.png) <b>x</b> &lt;i&gt;",
    "\u202egnp.exe\u2066\x1b[31m\x00",
    "# heading\n\n- item\n```\ncode",
    "`code` **bold** __x__ ~~y~~ | a | b |\n|---|---|",
    "https://evil.example/ www.evil.example a@evil.example <https://evil.example>",
    "1. one\n===\n---\n    code",
    "&copy; &#60;script&#62; \\[x\\](y)",
]
TEXTS = (
    st.sampled_from(HOSTILE) | st.text(max_size=40) | st.text("<>&\"'[](){}*_`#!|~\\-=+.:@/\n 1a")
)
LINKS = st.sampled_from(
    [
        "",
        "https://a.example/?a=1&copy=2&lt;x=3",
        "https://a.example/(x)[y]<z>*_\"'",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://good.example@evil.example/",
    ]
)


def a_report(text: str = "Train leaves", link: str = "https://a.example/1", **more: Any) -> Any:
    """Everything that a stranger has a word in is this text."""
    first = Headline(title=text, publisher=text, url=link, language=text)
    step = Step(
        item_id="i",
        at=NOW,
        publisher=text,
        tier=Tier.OFFICIAL_PRIMARY,
        claim=Claim.DENIED,
        party=text,
    )
    turn = Turned(
        at=NOW, by=text, tier=Tier.WIRE, was=None, state=Claim.CONFIRMED, disputed=Claim.DENIED
    )
    story = StoryPart(
        id="s_1",
        title=text,
        first=first,
        is_new=True,
        items=2,
        follow_ons=1,
        told=1,
        state=Claim.CONFIRMED,
        disputed=Claim.DENIED,
        turns=(turn,),
        official=step,
        origins=(text, "B"),
        carriers=(text,),
        languages=(text, "en"),
        tier=Tier.WIRE,
    )
    given: dict[str, Any] = {
        "watch_id": "rail",
        "watch_name": text,
        "before": NOW - 2 * WEEK,
        "since": NOW - WEEK,
        "until": NOW,
        "items": 14,
        "items_before": 9,
        "told": 2,
        "held": (Held(reason=Reason.COPY, count=12, headlines=(first, first)),),
        "stories": (story,),
        "alerts": (Sent(kind=AlertKind.NEW, severity=Severity.HIGH, count=3),),
        "arrived": 2,
        "gained": (text,),
        "lost": (text,),
        "publishers": {text: 14},
        "languages": {text: 14},
        "tiers": {Tier.WIRE: 14},
        "wanted": (
            Wanted(
                expectation="word",
                story_id="s_1",
                title=text,
                armed_at=NOW - WEEK,
                due_at=NOW,
                outcome="missed",
            ),
        ),
        "good": 1,
        "noise": 0,
    }
    return StoryReport(**(given | more))


class Seen(HTMLParser):
    """Elements, attributes and text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.other: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.other.append(data)

    def unknown_decl(self, data: str) -> None:
        self.other.append(data)


@given(text=TEXTS, link=LINKS)
@example(text=HOSTILE[1], link="")
def test_page_has_no_element_and_no_attribute_but_ours(text: str, link: str) -> None:
    seen, plain = (
        Seen(as_html([page(a_report(text, link))])),
        Seen(as_html([page(a_report("x", link))])),
    )

    assert {tag for tag, _ in seen.elements} <= ELEMENTS
    assert [(tag, *attrs) for tag, attrs in seen.elements] == [
        (tag, *attrs) for tag, attrs in plain.elements
    ]
    assert (seen.open, seen.other) == ([], [])
    for tag, attrs in seen.elements:
        if tag == "a":
            assert set(attrs) == {"href", "rel"}
            assert re.match(r"https?://a\.example/", attrs["href"] or "")
            assert attrs["rel"] == "noreferrer noopener nofollow"


@given(text=TEXTS, link=LINKS)
def test_markdown_has_no_token_but_ours(text: str, link: str) -> None:
    """Read by a parser of CommonMark, with tables and strikethrough besides."""
    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])

    def kinds(words: str) -> list[str]:
        tokens = reader.parse(as_markdown([page(a_report(words, link))]))
        found = [child.type for token in tokens for child in token.children or [token]]
        return [kind for kind in found if kind not in ("text", "text_special")]

    assert kinds(text) == kinds("x")


@pytest.mark.parametrize("text", HOSTILE)
def test_words_are_read_as_they_were_written(text: str) -> None:
    shown = " ".join(inert(text).split())
    reader = MarkdownIt("commonmark")
    report = a_report(text)

    rendered = Seen(reader.render(as_markdown([page(report)])))

    assert shown in Seen(as_html([page(report)])).text
    assert shown in rendered.text
    assert shown in as_text([page(report)])


@given(text=TEXTS, link=LINKS)
def test_nothing_acts_on_a_display(text: str, link: str) -> None:
    report = a_report(text, link)
    pages = [page(report)]

    for written in (as_text(pages), as_markdown(pages), as_html(pages), message(report, BERLIN)):
        assert inert(written, newlines=True) == written
    assert inert(headline(report)) == headline(report)
    lines = len(as_text(pages).splitlines())
    assert lines == len(as_text([page(a_report("x", link))]).splitlines())


def test_links_are_kept_to_the_letter_that_counts() -> None:
    report = a_report(link="https://a.example/?a=1&copy=2&lt;x=3")

    html = Seen(as_html([page(report)]))
    marked = Seen(MarkdownIt("commonmark").render(as_markdown([page(report)])))

    for seen in (html, marked):
        links = {attrs["href"] for tag, attrs in seen.elements if tag == "a"}
        assert links == {"https://a.example/?a=1&copy=2&lt;x=3"}


def test_link_stands_behind_the_headline_that_it_leads_to() -> None:
    """A story is named after its first item, which may have come long before."""
    report = a_report()
    story = replace(report.stories[0], title="The very first headline")

    text = as_text([page(replace(report, stories=(story,)))])

    assert "\n  The very first headline\n" in text
    assert "First of this time: Train leaves (Train leaves)  https://a.example/1\n" in text


def test_markdown_can_be_read_as_it_is() -> None:
    marked = as_markdown([page(a_report("North-South (freight): 1.5 trains, it's said"))])

    assert "North-South (freight): 1.5 trains, it's said" in marked


@pytest.mark.parametrize("address", ["https://evil.example/", "ftp://x.example", "www.x.example"])
def test_address_in_a_headline_makes_no_link_in_markdown(address: str) -> None:
    """GitHub makes links of them, CommonMark does not."""
    marked = as_markdown([page(a_report(f"see {address} or ask a@b.example"))])

    assert address not in marked
    assert "a\\@b.example" in marked


def test_page_runs_nothing_and_asks_nobody() -> None:
    elements = Seen(as_html([page(a_report())])).elements

    (policy,) = [a["content"] for _, a in elements if a.get("http-equiv")]
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert not [tag for tag, _ in elements if tag in ("script", "link", "img", "iframe")]
    assert "prefers-color-scheme:dark" in as_html([page(a_report())])


def test_report_reads_as_a_person_would_tell_it() -> None:
    text = as_text([page(a_report(), BERLIN)])

    assert text.startswith(
        "Weekly report: Train leaves\n2025-06-05 11:30 to 2025-06-12 11:30 (Europe/Berlin)\n"
    ), text
    assert "Items: 14 (9 in the time before): 2 told, 12 held back" in text
    assert "Stories: 1 new, 0 gone on; 1 follow-on" in text
    assert "Claim: nothing -> confirmed; Disputed: denied, 2025-06-12, Train leaves (wire)" in text
    assert "copy: 12 items (the text was already seen elsewhere)" in text
    assert "1 of 3 did not arrive so far" in text
    assert "word: Train leaves (missed: waited for since 2025-06-05, until 2025-06-12)" in text


def test_headline_says_how_many() -> None:
    assert headline(a_report(watch_name="Rail")) == (
        "Weekly report: Rail: 1 story (1 new), 1 confirmed, 1 disputed, "
        "12 items held back, 1 missed"
    )


def test_week_in_which_nothing_happened_says_so() -> None:
    empty = StoryReport(
        watch_id="rail",
        watch_name="Rail",
        before=NOW - 2 * WEEK,
        since=NOW - WEEK,
        until=NOW,
        publishers={},
        languages={},
        tiers={},
    )

    assert headline(empty) == "Weekly report: Rail: no stories"
    assert "Items: 0 (0 in the time before): 0 told, 0 held back" in message(empty, BERLIN)
    assert [chapter.heading for chapter in page(empty).chapters] == ["In short"]


def test_week_of_many_stories_fits_a_chat_and_says_what_is_left_out() -> None:
    report = a_report("Train " * 100)
    report = replace(report, stories=report.stories * 300)

    told = message(report, BERLIN)

    assert len(told) <= 3_100
    assert re.search(r"\nand \d+ lines more$", told)
    assert "and 200 stories more, with 400 items" in as_text([page(report)])


@pytest.mark.parametrize(
    ("length", "name"),
    [
        (WEEK, "Weekly report"),
        (WEEK + timedelta(hours=1), "Weekly report"),
        (timedelta(hours=23), "Daily report"),
        (timedelta(hours=1), "Hourly report"),
        (timedelta(days=30), "Report"),
    ],
)
def test_report_is_named_after_its_length(length: timedelta, name: str) -> None:
    report = a_report(since=NOW - length)

    assert headline(report).startswith(f"{name}: ")
