"""The outbox in numbers, at the cost of what waits in it: what arrived is never counted."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from monitor.adapters.sqlite.connection import Statements
from monitor.adapters.sqlite.rows import to_json, to_moment
from monitor.model import DeliveryState, Queued

# A partial index each, whose condition has to be written as the index has it.
OPEN = (
    "SELECT webhook, state, count(*) AS count, min(created_at) AS oldest_at, min(due_at) AS due_at"
    " FROM deliveries INDEXED BY deliveries_open WHERE state IN ('pending', 'leased')"
    " GROUP BY webhook, state"
)
LOST = OPEN.replace("deliveries_open", "deliveries_lost").replace(
    "'pending', 'leased'", "'dead', 'ambiguous'"
)
HELD = (
    "SELECT webhook, state, count(*) AS count, min(created_at) AS oldest_at, min(due_at) AS due_at"
    " FROM deliveries INDEXED BY deliveries_held WHERE state = 'held' GROUP BY webhook"
)
PUBLISHED = (
    "SELECT alerts.id, published_at FROM json_each(?) AS asked"
    " CROSS JOIN alerts ON alerts.id = asked.value WHERE published_at IS NOT NULL"
)


def queue(db: Statements) -> Sequence[Queued]:
    return tuple(
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


def published_at(db: Statements, alert_ids: Sequence[str]) -> Mapping[str, datetime]:
    rows = db.rows(PUBLISHED, (to_json(alert_ids),))
    return {row["id"]: to_moment(row["published_at"]) for row in rows}
