"""Feeds are asked when they wish to be, and their silence is noticed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st

from monitor.core.schedule import after_failure, after_success, is_due, is_stale
from monitor.model import FeedState
from tests.builders import NOW, a_feed

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
EVERY_30 = a_feed(interval=30 * MINUTE)


def a_state(**changes: Any) -> FeedState:
    given: dict[str, Any] = {"feed_id": "pennant", "due_at": NOW}
    return FeedState(**(given | changes))


def test_a_feed_never_polled_is_due() -> None:
    assert is_due(None, NOW)


@pytest.mark.parametrize(("late", "due"), [(-MINUTE, False), (timedelta(), True), (MINUTE, True)])
def test_a_feed_is_due_from_its_time_on(late: timedelta, due: bool) -> None:
    assert is_due(a_state(), NOW + late) is due


@pytest.mark.parametrize(
    ("fresh_for", "ttl", "wait"),
    [
        (None, None, 30 * MINUTE),
        (5 * MINUTE, None, 30 * MINUTE),
        (2 * HOUR, None, 2 * HOUR),
        (None, 3 * HOUR, 3 * HOUR),
        (2 * HOUR, 3 * HOUR, 3 * HOUR),
        (365 * DAY, None, DAY),
        (None, 30 * DAY, DAY),
    ],
)
def test_the_longest_wish_counts_up_to_a_day(
    fresh_for: timedelta | None, ttl: timedelta | None, wait: timedelta
) -> None:
    assert after_success(a_state(), EVERY_30, NOW, fresh_for=fresh_for, ttl=ttl) == NOW + wait


def test_an_interval_above_a_day_is_the_owners_wish() -> None:
    weekly = a_feed(interval=7 * DAY)

    assert after_success(None, weekly, NOW, ttl=30 * DAY) == NOW + 7 * DAY
    assert after_failure(weekly, 9, NOW) == NOW + 7 * DAY


def test_failures_back_off_from_a_quick_retry_to_a_day() -> None:
    waits = [after_failure(EVERY_30, failures, NOW) - NOW for failures in range(1, 10)]

    assert waits == [
        5 * MINUTE,
        30 * MINUTE,
        HOUR,
        2 * HOUR,
        4 * HOUR,
        8 * HOUR,
        16 * HOUR,
        DAY,
        DAY,
    ]


def test_a_short_interval_is_not_made_longer_by_the_first_failure() -> None:
    assert after_failure(a_feed(interval=MINUTE), 1, NOW) == NOW + MINUTE


@pytest.mark.parametrize(
    ("retry_after", "wait"),
    [
        (timedelta(), 5 * MINUTE),
        (MINUTE, 5 * MINUTE),
        (2 * HOUR, 2 * HOUR),
        (3 * DAY, 3 * DAY),
        (400 * DAY, 7 * DAY),
    ],
)
def test_retry_after_is_obeyed_up_to_a_week(retry_after: timedelta, wait: timedelta) -> None:
    assert after_failure(EVERY_30, 1, NOW, retry_after=retry_after) == NOW + wait


@given_any(
    interval=st.timedeltas(min_value=timedelta(seconds=1), max_value=365 * DAY),
    failures=st.integers(min_value=0, max_value=10**9),
    retry_after=st.none() | st.timedeltas(min_value=timedelta(), max_value=10**4 * DAY),
    jitter=st.floats(min_value=0, max_value=1),
)
def test_no_feed_is_given_up_and_none_waits_beyond_the_caps(
    interval: timedelta, failures: int, retry_after: timedelta | None, jitter: float
) -> None:
    feed = a_feed(interval=interval)

    due = after_failure(feed, failures, NOW, retry_after=retry_after, jitter=jitter)

    assert NOW < due <= NOW + 1.1 * max(interval, 7 * DAY)
    if retry_after is not None:
        assert due - NOW >= min(retry_after, 7 * DAY)


@given_any(
    wish=st.none() | st.timedeltas(min_value=timedelta(), max_value=10**4 * DAY),
    jitter=st.floats(min_value=0, max_value=1),
)
def test_jitter_makes_a_poll_later_by_a_tenth_at_most(
    wish: timedelta | None, jitter: float
) -> None:
    plain = after_success(None, EVERY_30, NOW, fresh_for=wish)

    jittered = after_success(None, EVERY_30, NOW, fresh_for=wish, jitter=jitter)

    assert plain <= jittered <= NOW + 1.1 * (plain - NOW)


def test_a_zombie_is_stale_from_its_first_poll() -> None:
    """Valid, 200, but the newest item is eight years old."""
    state = a_state(baseline_at=NOW, last_new_at=NOW, newest_at=datetime(2017, 4, 1, tzinfo=UTC))

    assert is_stale(a_feed(), state, NOW)


def test_a_feed_with_wrong_dates_lives_while_it_brings_news() -> None:
    state = a_state(
        baseline_at=NOW - 30 * DAY,
        last_new_at=NOW - HOUR,
        newest_at=datetime(2017, 4, 1, tzinfo=UTC),
    )

    assert not is_stale(a_feed(), state, NOW)


def test_a_feed_that_went_quiet_is_stale_after_two_weeks() -> None:
    state = a_state(baseline_at=NOW - 90 * DAY, newest_at=NOW, last_new_at=NOW)

    assert not is_stale(a_feed(), state, NOW + 13 * DAY)
    assert is_stale(a_feed(), state, NOW + 15 * DAY)


def test_expect_every_says_what_silence_is_normal() -> None:
    state = a_state(baseline_at=NOW - 90 * DAY, newest_at=NOW, last_new_at=NOW)

    assert is_stale(a_feed(expect_every=DAY), state, NOW + 2 * DAY)
    assert not is_stale(a_feed(expect_every=60 * DAY), state, NOW + 50 * DAY)


def test_an_undated_feed_is_judged_by_when_it_brought_something_new() -> None:
    state = a_state(baseline_at=NOW, last_new_at=NOW)

    assert not is_stale(a_feed(), state, NOW + 13 * DAY)
    assert is_stale(a_feed(), state, NOW + 15 * DAY)


def test_a_date_in_the_future_does_not_hide_silence() -> None:
    state = a_state(baseline_at=NOW, last_new_at=NOW, newest_at=NOW + 900 * DAY)

    assert is_stale(a_feed(), state, NOW + 15 * DAY)


def test_a_feed_never_parsed_is_not_called_stale() -> None:
    assert not is_stale(a_feed(), a_state(), NOW + 900 * DAY)
