"""Feeds are asked when they wish to be, and their silence is noticed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st

from monitor.core.schedule import (
    NEVER,
    Due,
    after_failure,
    after_outage,
    after_success,
    is_due,
    is_stale,
    longest_wait,
)
from monitor.model import DueReason, Feed, FeedState, Health
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


def waits_after_success(feed: Feed = EVERY_30, ttl: timedelta | None = None, **wishes: Any) -> Due:
    state = a_state(ttl_s=None if ttl is None else int(ttl.total_seconds()))
    return after_success(state, feed, NOW, **wishes)


def waits_after_failures(failures: int, feed: Feed = EVERY_30, **wishes: Any) -> Due:
    return after_failure(a_state(failures=failures), feed, NOW, **wishes)


@pytest.mark.parametrize(
    ("wishes", "wait", "reason"),
    [
        ({}, 30 * MINUTE, DueReason.INTERVAL),
        ({"fresh_for": 5 * MINUTE}, 30 * MINUTE, DueReason.INTERVAL),
        ({"fresh_for": 30 * MINUTE}, 30 * MINUTE, DueReason.INTERVAL),
        ({"fresh_for": 2 * HOUR}, 2 * HOUR, DueReason.MAX_AGE),
        ({"ttl": 3 * HOUR}, 3 * HOUR, DueReason.TTL),
        ({"fresh_for": 2 * HOUR, "ttl": 3 * HOUR}, 3 * HOUR, DueReason.TTL),
        ({"fresh_for": 2 * HOUR, "ttl": HOUR}, 2 * HOUR, DueReason.MAX_AGE),
        ({"fresh_for": 365 * DAY}, DAY, DueReason.MAX_AGE),
        ({"ttl": 30 * DAY}, DAY, DueReason.TTL),
        ({"retry_after": 2 * HOUR, "ttl": HOUR}, 2 * HOUR, DueReason.RETRY_AFTER),
        ({"retry_after": 3 * DAY, "fresh_for": 9 * DAY}, 3 * DAY, DueReason.RETRY_AFTER),
        ({"retry_after": 30 * DAY}, 7 * DAY, DueReason.RETRY_AFTER),
    ],
)
def test_the_longest_wish_counts_within_its_cap(
    wishes: dict[str, Any], wait: timedelta, reason: DueReason
) -> None:
    assert waits_after_success(**wishes) == Due(at=NOW + wait, reason=reason)


def test_an_interval_above_a_day_is_the_owners_wish() -> None:
    weekly = a_feed(interval=7 * DAY)

    assert waits_after_success(weekly, ttl=30 * DAY).at == NOW + 7 * DAY
    assert waits_after_failures(9, weekly).at == NOW + 7 * DAY


def test_failures_back_off_from_a_quick_retry_to_a_day() -> None:
    waits = [waits_after_failures(failures).at - NOW for failures in range(1, 10)]

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
    assert waits_after_failures(1, a_feed(interval=MINUTE)).at == NOW + MINUTE


@pytest.mark.parametrize(
    ("wishes", "wait", "reason"),
    [
        ({"retry_after": timedelta()}, 5 * MINUTE, DueReason.BACK_OFF),
        ({"retry_after": MINUTE}, 5 * MINUTE, DueReason.BACK_OFF),
        ({"retry_after": 2 * HOUR}, 2 * HOUR, DueReason.RETRY_AFTER),
        ({"retry_after": 3 * DAY}, 3 * DAY, DueReason.RETRY_AFTER),
        ({"retry_after": 400 * DAY}, 7 * DAY, DueReason.RETRY_AFTER),
        ({"fresh_for": HOUR}, HOUR, DueReason.MAX_AGE),
        ({"fresh_for": 9 * DAY}, DAY, DueReason.MAX_AGE),
    ],
)
def test_wishes_count_after_a_failure_too(
    wishes: dict[str, Any], wait: timedelta, reason: DueReason
) -> None:
    assert waits_after_failures(1, **wishes) == Due(at=NOW + wait, reason=reason)


def test_a_feed_that_is_gone_is_asked_no_more() -> None:
    gone = a_state(failures=1, health=Health.GONE)

    assert after_failure(gone, EVERY_30, NOW) == Due(at=NEVER, reason=DueReason.GONE)


def hours(*ranges: range) -> tuple[int, ...]:
    return tuple(hour for hours in ranges for hour in hours)


NIGHT, MORNING = hours(range(22, 24), range(6)), hours(range(10, 14))
THURSDAY, FRIDAY = 3, 4  # NOW is a Thursday, 9:30


@pytest.mark.parametrize(
    ("skips", "interval", "due", "reason"),
    [
        ({"skip_hours": NIGHT}, HOUR, "12 10:30", DueReason.INTERVAL),
        ({"skip_hours": MORNING}, HOUR, "12 14:00", DueReason.SKIPPED),
        ({"skip_hours": NIGHT}, 13 * HOUR, "13 06:00", DueReason.SKIPPED),
        ({"skip_days": (FRIDAY,)}, HOUR, "12 10:30", DueReason.INTERVAL),
        ({"skip_days": (FRIDAY,)}, 15 * HOUR, "13 09:30", DueReason.SKIPPED),
        ({"skip_days": (THURSDAY,)}, HOUR, "13 00:00", DueReason.SKIPPED),
        ({"skip_days": (THURSDAY,), "skip_hours": NIGHT}, HOUR, "13 06:00", DueReason.SKIPPED),
        ({"skip_hours": hours(range(8), range(9, 24))}, HOUR, "13 08:00", DueReason.SKIPPED),
        ({"skip_days": (FRIDAY,)}, DAY, "13 09:30", DueReason.INTERVAL),
        ({"skip_days": (4, 5, 6, 0)}, 2 * DAY, "14 09:30", DueReason.INTERVAL),
    ],
)
def test_hours_and_days_to_skip_move_a_poll_but_never_past_a_day(
    skips: dict[str, Any], interval: timedelta, due: str, reason: DueReason
) -> None:
    found = after_success(a_state(**skips), a_feed(interval=interval), NOW)

    assert (f"{found.at:%d %H:%M}", found.reason) == (due, reason)


def test_after_skipped_hours_not_all_readers_come_at_the_stroke_of_the_clock() -> None:
    found = after_success(a_state(skip_hours=MORNING), EVERY_30, NOW, jitter=1.0)

    assert found.at == NOW.replace(hour=14, minute=6)


def test_retries_skip_as_well() -> None:
    found = after_failure(a_state(skip_hours=hours(range(9, 11)), failures=1), EVERY_30, NOW)

    assert (found.at, found.reason) == (NOW.replace(hour=11, minute=0), DueReason.SKIPPED)


SKIPS = {
    "skip_hours": st.sets(st.integers(0, 23), max_size=23).map(sorted).map(tuple),
    "skip_days": st.sets(st.integers(0, 6), max_size=6).map(sorted).map(tuple),
}


@given_any(
    state=st.builds(a_state, **SKIPS),
    interval=st.timedeltas(min_value=MINUTE, max_value=7 * DAY),
    jitter=st.floats(min_value=0, max_value=1),
)
def test_skipping_is_honoured_or_a_day_has_passed(
    state: FeedState, interval: timedelta, jitter: float
) -> None:
    due = after_success(state, a_feed(interval=interval), NOW, jitter=jitter)

    at_an_allowed_hour = (
        due.at.hour not in state.skip_hours and due.at.weekday() not in state.skip_days
    )
    assert at_an_allowed_hour or due.at - NOW >= DAY
    assert interval <= due.at - NOW <= max(DAY, 1.1 * interval)


WISH = st.none() | st.timedeltas(min_value=timedelta(), max_value=10**4 * DAY)


@given_any(
    interval=st.timedeltas(min_value=timedelta(seconds=1), max_value=365 * DAY),
    failures=st.integers(min_value=0, max_value=10**9),
    fresh_for=WISH,
    retry_after=WISH,
    jitter=st.floats(min_value=0, max_value=1),
)
def test_no_feed_is_given_up_and_none_waits_beyond_the_caps(
    interval: timedelta,
    failures: int,
    fresh_for: timedelta | None,
    retry_after: timedelta | None,
    jitter: float,
) -> None:
    feed, state = a_feed(interval=interval), a_state(failures=failures)

    for decide in (after_success, after_failure):
        due = decide(state, feed, NOW, fresh_for=fresh_for, retry_after=retry_after, jitter=jitter)

        assert NOW < due.at <= NOW + longest_wait(a_state(due_reason=due.reason), feed)
        assert due.at - NOW >= min(fresh_for or timedelta(), DAY)
        assert due.at - NOW >= min(retry_after or timedelta(), 7 * DAY)


@given_any(wish=WISH, jitter=st.floats(min_value=0, max_value=1))
def test_jitter_makes_a_poll_later_by_a_tenth_at_most(
    wish: timedelta | None, jitter: float
) -> None:
    plain = waits_after_success(fresh_for=wish).at

    jittered = waits_after_success(fresh_for=wish, jitter=jitter).at

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


def test_after_an_outage_of_our_own_nobody_has_to_wait_for_the_back_off() -> None:
    state = a_state(
        health=Health.UNREACHABLE, due_reason=DueReason.BACK_OFF, due_at=NOW + 20 * HOUR
    )

    assert after_outage(state, NOW, jitter=0.5).due_at == NOW + MINUTE / 2
    for other in (
        replace(state, due_reason=DueReason.RETRY_AFTER),
        replace(state, health=Health.FAILING),
        replace(state, due_at=NOW),
    ):
        assert after_outage(other, NOW, jitter=0.5) is other
