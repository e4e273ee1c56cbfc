"""Feeds: how they stand, and what they brought: by day, by hour, and the newest."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from monitor.adapters.sql.rows import FEED_STATE, ITEM, to_text
from monitor.adapters.sql.statements import Statements
from monitor.model import FeedState, Item

_TOLD = ("told", "told_moved")  # by others than polls
_OF_POLLS = tuple(name for name in FEED_STATE.columns if name not in ("feed_id", *_TOLD))
_SAVE_POLLED = (
    f"{FEED_STATE.insert('feed_states')} ON CONFLICT (feed_id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _OF_POLLS)
    + " WHERE feed_states.poll_seq = excluded.poll_seq - 1"
)
_STATES_OF = "SELECT feed_states.* FROM json_each(?) AS asked CROSS JOIN feed_states ON"
_STATES_OF += " feed_states.feed_id = asked.value"
_ELSEWHERE = "SELECT * FROM feed_states WHERE moved_count >= 3 OR address <> 0"  # as in its index


def save_polled(db: Statements, state: FeedState) -> bool:
    """See `ports.Unit.save_polled`."""
    return db.run(_SAVE_POLLED, FEED_STATE.write(replace(state, poll_seq=state.poll_seq + 1))) == 1


def states_of(db: Statements, feed_ids: Collection[str]) -> Mapping[str, FeedState]:
    """Those of these feeds, and all that are not asked at their configured address."""
    rows = [*db.rows(_ELSEWHERE), *db.rows(_STATES_OF, (json.dumps(list(feed_ids)),))]
    return {row["feed_id"]: FEED_STATE.read(row) for row in rows}


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
