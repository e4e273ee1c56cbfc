"""What waits before it is sent: held rows, the decisions on them, silences."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from monitor.adapters.sql.rows import ALERT, DELIVERY, HOLD, SILENCE, to_moment, to_text
from monitor.adapters.sql.statements import Statements
from monitor.model import Alert, Delivery, Hold, Severity, Silence

_SAVE_SILENCE = SILENCE.overwrite("silences", "id")
_SPOKEN_AT_MOST = 200


def due_groups(db: Statements, now: datetime) -> list[tuple[str, str]]:
    """Webhook and group of what is held and to be looked at now."""
    rows = db.rows(
        "SELECT webhook, group_key FROM deliveries WHERE state = 'held' AND due_at <= ?"
        " GROUP BY webhook, group_key ORDER BY min(due_at), webhook, group_key",
        (to_text(now),),
    )
    return [(row["webhook"], row["group_key"]) for row in rows]


def held(db: Statements, webhook: str, group_key: str, at_most: int) -> list[Delivery]:
    """A group, oldest first, whether due or not."""
    rows = db.rows(
        "SELECT * FROM deliveries WHERE state = 'held' AND webhook = ? AND group_key = ?"
        " ORDER BY created_at, rowid LIMIT ?",
        (webhook, group_key, at_most),
    )
    return [DELIVERY.read(row) for row in rows]


def alert(db: Statements, alert_id: str) -> Alert | None:
    row = db.row("SELECT * FROM alerts WHERE id = ?", (alert_id,))
    return None if row is None else ALERT.read(row)


def last_message(db: Statements, webhook: str, group_key: str) -> datetime | None:
    row = db.row(
        "SELECT max(released_at) AS at FROM deliveries WHERE webhook = ? AND group_key = ?"
        " AND group_key != ''",
        (webhook, group_key),
    )
    return None if row is None or row["at"] is None else to_moment(row["at"])


def told_to(
    db: Statements, webhook: str, watch_id: str, story_id: str
) -> list[tuple[Severity, datetime]]:
    rows = db.rows(
        "SELECT severity, max(released_at) AS at FROM alerts"
        " JOIN deliveries ON deliveries.alert_id = alerts.id"
        " WHERE story_id = ? AND watch_id = ? AND webhook = ? AND released_at IS NOT NULL"
        " GROUP BY severity",
        (story_id, watch_id, webhook),
    )
    return [(Severity(row["severity"]), to_moment(row["at"])) for row in rows]


def messages_since(db: Statements, webhook: str, since: datetime) -> int:
    row = db.row(
        "SELECT count(*) AS n FROM deliveries WHERE webhook = ? AND released_at >= ?"
        " AND state NOT IN ('held', 'muted', 'bundled')",
        (webhook, to_text(since)),
    )
    return 0 if row is None else int(row["n"])


def spoken_to(
    db: Statements, webhook: str, since: datetime, story_id: str | None
) -> Sequence[Alert]:
    rows = db.rows(
        "SELECT alerts.* FROM alerts JOIN deliveries ON deliveries.alert_id = alerts.id"
        " WHERE webhook = ?1 AND alerts.created_at >= ?2 AND (?3 IS NULL OR story_id = ?3)"
        " AND state NOT IN ('muted', 'cancelled', 'dead')"
        " ORDER BY alerts.created_at DESC LIMIT ?4",
        (webhook, to_text(since), story_id, _SPOKEN_AT_MOST),
    )
    return [ALERT.read(row) for row in rows]


def move(db: Statements, deliveries: Iterable[Delivery]) -> int:
    """Only what is still held: a person may have sent or cancelled it meanwhile."""
    return db.many(
        "UPDATE deliveries SET state = ?, due_at = ?, group_key = ?, released_at = ?, bundle = ?,"
        " settled_at = ?, problem = ? WHERE id = ? AND state = 'held'",
        [
            (
                str(one.state),
                to_text(one.due_at),
                one.group_key,
                None if one.released_at is None else to_text(one.released_at),
                one.bundle,
                None if one.settled_at is None else to_text(one.settled_at),
                one.problem,
                one.id,
            )
            for one in deliveries
        ],
    )


def save_holds(db: Statements, holds: Iterable[Hold]) -> None:
    db.many(
        "INSERT INTO holds (delivery_id, at, cause, until, text, by, n) VALUES (?, ?, ?, ?, ?, ?,"
        " (SELECT coalesce(max(n), 0) + 1 FROM holds WHERE delivery_id = ?))",
        [(*HOLD.write(one), one.delivery_id) for one in holds],
    )


def holds(db: Statements, delivery_id: str) -> list[Hold]:
    rows = db.rows("SELECT * FROM holds WHERE delivery_id = ? ORDER BY n", (delivery_id,))
    return [HOLD.read(row) for row in rows]


def silences(db: Statements) -> list[Silence]:
    rows = db.rows("SELECT * FROM silences ORDER BY created_at, id")
    return [SILENCE.read(row) for row in rows]


def muted_by(db: Statements, silence_id: str) -> int:
    """How many deliveries a silence kept from being sent."""
    row = db.row(
        "SELECT count(*) AS n FROM holds WHERE cause = 'silenced' AND by = ?", (silence_id,)
    )
    return 0 if row is None else int(row["n"])


def active_silences(db: Statements, now: datetime) -> list[Silence]:
    rows = db.rows(
        "SELECT * FROM silences WHERE expired_at IS NULL AND starts_at <= ?1 AND ends_at > ?1",
        (to_text(now),),
    )
    return [SILENCE.read(row) for row in rows]


def save_silence(db: Statements, silence: Silence) -> None:
    db.run(_SAVE_SILENCE, SILENCE.write(silence))
