"""How much of an entry is kept; every length is in characters."""

import re
from collections.abc import Iterable
from urllib.parse import urljoin

from monitor.adapters.feeds.html import one_line, storable
from monitor.model import RawEntry

ENTRIES = 2_000
TITLE = 1_000
ID = 1_024
LINK = 2_048
AUTHOR = 500
DATE = 100
CATEGORIES = 50
CATEGORY = 200

_LINE_BREAK = re.compile("[\t\r\n]")


def newest(entries: list[RawEntry]) -> tuple[tuple[RawEntry, ...], str]:
    """The first 2,000, or the last if a feed puts its oldest entry first; and a remark."""
    if len(entries) <= ENTRIES:
        return tuple(entries), ""
    first, last = entries[0].published_at, entries[-1].published_at
    upwards = first is not None and last is not None and first < last
    kept = entries[-ENTRIES:] if upwards else entries[:ENTRIES]
    which = "last" if upwards else "first"
    return tuple(kept), f"{len(entries):,} entries; the {which} {ENTRIES} were read"


def says_something(entry: RawEntry) -> bool:
    """False for an entry by which nothing could ever be told or recognised."""
    return bool(entry.guid or entry.link or entry.title or entry.paragraphs)


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
