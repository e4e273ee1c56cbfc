"""Everything, a page at a time, as it is exported."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from monitor.adapters.sql.rows import ITEM, SIGHTING, to_json, to_text
from monitor.adapters.sql.statements import Statements
from monitor.adapters.sql.threads import COUNTED, counted_of
from monitor.model import Item, ItemFilter, Sighting, ThreadCount

_PAGE = 500
_LAST = "\U0010ffff"  # behind every moment

_ITEMS = (
    "SELECT * FROM items WHERE arrival > ?1"
    " AND (?2 IS NULL OR language = ?2 OR substr(language, 1, length(?2) + 1) = ?2 || '-')"
    " AND (?3 IS NULL OR tier = ?3) AND seen_at >= ?4 AND seen_at < ?5"
    " AND (?6 IS NULL OR EXISTS (SELECT 1 FROM matches"
    "   WHERE matches.item_id = items.id AND matches.watch_id = ?6))"
    " AND (?7 IS NULL OR feed_id = ?7 OR EXISTS (SELECT 1 FROM sightings"
    "   WHERE sightings.item_id = items.id AND sightings.feed_id = ?7))"
    " ORDER BY arrival LIMIT ?8"
)
_MATCHED = (
    "SELECT DISTINCT item_id, watch_id FROM matches"
    " WHERE item_id IN (SELECT value FROM json_each(?)) ORDER BY watch_id"
)
_THREADS = (
    COUNTED  # noqa: S608 - ours
    + " FROM threads WHERE threads.id > ?2 AND threads.item_count > 0"
    " AND threads.last_seen_at >= ?3 AND threads.last_seen_at < ?4"
    " AND (?5 IS NULL OR EXISTS"
    "   (SELECT 1 FROM json_each(threads.languages) AS told WHERE told.value = ?5))"
    " AND (?1 IS NULL OR EXISTS (SELECT 1 FROM follows"
    "   WHERE follows.thread_id = threads.id AND follows.watch_id = ?1))"
    " ORDER BY threads.id LIMIT ?6"
)


def items(
    db: Statements, wanted: ItemFilter, after: int
) -> tuple[list[tuple[Item, Sequence[str]]], int | None]:
    """A page, and after which arrival the next one begins; None: there is none."""
    rows = db.rows(
        _ITEMS,
        (
            after,
            wanted.language,
            wanted.tier and str(wanted.tier),
            _from(wanted.since),
            _until(wanted.until),
            wanted.watch,
            wanted.feed,
            _PAGE,
        ),
    )
    watches = defaultdict(list)
    for row in db.rows(_MATCHED, (to_json([row["id"] for row in rows]),)):
        watches[row["item_id"]].append(row["watch_id"])
    page: list[tuple[Item, Sequence[str]]] = [
        (ITEM.read(row), tuple(watches[row["id"]])) for row in rows
    ]
    return page, rows[-1]["arrival"] if len(rows) == _PAGE else None


def threads(
    db: Statements,
    watch: str | None,
    language: str | None,
    since: datetime | None,
    until: datetime | None,
    after: str,
) -> tuple[list[ThreadCount], str | None]:
    """A page, and after which id the next one begins; None: there is none."""
    rows = db.rows(_THREADS, (watch, after, _from(since), _until(until), language, _PAGE))
    page = [counted_of(row) for row in rows]
    return page, rows[-1]["id"] if len(rows) == _PAGE else None


def sightings(db: Statements, item_id: str) -> Sequence[Sighting]:
    rows = db.rows(
        "SELECT * FROM sightings WHERE item_id = ? ORDER BY first_seen_at, feed_id", (item_id,)
    )
    return tuple(map(SIGHTING.read, rows))


def _from(at: datetime | None) -> str:
    return "" if at is None else to_text(at)


def _until(at: datetime | None) -> str:
    return _LAST if at is None else to_text(at)
