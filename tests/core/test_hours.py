"""Quiet hours, digest slots and days, over the changes of the clocks."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.hours import (
    day_after,
    day_of,
    is_quiet,
    moment,
    next_slot,
    parse_quiet,
    parse_slots,
    quiet_until,
)

BERLIN, SEOUL, UTC_ZONE = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Seoul"), ZoneInfo("UTC")
ZONES = st.sampled_from(
    [
        ZoneInfo(name)
        for name in (
            "UTC",
            "Europe/Berlin",
            "America/New_York",
            "Asia/Seoul",
            "Asia/Kolkata",
            "Australia/Lord_Howe",
            "America/Sao_Paulo",
            "Pacific/Apia",
            "Africa/Casablanca",
        )
    ]
)
MOMENTS = st.integers(0, 35 * 365 * 24 * 3600).map(
    lambda seconds: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
WALLS = st.times().map(lambda wall: wall.replace(second=0, microsecond=0))


def at(text: str, zone: ZoneInfo = UTC_ZONE) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("hours", "now", "until"),
    [
        (["22:00-07:00"], "2025-06-12 21:59", None),
        (["22:00-07:00"], "2025-06-12 22:00", "2025-06-13 07:00"),
        (["22:00-07:00"], "2025-06-13 06:59", "2025-06-13 07:00"),
        (["22:00-07:00"], "2025-06-13 07:00", None),
        (["12:00-13:30"], "2025-06-12 12:30", "2025-06-12 13:30"),
        # Friday evening runs into the weekend, and that into Monday morning.
        (["22:00-07:00", "sat,sun 00:00-24:00"], "2025-06-13 23:00", "2025-06-16 07:00"),
        (["sat-sun 00:00-24:00"], "2025-06-16 00:00", None),
        (["fri-mon 10:00-11:00"], "2025-06-15 10:30", "2025-06-15 11:00"),
        (["fri-mon 10:00-11:00"], "2025-06-17 10:30", None),
        # The day is that on which the rest begins.
        (["sun 22:00-07:00"], "2025-06-16 03:00", "2025-06-16 07:00"),
        (["sun 22:00-07:00"], "2025-06-17 03:00", None),
        ([], "2025-06-12 22:00", None),
    ],
)
def test_quiet_hours_end_when_all_that_touch_end(
    hours: list[str], now: str, until: str | None
) -> None:
    parsed = [parse_quiet(text) for text in hours]

    found = quiet_until(parsed, SEOUL, at(now, SEOUL))

    assert found == (at(until, SEOUL) if until else None)
    assert is_quiet(parsed, SEOUL, at(now, SEOUL)) is (until is not None)


def test_night_is_an_hour_shorter_or_longer_when_the_clocks_change() -> None:
    night = [parse_quiet("22:00-07:00")]

    spring = quiet_until(night, BERLIN, at("2025-03-29 22:00", BERLIN))
    autumn = quiet_until(night, BERLIN, at("2025-10-25 22:00", BERLIN))

    assert spring is not None
    assert autumn is not None
    assert spring - at("2025-03-29 22:00", BERLIN) == timedelta(hours=8)
    assert autumn - at("2025-10-25 22:00", BERLIN) == timedelta(hours=10)


def test_rest_without_an_end_is_no_reason_to_hold_for_ever() -> None:
    always = [parse_quiet("00:00-24:00")]

    assert is_quiet(always, SEOUL, at("2025-06-12 03:00"))
    assert quiet_until(always, SEOUL, at("2025-06-12 03:00")) is None


@pytest.mark.parametrize(
    ("text", "now", "then"),
    [
        ("hourly", "2025-06-12 09:00", "2025-06-12 10:00"),
        ("hourly :15", "2025-06-12 09:00", "2025-06-12 09:15"),
        ("hourly :15", "2025-06-12 09:15", "2025-06-12 10:15"),
        ("daily 08:00", "2025-06-12 07:59", "2025-06-12 08:00"),
        ("daily 08:00", "2025-06-12 08:00", "2025-06-13 08:00"),
        ("weekly mon 08:00", "2025-06-12 08:00", "2025-06-16 08:00"),
        ("Weekly Thu 08:30", "2025-06-12 08:00", "2025-06-12 08:30"),
        # 02:30 is left out that night, and comes twice in October.
        ("daily 02:30", "2025-03-29 12:00", "2025-03-30 03:00"),
        ("daily 02:30", "2025-03-30 03:00", "2025-03-31 02:30"),
    ],
)
def test_next_slot(text: str, now: str, then: str) -> None:
    assert next_slot(parse_slots(text), BERLIN, at(now, BERLIN)) == at(then, BERLIN)


def test_wall_time_that_comes_twice_counts_once() -> None:
    first = datetime(2025, 10, 26, 0, 30, tzinfo=UTC)  # 02:30 summer time
    slots = parse_slots("daily 02:30")

    assert next_slot(slots, BERLIN, first - timedelta(minutes=1)) == first
    assert next_slot(slots, BERLIN, first) == first + timedelta(hours=25)


@given(now=MOMENTS, zone=ZONES, wall=WALLS, every=st.sampled_from(["daily", "weekly wed"]))
def test_slots_come_in_turn_and_never_twice_a_day(
    now: datetime, zone: ZoneInfo, wall: time, every: str
) -> None:
    slots = parse_slots(f"{every} {wall:%H:%M}")

    first = next_slot(slots, zone, now)
    second = next_slot(slots, zone, first)

    days = 1 if every == "daily" else 7
    assert now < first <= now + timedelta(days=days, hours=26)
    assert (
        timedelta(days=days - 1, hours=20) <= second - first <= timedelta(days=days + 1, hours=26)
    )
    assert first.astimezone(zone).date() < second.astimezone(zone).date()


@given(day=st.dates(date(2000, 1, 1), date(2035, 1, 1)), wall=WALLS, zone=ZONES)
def test_wall_time_is_met_or_left_out(day: date, wall: time, zone: ZoneInfo) -> None:
    found = moment(day, wall, zone)

    local = found.astimezone(zone).replace(tzinfo=None)
    wanted = datetime.combine(day, wall)
    assert local >= wanted
    if local != wanted:  # the first moment after the gap
        before = (found - timedelta(seconds=1)).astimezone(zone).replace(tzinfo=None)
        assert before < wanted


@given(now=MOMENTS, zone=ZONES)
def test_day_holds_its_moments(now: datetime, zone: ZoneInfo) -> None:
    assert day_of(zone, now) <= now < day_after(zone, now)
    assert day_after(zone, now) - day_of(zone, now) <= timedelta(hours=25)


@given(now=MOMENTS, zone=ZONES, start=WALLS, end=WALLS)
def test_quiet_ends_are_not_quiet(now: datetime, zone: ZoneInfo, start: time, end: time) -> None:
    if start == end:
        return
    hours = [parse_quiet(f"{start:%H:%M}-{end:%H:%M}")]

    until = quiet_until(hours, zone, now)

    assert (until is not None) == is_quiet(hours, zone, now)
    if until is not None:
        assert now < until <= now + timedelta(hours=50)
        assert not is_quiet(hours, zone, until)


@pytest.mark.parametrize(
    "text",
    ["", "22-07", "22:00", "25:00-07:00", "24:00-07:00", "22:00-22:00", "xyz 22:00-07:00", "mon-"],
)
def test_what_is_no_quiet_hours_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"22:00-07:00|one of mon|begins and ends"):
        parse_quiet(text)


@pytest.mark.parametrize("text", ["", "daily", "daily 8", "weekly 08:00", "weekly xyz 08:00"])
def test_what_is_no_digest_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match='as in "hourly"'):
        parse_slots(text)
