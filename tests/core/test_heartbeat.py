"""When the monitor may say that it is alive."""

from datetime import timedelta
from typing import Any

import pytest

from monitor.core.heartbeat import in_a_line, silence, stuck
from monitor.model import FeedState, Health
from tests.builders import NOW, a_feed

HOUR, ONCE = timedelta(hours=1), timedelta(seconds=1)
FEED = a_feed("a", interval=HOUR)
FRESH = FeedState(feed_id="a", due_at=NOW, last_ok_at=NOW - HOUR)


def test_all_is_well() -> None:
    assert silence([FEED], {"a": FRESH}, ONCE, "", NOW) == ""
    assert silence([FEED], {"a": FRESH}, ONCE, "", NOW + HOUR) == ""


@pytest.mark.parametrize(
    ("since_turn", "trouble", "states", "reason"),
    [
        (timedelta(seconds=61), "", {"a": FRESH}, "the main loop has not turned for 61 s"),
        (ONCE, "disk full", {"a": FRESH}, "the database cannot be written: disk full"),
        (ONCE, "", {}, "no feed was read in its time"),
        (ONCE, "", {"a": FeedState(feed_id="a", due_at=NOW)}, "no feed was read in its time"),
    ],
)
def test_it_is_withheld_with_its_reason(
    since_turn: timedelta, trouble: str, states: dict[str, FeedState], reason: str
) -> None:
    assert silence([FEED], states, since_turn, trouble, NOW) == reason


def test_one_feed_of_many_is_enough_but_not_an_old_or_disabled_one() -> None:
    other = FeedState(feed_id="b", due_at=NOW, last_ok_at=NOW, failures=3)
    states = {"a": FRESH, "b": other}

    assert silence([FEED, a_feed("b")], states, ONCE, "", NOW) == ""
    assert silence([FEED, a_feed("b")], states, ONCE, "", NOW + HOUR + ONCE)
    assert silence([a_feed("a", enabled=False), a_feed("b")], states, ONCE, "", NOW)


NEVER = timedelta(days=9)
LATE = FeedState(feed_id="a", due_at=NOW - HOUR, polled_at=NOW - HOUR, failures=9)
ALL_IS_WELL: dict[str, Any] = {
    "since_turn": ONCE,
    "since_answer": ONCE,
    "since_poll": ONCE,
    "trouble": "",
    "now": NOW,
}


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ({"since_turn": timedelta(seconds=61)}, "the main loop has not turned for 61 s"),
        ({"since_answer": timedelta(seconds=61)}, "the database has not answered for 61 s"),
        ({"since_poll": HOUR}, "feeds are due, and none was asked for 60 min"),
    ],
)
def test_what_only_another_start_mends_is_stuck(what: dict[str, Any], reason: str) -> None:
    assert stuck([FEED], {"a": LATE}, **ALL_IS_WELL) == ""
    assert stuck([FEED], {"a": LATE}, **(ALL_IS_WELL | what)) == reason


@pytest.mark.parametrize(
    ("states", "what"),
    [
        ({"a": LATE}, {"trouble": "disk full", "since_poll": NEVER}),  # waits for the disk
        ({"a": FRESH}, {"since_poll": timedelta(minutes=59)}),  # nothing is due
        ({}, {"since_poll": NEVER}),
    ],
)
def test_what_another_start_would_not_mend_is_not_stuck(
    states: dict[str, FeedState], what: dict[str, Any]
) -> None:
    assert stuck([FEED], states, **(ALL_IS_WELL | what)) == ""


def test_how_it_is_in_a_line() -> None:
    feeds = [a_feed("a"), a_feed("b"), a_feed("c"), a_feed("d", enabled=False)]
    ill = FeedState(feed_id="b", due_at=NOW, polled_at=NOW, health=Health.BLOCKED)

    assert in_a_line([], {}, "") == "0 feeds"
    assert in_a_line(feeds, {}, "") == "3 feeds, 3 not asked yet"
    assert in_a_line(feeds, {"a": FRESH, "b": ill}, "disk full") == (
        "the database refuses to be written: disk full, 3 feeds, 1 not well, 2 not asked yet, "
        f"last poll {NOW:%H:%M}Z"
    )
