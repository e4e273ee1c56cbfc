"""The outbox in numbers, at the cost of what waits in it: what arrived is never counted."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from monitor.adapters.sql.rows import to_json, to_moment
from monitor.adapters.sql.statements import Statements
from monitor.model import DeliveryState, Queued

# What waits has partial indexes of its own.
OPEN = (
    "SELECT webhook, state, count(*) AS count, min(created_at) AS oldest_at, min(due_at) AS due_at"
    " FROM deliveries INDEXED BY deliveries_open WHERE state IN ('pending', 'leased')"
    " GROUP BY webhook, state"
)
HELD = (
    "SELECT webhook, 'held' AS state, count(*) AS count, min(created_at) AS oldest_at,"
    " min(due_at) AS due_at"
    " FROM deliveries INDEXED BY deliveries_held WHERE state = 'held' GROUP BY webhook"
)
# From name to name, and of each a stretch of the index: what arrived is leapt over.
LOST = (
    "WITH RECURSIVE names (webhook) AS ("
    " SELECT min(webhook) FROM deliveries UNION ALL"
    " SELECT (SELECT min(webhook) FROM deliveries WHERE webhook > names.webhook) FROM names"
    "   WHERE names.webhook IS NOT NULL)"
    " SELECT names.webhook, lost.column1 AS state, count(*) AS count,"
    " min(created_at) AS oldest_at, min(created_at) AS due_at"
    " FROM names CROSS JOIN (VALUES ('dead'), ('ambiguous')) AS lost"
    " CROSS JOIN deliveries INDEXED BY deliveries_by_webhook"
    "   ON deliveries.webhook = names.webhook AND deliveries.state = lost.column1"
    " WHERE names.webhook IS NOT NULL GROUP BY names.webhook, lost.column1"
)
PUBLISHED = (
    "SELECT alerts.id, published_at FROM json_each(?) AS asked"
    " CROSS JOIN alerts ON alerts.id = asked.value WHERE published_at IS NOT NULL"
)


def queue(db: Statements) -> Sequence[Queued]:
    found = (
        Queued(
            webhook=row["webhook"],
            state=DeliveryState(row["state"]),
            count=row["count"],
            oldest_at=to_moment(row["oldest_at"]),
            due_at=to_moment(row["due_at"]),
        )
        for sql in (OPEN, HELD, LOST)
        for row in db.rows(sql)
    )
    return tuple(sorted(found, key=lambda one: (one.webhook, one.state)))


def published_at(db: Statements, alert_ids: Sequence[str]) -> Mapping[str, datetime]:
    rows = db.rows(PUBLISHED, (to_json(alert_ids),))
    return {row["id"]: to_moment(row["published_at"]) for row in rows}
