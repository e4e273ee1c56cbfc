"""Moments, spans and counts in words."""

from datetime import UTC, datetime, timedelta

from monitor.model import Health

_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def moment(at: datetime | None) -> str:
    """To the minute, in UTC; empty if there is none."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%MZ}" if at else ""


def second(at: datetime) -> str:
    """To the second, in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"


def span(length: timedelta) -> str:
    """Roughly, in its biggest unit: "3 min", "2 d"."""
    seconds = max(int(length.total_seconds()), 0)
    return next((f"{seconds // size} {unit}" for size, unit in _UNITS if seconds >= size), "0 s")


def to_go(length: timedelta) -> str:
    """What is left of a length of time, to the nearest: a moment after it began it is all."""
    seconds = max(round(length.total_seconds()), 0)
    for size, unit in _UNITS:
        if (count := (seconds + size // 2) // size) and seconds >= size - size // 60:
            return f"{count} {unit}"
    return "0 s"


def plural(count: int, noun: str) -> str:
    """Of nouns that take an s, or end in -y, -ch or -ss: "1 match", "2 deliveries"."""
    if count == 1:
        return f"1 {noun}"
    stem = (
        f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}{'es' * noun.endswith(('ch', 'ss'))}"
    )
    return f"{count:,} {stem}" + ("" if stem != noun else "s")


def words(health: Health) -> str:
    return health.value.replace("_", " ")
