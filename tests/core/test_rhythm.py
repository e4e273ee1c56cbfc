"""How often a feed brings news is learned, and how often it is asked follows."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core import rhythm
from monitor.core.rhythm import (
    ORDINARY,
    Moment,
    is_lively,
    pace,
    parties,
    speaks_for,
    usual_silence,
)
from monitor.core.schedule import after_success, hastened, longest_silence
from monitor.model import DueReason, Feed, FeedState, Found, Tier
from tests.builders import NOW, a_feed, an_alert

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def an_adaptive_feed(**changes: Any) -> Feed:
    given: dict[str, Any] = {
        "adaptive": True,
        "interval": 30 * MINUTE,
        "min_interval": 5 * MINUTE,
        "max_latency": 4 * HOUR,
    }
    return a_feed(**(given | changes))


FEED = an_adaptive_feed()


def a_state(**changes: Any) -> FeedState:
    given: dict[str, Any] = {"last_new_at": NOW, "last_ok_at": NOW, "baseline_at": NOW - DAY}
    return FeedState(feed_id="pennant", **({"due_at": NOW} | given | changes))


def known(gap: timedelta, longest: timedelta | None = None, **changes: Any) -> FeedState:
    return a_state(
        news_count=20,
        news_gap_s=gap.total_seconds(),
        longest_gap_s=(longest or gap).total_seconds(),
        **changes,
    )


def a_life(gaps: list[timedelta]) -> tuple[FeedState, datetime]:
    """A feed that was watched all the time and brought news after each gap."""
    state, now = a_state(), NOW
    for gap in gaps:
        now += gap
        seen = replace(state, last_ok_at=now - MINUTE)
        state = replace(rhythm.of_news(seen, DAY, now), last_new_at=now, last_ok_at=now)
    return state, now


# --- learning ------------------------------------------------------------------------------------


def test_the_dates_of_the_first_document_tell_the_rhythm_at_once():
    dates = [NOW - n * 2 * HOUR for n in range(12)]

    state = rhythm.of_dates(a_state(), dates, NOW)

    assert (state.news_count, round(state.news_gap_s or 0)) == (11, 7200)
    assert state.longest_gap_s == 7200


def test_a_silence_that_goes_on_at_first_sight_may_be_ordinary():
    """Twenty entries of one day of moving house, and none since: no reason to call it dead."""
    dates = [NOW - 5 * DAY - n * HOUR for n in range(20)]
    older = [NOW - 20 * DAY - n * HOUR for n in range(20)]

    assert longest_silence(a_feed(), rhythm.of_dates(a_state(), dates, NOW)) == 14 * DAY
    assert longest_silence(a_feed(), rhythm.of_dates(a_state(), older, NOW)) == 14 * DAY


@pytest.mark.parametrize(
    "dates",
    [
        [],
        [NOW],
        [NOW] * 20,
        [NOW + n * DAY for n in range(1, 9)],
        [NOW - n * 365 * DAY for n in range(1, 9)],
        [NOW - n * timedelta(seconds=1) for n in range(9)],
    ],
)
def test_dates_that_tell_nothing_are_passed_over(dates: list[datetime]):
    """None, one, a generator's own moment, the future, an archive, one batch."""
    assert rhythm.of_dates(a_state(), dates, NOW) == a_state()


def test_a_night_does_not_undo_what_a_day_has_shown():
    day = [20 * MINUTE] * 40
    evening, _ = a_life(day)
    morning, now = a_life([*day, 9 * HOUR])

    assert pace(FEED, evening, ORDINARY, NOW)[0] == 10 * MINUTE
    assert pace(FEED, morning, ORDINARY, now)[0] < 15 * MINUTE


def test_lively_feeds_tighten_and_quiet_ones_decay():
    slow, slow_now = a_life([DAY] * 12)
    lively, lively_now = a_life([DAY] * 12 + [12 * MINUTE] * 40)

    assert pace(FEED, slow, ORDINARY, slow_now) == (4 * HOUR, DueReason.RHYTHM)
    assert pace(FEED, lively, ORDINARY, lively_now)[0] < 10 * MINUTE
    waits = [pace(FEED, lively, ORDINARY, lively_now + n * HOUR)[0] for n in (1, 3, 12, 24, 96)]
    assert waits == sorted(waits)
    assert waits[2:] == [HOUR, 2 * HOUR, 4 * HOUR]


def test_time_in_which_nobody_looked_is_no_silence():
    """A service that was off for a month must not take a lively feed for a monthly one."""
    state = known(HOUR, last_new_at=NOW - 30 * DAY, last_ok_at=NOW - 30 * DAY + MINUTE)

    learned = rhythm.of_news(state, DAY, NOW)

    assert learned.longest_gap_s == (DAY + MINUTE).total_seconds()


def test_long_gaps_are_forgotten_in_months():
    state, _ = a_life([20 * DAY, *[DAY] * 120])

    assert (state.longest_gap_s or 0) < 6 * DAY.total_seconds()


@given(gaps=st.lists(st.timedeltas(-DAY, 10**5 * DAY), max_size=30))
def test_whatever_happened_the_pace_stays_within_its_limits(gaps: list[timedelta]):
    state = a_state()
    for gap in gaps:
        state = rhythm.of_news(replace(state, last_ok_at=NOW + gap), DAY, NOW + gap)

    wait, reason = pace(FEED, state, ORDINARY, NOW)

    assert 5 * MINUTE <= wait <= 4 * HOUR
    assert reason is DueReason.RHYTHM


# --- asking --------------------------------------------------------------------------------------


def test_a_feed_that_is_not_adaptive_keeps_its_interval():
    assert pace(a_feed(interval=HOUR), known(MINUTE), Moment(story_at=NOW), NOW) == (
        HOUR,
        DueReason.INTERVAL,
    )


def test_before_anything_is_known_the_interval_is_a_beginning():
    assert pace(FEED, a_state(), ORDINARY, NOW)[0] == 30 * MINUTE
    assert pace(FEED, a_state(), ORDINARY, NOW + 12 * HOUR)[0] == HOUR
    assert pace(an_adaptive_feed(max_latency=20 * MINUTE), a_state(), ORDINARY, NOW)[0] == (
        20 * MINUTE
    )


def test_what_a_host_can_bear_comes_before_all_wishes():
    crowded = Moment(floor=20 * MINUTE, story_at=NOW)

    assert pace(FEED, known(MINUTE), crowded, NOW)[0] == 20 * MINUTE
    tight = an_adaptive_feed(max_latency=10 * MINUTE)
    assert pace(tight, known(MINUTE), crowded, NOW)[0] == 20 * MINUTE


def test_what_the_server_asks_for_comes_before_the_rhythm():
    due = after_success(known(MINUTE), FEED, NOW, fresh_for=HOUR, moment=Moment(story_at=NOW))

    assert (due.at, due.reason, due.earliest_at) == (NOW + HOUR, DueReason.MAX_AGE, NOW + HOUR)


# --- a story under way ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age", "wait"),
    [
        (timedelta(), 5 * MINUTE),
        (3 * HOUR, (5 + (240 - 5) / 2) * MINUTE),
        (6 * HOUR, 4 * HOUR),
        (9 * HOUR, 4 * HOUR),
        (-HOUR, 5 * MINUTE),
    ],
)
def test_a_story_tightens_and_fades(age: timedelta, wait: timedelta):
    found, reason = pace(FEED, known(10 * DAY), Moment(story_at=NOW - age), NOW)

    assert found == wait
    assert reason is (DueReason.STORY if wait < 4 * HOUR else DueReason.RHYTHM)


def test_a_story_moves_a_due_time_that_we_chose_ourselves():
    waiting = known(10 * DAY, polled_at=NOW - HOUR, due_at=NOW + 3 * HOUR)
    urgent = Moment(story_at=NOW)

    for reason in DueReason:
        before = replace(waiting, due_reason=reason)
        ours = reason in (DueReason.INTERVAL, DueReason.RHYTHM, DueReason.STORY)

        moved = replace(before, due_at=NOW, due_reason=DueReason.STORY)
        assert hastened(before, FEED, urgent, NOW) == (moved if ours else before)


def test_a_story_never_moves_it_before_what_the_server_asked_for():
    waiting = known(10 * DAY, polled_at=NOW - HOUR, due_at=NOW + 3 * HOUR)
    held = replace(waiting, earliest_at=NOW + HOUR)

    assert hastened(held, FEED, Moment(story_at=NOW), NOW).due_at == NOW + HOUR
    asked_just_now = replace(waiting, polled_at=NOW - MINUTE)
    assert hastened(asked_just_now, FEED, Moment(story_at=NOW), NOW).due_at == NOW + 4 * MINUTE
    in_skipped = replace(waiting, skip_hours=(NOW.hour,))
    assert hastened(in_skipped, FEED, Moment(story_at=NOW), NOW) != waiting
    assert hastened(waiting, FEED, ORDINARY, NOW) == waiting
    assert hastened(waiting, a_feed(), Moment(story_at=NOW), NOW) == waiting


MINISTRY = {"tier": Tier.OFFICIAL_PRIMARY, "authority_for": ("CN",)}


def found(group: str | None) -> Found:
    return Found(term="x", group=group, field="title", start=0, end=1)


@pytest.mark.parametrize(
    ("alert", "feed", "is_concerned"),
    [
        ({"authority_for": ("CN",)}, MINISTRY, True),
        ({"authority_for": ("cn",)}, MINISTRY | {"tier": Tier.STATE_MEDIA}, True),
        ({"authority_for": ("KR",)}, MINISTRY, False),
        ({"authority_for": (), "found": (found("cn"),)}, MINISTRY, True),
        ({"authority_for": (), "found": (found("rf"),)}, MINISTRY, False),
        ({"authority_for": (), "found": (found(None),)}, MINISTRY, False),
        (
            {"authority_for": (), "found": (found("rf"),)},
            MINISTRY | {"authority_for": ("RU",), "implied_groups": frozenset({"rf"})},
            True,
        ),
        ({"authority_for": ("CN",)}, MINISTRY | {"tier": Tier.WIRE}, False),
        ({"authority_for": ("CN",)}, MINISTRY | {"authority_for": ()}, False),
    ],
)
def test_a_story_concerns_those_who_may_speak_for_a_party(
    alert: dict[str, Any], feed: dict[str, Any], is_concerned: bool
):
    named, spoken_for = parties(an_alert(**alert)), speaks_for(a_feed(**feed))

    assert bool(named & spoken_for) is is_concerned


# --- silence -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("longest", "allowed"),
    [
        (HOUR, 3 * DAY),
        (9 * HOUR, 3 * DAY),
        (2 * DAY, 6 * DAY),
        (5 * DAY, 14 * DAY),
        (10 * DAY, 20 * DAY),
        (40 * DAY, 80 * DAY),
    ],
)
def test_how_long_a_feed_may_be_silent_is_learned(longest: timedelta, allowed: timedelta):
    assert longest_silence(a_feed(), known(HOUR, longest)) == allowed


def test_what_a_person_wrote_counts_more_than_what_was_learned():
    assert longest_silence(a_feed(expect_every=DAY), known(HOUR)) == DAY


def test_little_experience_calls_no_silence_odd():
    state = replace(known(HOUR), news_count=9)

    assert usual_silence(state) is None
    assert longest_silence(a_feed(), state) == 14 * DAY
    assert is_lively(state)
    assert not is_lively(replace(state, news_count=2))
    assert not is_lively(known(HOUR, 8 * DAY))
