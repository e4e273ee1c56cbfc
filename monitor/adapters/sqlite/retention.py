"""What is deleted when it is old, and what must stay."""

from datetime import datetime

from monitor.adapters.sqlite.connection import Statements
from monitor.adapters.sqlite.rows import to_text

# An alert goes when all its deliveries ended well long ago. A dead letter is none of those: it
# waits for someone until its own time is up.
_SETTLED_ALERTS = (
    "DELETE FROM alerts WHERE created_at < ?1 AND NOT EXISTS ("
    " SELECT 1 FROM deliveries WHERE alert_id = alerts.id"
    " AND (state IN ('held', 'pending', 'leased', 'dead') OR settled_at >= ?1))"
)
# Not what a feed still shows: its next edit must meet the item.
_OLD_ITEMS = (
    "SELECT arrival FROM items WHERE seen_at < ?1"
    " AND NOT EXISTS (SELECT 1 FROM sightings"
    "   WHERE item_id = items.id AND last_seen_at >= ?1)"
    " AND NOT EXISTS (SELECT 1 FROM alerts JOIN deliveries ON deliveries.alert_id = alerts.id"
    "   WHERE alerts.item_id = items.id AND deliveries.state IN"
    "     ('held', 'pending', 'leased', 'dead'))"
)
_EMPTY_STORIES = (
    "DELETE FROM stories WHERE last_seen_at < ?1"
    " AND NOT EXISTS (SELECT 1 FROM items WHERE story_id = stories.id)"
)


def prune(db: Statements, items_before: datetime, dead_before: datetime) -> int:
    """Returns how many items and dead letters were deleted."""
    before = (to_text(items_before),)
    dead = db.run(
        "DELETE FROM deliveries WHERE state = 'dead' AND settled_at < ?", (to_text(dead_before),)
    )
    db.run(_SETTLED_ALERTS, before)
    old = [(row["arrival"],) for row in db.rows(_OLD_ITEMS, before)]
    db.many("DELETE FROM items_fts WHERE rowid = ?", old)
    db.many("DELETE FROM items WHERE arrival = ?", old)
    db.run(_EMPTY_STORIES, before)
    return dead + len(old)
