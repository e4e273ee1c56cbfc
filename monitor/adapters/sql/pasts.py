"""What became of items and alerts, read for people: by the indexes on item and alert."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from monitor.adapters.sql.items import FORMER, former_of
from monitor.adapters.sql.rows import (
    ALERT,
    DELIVERY,
    DROPPED,
    ITEM,
    read_judgement,
    to_json,
    to_moment,
)
from monitor.adapters.sql.statements import Statements
from monitor.model import Delivery, DeliveryState, Dropped, Item, JudgedText, Judgement

# All but what is sent, which may be long.
_COLUMNS = ", ".join(
    "x'' AS payload" if name == "payload" else f"deliveries.{name}" for name in DELIVERY.columns
)
_OF_ALERTS = (
    f"SELECT {_COLUMNS} FROM json_each(?1) AS asked"  # noqa: S608 - names of a noun's fields
    " CROSS JOIN deliveries ON deliveries.alert_id = asked.value"
    " ORDER BY deliveries.created_at, deliveries.rowid"
)
_LISTED = (
    f"SELECT {_COLUMNS} FROM deliveries"  # noqa: S608 - names of a noun's fields
    " WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR webhook = ?2)"
    " AND created_at <= ?3 AND (created_at < ?3 OR id > ?4)"
    " ORDER BY created_at DESC, id LIMIT ?5"
)
# A partial index has all that are few among millions: state -> where it says so, and its name.
_FEW = {
    DeliveryState.DEAD: ("state = 'dead'", "deliveries_dead"),
    DeliveryState.HELD: ("state = 'held'", "deliveries_held"),
    DeliveryState.PENDING: ("state IN ('pending', 'leased')", "deliveries_open"),
    DeliveryState.LEASED: ("state IN ('pending', 'leased')", "deliveries_open"),
}
_LAST = "\U0010ffff"


def judged_texts(db: Statements, item_id: str) -> Sequence[JudgedText]:
    told = db.rows(
        "SELECT * FROM alerts WHERE id IN (SELECT alert_id FROM matches WHERE item_id = ?)",
        (item_id,),
    )
    alerts = {row["id"]: ALERT.read(row) for row in told}
    judged: dict[int, list[Judgement]] = defaultdict(list)
    seen_at: dict[int, list[str]] = defaultdict(list)
    for row in db.rows("SELECT * FROM matches WHERE item_id = ? ORDER BY rowid", (item_id,)):
        seen_at[row["revision"]].append(row["made_at"])
        judged[row["revision"]].append(read_judgement(row, alerts.get(row["alert_id"])))
    dropped: dict[int, list[Dropped]] = defaultdict(list)
    for row in db.rows("SELECT * FROM drops WHERE item_id = ? ORDER BY rowid", (item_id,)):
        seen_at[row["revision"]].append(row["made_at"])
        dropped[row["revision"]].append(DROPPED.read(row))
    for row in db.rows("SELECT revision, fetched_at FROM evidence WHERE item_id = ?", (item_id,)):
        seen_at[row["revision"]].append(row["fetched_at"])
    texts: dict[int, Item | None] = dict.fromkeys((*judged, *dropped))
    for row in db.rows(f"{FORMER} WHERE items.id = ?", (item_id,)):
        texts[row["was_revision"]] = former_of(row)
    if present := db.row("SELECT * FROM items WHERE id = ?", (item_id,)):
        texts[present["revision"]] = ITEM.read(present)
    return tuple(
        JudgedText(
            revision=revision,
            text=text,
            # Of an edit its item tells only when it was first seen.
            seen_at=text.seen_at if text and not revision else _first(seen_at[revision]),
            judgements=tuple(judged[revision]),
            dropped=tuple(dropped[revision]),
        )
        for revision, text in sorted(texts.items())
    )


def _first(moments: Sequence[str]) -> datetime | None:
    return to_moment(min(moments)) if moments else None


def deliveries_of(db: Statements, alert_ids: Sequence[str]) -> Mapping[str, Sequence[Delivery]]:
    found: dict[str, list[Delivery]] = {}
    for row in db.rows(_OF_ALERTS, (to_json(alert_ids),)):
        found.setdefault(row["alert_id"], []).append(DELIVERY.read(row))
    return found


def outbox(
    db: Statements,
    *,
    state: DeliveryState | None,
    webhook: str | None,
    before: tuple[str, str] | None,
    limit: int,
) -> Sequence[Delivery]:
    at, after = before or (_LAST, "")
    sql = _LISTED
    if state in _FEW:
        where, index = _FEW[state]
        sql = sql.replace("FROM deliveries", f"FROM deliveries INDEXED BY {index}")
        sql = sql.replace("WHERE", f"WHERE {where} AND", 1)
    rows = db.rows(sql, (state and str(state), webhook, at, after, limit))
    return tuple(map(DELIVERY.read, rows))
