"""What is deleted when it is old, and what must stay."""

from datetime import datetime

from monitor.adapters.sql.rows import to_text
from monitor.adapters.sql.statements import Statements
from monitor.failpoints import failpoint
from monitor.model import Known, Pruned

_ALL = 2**62
# ?1: of items, ?2: of dead letters; what is older may go. Each is true of what is left as of what
# will be left, so that counting and deleting find the same.
_DEAD = "SELECT id FROM deliveries WHERE state = 'dead' AND settled_at < ?2"
# An alert goes when all its deliveries ended well long ago. A dead letter is none of those: it
# waits for someone until its own time is up.
_SETTLED_ALERTS = (
    "SELECT id FROM alerts WHERE created_at < ?1 AND NOT EXISTS ("
    " SELECT 1 FROM deliveries WHERE alert_id = alerts.id"
    " AND CASE WHEN state = 'dead' THEN settled_at >= ?2"
    "   ELSE state IN ('held', 'pending', 'leased', 'ambiguous') OR settled_at >= ?1 END)"
)
# Not what a feed still shows: its next edit must meet the item.
_OLD_ITEMS = (
    "SELECT arrival FROM items WHERE seen_at < ?1"
    " AND NOT EXISTS (SELECT 1 FROM sightings"
    "   WHERE item_id = items.id AND last_seen_at >= ?1)"
    " AND NOT EXISTS (SELECT 1 FROM alerts JOIN deliveries ON deliveries.alert_id = alerts.id"
    "   WHERE alerts.item_id = items.id AND CASE WHEN state = 'dead' THEN settled_at >= ?2"
    "     ELSE state IN ('held', 'pending', 'leased', 'ambiguous') END)"
)
_EMPTY_STORIES = (
    "DELETE FROM stories WHERE last_seen_at < ?1"
    " AND NOT EXISTS (SELECT 1 FROM items WHERE story_id = stories.id)"
)
_STORIES_TO_BE_EMPTY = (
    f"WITH old AS MATERIALIZED ({_OLD_ITEMS})"  # noqa: S608 - of this module
    " SELECT count(*) AS n FROM stories WHERE last_seen_at < ?1"
    " AND NOT EXISTS (SELECT 1 FROM items WHERE story_id = stories.id"
    "   AND arrival NOT IN (SELECT arrival FROM old))"
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


def prune(
    db: Statements, items_before: datetime, dead_before: datetime, at_most: int | None = None
) -> Pruned:
    """Delete what is old, of each kind no more than so many."""
    both = (to_text(items_before), to_text(dead_before))
    limited = (*both, _ALL if at_most is None else at_most)
    dead = _ids(db, f"{_DEAD} ORDER BY settled_at LIMIT ?3", "id", limited)
    db.many("DELETE FROM deliveries WHERE id = ?", dead)
    failpoint("prune.after_dead")
    alerts = _ids(db, f"{_SETTLED_ALERTS} ORDER BY created_at LIMIT ?3", "id", limited)
    db.many("DELETE FROM alerts WHERE id = ?", alerts)
    failpoint("prune.after_alerts")
    old = _ids(db, f"{_OLD_ITEMS} ORDER BY seen_at LIMIT ?3", "arrival", limited)
    db.many("DELETE FROM items_fts WHERE rowid = ?", old)
    db.many("DELETE FROM items WHERE arrival = ?", old)
    failpoint("prune.after_items")
    db.run("DELETE FROM inbox WHERE polled_at < ?", both[1:])  # of feeds that are no more
    stories = db.run(_EMPTY_STORIES, both[:1])
    for sql in _OLD_THREADS:
        db.run(sql, both[:1])
    return Pruned(
        items=len(old),
        alerts=len(alerts),
        dead_letters=len(dead),
        stories=stories,
        more=at_most is not None and at_most in (len(old), len(alerts), len(dead)),
    )


def prunable(db: Statements, items_before: datetime, dead_before: datetime) -> Pruned:
    """What `prune` would delete."""
    both = (to_text(items_before), to_text(dead_before))

    def count(sql: str) -> int:
        (row,) = db.rows(f"SELECT count(*) AS n FROM ({sql}) AS found", both)  # noqa: S608 - of this module
        return int(row["n"])

    (stories,) = db.rows(_STORIES_TO_BE_EMPTY, both)
    return Pruned(
        items=count(_OLD_ITEMS),
        alerts=count(_SETTLED_ALERTS),
        dead_letters=count(_DEAD),
        stories=stories["n"],
    )


def known(db: Statements) -> Known:
    """What outlives the items."""
    (row,) = db.rows(
        "SELECT (SELECT count(*) FROM item_keys) AS keys,"
        " (SELECT count(*) FROM text_hashes) AS texts"
    )
    return Known(keys=row["keys"], texts=row["texts"])


def _ids(
    db: Statements, sql: str, column: str, values: tuple[object, ...]
) -> list[tuple[object, ...]]:
    return [(row[column],) for row in db.rows(sql, values)]
