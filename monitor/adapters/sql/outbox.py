"""Matches, alerts and deliveries in the tables, up to the webhook's last word."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.adapters.sql.items import index_facets
from monitor.adapters.sql.rows import (
    ALERT,
    DELIVERY,
    DROPPED,
    found_to_json,
    to_json,
    to_moment,
    to_text,
    write_attempt,
)
from monitor.adapters.sql.statements import Statements
from monitor.core.delivery import LEASE
from monitor.model import (
    Alert,
    Answer,
    Attempt,
    Delivery,
    Dropped,
    Intervention,
    Item,
    Judgement,
    Reason,
    Severity,
    Verdict,
)

MAX_REMOTE = 512

_SAVE_ALERT = f"{ALERT.insert('alerts')} ON CONFLICT DO NOTHING"
_SAVE_DROPPED = f"{DROPPED.insert('drops', 'revision', 'made_at')} ON CONFLICT DO NOTHING"
STOPPED = "it may have arrived: the service ended while it was being sent"
UNSEEN = "the process ended before an answer was seen"
LATE = "its lease ended before an answer was seen"
_SAVE_ATTEMPT = (
    "INSERT INTO attempts"
    " (delivery_id, at, took_ms, verdict, status, text, excerpt, retry_after_s, together, n)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?,"
    " (SELECT coalesce(max(n), 0) + 1 FROM attempts WHERE delivery_id = ?))"
)
# The second condition lets SQLite use the index of open deliveries, here and below.
_LEASED = (
    "SELECT id, lease, leased_until FROM deliveries"
    " WHERE state = 'leased' AND state IN ('pending', 'leased')"
)
_INTERVENE = (
    "INSERT INTO interventions (delivery_id, at, kind, before)"
    " SELECT id, ?, ?, state || CASE problem WHEN '' THEN '' ELSE ': ' || problem END"
    " FROM deliveries WHERE id = ? AND state"
)
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


def save_judgements(
    db: Statements, judgements: Sequence[Judgement], versions: Mapping[str, str]
) -> None:
    save_alerts(db, [one.alert for one in judgements if one.alert])
    db.many(
        "INSERT INTO matches (item_id, watch_id, score, found, masked, escalations, reason,"
        " alert_id, version, revision, made_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?,"
        " coalesce(?, (SELECT revision FROM items WHERE id = ?), 0),"
        " coalesce(?, (SELECT max(last_seen_at) FROM sightings WHERE item_id = ?)))"
        # A match that was told stays told, whatever the same text is judged to be later.
        " ON CONFLICT (item_id, watch_id, revision) DO UPDATE SET score = excluded.score,"
        " found = excluded.found, masked = excluded.masked, escalations = excluded.escalations,"
        " reason = excluded.reason, alert_id = excluded.alert_id, made_at = excluded.made_at,"
        " version = excluded.version WHERE matches.alert_id IS NULL",
        [_judgement(one, versions.get(one.match.watch_id, "")) for one in judgements],
    )
    index_facets(db, [one.match.item_id for one in judgements])


def _judgement(judgement: Judgement, version: str) -> tuple[object, ...]:
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
        version,
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
    next_one = db.row(
        "SELECT id, lease FROM deliveries"
        " WHERE webhook = ? AND state IN ('pending', 'leased')"
        " AND CASE state WHEN 'pending' THEN due_at ELSE leased_until END <= ?"
        # In the order of the index: of those made at once, what was not tried yet comes first.
        " ORDER BY created_at, state, due_at, leased_until, rowid LIMIT 1",
        (webhook, to_text(now)),
    )
    if next_one is None:
        return None
    if next_one["lease"] is not None:
        _note_unseen(db, LATE, now, webhook=webhook, only=next_one["id"])
    row = db.row(
        "UPDATE deliveries SET state = 'leased', lease = ?, leased_until = ? WHERE id = ?"
        " RETURNING *",
        (lease, to_text(until), next_one["id"]),
    )
    return None if row is None else _threaded(db, DELIVERY.read(row))


def _threaded(db: Statements, delivery: Delivery) -> Delivery:
    """With what the service calls the first and the latest message of the same watch and story."""
    told = db.rows(
        "SELECT other.remote FROM alerts AS alert"
        " JOIN alerts AS earlier ON earlier.story_id = alert.story_id"
        "   AND earlier.watch_id = alert.watch_id AND earlier.id <> alert.id"
        " JOIN deliveries AS other ON other.alert_id = earlier.id AND other.webhook = ?"
        " WHERE alert.id = ? AND alert.story_id <> '' AND other.remote <> ''"
        "   AND other.state IN ('delivered', 'accepted')"
        " ORDER BY other.settled_at, earlier.seq",
        (delivery.webhook, delivery.alert_id),
    )
    remotes = [row["remote"] for row in told]
    return replace(delivery, root=remotes[0], prior=remotes[-1]) if remotes else delivery


def claim_more(
    db: Statements, webhook: str, now: datetime, until: datetime, lease: str, limit: int
) -> list[Delivery]:
    ids = db.rows(
        "SELECT id FROM deliveries WHERE webhook = ? AND state = 'pending'"
        " AND state IN ('pending', 'leased') AND due_at <= ? AND form = 'full'"
        " ORDER BY created_at, rowid LIMIT ?",
        (webhook, to_text(now), limit),
    )
    claimed = [
        db.row(
            "UPDATE deliveries SET state = 'leased', lease = ?, leased_until = ? WHERE id = ?"
            " RETURNING *",
            (lease, to_text(until), row["id"]),
        )
        for row in ids
    ]
    return [_threaded(db, DELIVERY.read(row)) for row in claimed if row is not None]


def count_due(db: Statements, webhook: str, now: datetime) -> int:
    row = db.row(
        "SELECT count(*) AS n FROM deliveries WHERE webhook = ? AND state = 'pending'"
        " AND state IN ('pending', 'leased') AND due_at <= ? AND form = 'full'",
        (webhook, to_text(now)),
    )
    return int(row["n"]) if row else 0


def hold_expired(db: Statements, webhook: str, problem: str, now: datetime) -> int:
    _note_unseen(db, LATE, now, webhook=webhook, until=now)
    return _hold_leases(db, webhook, problem, now, now)


def _hold_leases(db: Statements, webhook: str, problem: str, until: datetime, now: datetime) -> int:
    return db.run(
        "UPDATE deliveries SET state = 'ambiguous', lease = NULL, leased_until = NULL,"
        " settled_at = ?, problem = ? WHERE webhook = ? AND state = 'leased'"
        " AND state IN ('pending', 'leased') AND leased_until <= ?",
        (to_text(now), problem, webhook, to_text(until)),
    )


def _note_unseen(
    db: Statements,
    text: str,
    now: datetime,
    *,
    webhook: str | None = None,
    until: datetime | None = None,
    only: str | None = None,
) -> None:
    """Attempts of which nobody will hear, to be noted before their leases are taken away.

    Args:
        webhook: Its leases; None: all.
        until: Those that end by then; None: whenever they end.
        only: This delivery alone.
    """
    if webhook is None:
        leased = db.rows(f"{_LEASED} ORDER BY created_at, rowid")
    else:
        leased = db.rows(f"{_LEASED} AND webhook = ? ORDER BY created_at, rowid", (webhook,))
    loads: dict[str, list[str]] = {}
    for row in leased:
        loads.setdefault(row["lease"], []).append(row["id"])
    ends_by = None if until is None else to_text(until)
    attempts = [
        Attempt(
            delivery_id=row["id"],
            at=min(to_moment(row["leased_until"]) - LEASE, now),
            took=timedelta(),
            answer=Answer(verdict=Verdict.UNKNOWN, text=text),
            together=tuple(other for other in loads[row["lease"]] if other != row["id"]),
        )
        for row in leased
        if (ends_by is None or row["leased_until"] <= ends_by) and only in (None, row["id"])
    ]
    db.many(_SAVE_ATTEMPT, [(*write_attempt(one), one.delivery_id) for one in attempts])


def settle(db: Statements, delivery: Delivery, attempt: Attempt | None) -> bool:
    """The row's creation and webhook never change; the payload once, when it becomes plain."""
    remote = attempt.answer.remote if attempt else ""
    settled = db.run(
        "UPDATE deliveries SET state = ?1, due_at = ?2, attempts = ?3, settled_at = ?4,"
        " problem = ?5,"
        " remote = CASE WHEN ?6 = '' THEN remote ELSE ?7 END, tried_since = ?8,"
        " payload = CASE WHEN ?9 = 'plain' AND form <> 'plain' THEN ?10 ELSE payload END,"
        " form = ?9, lease = NULL, leased_until = NULL"
        " WHERE id = ?11 AND lease = ?12 AND state = 'leased'",
        (
            str(delivery.state),
            to_text(delivery.due_at),
            delivery.attempts,
            None if delivery.settled_at is None else to_text(delivery.settled_at),
            delivery.problem,
            remote,
            remote if len(remote) <= MAX_REMOTE else "",
            None if delivery.tried_since is None else to_text(delivery.tried_since),
            str(delivery.form),
            delivery.payload,
            delivery.id,
            delivery.lease,
        ),
    )
    if settled and attempt is not None:
        db.run(_SAVE_ATTEMPT, (*write_attempt(attempt), delivery.id))
    return settled == 1


def requeue(db: Statements, delivery_ids: Iterable[str], now: datetime) -> int:
    moment, wanted = to_text(now), list(dict.fromkeys(delivery_ids))
    db.many(
        f"{_INTERVENE} NOT IN ('pending', 'leased')",
        [(moment, str(Intervention.REDELIVERY), one) for one in wanted],
    )
    return db.many(
        "UPDATE deliveries SET state = 'pending', due_at = ?1, attempts = 0, lease = NULL,"
        " leased_until = NULL, settled_at = NULL, problem = '', tried_since = NULL, bundle = NULL,"
        " released_at = coalesce(released_at, ?1)"
        " WHERE id = ?2 AND state NOT IN ('pending', 'leased')",
        [(moment, one) for one in wanted],
    )


def cancel(db: Statements, delivery_ids: Iterable[str], reason: str, now: datetime) -> int:
    moment, wanted = to_text(now), list(dict.fromkeys(delivery_ids))
    db.many(
        f"{_INTERVENE} IN ('pending', 'held', 'ambiguous')",
        [(moment, str(Intervention.CANCELLED), one) for one in wanted],
    )
    return db.many(
        "UPDATE deliveries SET state = 'cancelled', settled_at = ?, problem = ?"
        " WHERE id = ? AND state IN ('pending', 'held', 'ambiguous')",
        [(moment, reason, one) for one in wanted],
    )


def delete_settled(db: Statements, delivery_ids: Iterable[str]) -> int:
    return db.many(
        "DELETE FROM deliveries"
        " WHERE id = ? AND state IN"
        " ('delivered', 'accepted', 'unverified', 'dead', 'cancelled', 'muted')",
        [(one,) for one in dict.fromkeys(delivery_ids)],
    )


def make_due(db: Statements, now: datetime) -> None:
    moment = to_text(now)
    db.run("UPDATE deliveries SET due_at = ?1 WHERE state = 'pending' AND due_at > ?1", (moment,))
    db.run("UPDATE webhook_states SET held_until = NULL WHERE held_until > ?", (moment,))


def make_due_for(db: Statements, webhook: str, now: datetime) -> None:
    db.run(
        "UPDATE deliveries SET due_at = ?2"
        " WHERE webhook = ?1 AND state = 'pending' AND due_at > ?2",
        (webhook, to_text(now)),
    )


def release_leases(
    db: Statements, now: datetime, unsure: Collection[str] = (), webhook: str | None = None
) -> int:
    _note_unseen(db, UNSEEN, now, webhook=webhook)
    far = datetime.max.replace(tzinfo=UTC)  # whatever is left of their time
    held = sum(_hold_leases(db, webhook, STOPPED, far, now) for webhook in unsure)
    return held + db.run(
        "UPDATE deliveries SET state = 'pending', lease = NULL, leased_until = NULL,"
        " due_at = CASE WHEN due_at < ?1 THEN due_at ELSE ?1 END"
        " WHERE state = 'leased' AND state IN ('pending', 'leased')"
        " AND (?2 IS NULL OR webhook = ?2)",
        (to_text(now), webhook),
    )
