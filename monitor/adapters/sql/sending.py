"""What waits, was sent and was tried at one webhook; by the index of webhook, state and moment."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from monitor.adapters.sql.rows import DELIVERY, read_attempt, to_moment, to_text
from monitor.adapters.sql.statements import Statements
from monitor.model import Attempt, Delivery, DeliveryState, Queue

QUEUES = (
    "SELECT webhook, state, count(*) AS n, min(created_at) AS oldest"
    " FROM deliveries INDEXED BY deliveries_by_webhook GROUP BY webhook, state"
)
# A state at a time: each is a stretch of the index, in the order that is asked for.
DELIVERIES = (
    "SELECT *, rowid AS n FROM deliveries INDEXED BY deliveries_by_webhook"
    " WHERE webhook = ?1 AND state = ?2 AND (created_at, rowid) < (?3, ?4)"
    " ORDER BY created_at DESC, rowid DESC LIMIT ?5"
)
ATTEMPTS = (
    "SELECT newest.* FROM (SELECT *, rowid AS place FROM attempts ORDER BY rowid DESC LIMIT 2000)"
    " AS newest CROSS JOIN deliveries ON deliveries.id = newest.delivery_id"
    " WHERE deliveries.webhook = ? ORDER BY newest.place DESC LIMIT ?"
)
WAYS = (
    "SELECT deliveries.alert_id, deliveries.webhook FROM alerts CROSS JOIN deliveries"
    " ON deliveries.alert_id = alerts.id WHERE alerts.created_at >= ? ORDER BY alerts.created_at"
)
_FIRST = ("9999", 2**62)


def queues(db: Statements) -> Mapping[str, Mapping[DeliveryState, Queue]]:
    """See `ports.Archive.queues`."""
    found: dict[str, dict[DeliveryState, Queue]] = defaultdict(dict)
    for row in db.rows(QUEUES):
        queue = Queue(count=row["n"], oldest_at=to_moment(row["oldest"]))
        found[row["webhook"]][DeliveryState(row["state"])] = queue
    return found


def deliveries(
    db: Statements, webhook: str, state: DeliveryState | None, after: str | None, limit: int
) -> Sequence[Delivery]:
    """See `ports.Archive.deliveries_to`."""
    place = _FIRST
    if after is not None:
        row = db.row("SELECT created_at, rowid AS n FROM deliveries WHERE id = ?", (after,))
        place = _FIRST if row is None else (row["created_at"], row["n"])
    rows = [
        row
        for one in ([state] if state else DeliveryState)
        for row in db.rows(DELIVERIES, (webhook, str(one), *place, limit))
    ]
    rows.sort(key=lambda row: (row["created_at"], row["n"]), reverse=True)
    return tuple(map(DELIVERY.read, rows[:limit]))


def attempts(db: Statements, webhook: str, limit: int) -> Sequence[Attempt]:
    """See `ports.Archive.attempts_at`."""
    return tuple(map(read_attempt, db.rows(ATTEMPTS, (webhook, limit))))


def ways(db: Statements, since: datetime) -> Mapping[str, Sequence[str]]:
    """See `ports.Archive.ways`."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in db.rows(WAYS, (to_text(since),)):
        found[row["alert_id"]].append(row["webhook"])
    return found
