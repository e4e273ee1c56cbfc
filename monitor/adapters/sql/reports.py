"""What a report of a watch is made of, and up to when it was reported."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from monitor.adapters.sql.rows import (
    ALERT,
    AWAITED,
    REPORTED,
    THREAD,
    read_rated,
    to_json,
    to_moment,
    to_text,
)
from monitor.adapters.sql.statements import Row, Statements
from monitor.model import (
    Alert,
    AlertKind,
    Matched,
    Rated,
    Reason,
    Reported,
    Thread,
    Tier,
    WatchPast,
)

_SAVE_REPORTED = REPORTED.overwrite("reports", "watch_id")
# CROSS JOIN: SQLite keeps this order, which begins with the few matches of the time asked for.
# The plus keeps it from the index by watch: that leads to all that the watch ever matched.
MATCHES = (
    "WITH seen AS MATERIALIZED ("
    " SELECT DISTINCT item_id FROM matches WHERE watch_id = ?1 AND made_at >= ?2 AND made_at < ?3)"
    " SELECT matches.item_id, matches.made_at, matches.reason,"
    " matches.alert_id IS NOT NULL AS told,"
    " items.title, items.url, items.publisher, items.owner, items.tier, items.language,"
    " coalesce(nullif(stories.thread_id, ''), items.story_id) AS thread_id"
    " FROM seen CROSS JOIN matches ON matches.item_id = seen.item_id AND +matches.watch_id = ?1"
    " CROSS JOIN items ON items.id = matches.item_id"
    " LEFT JOIN stories ON stories.id = items.story_id"
    " WHERE +matches.made_at < ?3 ORDER BY matches.made_at, matches.rowid"
)
EARLIER = (
    "SELECT asked.value AS id FROM json_each(?2) AS asked WHERE EXISTS ("
    " SELECT 1 FROM stories CROSS JOIN items ON items.story_id = stories.id"
    " CROSS JOIN matches ON matches.item_id = items.id AND +matches.watch_id = ?1"
    " WHERE stories.thread_id = asked.value AND +matches.made_at < ?3)"
)
THREADS = (
    "SELECT threads.* FROM json_each(?) AS asked CROSS JOIN threads ON threads.id = asked.value"
    " ORDER BY threads.id"
)
ALERTS = (
    "SELECT * FROM alerts WHERE watch_id = ? AND created_at >= ? AND created_at < ? AND kind != ?"
    " ORDER BY created_at, rowid"
)
# What was told as part of another message arrived when that one did.
ARRIVED = (
    "SELECT DISTINCT deliveries.alert_id AS id FROM json_each(?) AS asked"
    " CROSS JOIN deliveries ON deliveries.alert_id = asked.value"
    " LEFT JOIN deliveries AS message ON message.id = deliveries.bundle"
    " WHERE coalesce(message.state, deliveries.state) IN ('delivered', 'accepted', 'unverified')"
)
AWAITS = "SELECT * FROM awaits WHERE watch_id = ? ORDER BY armed_at, thread_id, expectation"
RATED = (
    "SELECT * FROM ratings WHERE watch_id = ? AND rated_at >= ? AND rated_at < ?"
    " ORDER BY rated_at, alert_id"
)


def past(db: Statements, watch_id: str, since: datetime, until: datetime) -> WatchPast:
    """See `ports.Archive.past`."""
    span = (watch_id, to_text(since), to_text(until))
    matches = tuple(map(_matched, db.rows(MATCHES, span)))
    awaited = tuple(map(AWAITED.read, db.rows(AWAITS, (watch_id,))))
    alerts = tuple(map(ALERT.read, db.rows(ALERTS, (*span, str(AlertKind.DIGEST)))))
    ids = sorted({one.thread_id for one in matches})
    return WatchPast(
        matches=matches,
        earlier=_earlier(db, watch_id, ids, since),
        threads=_threads(db, {*ids, *(one.thread_id for one in awaited)}),
        alerts=alerts,
        arrived=_arrived(db, alerts),
        awaited=awaited,
        rated=_rated(db, span),
    )


def reported(db: Statements, watch_id: str) -> Reported | None:
    row = db.row("SELECT * FROM reports WHERE watch_id = ?", (watch_id,))
    return None if row is None else REPORTED.read(row)


def all_reported(db: Statements) -> Sequence[Reported]:
    return tuple(map(REPORTED.read, db.rows("SELECT * FROM reports ORDER BY watch_id")))


def save_reported(db: Statements, reported: Iterable[Reported]) -> None:
    db.many(_SAVE_REPORTED, [REPORTED.write(one) for one in reported])


def _matched(row: Row) -> Matched:
    return Matched(
        item_id=row["item_id"],
        thread_id=row["thread_id"],
        made_at=to_moment(row["made_at"]),
        told=bool(row["told"]),
        reason=Reason(row["reason"]),
        title=row["title"],
        publisher=row["publisher"],
        owner=row["owner"],
        tier=Tier(row["tier"]),
        url=row["url"],
        language=row["language"],
    )


def _earlier(db: Statements, watch_id: str, ids: Sequence[str], since: datetime) -> frozenset[str]:
    rows = db.rows(EARLIER, (watch_id, to_json(ids), to_text(since)))
    return frozenset(row["id"] for row in rows)


def _threads(db: Statements, ids: Iterable[str]) -> tuple[Thread, ...]:
    return tuple(map(THREAD.read, db.rows(THREADS, (to_json(sorted(ids)),))))


def _arrived(db: Statements, alerts: Iterable[Alert]) -> frozenset[str]:
    rows = db.rows(ARRIVED, (to_json([alert.id for alert in alerts]),))
    return frozenset(row["id"] for row in rows)


def _rated(db: Statements, span: tuple[str, str, str]) -> tuple[Rated, ...]:
    return tuple(map(read_rated, db.rows(RATED, span)))
