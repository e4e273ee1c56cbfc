"""When the monitor may say that it is alive."""

from datetime import timedelta

import pytest

from monitor.core.heartbeat import silence
from monitor.model import FeedState
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
