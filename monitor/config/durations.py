"""Lengths of time as people write them: "15m", "48h", "1h30m", or ISO 8601 "PT12H"."""

import re
from datetime import timedelta

LONGEST = timedelta(days=36_500)
"""A century: far past any use, and near enough that adding it to a date cannot overflow."""

_UNITS = {
    "w": timedelta(weeks=1),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
}
_NUMBER = r"(\d+(?:\.\d+)?)"
_SHORT = re.compile(
    rf"(?:{_NUMBER}w)?(?:{_NUMBER}d)?(?:{_NUMBER}h)?(?:{_NUMBER}m)?(?:{_NUMBER}s)?", re.ASCII
)
_ISO = re.compile(
    rf"P(?:{_NUMBER}W)?(?:{_NUMBER}D)?(?:T(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?",
    re.ASCII,
)
_CALENDAR = re.compile(
    r"P[\dYMWDTHS.]*[YM]|\d+(?:\.\d+)?\s*(?:y|yr|years?|mo|mon|months?)\b.*",
    re.ASCII | re.IGNORECASE,
)
_BARE = re.compile(r"[+-]?\d+(?:\.\d+)?", re.ASCII)


class NotADuration(ValueError):  # noqa: N818 - reads as what it says
    """A text that is no length of time, with the cure."""

    def __init__(self, what: str, cure: str) -> None:
        super().__init__(what)
        self.what, self.cure = what, cure


def parse_duration(written: str) -> timedelta:
    """The length of time, more than zero and at most a century.

    Raises:
        NotADuration: It cannot be read, is zero, or is too long.

    Source: ISO 8601 durations without years and months, whose length varies.
    """
    text = written.strip()
    if _BARE.fullmatch(text):
        # All of them: whoever counted days must not be led to minutes.
        units = ("s", "seconds"), ("m", "minutes"), ("h", "hours"), ("d", "days")
        said = ", ".join(f'"{text[:20]}{letter}" for {unit}' for letter, unit in units)
        raise NotADuration(f"{text[:20]} has no unit", f"write {said}")
    found = _SHORT.fullmatch(text) or _ISO.fullmatch(text)
    if found is None or not any(found.groups()):
        raise _unreadable(text)
    try:
        total = sum(
            (
                float(number) * unit
                for number, unit in zip(found.groups(), _UNITS.values(), strict=True)
                if number
            ),
            timedelta(),
        )
    except OverflowError:
        total = LONGEST * 2
    if total > LONGEST:
        raise NotADuration(f"{text[:20]} is longer than a century", 'write less, as in "365d"')
    if total <= timedelta():
        raise NotADuration(f"{text[:20]} is no time at all", 'write more than zero, as in "15m"')
    return total


def _unreadable(text: str) -> NotADuration:
    if _CALENDAR.fullmatch(text) and not (text[:1] == "P" and "T" in text):
        return NotADuration(
            f"{text[:20]!r} counts years or months, which are not of one length",
            'write days, as in "30d"',
        )
    return NotADuration(
        f"{text[:40]!r} is not a length of time",
        'write it as in "90s", "15m", "48h", "7d", "1h30m"',
    )


def duration_text(length: timedelta) -> str:
    """The shortest way to write a length of time so that `parse_duration` reads the same."""
    seconds, rest = divmod(length, _UNITS["s"])
    if rest:
        return f"{length / _UNITS['s']:.6f}".rstrip("0") + "s"
    parts = []
    for letter, unit in _UNITS.items():
        count, seconds = divmod(seconds, int(unit.total_seconds()))
        parts.append(f"{count}{letter}" if count else "")
    return _as_one_unit(length) or "".join(parts)


def _as_one_unit(length: timedelta) -> str:
    """Days and hours read better undivided: "48h", "30d"."""
    for letter in "dhms":
        count, rest = divmod(length, _UNITS[letter])
        if not rest and 0 < count < 1000:
            return f"{count}{letter}"
    return ""
