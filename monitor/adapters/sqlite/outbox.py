"""Matches, alerts and deliveries in the tables, up to the webhook's last word."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from monitor.adapters.sqlite.connection import Statements
from monitor.adapters.sqlite.rows import (
    ALERT,
    DELIVERY,
    DROPPED,
    found_to_json,
    to_json,
    to_text,
    write_attempt,
)
from monitor.model import Alert, Attempt, Delivery, Dropped, Item, Judgement, Reason, Severity

_SAVE_ALERT = f"{ALERT.insert('alerts')} ON CONFLICT DO NOTHING"
_SAVE_DROPPED = f"{DROPPED.insert('drops', 'revision', 'made_at')} ON CONFLICT DO NOTHING"
_SAVE_DELIVERY = f"{DELIVERY.insert('deliveries')} ON CONFLICT DO NOTHING"


def told_watches(db: Statements, item_id: str) -> frozenset[str]:
    rows = db.rows(
        "SELECT watch_id FROM alerts WHERE item_id = ?"
        " UNION SELECT watch_id FROM matches WHERE item_id = ? AND alert_id IS NOT NULL",
        (item_id, item_id),
    )
    return frozenset(row["watch_id"] for row in rows)


def held_for(db: Statements, item_id: str, watch_id: str) -> Reason | None:
    row = db.row(
        "SELECT reason, alert_id FROM matches WHERE item_id = ? AND watch_id = ?"
        " ORDER BY revision DESC LIMIT 1",
        (item_id, watch_id),
    )
    return None if row is None or row["alert_id"] else Reason(row["reason"])


def loudest(db: Statements, story_id: str, watch_id: str) -> Severity | None:
    rows = db.rows(
        "SELECT DISTINCT severity FROM alerts WHERE story_id = ? AND watch_id = ?",
        (story_id, watch_id),
    )
    told = (Severity(row["severity"]) for row in rows)
    return max(told, key=lambda severity: severity.rank, default=None)


def last_alert(db: Statements, story_id: str, watch_id: str) -> tuple[int, str] | None:
    row = db.row(
        "SELECT seq, id FROM alerts WHERE story_id = ? AND watch_id = ? ORDER BY seq DESC LIMIT 1",
        (story_id, watch_id),
    )
    return None if row is None else (row["seq"], row["id"])


def save_alerts(db: Statements, alerts: Iterable[Alert]) -> None:
    db.many(_SAVE_ALERT, [ALERT.write(alert) for alert in alerts])


def save_judgements(db: Statements, judgements: Sequence[Judgement]) -> None:
    save_alerts(db, [one.alert for one in judgements if one.alert])
    db.many(
        "INSERT INTO matches (item_id, watch_id, score, found, masked, escalations, reason,"
        " alert_id, revision, made_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?,"
        " coalesce(?, (SELECT revision FROM items WHERE id = ?), 0),"
        " coalesce(?, (SELECT max(last_seen_at) FROM sightings WHERE item_id = ?)))"
        # A match that was told stays told, whatever the same text is judged to be later.
        " ON CONFLICT (item_id, watch_id, revision) DO UPDATE SET score = excluded.score,"
        " found = excluded.found, masked = excluded.masked, escalations = excluded.escalations,"
        " reason = excluded.reason, alert_id = excluded.alert_id, made_at = excluded.made_at"
        " WHERE matches.alert_id IS NULL",
        map(_judgement, judgements),
    )


def _judgement(judgement: Judgement) -> tuple[object, ...]:
    match, alert = judgement.match, judgement.alert
    return (
        match.item_id,
        match.watch_id,
        match.score,
        found_to_json(match.found),
        found_to_json(match.masked),
        to_json(match.escalations),
        str(judgement.reason),
        alert.id if alert else None,
        alert.revision if alert else None,
        match.item_id,
        to_text(alert.created_at) if alert else None,
        match.item_id,
    )


def save_dropped(db: Statements, item: Item, dropped: Sequence[Dropped], now: datetime) -> None:
    db.many(_SAVE_DROPPED, [(item.revision, to_text(now), *DROPPED.write(one)) for one in dropped])


def save_deliveries(db: Statements, deliveries: Iterable[Delivery]) -> None:
    db.many(_SAVE_DELIVERY, [DELIVERY.write(delivery) for delivery in deliveries])


def claim(
    db: Statements, webhook: str, now: datetime, until: datetime, lease: str
) -> Delivery | None:
    """Oldest by creation; a lease that ran out is up for claiming again."""
    moment = to_text(now)
    row = db.row(
        "UPDATE deliveries SET state = 'leased', lease = ?, leased_until = ?"
        " WHERE id = (SELECT id FROM deliveries"
        "   WHERE webhook = ? AND state IN ('pending', 'leased')"
        "   AND CASE state WHEN 'pending' THEN due_at ELSE leased_until END <= ?"
        # In the order of the index: of those made at once, what was not tried yet comes first.
        "   ORDER BY created_at, state, due_at, leased_until, rowid LIMIT 1)"
        " RETURNING *",
        (lease, to_text(until), webhook, moment),
    )
    return None if row is None else DELIVERY.read(row)


def settle(db: Statements, delivery: Delivery, attempt: Attempt | None) -> bool:
    """The row's payload, creation and webhook never change."""
    settled = db.run(
        "UPDATE deliveries SET state = ?, due_at = ?, attempts = ?, settled_at = ?, problem = ?,"
        " lease = NULL, leased_until = NULL WHERE id = ? AND lease = ? AND state = 'leased'",
        (
            str(delivery.state),
            to_text(delivery.due_at),
            delivery.attempts,
            None if delivery.settled_at is None else to_text(delivery.settled_at),
            delivery.problem,
            delivery.id,
            delivery.lease,
        ),
    )
    if settled and attempt is not None:
        db.run(
            "INSERT INTO attempts"
            " (delivery_id, at, took_ms, verdict, status, text, excerpt, retry_after_s, n)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?,"
            " (SELECT coalesce(max(n), 0) + 1 FROM attempts WHERE delivery_id = ?))",
            (*write_attempt(attempt), delivery.id),
        )
    return settled == 1


def requeue(db: Statements, delivery_ids: Iterable[str], now: datetime) -> int:
    moment = to_text(now)
    return db.many(
        "UPDATE deliveries SET state = 'pending', due_at = ?1, attempts = 0, lease = NULL,"
        " leased_until = NULL, settled_at = NULL, problem = '', bundle = NULL,"
        " released_at = coalesce(released_at, ?1)"
        " WHERE id = ?2 AND state NOT IN ('pending', 'leased')",
        [(moment, delivery_id) for delivery_id in dict.fromkeys(delivery_ids)],
    )


def make_due(db: Statements, now: datetime) -> None:
    moment = to_text(now)
    db.run("UPDATE deliveries SET due_at = ?1 WHERE state = 'pending' AND due_at > ?1", (moment,))
    db.run("UPDATE webhook_states SET held_until = NULL WHERE held_until > ?", (moment,))


def release_leases(db: Statements, now: datetime) -> int:
    return db.run(
        "UPDATE deliveries SET state = 'pending', lease = NULL, leased_until = NULL,"
        # The second condition lets SQLite use the index of open deliveries.
        " due_at = min(due_at, ?) WHERE state = 'leased' AND state IN ('pending', 'leased')",
        (to_text(now),),
    )
