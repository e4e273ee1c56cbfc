"""The pages of feeds."""

from tests.web.conftest import Served
from tests.web.parsing import texts, tree


def test_feeds_that_need_a_look_come_first_with_what_is_wrong(page_of_story: Served) -> None:
    ill = min(page_of_story.config.feeds)

    page = page_of_story.text("/feeds")

    rows = tree(page).css("tbody tr")
    assert len(rows) == len(page_of_story.config.feeds)
    first = rows[0].text()
    assert page_of_story.config.feeds[ill].name in first
    assert "unreachable" in first
    assert "the name cannot be looked up" in first
    assert "back-off" in first or "interval" in first
    assert f"all {len(rows)}" in texts(page, "ul.counts a")
    assert "unreachable 1" in texts(page, "ul.counts a")


def test_feeds_can_be_narrowed(page_of_story: Served) -> None:
    feeds = page_of_story.config.feeds.values()
    korean = [feed for feed in feeds if feed.language == "ko"]

    assert len(tree(page_of_story.text("/feeds?language=ko")).css("tbody tr")) == len(korean)
    assert len(tree(page_of_story.text("/feeds?health=unreachable")).css("tbody tr")) == 1
    named = tree(page_of_story.text("/feeds?q=PENNANT&tier=wire")).css("tbody tr")
    assert [row.css_first("a").attributes["href"] for row in named if row.css("a")] == [  # type: ignore[union-attr]
        "/feeds/pennant"
    ]
    assert "No feed is like that" in page_of_story.text("/feeds?q=%3Cscript%3E&health=nope")


def test_feed_tells_all_that_is_known_of_it(page_of_story: Served) -> None:
    ill = min(page_of_story.config.feeds)

    page = page_of_story.text(f"/feeds/{ill}")
    assert "the name cannot be looked up" in texts(page, ".problem")[0]
    assert {"url", "asked", "health", "last asked", "asked next"} <= set(texts(page, "dt"))

    page = page_of_story.text("/feeds/pennant?limit=3")
    links = [node.attributes["href"] or "" for node in tree(page).css("a.head")]
    assert len(links) == 3
    assert all(link.startswith("/items/i_") for link in links)
    assert "seen after" in texts(page, "dt")
    assert page_of_story.get("/feeds/nope").status_code == 404
