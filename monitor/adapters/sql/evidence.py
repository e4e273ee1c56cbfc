"""What feeds sent, and what watches were, in the tables."""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from monitor.adapters.sql.rows import ALERT, EVIDENCE, read_judgement, to_moment, to_text
from monitor.adapters.sql.statements import Statements
from monitor.model import Evidence, KeptMatch, Version

_SAVE = f"{EVIDENCE.insert('evidence')} ON CONFLICT DO NOTHING"
_SAVE_WATCH = (
    "INSERT INTO watch_versions (id, watch_id, lexicon, definition, first_seen_at)"
    " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)
_SAVE_LEXICON = (
    "INSERT INTO lexicon_versions (id, first_seen_at, definition) VALUES (?, ?, ?)"
    " ON CONFLICT DO NOTHING"
)


def save(db: Statements, evidence: Sequence[Evidence]) -> None:
    if evidence:
        db.many(_SAVE, [EVIDENCE.write(one) for one in evidence])


def save_versions(
    db: Statements, versions: Iterable[Version], lexicon: Version | None, now: datetime
) -> None:
    at = to_text(now)
    db.many(_SAVE_WATCH, [(v.id, v.name, v.lexicon, v.text, at) for v in versions])
    if lexicon and not db.row("SELECT 1 FROM lexicon_versions WHERE id = ?", (lexicon.id,)):
        db.run(_SAVE_LEXICON, (lexicon.id, at, zlib.compress(lexicon.text.encode())))


def of_item(db: Statements, item_id: str) -> Sequence[Evidence]:
    rows = db.rows("SELECT * FROM evidence WHERE item_id = ? ORDER BY revision", (item_id,))
    return tuple(map(EVIDENCE.read, rows))


def recent(db: Statements, limit: int) -> Sequence[Evidence]:
    rows = db.rows("SELECT * FROM evidence ORDER BY rowid DESC LIMIT ?", (limit,))
    return tuple(EVIDENCE.read({**dict(row), "entry": b""}) for row in rows)


def matches_of(db: Statements, item_id: str) -> Iterator[KeptMatch]:
    for row in db.rows(
        "SELECT * FROM matches WHERE item_id = ? ORDER BY revision, rowid", (item_id,)
    ):
        alert = db.row("SELECT * FROM alerts WHERE id = ?", (row["alert_id"],))
        yield KeptMatch(
            judgement=read_judgement(row, ALERT.read(alert) if alert else None),
            revision=row["revision"],
            made_at=to_moment(row["made_at"]),
            version=row["version"],
        )


def watch_version(db: Statements, version: str) -> Version | None:
    row = db.row("SELECT * FROM watch_versions WHERE id = ?", (version,))
    if row is None:
        return None
    return Version(
        id=row["id"],
        name=row["watch_id"],
        text=row["definition"],
        lexicon=row["lexicon"],
        first_seen_at=to_moment(row["first_seen_at"]),
    )


def lexicon_version(db: Statements, version: str) -> Version | None:
    row = db.row("SELECT * FROM lexicon_versions WHERE id = ?", (version,))
    if row is None:
        return None
    text = zlib.decompress(row["definition"]).decode()
    at = to_moment(row["first_seen_at"])
    return Version(id=row["id"], name="", text=text, first_seen_at=at)
