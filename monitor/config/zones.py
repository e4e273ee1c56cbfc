"""What somebody may have meant who wrote no name of a time zone."""

import re
from zoneinfo import available_timezones

from monitor.config.suggest import did_you_mean

# Abbreviations are no names: several places have the same, and none tells when clocks change.
_ABBREVIATED = {
    "KST": ("Asia/Seoul",),
    "JST": ("Asia/Tokyo",),
    "HKT": ("Asia/Hong_Kong",),
    "SGT": ("Asia/Singapore",),
    "CST": ("Asia/Shanghai", "America/Chicago"),
    "IST": ("Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"),
    "MSK": ("Europe/Moscow",),
    "VLAT": ("Asia/Vladivostok",),
    "BST": ("Europe/London",),
    "WEST": ("Europe/Lisbon",),
    "CEST": ("Europe/Berlin",),
    "EEST": ("Europe/Helsinki",),
    "EDT": ("America/New_York",),
    "CDT": ("America/Chicago",),
    "MDT": ("America/Denver",),
    "PST": ("America/Los_Angeles",),
    "PDT": ("America/Los_Angeles",),
    "AEST": ("Australia/Sydney",),
    "AEDT": ("Australia/Sydney",),
    "NZST": ("Pacific/Auckland",),
    "NZDT": ("Pacific/Auckland",),
}
_SHIFTED = re.compile(r"(?:UTC|GMT)?\s*([+-])\s*0?(\d{1,2})(?::?00)?", re.IGNORECASE)
_EXAMPLES = 'as in "Asia/Seoul", "Europe/Berlin", "UTC"'


def zone_cure(written: str) -> str:
    """An abbreviation, a shift or a city says what is meant; else likeness does."""
    name = written.strip()
    if meant := _ABBREVIATED.get(name.upper()):
        named = " or ".join(f"'{zone}'" for zone in meant)
        return f"did you mean {named}? An abbreviation is no name"
    zones = available_timezones()
    if shifted := _SHIFTED.fullmatch(name):
        # POSIX counts them westward, so likeness would name the other side of the world.
        zone = f"Etc/GMT{'-' if shifted[1] == '+' else '+'}{int(shifted[2])}"
        return f"write '{zone}' (the sign is the other way round in it)" if zone in zones else ""
    city = name.replace(" ", "_").casefold()
    if places := sorted(zone for zone in zones if zone.rpartition("/")[2].casefold() == city):
        return f"did you mean '{places[0]}'?"
    near = "" if len(name) < 5 else did_you_mean(name, zones)
    return near if near.startswith("did") else _EXAMPLES
