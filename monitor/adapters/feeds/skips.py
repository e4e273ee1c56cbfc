"""skipHours and skipDays of RSS, from the document: feedparser keeps the last of each only."""

import re
from collections import deque
from itertools import islice

from monitor.adapters.feeds.html import without_comments

_BLOCK = re.compile(r"<(?:\w+:)?skip(hours|days)\s*>", re.IGNORECASE)
_LONGEST_BLOCK = 4_000
_BLOCKS = 4
_HOUR = re.compile(r"<(?:\w+:)?hour\s*>\s*([0-9]{1,4})\s*<", re.IGNORECASE)
_DAY = re.compile(r"<(?:\w+:)?day\s*>\s*([a-z]{6,9})\s*<", re.IGNORECASE)
_ITEM_TAG = re.compile(r"<(/?)(?:\w+:)?item\b", re.IGNORECASE)
_CDATA = re.compile(r"<!\[CDATA\[.*?\]\]>", re.DOTALL)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def read_skips(text: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Hours (0 to 23, GMT) and days of the week (Monday is 0) at which nobody needs to ask.

    In order, each once. 24 is read as 0, as RSS 0.91 counts; other nonsense is passed over, and
    who skips all hours or all days has said nothing.

    Source: https://cyber.harvard.edu/rss/skipHoursDays.html
    """
    if not _BLOCK.search(text):
        return (), ()
    text = _without_cdata(without_comments(text))
    hours: set[int] = set()
    days: set[int] = set()
    for found in islice(_BLOCK.finditer(text), _BLOCKS):
        if _is_inside_an_item(text, found.start()):
            continue
        block = text[found.end() : found.end() + _LONGEST_BLOCK].lower().partition("</skip")[0]
        if found[1].lower() == "hours":
            hours |= {int(hour) % 24 for hour in _HOUR.findall(block) if int(hour) <= 24}
        else:
            days |= {_DAYS.index(day) for day in _DAY.findall(block) if day in _DAYS}
    return (
        () if len(hours) == 24 else tuple(sorted(hours)),
        () if len(days) == 7 else tuple(sorted(days)),
    )


def _is_inside_an_item(text: str, at: int) -> bool:
    tags = deque(_ITEM_TAG.finditer(text, 0, at), maxlen=1)
    return bool(tags) and not tags[0][1]


def _without_cdata(text: str) -> str:
    # Up to the last end every search finds one, or else time would grow with the square.
    end = text.rfind("]]>") + 3
    return _CDATA.sub("", text[:end]) + text[end:] if end > 2 else text
