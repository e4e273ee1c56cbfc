"""Lists that are read on from where one stopped, however much was stored meanwhile."""

from collections.abc import Collection, Sequence
from datetime import datetime

from monitor.adapters.sql.rows import ALERT, DELIVERY, ITEM, to_text
from monitor.adapters.sql.statements import Row, Statements
from monitor.model import Alert, Delivery, DeliveryState, Item
from monitor.ports import Mark, Placed

_LAST = chr(0x10FFFF)  # behind every beginning
_BEHIND_ALL = 2**62
_ALL = 2**62  # no limit


# Names of ours alone stand in these. The same moment is shared by all that one poll brought:
# among them the order of the rows counts.
def _on(table: str, at: str, row: str, number: int) -> str:
    """What stands behind the row of a mark, whose parts are parameters from this number on."""
    known = f"SELECT {row} FROM {table} WHERE id = ?{number + 1}"  # noqa: S608
    return f" AND ({at}, {row}) < (?{number}, coalesce(({known}), {_BEHIND_ALL}))"


def _alerts(of: str, on: str = "") -> str:
    return (
        f"SELECT * FROM alerts WHERE {of} AND created_at >= ?2{on}"  # noqa: S608
        " ORDER BY created_at DESC, rowid DESC LIMIT ?3"
    )


def _deliveries(of: str, on: str = "") -> str:
    return (
        f"SELECT *, rowid AS place FROM deliveries WHERE {of}"  # noqa: S608
        f" AND created_at >= ?1 AND (?2 IS NULL OR created_at < ?2){on}"
        " ORDER BY created_at DESC, rowid DESC LIMIT ?3"
    )


_BEHIND_ALERT = _on("alerts", "created_at", "rowid", 4)
_OF = {True: "watch_id = ?1", False: "?1 IS NULL"}
ALERTS = {of: _alerts(_OF[of]) for of in _OF}
ALERTS_ON = {of: _alerts(_OF[of], _BEHIND_ALERT) for of in _OF}
_BEHIND_DELIVERY = _on("deliveries", "created_at", "rowid", 6)
# Of one alert there are few. Of a webhook and a state the index by both has a stretch.
_EACH = {
    "": "?4 IS NULL AND ?5 IS NULL",
    "alert": "alert_id = ?4 AND ?5 IS NULL",
    "way": "webhook = ?4 AND state = ?5",
}
DELIVERIES = {by: _deliveries(of) for by, of in _EACH.items()}
DELIVERIES_ON = {by: _deliveries(of, _BEHIND_DELIVERY) for by, of in _EACH.items()}
NAMES = (
    "WITH RECURSIVE names (webhook) AS ("
    " SELECT min(webhook) FROM deliveries UNION ALL"
    " SELECT (SELECT min(webhook) FROM deliveries WHERE webhook > names.webhook) FROM names"
    "   WHERE names.webhook IS NOT NULL)"
    " SELECT webhook FROM names WHERE webhook IS NOT NULL"
)
ITEMS = "SELECT * FROM items WHERE arrival < ?1 ORDER BY arrival DESC LIMIT ?2"
# By that index: else SQLite looks for the first by walking through all items before it.
ITEMS_SINCE = (
    "SELECT * FROM items WHERE seen_at >= ?3 AND arrival < ?1 AND arrival >= coalesce("
    " (SELECT min(arrival) FROM items INDEXED BY items_by_seen_at WHERE seen_at >= ?3), ?1)"
    " ORDER BY arrival DESC LIMIT ?2"
)
ARRIVAL = (
    "SELECT coalesce((SELECT arrival FROM items WHERE id = ?2),"
    " (SELECT arrival + 1 FROM items WHERE seen_at <= ?1 ORDER BY seen_at DESC LIMIT 1), 0) AS n"
)
PLACE = (
    "SELECT coalesce((SELECT rowid FROM alerts WHERE id = ?2),"
    " (SELECT min(rowid) - 1 FROM alerts WHERE created_at >= ?1),"
    " (SELECT max(rowid) FROM alerts), 0) AS n"
)
AFTER = (
    "SELECT rowid AS place, * FROM alerts WHERE rowid > ?1 AND (?2 IS NULL OR watch_id = ?2)"
    " ORDER BY rowid LIMIT ?3"
)


def _since(since: datetime | None) -> str:
    return "" if since is None else to_text(since)


def _parts(mark: Mark | None) -> tuple[str, ...]:
    return () if mark is None else (to_text(mark.at), mark.id)


def alerts(
    db: Statements,
    *,
    watch: str | None,
    since: datetime | None,
    before: Mark | None,
    limit: int,
) -> Sequence[Alert]:
    sql = (ALERTS_ON if before else ALERTS)[watch is not None]
    rows = db.rows(sql, (watch, _since(since), limit, *_parts(before)))
    return tuple(map(ALERT.read, rows))


def deliveries(
    db: Statements,
    *,
    states: Collection[DeliveryState],
    webhook: str | None,
    alert_id: str | None,
    since: datetime | None,
    until: datetime | None,
    before: Mark | None,
    limit: int,
) -> Sequence[Delivery]:
    statements = DELIVERIES_ON if before else DELIVERIES
    span = (_since(since), None if until is None else to_text(until))
    if alert_id is not None:
        rows = db.rows(statements["alert"], (*span, _ALL, alert_id, None, *_parts(before)))
        rows = [row for row in rows if webhook in (None, row["webhook"])]
        rows = [row for row in rows if not states or DeliveryState(row["state"]) in states]
    elif webhook is None and not states:
        rows = db.rows(statements[""], (*span, limit, None, None, *_parts(before)))
    else:
        names = [webhook] if webhook else [row["webhook"] for row in db.rows(NAMES)]
        rows = [
            row
            for name in names
            for state in states or DeliveryState
            for row in db.rows(statements["way"], (*span, limit, name, str(state), *_parts(before)))
        ]
        rows.sort(key=lambda row: (row["created_at"], row["place"]), reverse=True)
    return tuple(map(DELIVERY.read, rows[:limit]))


def newest_items(
    db: Statements, *, since: datetime | None, before: Mark | None, limit: int
) -> Sequence[Item]:
    arrival = _BEHIND_ALL
    if before is not None:
        row = db.row(ARRIVAL, _parts(before))
        arrival = int(row["n"]) if row else 0
    if since is None:
        return tuple(map(ITEM.read, db.rows(ITEMS, (arrival, limit))))
    return tuple(map(ITEM.read, db.rows(ITEMS_SINCE, (arrival, limit, to_text(since)))))


def alerts_after(db: Statements, place: int, *, watch: str | None, limit: int) -> Sequence[Placed]:
    rows = db.rows(AFTER, (place, watch, limit))
    return tuple(Placed(int(row["place"]), ALERT.read(row)) for row in rows)


def last_place(db: Statements) -> int:
    row = db.row("SELECT coalesce(max(rowid), 0) AS n FROM alerts")
    return int(row["n"]) if row else 0


def place_of(db: Statements, mark: Mark) -> int:
    row = db.row(PLACE, _parts(mark))
    return int(row["n"]) if row else 0


def begun(db: Statements, table: str, key: str) -> Sequence[Row]:
    """Rows with this id, else those of which the id begins so: two at most."""
    found = db.rows(f"SELECT * FROM {table} WHERE id = ?", (key,))  # noqa: S608 - names of ours
    if found or not key:
        return found
    sql = f"SELECT * FROM {table} WHERE id > ?1 AND id < ?2 LIMIT 2"  # noqa: S608
    return db.rows(sql, (key, key + _LAST))
