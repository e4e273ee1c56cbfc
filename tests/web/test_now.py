"""What goes on now: how the service is, and the stories by their last change."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page
from selectolax.lexbor import LexborNode

from monitor import bootstrap
from monitor.adapters.sqlite import SqliteStore
from monitor.config import init
from monitor.views.cards import Asked
from monitor.views.cards import cards as read
from monitor.views.places import place_in
from tests.web.conftest import Served
from tests.web.reading import one, page, words

RAIL = "?watch=kp-border-rail"


def cards(served: Served, query: str = "") -> list[LexborNode]:
    return page(served, "/" + query).css("article.story")


def test_what_is_wrong_is_counted_and_leads_to_its_page(page_of_story: Served) -> None:
    shown = page(page_of_story, "/")

    wrong = {words(node): node.attributes["href"] for node in shown.css(".wrong a")}
    assert wrong == {
        "1 feed not well": "/feeds",
        "1 webhook failing or held": "/webhooks",
        "1 dead letter": "/deliveries?state=dead",
        "1 silence in force": "/silences",
    }
    assert "Not running" in words(shown, ".verdict")


def test_a_card_tells_where_the_story_stands_who_says_so_and_who_was_told(
    page_of_story: Served,
) -> None:
    card = next(found for found in cards(page_of_story, RAIL) if "23 items" in found.text())

    assert words(card, ".ladder [aria-current=step] .name") == "in effect"
    assert "Pennant Wire (fictional)" in words(card, "details.names")
    for said in (
        "4 independent origins",
        "CN: official primary; KP: state media",
        "last word: confirmed",
        "Takes effect 2025-06-12",
        "desk: 1 dead",
    ):
        assert said in words(card)
    assert one(card, "h2 a").attributes["lang"] in ("en", "ko")
    drawn = one(card, "svg.timeline")
    assert len(drawn.css("g.official")) == 7
    assert "statements on" in words(drawn, "desc")
    assert len(card.css("tbody tr")) == len(drawn.css("g"))


@pytest.mark.parametrize(
    ("query", "count"),
    [
        (RAIL, 2),
        ("?claim=announced", 2),
        ("?language=ru", 2),
        ("?since=1h", 0),
        ("?watch=nobody", 0),
        ("?language=ko&claim=confirmed", 1),
    ],
)
def test_filters_narrow_the_list(page_of_story: Served, query: str, count: int) -> None:
    assert len(cards(page_of_story, query)) == count


@pytest.mark.parametrize("query", ["?since=soon", "?claim=maybe", "?language=klingon"])
def test_a_filter_that_means_nothing_is_said_and_left_out(
    page_of_story: Served, query: str
) -> None:
    text = page_of_story.text("/" + query)

    assert 'class="problem" role="alert"' in text
    assert len(cards(page_of_story, query)) == len(cards(page_of_story))


def test_on_a_phone_the_newest_of_a_story_is_in_sight(page_of_story: Served, tab: Page) -> None:
    tab.set_viewport_size({"width": 390, "height": 844})
    tab.goto(page_of_story.url + "/" + RAIL)

    box = tab.locator(".drawn").first
    name = box.locator(".lane-name").first.bounding_box()
    xs = [mark.bounding_box() for mark in box.locator("g").all()]
    assert name
    assert 0 <= name["x"] < name["x"] + name["width"] < 390
    assert max(x["x"] + x["width"] for x in xs if x) < 390
    assert min(x["x"] for x in xs if x) < 0
    assert tab.locator(".sideways").first.is_visible()


def test_more_goes_on_after_the_last_one(page_of_story: Served) -> None:
    """A cursor names a place, whatever came in meanwhile."""
    with bootstrap.archive_of(page_of_story.config) as archive:
        seen: list[str] = []
        cursor = ""
        while not seen or cursor:
            found, cursor = read(archive, Asked(before=place_in(cursor)), 2)
            seen += [card.thread.id for card in found]
        whole, _ = read(archive, Asked(), 100)

    assert seen == [card.thread.id for card in whole]
    assert len(seen) > 4


def test_nothing_stored_says_what_to_do(serve: Callable[[Path], Served], tmp_path: Path) -> None:
    init(tmp_path / "config")
    (tmp_path / "data").mkdir()
    SqliteStore(tmp_path / "data" / "monitor.sqlite").close()

    text = serve(tmp_path / "config").text("/")

    assert "Stories appear as soon as a watch matches an item" in text


def test_an_alert_that_comes_in_is_hinted_at(page_of_story: Served, tab: Page) -> None:
    """The page is changed when the reader asks for it, not under their eyes."""
    tab.route(
        "**/api/v1/events",
        lambda route: route.fulfill(
            content_type="text/event-stream", body="retry: 600000\nevent: alert\ndata: {}\n\n" * 2
        ),
    )
    tab.goto(page_of_story.url + "/")
    tab.evaluate(
        """() => {
            document.querySelector('#fresh a').dataset.events = '/api/v1/events';
            const script = document.createElement('script');
            script.src = '/static/now.js';
            document.head.append(script);
        }"""
    )

    tab.wait_for_selector("#fresh:not([hidden])")

    assert tab.inner_text("#fresh").endswith("new: show")
