"""Items in the tables: what is known, what is the same, and how a poll's findings are saved."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from monitor.adapters.sql.rows import ITEM, to_json, to_moment, to_text
from monitor.adapters.sql.search import FACETS, indexed
from monitor.adapters.sql.statements import Row, Statements
from monitor.model import Item, Judged, Status

# SQLite takes 32,766 parameters, but a statement is prepared anew for each number of them.
_AT_ONCE = 500
# A feed of one text repeated must not make each of its items fetch all the others.
_SAME_AT_MOST = 100
_REVISIONS = 50
_INSERT = ITEM.insert("items", "arrival")
_ADD_KEY = (
    "INSERT INTO item_keys (key, item_id, first_seen_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
)
# A new item takes over a key that was given twice: it is the one that shows it now.
_TAKE_KEY = (
    "INSERT INTO item_keys (key, item_id, first_seen_at) VALUES (?, ?, ?)"
    " ON CONFLICT (key) DO UPDATE SET item_id = excluded.item_id"
)
# S608: names of this package's own.
_INDEX = (
    "INSERT INTO items_fts (rowid, title, summary, facets)"  # noqa: S608
    f" SELECT arrival, ?, ?, {FACETS} FROM items WHERE arrival = ?"
)
_INDEX_ANEW = (
    f"UPDATE items_fts SET title = ?1, summary = ?2, facets = (SELECT {FACETS}"  # noqa: S608
    " FROM items WHERE id = ?3) WHERE rowid = (SELECT arrival FROM items WHERE id = ?3)"
)
# Only where they are others now: an index is dear to write.
_INDEX_FACETS = (
    f"UPDATE items_fts SET facets = (SELECT {FACETS} FROM items WHERE id = ?1)"  # noqa: S608
    " WHERE rowid = (SELECT arrival FROM items WHERE id = ?1)"
    f" AND facets <> (SELECT {FACETS} FROM items WHERE id = ?1)"
)
_REVISE = f"{ITEM.update('items')} WHERE id = ? AND revision < ?"

FORMER = (
    "SELECT items.*, revisions.revision AS was_revision, revisions.title AS was_title,"
    " revisions.summary AS was_summary, revisions.url AS was_url,"
    " revisions.content_hash AS was_content_hash, revisions.seen_at AS was_seen_at,"
    " revisions.published_at AS was_published_at, revisions.effective_at AS was_effective_at"
    " FROM revisions JOIN items ON items.id = revisions.item_id"
)


def find_known(db: Statements, keys: Iterable[str]) -> Mapping[str, Item | None]:
    ids = {
        row["key"]: row["item_id"]
        for some in _chunks(dict.fromkeys(keys))
        for row in db.rows(_among("SELECT key, item_id FROM item_keys WHERE key", some), some)
    }
    items = _by_id(db, dict.fromkeys(ids.values()))
    return {key: items.get(item_id) for key, item_id in ids.items()}


def find(db: Statements, item_id: str) -> Item | None:
    return _by_id(db, (item_id,)).get(item_id)


def find_same_text(db: Statements, content_hash: str) -> Sequence[Item]:
    found = db.rows(
        "SELECT items.* FROM text_hashes JOIN items ON items.id = text_hashes.item_id"
        " WHERE text_hashes.content_hash = ? ORDER BY text_hashes.arrival LIMIT ?",
        (content_hash, _SAME_AT_MOST),
    )
    return tuple(map(ITEM.read, found))


def find_same_title(db: Statements, title_hash: str) -> Sequence[Item]:
    now = db.rows(
        "SELECT * FROM items WHERE title_hash = ? AND title_hash <> ''"
        " ORDER BY arrival DESC LIMIT ?",
        (title_hash, _SAME_AT_MOST),
    )
    once = db.rows(
        "SELECT items.*, revisions.title AS former_title, revisions.summary AS former_summary"
        " FROM revisions JOIN items ON items.id = revisions.item_id"
        " WHERE revisions.title_hash = ? AND revisions.title_hash <> ''"
        " ORDER BY items.arrival DESC LIMIT ?",
        (title_hash, _SAME_AT_MOST),
    )
    found = [(row["arrival"], ITEM.read(row)) for row in now]
    found += [(row["arrival"], _as_it_read(row, title_hash)) for row in once]
    return tuple(item for _, item in sorted(found, key=lambda pair: pair[0]))


def _as_it_read(row: Row, title_hash: str) -> Item:
    title, summary = row["former_title"], row["former_summary"]
    return replace(ITEM.read(row), title=title, summary=summary, title_hash=title_hash)


def former_of(row: Row) -> Item:
    """A text that another one took the place of, from a row of `FORMER`."""
    item = ITEM.read(row)
    if row["was_effective_at"] is not None:
        published_at, effective_at = row["was_published_at"], row["was_effective_at"]
        item = replace(
            item,
            published_at=published_at and to_moment(published_at),
            effective_at=to_moment(effective_at),
        )
    return replace(
        item,
        revision=row["was_revision"],
        title=row["was_title"],
        summary=row["was_summary"],
        url=row["was_url"],
        content_hash=row["was_content_hash"],
        seen_at=to_moment(row["was_seen_at"]),
    )


def sighted(db: Statements, item_id: str, feed_id: str) -> str | None:
    row = db.row(
        "SELECT content_hash FROM sightings WHERE item_id = ? AND feed_id = ?", (item_id, feed_id)
    )
    return None if row is None else str(row["content_hash"])


def save(db: Statements, judged: Sequence[Judged]) -> None:
    """New items first: an edit of one may follow in the same batch."""
    _insert(db, [one.item for one in judged if one.status in (Status.NEW, Status.COPY)])
    for one in judged:
        if one.status is Status.REVISION:
            _revise(db, one.item)
    _add_keys(db, judged)
    _add_sightings(db, judged)


def _insert(db: Statements, items: Sequence[Item]) -> None:
    """Those that are not there yet; of two with one id the first."""
    fresh: dict[str, Item] = {}
    for item in items:
        fresh.setdefault(item.id, item)
    for some in _chunks([*fresh]):
        for row in db.rows(_among("SELECT id FROM items WHERE id", some), some):
            del fresh[row["id"]]
    if not fresh:
        return
    (last,) = db.rows("SELECT coalesce(max(arrival), 0) AS arrival FROM items")
    numbered = list(enumerate(fresh.values(), last["arrival"] + 1))
    db.many(_INSERT, [(at, *ITEM.write(item)) for at, item in numbered])
    db.many(
        _INDEX,
        [(indexed(item.title), indexed(item.summary), at) for at, item in numbered],
    )
    _add_text_hashes(db, fresh)


def _revise(db: Statements, item: Item) -> None:
    """The old text moves to `revisions`; an item that is not there (any more) becomes one."""
    stored = _by_id(db, (item.id,)).get(item.id)
    if stored is None:
        _insert(db, (item,))
        return
    item = _with_keys(item, stored.keys)
    db.run(
        "INSERT INTO revisions"
        " (item_id, revision, title, summary, url, content_hash, title_hash, seen_at,"
        " published_at, effective_at)"
        " SELECT id, revision, title, summary, url, content_hash, title_hash, seen_at,"
        " published_at, effective_at FROM items WHERE id = ? AND revision < ?",
        (item.id, item.revision),
    )
    # A counter or a clock in the text must not write history for ever.
    for table in ("revisions", "evidence"):
        db.run(
            f"DELETE FROM {table} WHERE item_id = ? AND revision < ?",  # noqa: S608 - ours
            (item.id, item.revision - _REVISIONS),
        )
    if not db.run(_REVISE, (*ITEM.write(item), item.id, item.revision)):
        return  # this edit was saved before
    db.run(
        _INDEX_ANEW,
        (indexed(item.title), indexed(item.summary), item.id),
    )
    _add_text_hashes(db, (item.id,))


def index_facets(db: Statements, ids: Iterable[str]) -> None:
    """What matched these items can be looked for."""
    db.many(_INDEX_FACETS, [(item_id,) for item_id in dict.fromkeys(ids)])


def _add_text_hashes(db: Statements, ids: Iterable[str]) -> None:
    """An arrival number may come again, after the last items were deleted."""
    db.many(
        "INSERT INTO text_hashes (content_hash, arrival, item_id)"
        " SELECT content_hash, arrival, id FROM items WHERE id = ? AND content_hash <> ''"
        " ON CONFLICT (content_hash, arrival) DO UPDATE SET item_id = excluded.item_id",
        [(item_id,) for item_id in ids],
    )


def _add_keys(db: Statements, judged: Sequence[Judged]) -> None:
    fresh = (Status.NEW, Status.COPY)
    db.many(_TAKE_KEY, [row for one in judged if one.status in fresh for row in _keys(one)])
    edited = [one for one in judged if one.status is Status.REVISION]
    db.many(_ADD_KEY, [row for one in edited for row in _keys(one)])
    for one in judged:
        if one.status is Status.KNOWN and db.many(_ADD_KEY, _keys(one)) > 0:
            _remember_keys(db, one.item)


def _keys(judged: Judged) -> list[tuple[str, str, str]]:
    moment = to_text((judged.seen or judged.item).seen_at)
    return [(key, judged.item.id, moment) for key in judged.item.keys]


def _remember_keys(db: Statements, item: Item) -> None:
    """Let a known item's row tell the keys it was given since."""
    row = db.row("SELECT keys FROM items WHERE id = ?", (item.id,))
    if row is not None:
        keys = _with_keys(item, json.loads(row["keys"])).keys
        db.run("UPDATE items SET keys = ? WHERE id = ?", (to_json(keys), item.id))


def _add_sightings(db: Statements, judged: Iterable[Judged]) -> None:
    """None for what is pruned: an item that is still shown then stays known by its keys alone."""
    db.many(
        "INSERT INTO sightings"
        " (item_id, feed_id, guid, url, content_hash, first_seen_at, last_seen_at)"
        " SELECT id, ?, ?, ?, ?, ?, ? FROM items WHERE id = ?"
        " ON CONFLICT (item_id, feed_id) DO UPDATE SET guid = excluded.guid, url = excluded.url,"
        " content_hash = excluded.content_hash,"
        " last_seen_at = CASE WHEN excluded.last_seen_at > sightings.last_seen_at"
        "   THEN excluded.last_seen_at ELSE sightings.last_seen_at END",
        [_sighting(one) for one in judged],
    )


def _sighting(judged: Judged) -> tuple[object, ...]:
    seen = judged.seen or judged.item
    moment = to_text(seen.seen_at)
    return seen.feed_id, seen.guid, seen.url, seen.content_hash, moment, moment, judged.item.id


def _with_keys(item: Item, before: Iterable[str]) -> Item:
    return replace(item, keys=tuple(dict.fromkeys((*before, *item.keys))))


def _by_id(db: Statements, ids: Iterable[str]) -> dict[str, Item]:
    return {
        row["id"]: ITEM.read(row)
        for some in _chunks(ids)
        for row in db.rows(_among("SELECT * FROM items WHERE id", some), some)
    }


def _among(sql: str, values: Sequence[str]) -> str:
    return f"{sql} IN ({', '.join('?' * len(values))})"


def _chunks(values: Iterable[str]) -> Iterator[tuple[str, ...]]:
    rest = iter(values)
    while some := tuple(islice(rest, _AT_ONCE)):
        yield some
