"""Local time: quiet hours, digest slots and days, where somebody is. Proof against DST.

A wall time that a change of the clocks leaves out counts as the first moment after it; one that
happens twice counts the first time.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Every = Literal["hour", "day", "week"]

_DAY = timedelta(days=1)
_CLOCK = r"([01]?\d|2[0-3]):([0-5]\d)"
_QUIET = re.compile(
    rf"(?:([a-z,\s-]+?)\s+)?{_CLOCK}\s*-\s*(?:{_CLOCK}|(24:00))", re.ASCII | re.IGNORECASE
)
_HOURLY = re.compile(r"hourly(?:\s+:([0-5]\d))?", re.ASCII | re.IGNORECASE)
_DAILY = re.compile(rf"daily\s+{_CLOCK}", re.ASCII | re.IGNORECASE)
_WEEKLY = re.compile(rf"weekly\s+([a-z]{{3}})\s+{_CLOCK}", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours of rest; over midnight if they end before they begin.

    Attributes:
        days: Weekdays on which they begin, Monday is 0.
        end: None: at the end of the day.
    """

    days: frozenset[int]
    start: time
    end: time | None

    def on(self, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """From (included) and to (excluded), aware UTC, if they begin on this day."""
        start = moment(day, self.start, zone)
        if self.end is None or self.end <= self.start:
            return start, moment(day + _DAY, self.end or time(), zone)
        return start, moment(day, self.end, zone)


@dataclass(frozen=True, slots=True)
class Slots:
    """Moments that come again: every hour, day or week.

    Attributes:
        at: Wall time; of hourly ones only the minute counts.
        weekday: Monday is 0; only of weekly ones.
    """

    every: Every
    at: time = time()
    weekday: int = 0


def parse_quiet(text: str) -> Quiet:
    """As in "22:00-07:00", "sat,sun 00:00-24:00", "mon-fri 20:30-08:00".

    Raises:
        ValueError: It is not of this form, or a time that is none.
    """
    found = _QUIET.fullmatch(text.strip())
    if found is None:
        raise ValueError(f'{text!r} is not hours of rest; as in "22:00-07:00" or "sat,sun ..."')
    days, hour, minute, end_hour, end_minute, _ = found.groups()
    start = time(int(hour), int(minute))
    end = None if end_hour is None else time(int(end_hour), int(end_minute))
    if end == start:
        raise ValueError(f"{text!r} begins and ends at once; for a whole day write 00:00-24:00")
    return Quiet(_weekdays(days, text) if days else frozenset(range(7)), start, end)


def parse_slots(text: str) -> Slots:
    """As in "hourly", "hourly :15", "daily 08:00", "weekly mon 09:00".

    Raises:
        ValueError: It is not of this form.
    """
    if found := _HOURLY.fullmatch(text.strip()):
        return Slots("hour", time(0, int(found[1] or 0)))
    if found := _DAILY.fullmatch(text.strip()):
        return Slots("day", time(int(found[1]), int(found[2])))
    found = _WEEKLY.fullmatch(text.strip())
    if found and found[1].lower() in DAYS:
        return Slots("week", time(int(found[2]), int(found[3])), DAYS.index(found[1].lower()))
    raise ValueError(
        f'{text!r} is not a time for digests; as in "hourly", "daily 08:00", "weekly mon 08:00"'
    )


def quiet_until(hours: Iterable[Quiet], zone: ZoneInfo, now: datetime) -> datetime | None:
    """When the rest that `now` falls into ends; hours that touch are one rest.

    Returns:
        None if it is not quiet, or never anything else.
    """
    end = None
    for start, stop in sorted(_spans(hours, zone, now, 16)):
        if start <= (end or now) < stop:
            end = stop
    return None if end is None or end - now > timedelta(days=14) else end


def is_quiet(hours: Iterable[Quiet], zone: ZoneInfo, now: datetime) -> bool:
    """Whether `now` falls into a rest, even one that never ends."""
    return any(start <= now < stop for start, stop in _spans(hours, zone, now, 1))


def next_slot(slots: Slots, zone: ZoneInfo, now: datetime) -> datetime:
    """The first one after `now`, aware UTC."""
    if slots.every == "hour":
        # By the hour there is nothing to fear of DST, but zones of half hours there are.
        local = now.astimezone(zone)
        past = timedelta(minutes=(local.minute - slots.at.minute) % 60, seconds=local.second)
        return now - past - timedelta(microseconds=local.microsecond) + timedelta(hours=1)
    return next(at for at in _from(slots, now.astimezone(zone).date(), zone) if at > now)


def last_slot(slots: Slots, zone: ZoneInfo, now: datetime) -> datetime:
    """The last one that is not after `now`, aware UTC."""
    if slots.every == "hour":
        return next_slot(slots, zone, now) - timedelta(hours=1)
    first = now.astimezone(zone).date() - 9 * _DAY
    return max(at for at in _from(slots, first, zone) if at <= now)


def day_after(zone: ZoneInfo, now: datetime) -> datetime:
    """When the next local day begins, aware UTC."""
    return moment(now.astimezone(zone).date() + _DAY, time(), zone)


def day_of(zone: ZoneInfo, now: datetime) -> datetime:
    """When the present local day began, aware UTC."""
    return moment(now.astimezone(zone).date(), time(), zone)


def moment(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """A local wall time as aware UTC."""
    local = datetime.combine(day, wall, zone)
    at = local.astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return at
    # Left out by the clocks: both readings miss it; the gap ends where the offset changes.
    before = local.replace(fold=0).utcoffset() or timedelta()
    after = local.replace(fold=1).utcoffset() or timedelta()
    low, high = at - abs(before - after), at + abs(before - after)
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(zone).replace(tzinfo=None) < local.replace(tzinfo=None):
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


def _spans(
    hours: Iterable[Quiet], zone: ZoneInfo, now: datetime, days: int
) -> Iterator[tuple[datetime, datetime]]:
    """The rests that begin from the day before yesterday on."""
    today = now.astimezone(zone).date()
    for quiet in hours:
        for day in (today + timedelta(days=n) for n in range(-2, days)):
            if day.weekday() in quiet.days:
                yield quiet.on(day, zone)


def _from(slots: Slots, day: date, zone: ZoneInfo) -> Iterator[datetime]:
    for n in range(-1, 16):
        one = day + timedelta(days=n)
        if slots.every == "day" or one.weekday() == slots.weekday:
            yield moment(one, slots.at, zone)


def _weekdays(text: str, whole: str) -> frozenset[int]:
    days: set[int] = set()
    for part in text.lower().split(","):
        first, _, last = (word.strip() for word in part.partition("-"))
        if first not in DAYS or (last and last not in DAYS):
            raise ValueError(f"{whole!r}: {part.strip()!r} is no day; one of {', '.join(DAYS)}")
        start = DAYS.index(first)
        span = (DAYS.index(last) - start) % 7 if last else 0
        days |= {(start + n) % 7 for n in range(span + 1)}
    return frozenset(days)
