"""What is deleted when it is old, and what must stay."""

from datetime import datetime

from monitor.adapters.sql.rows import to_text
from monitor.adapters.sql.statements import Statements
from monitor.failpoints import failpoint

# An alert goes when all its deliveries ended well long ago. A dead letter is none of those: it
# waits for someone until its own time is up.
_SETTLED_ALERTS = (
    "DELETE FROM alerts WHERE created_at < ?1 AND NOT EXISTS ("
    " SELECT 1 FROM deliveries WHERE alert_id = alerts.id"
    " AND (state IN ('held', 'pending', 'leased', 'dead', 'ambiguous') OR settled_at >= ?1))"
)
# Not what a feed still shows: its next edit must meet the item.
_OLD_ITEMS = (
    "SELECT arrival FROM items WHERE seen_at < ?1"
    " AND NOT EXISTS (SELECT 1 FROM sightings"
    "   WHERE item_id = items.id AND last_seen_at >= ?1)"
    " AND NOT EXISTS (SELECT 1 FROM alerts JOIN deliveries ON deliveries.alert_id = alerts.id"
    "   WHERE alerts.item_id = items.id AND deliveries.state IN"
    "     ('held', 'pending', 'leased', 'dead', 'ambiguous'))"
)
_EMPTY_STORIES = (
    "DELETE FROM stories WHERE last_seen_at < ?1"
    " AND NOT EXISTS (SELECT 1 FROM items WHERE story_id = stories.id)"
)

_OLD_THREADS = tuple(
    f"DELETE FROM {table} WHERE {column} < ?1"  # noqa: S608 - names of this module
    f" AND NOT EXISTS (SELECT 1 FROM {other} WHERE {key} = {table}.{name})"
    for table, column, other, key, name in (
        ("threads", "last_seen_at", "stories", "thread_id", "id"),
        ("follows", "last_at", "threads", "id", "thread_id"),
        ("awaits", "settled_at", "threads", "id", "thread_id"),
    )
)


def prune(db: Statements, items_before: datetime, dead_before: datetime) -> int:
    """Returns how many items and dead letters were deleted."""
    before = (to_text(items_before),)
    dead = db.run(
        "DELETE FROM deliveries WHERE state = 'dead' AND settled_at < ?", (to_text(dead_before),)
    )
    failpoint("prune.after_dead")
    db.run(_SETTLED_ALERTS, before)
    failpoint("prune.after_alerts")
    old = [(row["arrival"],) for row in db.rows(_OLD_ITEMS, before)]
    db.many("DELETE FROM items_fts WHERE rowid = ?", old)
    db.many("DELETE FROM items WHERE arrival = ?", old)
    failpoint("prune.after_items")
    db.run(_EMPTY_STORIES, before)
    for sql in _OLD_THREADS:
        db.run(sql, before)
    return dead + len(old)
