"""What feeds brought: by day, by hour, and the newest; all by the index of feed and moment."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from monitor.adapters.sql.rows import ITEM, to_text
from monitor.adapters.sql.statements import Statements
from monitor.model import Item

# CROSS JOIN: SQLite keeps this order, and looks at each feed's own stretch of the index.
DAYS = (
    "SELECT items.feed_id, substr(items.seen_at, 1, 10) AS day, count(*) AS n"
    " FROM json_each(?) AS asked CROSS JOIN items INDEXED BY items_by_feed"
    " ON items.feed_id = asked.value AND items.seen_at >= ? GROUP BY items.feed_id, day"
)
HOURS = (
    "SELECT substr(seen_at, 12, 2) AS hour, count(*) AS n FROM items INDEXED BY items_by_feed"
    " WHERE feed_id = ? AND seen_at >= ? GROUP BY hour"
)
ITEMS = (
    "SELECT * FROM items INDEXED BY items_by_feed WHERE feed_id = ? ORDER BY seen_at DESC LIMIT ?"
)


def days(
    db: Statements, feed_ids: Collection[str], since: datetime
) -> Mapping[str, Mapping[date, int]]:
    """See `ports.Archive.feed_days`."""
    found: dict[str, dict[date, int]] = defaultdict(dict)
    for row in db.rows(DAYS, (json.dumps(list(feed_ids)), to_text(since))):
        found[row["feed_id"]][date.fromisoformat(row["day"])] = row["n"]
    return found


def hours(db: Statements, feed_id: str, since: datetime) -> Mapping[int, int]:
    """See `ports.Archive.feed_hours`."""
    return {int(row["hour"]): row["n"] for row in db.rows(HOURS, (feed_id, to_text(since)))}


def items(db: Statements, feed_id: str, limit: int) -> Sequence[Item]:
    """See `ports.Archive.feed_items`."""
    return tuple(map(ITEM.read, db.rows(ITEMS, (feed_id, limit))))
