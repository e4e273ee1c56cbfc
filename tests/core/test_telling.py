"""What is told of a story that was told already, and when."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.cluster import Placed
from monitor.core.clusters import THRESHOLDS
from monitor.core.telling import (
    PAUSE,
    News,
    is_pressing,
    news_of,
    pause_after,
)
from monitor.model import Grouping, Tier


def a_place(**changes: object) -> Placed:
    given: dict[str, object] = {
        "story_id": "s_1",
        "opened": False,
        "score": 0.8,
        "novelty": 0.1,
        "thread": "s_1",
    }
    return Placed(**(given | changes))  # type: ignore[arg-type]


def test_more_of_the_same_is_no_news():
    assert news_of(a_place()) is News.SAME


def test_a_title_that_is_mostly_new_is_a_development():
    assert news_of(a_place(novelty=0.7)) is News.DEVELOPMENT


def test_a_story_of_its_own_is_a_new_story():
    assert news_of(a_place(opened=True)) is News.STORY


def test_a_story_that_goes_on_from_another_one_continues_it():
    assert news_of(a_place(opened=True, related="s_0", relation=0.6)) is News.CONTINUES


def test_a_series_is_always_told_as_new():
    assert news_of(a_place(opened=True, series=True, related="s_0", relation=1.0)) is News.STORY


def test_a_strict_watch_tells_what_joined_loosely():
    placed = a_place(score=THRESHOLDS[Grouping.STRICT] - 0.01)

    assert news_of(placed, Grouping.STRICT) is News.CONTINUES
    assert news_of(placed, Grouping.NORMAL) is News.SAME


def test_a_loose_watch_takes_a_near_miss_for_a_part():
    near = THRESHOLDS[Grouping.LOOSE] / THRESHOLDS[Grouping.NORMAL] + 0.01
    placed = a_place(opened=True, related="s_0", relation=near)

    assert news_of(placed, Grouping.LOOSE) is News.DEVELOPMENT
    assert news_of(placed, Grouping.NORMAL) is News.CONTINUES


@given(told=st.integers(0, 10**6), pressing=st.booleans())
def test_pauses_grow_and_have_an_end(told, pressing):
    pause = pause_after(told, pressing=pressing)

    assert PAUSE <= pause <= timedelta(hours=12)
    assert pause_after(told + 1, pressing=pressing) >= pause


def test_what_presses_is_followed_by_the_shortest_pause_however_often_a_story_was_told():
    assert pause_after(50, pressing=True) == timedelta(minutes=30)
    assert pause_after(50, pressing=False) == timedelta(hours=12)


@pytest.mark.parametrize("news", [News.STORY, News.CONTINUES])
def test_a_story_of_its_own_presses_whoever_tells_it(news):
    assert is_pressing(news, Tier.AGGREGATOR)


@pytest.mark.parametrize("news", [News.DEVELOPMENT, News.SAME])
def test_further_headlines_press_if_they_come_from_close_to_events(news):
    assert is_pressing(news, Tier.WIRE)
    assert not is_pressing(news, Tier.PRESS)
