"""Lists that are read on from where one stopped, however much was stored meanwhile."""

from collections.abc import Collection, Sequence
from datetime import datetime

from monitor.adapters.sqlite.connection import Statements, sqlite3
from monitor.adapters.sqlite.rows import ALERT, DELIVERY, ITEM, to_json, to_text
from monitor.adapters.sqlite.search import as_query
from monitor.model import Alert, Delivery, DeliveryState, Item
from monitor.ports import Mark, Placed

_LAST = chr(0x10FFFF)  # behind every beginning
_BEHIND_ALL = 2**62


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


def _deliveries(on: str = "") -> str:
    return (
        "SELECT * FROM deliveries WHERE"  # noqa: S608
        " (?1 = '[]' OR state IN (SELECT value FROM json_each(?1)))"
        " AND (?2 IS NULL OR webhook = ?2) AND (?3 IS NULL OR alert_id = ?3)"
        f" AND created_at >= ?4 AND (?5 IS NULL OR created_at < ?5){on}"
        " ORDER BY created_at DESC, rowid DESC LIMIT ?6"
    )


def _found(on: str = "") -> str:
    return (
        # Twice ordered: else the texts of all that is found would be sorted along.
        "SELECT * FROM items WHERE arrival IN"  # noqa: S608
        " (SELECT arrival FROM items WHERE arrival IN"
        f"   (SELECT rowid FROM items_fts WHERE items_fts MATCH ?1){on}"
        "   ORDER BY effective_at DESC, arrival DESC LIMIT ?2)"
        " ORDER BY effective_at DESC, arrival DESC"
    )


_BEHIND_ALERT = _on("alerts", "created_at", "rowid", 4)
_OF = {True: "watch_id = ?1", False: "?1 IS NULL"}
ALERTS = {of: _alerts(_OF[of]) for of in _OF}
ALERTS_ON = {of: _alerts(_OF[of], _BEHIND_ALERT) for of in _OF}
DELIVERIES = _deliveries()
DELIVERIES_ON = _deliveries(_on("deliveries", "created_at", "rowid", 7))
FOUND, FOUND_ON = _found(), _found(_on("items", "effective_at", "arrival", 3))
ITEMS = "SELECT * FROM items WHERE seen_at >= ?1 AND arrival < ?2 ORDER BY arrival DESC LIMIT ?3"
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
    values = (
        to_json(sorted(states)),
        webhook,
        alert_id,
        _since(since),
        None if until is None else to_text(until),
        limit,
    )
    rows = db.rows(DELIVERIES_ON if before else DELIVERIES, (*values, *_parts(before)))
    return tuple(map(DELIVERY.read, rows))


def search(db: Statements, text: str, *, before: Mark | None, limit: int) -> Sequence[Item]:
    query = as_query(text)
    if not query:
        return ()
    rows = db.rows(FOUND_ON if before else FOUND, (query, limit, *_parts(before)))
    return tuple(map(ITEM.read, rows))


def newest_items(
    db: Statements, *, since: datetime | None, before: Mark | None, limit: int
) -> Sequence[Item]:
    arrival = _BEHIND_ALL
    if before is not None:
        row = db.row(ARRIVAL, _parts(before))
        arrival = int(row["n"]) if row else 0
    return tuple(map(ITEM.read, db.rows(ITEMS, (_since(since), arrival, limit))))


def alerts_after(db: Statements, place: int, *, watch: str | None, limit: int) -> Sequence[Placed]:
    rows = db.rows(AFTER, (place, watch, limit))
    return tuple(Placed(int(row["place"]), ALERT.read(row)) for row in rows)


def last_place(db: Statements) -> int:
    row = db.row("SELECT coalesce(max(rowid), 0) AS n FROM alerts")
    return int(row["n"]) if row else 0


def place_of(db: Statements, mark: Mark) -> int:
    row = db.row(PLACE, _parts(mark))
    return int(row["n"]) if row else 0


def begun(db: Statements, table: str, key: str) -> "list[sqlite3.Row]":
    """Rows with this id, else those of which the id begins so: two at most."""
    found = db.rows(f"SELECT * FROM {table} WHERE id = ?", (key,))  # noqa: S608 - names of ours
    if found or not key:
        return found
    sql = f"SELECT * FROM {table} WHERE id > ?1 AND id < ?2 LIMIT 2"  # noqa: S608
    return db.rows(sql, (key, key + _LAST))
