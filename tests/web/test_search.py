"""Searching all that is stored, in any language."""

import pytest

from tests.web.conftest import Served
from tests.web.reading import one, page, words


def titles(served: Served, query: str) -> list[str]:
    return [words(node) for node in page(served, f"/search?{query}").css(".hit h3")]


@pytest.mark.parametrize(
    ("word", "language"),
    [("train", "en"), ("열차", "ko"), ("列车", "zh"), ("поезда", "ru"), ("列車", "ja")],
)
def test_words_of_any_language_are_found_and_marked(
    page_of_story: Served, word: str, language: str
) -> None:
    shown = page(page_of_story, f"/search?q={word}&language={language}")

    found = shown.css(".hit")
    assert found
    for hit in found:
        assert one(hit, "h3").attributes["lang"] == language
        assert word in {mark.text().lower() for mark in hit.css("mark")}


def test_the_newest_come_first_and_older_ones_behind_a_cursor(page_of_story: Served) -> None:
    first = page(page_of_story, "/search")
    address = str(one(first, "a.more").attributes["href"])
    second = page(page_of_story, address)

    moments = [
        str(node.attributes["datetime"])
        for shown in (first, second)
        for node in shown.css(".hit .byline time")
    ]
    assert moments == sorted(moments, reverse=True)
    links = [
        str(node.attributes["href"]) for shown in (first, second) for node in shown.css(".hit h3 a")
    ]
    assert len(set(links)) == len(links) > 30
    assert "Back to the newest" in words(second, "main")


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("q=train&tier=wire", 1),
        ("watch=sanctions&tier=press", 1),
        ("since=2025-06-10&until=2025-06-13", 4),
        ("q=train&since=1h", 0),
        ("feed=nobody", 0),
        ("q=--", 0),
    ],
)
def test_filters_narrow_it_down(page_of_story: Served, query: str, count: int) -> None:
    assert len(titles(page_of_story, query)) == count


def test_nothing_found_says_what_to_do(page_of_story: Served) -> None:
    assert "Try fewer words" in words(page(page_of_story, "/search?q=nonesuch"), ".empty")


@pytest.mark.parametrize("query", ["tier=wired", "language=klingon", "since=soon", "until=2025"])
def test_what_means_nothing_is_said(page_of_story: Served, query: str) -> None:
    assert page(page_of_story, f"/search?{query}").css(".problem")


def test_the_address_of_an_item_finds_it(page_of_story: Served) -> None:
    found = titles(page_of_story, "q=https://yaluwatch.example.org/a/n01")

    assert found == ["Timetable for Pyongyang–Beijing train reappears on North Korean tourism site"]


def test_what_is_asked_for_is_text(page_of_story: Served) -> None:
    text = page_of_story.text('/search?q="><script>alert(1)</script>&watch="><b>&before=~~x')

    assert "<script>alert" not in text
    assert "<b>" not in text
