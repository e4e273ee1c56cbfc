"""When a watch is reported: every moment in one report, none in two."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.hours import last_slot, next_slot, parse_slots
from monitor.core.reporting import SETTLED, begun, due_reports
from monitor.model import Reported
from tests.builders import NOW, a_watch

BERLIN, UTC_ZONE = ZoneInfo("Europe/Berlin"), ZoneInfo("UTC")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
MONDAY = datetime(2025, 6, 16, 7, 0, tzinfo=UTC)  # 09:00 in Berlin
WATCH = a_watch(report="weekly mon 09:00")


def due(now: datetime, since: datetime = NOW, through: datetime | None = None) -> list[Any]:
    state = Reported(watch_id="rail", since=since, through=through)
    found = due_reports([WATCH], {"rail": state}, {"rail": BERLIN}, now)
    return [(one.since, one.until) for one in found]


def test_report_is_due_once_its_slot_has_passed_and_what_was_found_is_saved() -> None:
    assert due(MONDAY + SETTLED - timedelta(seconds=1)) == []
    assert due(MONDAY + SETTLED) == [(MONDAY - 7 * DAY, MONDAY)]


def test_report_that_was_asked_for_later_is_not_made_for_the_slot_before() -> None:
    assert due(MONDAY + DAY, since=MONDAY + MINUTE) == []


def test_report_that_was_made_is_not_due_again() -> None:
    assert due(MONDAY + DAY, through=MONDAY) == []


def test_slots_that_were_slept_through_are_one_report() -> None:
    three_weeks_ago = MONDAY - 21 * DAY

    assert due(MONDAY + DAY, since=NOW - 99 * DAY, through=three_weeks_ago) == [
        (three_weeks_ago, MONDAY)
    ]


def test_change_of_the_clocks_makes_a_week_longer_not_two_reports() -> None:
    spring = datetime(2025, 3, 31, 7, 0, tzinfo=UTC)

    assert due(spring + DAY, since=spring - 30 * DAY, through=spring - 7 * DAY + timedelta(hours=1))
    assert last_slot(parse_slots("weekly mon 09:00"), BERLIN, spring - MINUTE) == datetime(
        2025, 3, 24, 8, 0, tzinfo=UTC
    )


def test_watch_begins_to_be_reported_when_that_is_asked_for_first() -> None:
    watches = [WATCH, a_watch(id="other"), a_watch(id="known", report="hourly")]
    states = {"known": Reported(watch_id="known", since=NOW - DAY)}

    assert begun(watches, states, NOW) == [Reported(watch_id="rail", since=NOW)]


def test_watch_without_a_state_or_a_time_is_never_due() -> None:
    assert due_reports([WATCH], {}, {}, MONDAY + DAY) == []
    state = Reported(watch_id="rail", since=NOW)
    assert due_reports([a_watch()], {"rail": state}, {}, MONDAY + DAY) == []


SLOTS = st.sampled_from(["hourly", "hourly :30", "daily 02:30", "weekly sun 02:30", "daily 09:00"])
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata", "America/Santiago"])


@given(
    written=SLOTS,
    zone=ZONES.map(ZoneInfo),
    now=st.integers(-600_000, 600_000).map(lambda minutes: NOW + minutes * MINUTE),
)
def test_last_slot_is_the_one_before_the_next(written: str, zone: ZoneInfo, now: datetime) -> None:
    slots = parse_slots(written)

    last = last_slot(slots, zone, now)

    assert last <= now < next_slot(slots, zone, last)


@given(
    written=st.lists(SLOTS, min_size=1, max_size=4),
    steps=st.lists(st.integers(0, 20_000), min_size=1, max_size=40),
    zone=ZONES.map(ZoneInfo),
)
def test_reports_touch_whenever_the_service_looks_and_whatever_it_is_told(
    written: list[str], steps: list[int], zone: ZoneInfo
) -> None:
    """Each goes on where the last one ended, also when the times are changed in between."""
    now, state = NOW, Reported(watch_id="rail", since=NOW)
    ends: list[datetime] = []
    for n, step in enumerate(steps):
        now += step * MINUTE
        watch = a_watch(report=written[n % len(written)])
        for one in due_reports([watch], {"rail": state}, {"rail": zone}, now):
            assert one.since < one.until <= now - SETTLED
            assert not ends or one.since == ends[-1] or one.until - one.since == 62 * DAY
            ends.append(one.until)
            state = one.after
        assert due_reports([watch], {"rail": state}, {"rail": zone}, now) == []
    assert ends == sorted(set(ends))


@pytest.mark.parametrize(("zone", "name"), [(BERLIN, "0900"), (UTC_ZONE, "0700")])
def test_files_are_named_after_the_local_end(zone: ZoneInfo, name: str) -> None:
    state = Reported(watch_id="rail", since=NOW)
    slots = {BERLIN: "weekly mon 09:00", UTC_ZONE: "weekly mon 07:00"}
    watch = a_watch(report=slots[zone])

    (one,) = due_reports([watch], {"rail": state}, {"rail": zone}, MONDAY + DAY)

    assert one.name == f"rail-2025-06-16-{name}"
