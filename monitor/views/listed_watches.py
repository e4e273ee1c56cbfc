"""The watches, and how often each matched, as JSON."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from monitor.core.query import parse, to_text
from monitor.model import Watch
from monitor.ports import Archive

COUNTED_FOR = timedelta(days=30)


def listed(watch: Watch, last: Mapping[str, datetime], counts: Mapping[str, int]) -> dict[str, Any]:
    """A watch in a list.

    Args:
        last, counts: When each matched last, and how often in the last 30 days (`history`).
    """
    return {
        "watch": watch.id,
        "name": watch.name,
        "enabled": watch.enabled,
        "severity": watch.severity.value,
        "matches": counts.get(watch.id, 0),
        "last_match_at": last.get(watch.id),
        "query": to_text(parse(watch.query)),
    }


def history(
    archive: Archive | None, now: datetime
) -> tuple[Mapping[str, datetime], Mapping[str, int]]:
    """Watch -> when it last matched, and how often in the last 30 days."""
    if archive is None:
        return {}, {}
    return archive.last_matches(), archive.match_counts(now - COUNTED_FOR)
