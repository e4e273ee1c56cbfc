"""Threads as they are read: their stories, items and alerts, by the indexes on each of these."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from monitor.adapters.sql.items import FORMER, former_of
from monitor.adapters.sql.rows import (
    ALERT,
    AWAITED,
    ITEM,
    STORY,
    THREAD,
    read_judgement,
    to_json,
    to_moment,
    to_text,
)
from monitor.adapters.sql.statements import Row, Statements
from monitor.core.urls import is_http
from monitor.model import (
    Alert,
    Awaited,
    Claim,
    DeliveryState,
    Item,
    Match,
    Sent,
    Story,
    Thread,
    ThreadCount,
)

_ALIKE = 50  # ids with one beginning that are looked at
_LAST = "\U0010ffff"  # behind every beginning
COUNTED = (
    "SELECT threads.*,"
    " (SELECT CAST(coalesce(sum(item_count), 0) AS INTEGER) FROM stories"
    "   WHERE thread_id = threads.id AND merged_into = '') AS items,"
    " (SELECT count(*) FROM alerts"
    "   WHERE story_id = threads.id AND (?1 IS NULL OR watch_id = ?1)) AS alerts"
)
_AS_ASKED = (
    " threads.item_count > 0 AND threads.last_seen_at >= ?2"
    " AND (?3 IS NULL OR json_extract(threads.standing, '$.claim') = ?3)"
    " AND (?4 IS NULL OR EXISTS"
    "   (SELECT 1 FROM json_each(threads.languages) AS told WHERE told.value = ?4))"
    " AND threads.last_seen_at <= ?6 AND (threads.last_seen_at < ?6 OR threads.id > ?7)"
    " ORDER BY threads.last_seen_at DESC, threads.id LIMIT ?5"
)
_OF_ALL = f"{COUNTED} FROM threads WHERE{_AS_ASKED}"
_OF_WATCH = (
    f"{COUNTED} FROM follows CROSS JOIN threads ON threads.id = follows.thread_id"
    f" WHERE follows.watch_id = ?1 AND{_AS_ASKED}"
)
# The last story of each thread stands for it, whether a watch matched or not.
_EVERY = (
    "SELECT * FROM stories WHERE merged_into = '' AND last_seen_at >= ?1 AND NOT EXISTS ("
    "  SELECT 1 FROM stories AS later WHERE later.thread_id = stories.thread_id"
    "  AND later.merged_into = ''"
    "  AND (later.last_seen_at, later.id) > (stories.last_seen_at, stories.id))"
    " AND (?2 IS NULL OR EXISTS (SELECT 1 FROM stories AS told"
    "  WHERE told.thread_id = stories.thread_id"
    "  AND (told.language = ?2 OR substr(told.language, 1, length(?2) + 1) = ?2 || '-')))"
    " AND last_seen_at <= ?4 AND (last_seen_at < ?4 OR thread_id > ?5)"
    " ORDER BY last_seen_at DESC, thread_id LIMIT ?3"
)
_COUNTS = (
    "SELECT (SELECT CAST(coalesce(sum(item_count), 0) AS INTEGER) FROM stories"
    "   WHERE thread_id = ?1 AND merged_into = '') AS items,"
    " (SELECT count(*) FROM alerts WHERE story_id = ?1) AS alerts"
)
# By the index on alerts by story, and that on deliveries by alert.
_SENT = (
    "SELECT alerts.story_id, deliveries.webhook, deliveries.state, count(*) AS count"
    " FROM json_each(?1) AS asked CROSS JOIN alerts ON alerts.story_id = asked.value"
    " CROSS JOIN deliveries ON deliveries.alert_id = alerts.id"
    " GROUP BY alerts.story_id, deliveries.webhook, deliveries.state ORDER BY 1, 2, 3"
)
_IN_THREAD = " JOIN stories ON stories.id = items.story_id WHERE stories.thread_id = ?"


def counted(
    db: Statements,
    *,
    watch: str | None,
    since: datetime | None,
    state: Claim | None,
    language: str | None,
    limit: int,
    before: tuple[datetime, str] | None = None,
) -> Sequence[ThreadCount]:
    since_text = "" if since is None else to_text(since)
    rows = db.rows(
        _OF_WATCH if watch else _OF_ALL,
        (watch, since_text, state and str(state), language, limit, *_place(before)),
    )
    return tuple(map(counted_of, rows))


def counted_of(row: Row) -> ThreadCount:
    """Of a thread's columns and the two counts."""
    thread = THREAD.read(row)
    return ThreadCount(
        thread=thread,
        items=row["items"],
        alerts=row["alerts"],
        changed_at=thread.last_seen_at,
    )


def counted_every(
    db: Statements,
    *,
    since: datetime | None,
    language: str | None,
    limit: int,
    before: tuple[datetime, str] | None = None,
) -> Sequence[ThreadCount]:
    """Also those that no watch matched."""
    since_text = "" if since is None else to_text(since)
    rows = db.rows(_EVERY, (since_text, language, limit, *_place(before)))
    return tuple(_counted(db, STORY.read(row)) for row in rows)


def _place(before: tuple[datetime, str] | None) -> tuple[str, str]:
    """What all are before if nothing is asked for."""
    return (_LAST, "") if before is None else (to_text(before[0]), before[1])


def sent(db: Statements, thread_ids: Sequence[str]) -> Sequence[Sent]:
    rows = db.rows(_SENT, (to_json(thread_ids),))
    return tuple(
        Sent(
            thread_id=row["story_id"],
            webhook=row["webhook"],
            state=DeliveryState(row["state"]),
            count=row["count"],
        )
        for row in rows
    )


def _counted(db: Statements, story: Story) -> ThreadCount:
    counts = db.row(_COUNTS, (story.thread_id,))
    assert counts
    stored = db.row("SELECT * FROM threads WHERE id = ?", (story.thread_id,))
    thread = THREAD.read(stored) if stored else _unmatched(db, story)
    return ThreadCount(
        thread=thread,
        items=counts["items"],
        alerts=counts["alerts"],
        changed_at=story.last_seen_at,
    )


def _unmatched(db: Statements, story: Story) -> Thread:
    told = stories_of(db, story.thread_id) or (story,)
    return Thread(
        id=story.thread_id or story.id,
        title=told[0].title,
        language=told[0].language,
        first_seen_at=told[0].first_seen_at,
        last_seen_at=max(one.last_seen_at for one in told),
        languages=tuple(dict.fromkeys(one.language.partition("-")[0] for one in told)),
    )


def find_story(db: Statements, key: str) -> Story | None:
    """By what is tried in turn: a story, a thread, an item, an alert; each whole, or begun."""
    for ids in (_stories, _threads, _items, _alerts):
        found = set(ids(db, key))
        if len(found) == 1:
            return _present(db, found.pop())
        if found:
            return None
    return None


def _stories(db: Statements, key: str) -> list[str]:
    return _begun(db, "SELECT id FROM stories WHERE id", key)


def _threads(db: Statements, key: str) -> list[str]:
    return [
        stories_of(db, one)[0].id
        for one in _begun(db, "SELECT id FROM threads WHERE id", key)
        if stories_of(db, one)
    ]


def _items(db: Statements, key: str) -> list[str]:
    if is_http(key):
        return []
    return _begun(db, "SELECT id, story_id FROM items WHERE id", key, "story_id")


def _alerts(db: Statements, key: str) -> list[str]:
    found = []
    for thread_id in _begun(db, "SELECT id, story_id FROM alerts WHERE id", key, "story_id"):
        of_thread = stories_of(db, thread_id)
        found.append(of_thread[0].id if of_thread else thread_id)
    return found


def _begun(db: Statements, sql: str, key: str, column: str = "id") -> list[str]:
    """What has this id; else what ids that begin so lead to."""
    if not key:
        return []
    rows = db.rows(f"{sql} = ?", (key,)) or db.rows(
        f"{sql} > ? AND id < ? LIMIT {_ALIKE}", (key, key + _LAST)
    )
    return list(dict.fromkeys(str(row[column]) for row in rows))


def _present(db: Statements, story_id: str) -> Story | None:
    """The story that it became, if it became another one."""
    row = db.row("SELECT * FROM stories WHERE id = ?", (story_id,))
    if row is not None and row["merged_into"]:
        row = db.row("SELECT * FROM stories WHERE id = ?", (row["merged_into"],))
    return None if row is None else STORY.read(row)


def stories_of(db: Statements, thread_id: str) -> Sequence[Story]:
    rows = db.rows(
        "SELECT * FROM stories WHERE thread_id = ? AND merged_into = '' ORDER BY first_seen_at, id",
        (thread_id,),
    )
    return tuple(map(STORY.read, rows))


def items_of(db: Statements, story_id: str) -> Sequence[Item]:
    rows = db.rows(
        "SELECT * FROM items WHERE story_id = ? ORDER BY effective_at, arrival", (story_id,)
    )
    return tuple(map(ITEM.read, rows))


def texts_of(db: Statements, thread_id: str) -> Sequence[tuple[Item, Sequence[Match]]]:
    present = db.rows(f"SELECT items.* FROM items{_IN_THREAD}", (thread_id,))  # noqa: S608
    former = db.rows(FORMER + _IN_THREAD, (thread_id,))
    texts = [(row["arrival"], ITEM.read(row)) for row in present]
    texts += [(row["arrival"], former_of(row)) for row in former]
    matched = defaultdict(list)
    made_at: dict[tuple[str, int], datetime] = {}
    for row in db.rows(
        "SELECT matches.* FROM matches JOIN items ON items.id = matches.item_id"  # noqa: S608
        f"{_IN_THREAD} ORDER BY matches.rowid",
        (thread_id,),
    ):
        key = row["item_id"], row["revision"]
        matched[key].append(read_judgement(row, None).match)
        made_at.setdefault(key, to_moment(row["made_at"]))
    texts = [(at, _dated(item, made_at.get((item.id, item.revision)))) for at, item in texts]
    texts.sort(key=lambda text: (text[1].seen_at, text[0], text[1].revision))
    return tuple((item, tuple(matched[item.id, item.revision])) for _, item in texts)


def _dated(item: Item, matched_at: datetime | None) -> Item:
    """An edit is seen when it is matched; what is stored of it is when its item was first seen."""
    return replace(item, seen_at=matched_at) if item.revision and matched_at else item


def alerts_of(db: Statements, thread_id: str) -> Sequence[Alert]:
    rows = db.rows(
        "SELECT * FROM alerts WHERE story_id = ? ORDER BY created_at, rowid", (thread_id,)
    )
    return tuple(map(ALERT.read, rows))


def awaited_of(db: Statements, thread_id: str) -> Sequence[Awaited]:
    rows = db.rows("SELECT * FROM awaits WHERE thread_id = ? ORDER BY due_at", (thread_id,))
    return tuple(map(AWAITED.read, rows))
