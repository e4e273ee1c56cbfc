"""What a watch found: by day, the newest, and by whom; all by the index of watch and moment."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from monitor.adapters.sql.rows import ITEM, read_judgement, to_moment, to_text
from monitor.adapters.sql.statements import Statements
from monitor.model import AlertKind, Hit, Reason

DAYS = (
    "SELECT substr(made_at, 1, 10) AS day, count(*) AS n FROM matches"
    " WHERE watch_id = ? AND made_at >= ? GROUP BY day"
)
# An alert that tells of no item (a silence, a digest) is no match that was told.
TOLD = (
    "SELECT substr(created_at, 1, 10) AS day, count(*) AS n FROM alerts"
    " WHERE watch_id = ? AND created_at >= ? AND kind NOT IN (?, ?) GROUP BY day"
)
# CROSS JOIN: SQLite keeps this order, which reads no more matches than are asked for.
HITS = (
    "SELECT items.*, matches.revision AS matched, matches.watch_id,"
    " matches.item_id, matches.score, matches.found, matches.masked, matches.escalations,"
    " matches.reason, matches.alert_id, matches.made_at"
    " FROM matches CROSS JOIN items ON items.id = matches.item_id"
    " WHERE matches.watch_id = ? ORDER BY matches.made_at DESC, matches.rowid DESC LIMIT ?"
)
PUBLISHERS = (
    "SELECT items.publisher, count(*) AS n FROM"
    " (SELECT item_id FROM matches WHERE watch_id = ? ORDER BY made_at DESC LIMIT ?) AS newest"
    " CROSS JOIN items ON items.id = newest.item_id"
    " GROUP BY items.publisher ORDER BY n DESC, items.publisher"
)


def days(db: Statements, watch_id: str, since: datetime) -> Mapping[date, tuple[int, int]]:
    """See `ports.Archive.watch_days`."""
    span = (watch_id, to_text(since))
    matches = Counter({row["day"]: row["n"] for row in db.rows(DAYS, span)})
    kinds = (str(AlertKind.DIGEST), str(AlertKind.SILENCE))
    alerts = Counter({row["day"]: row["n"] for row in db.rows(TOLD, (*span, *kinds))})
    return {
        date.fromisoformat(day): (matches[day], alerts[day]) for day in sorted({*matches, *alerts})
    }


def hits(db: Statements, watch_id: str, limit: int) -> Sequence[Hit]:
    """See `ports.Archive.hits`."""
    rows = db.rows(HITS, (watch_id, limit))
    return tuple(
        Hit(
            item=ITEM.read(row),
            match=read_judgement(row, None).match,
            revision=row["matched"],
            made_at=to_moment(row["made_at"]),
            reason=Reason(row["reason"]),
            alert_id=row["alert_id"],
        )
        for row in rows
    )


def publishers(db: Statements, watch_id: str, at_most: int) -> Mapping[str, int]:
    """See `ports.Archive.publishers`."""
    return {row["publisher"]: row["n"] for row in db.rows(PUBLISHERS, (watch_id, at_most))}
