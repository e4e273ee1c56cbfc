"""How much of an entry is kept; every length is in characters."""

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar
from urllib.parse import urljoin

from monitor.adapters.feeds.html import one_line, storable

ENTRIES = 5_000
TITLE = 2_000
ID = 2_048
LINK = 8_192
AUTHOR = 500
DATE = 100
CATEGORIES = 50
CATEGORY = 200

T = TypeVar("T")

_LINE_BREAK = re.compile("[\t\r\n]")


def newest(entries: list[T], when: Callable[[T], datetime | None]) -> tuple[list[T], str]:
    """The first 5,000, or the last if a feed puts its oldest entry first; and a remark.

    For entries as yet unread, so that reading those which are dropped costs nothing.
    """
    if len(entries) <= ENTRIES:
        return entries, ""
    first, last = when(entries[0]), when(entries[-1])
    upwards = first is not None and last is not None and first < last
    kept = entries[-ENTRIES:] if upwards else entries[:ENTRIES]
    which = "last" if upwards else "first"
    return kept, f"{len(entries):,} entries; the {which} {ENTRIES:,} were read"


def address(raw: object, base: str) -> str | None:
    """An absolute address where that can be had; None if absent or too long to be of use."""
    if not isinstance(raw, str) or not raw.strip():
        return None
    raw = _LINE_BREAK.sub("", storable(raw[: LINK * 4].strip()))
    try:
        joined = urljoin(base, raw) if base else raw
    except ValueError:  # "http://[broken"
        joined = raw
    return joined if len(joined) <= LINK else None


def distinct(texts: Iterable[str], count: int) -> tuple[str, ...]:
    """The first `count` different non-empty ones, each as one line."""
    lines = (one_line(text, CATEGORY) for text in texts)
    return tuple(dict.fromkeys(line for line in lines if line))[:count]
