"""Documents that wait to be judged."""

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import replace

from pydantic import TypeAdapter

from monitor.adapters.sql.rows import to_moment, to_text
from monitor.adapters.sql.statements import Row, Statements
from monitor.model import Intake, ParsedFeed, Provenance

_DOCUMENT = TypeAdapter(ParsedFeed)
_SOURCE = TypeAdapter(Provenance)
_NEXT_PLACE = "(SELECT coalesce(max(place), 0) + 1 FROM inbox)"
_SAVE = (
    "INSERT INTO inbox (place, feed_id, feed_name, baseline, polled_at, source, document)"  # noqa: S608 - of this module
    f" VALUES ({_NEXT_PLACE}, ?, ?, ?, ?, ?, ?)"
)

_DROP = "DELETE FROM inbox WHERE place = ? AND feed_id = ? AND polled_at = ?"


def save(db: Statements, intake: Intake) -> None:
    source = intake.source and _SOURCE.dump_json(intake.source).decode()
    values = (intake.feed_id, intake.feed_name, int(intake.baseline), to_text(intake.polled_at))
    db.run(_SAVE, (*values, source, _packed(intake.document)))


def after(db: Statements, place: int, limit: int) -> Sequence[Intake]:
    rows = db.rows("SELECT * FROM inbox WHERE place > ? ORDER BY place LIMIT ?", (place, limit))
    return tuple(map(_read, rows))


def drop(db: Statements, intake: Intake) -> bool:
    """A place is given again; who was frozen since it read a document must not take another one."""
    values = (intake.place, intake.feed_id, to_text(intake.polled_at))
    return db.run(_DROP, values) == 1


def _read(row: Row) -> Intake:
    return Intake(
        place=row["place"],
        feed_id=row["feed_id"],
        feed_name=row["feed_name"],
        baseline=bool(row["baseline"]),
        polled_at=to_moment(row["polled_at"]),
        source=None if row["source"] is None else _SOURCE.validate_json(row["source"]),
        document=_unpacked(row["document"]),
    )


def _packed(document: ParsedFeed) -> bytes:
    """The bytes of entries are no text: they stand beside."""
    raws = [entry.raw and b64encode(entry.raw).decode() for entry in document.entries]
    entries = tuple(replace(entry, raw=None) for entry in document.entries)
    told = _DOCUMENT.dump_python(replace(document, entries=entries, window=None), mode="json")
    return zlib.compress(json.dumps({"document": told, "raw": raws}).encode())


def _unpacked(packed: bytes) -> ParsedFeed:
    kept = json.loads(zlib.decompress(packed))
    document = _DOCUMENT.validate_json(json.dumps(kept["document"]))
    entries = (
        replace(entry, raw=None if raw is None else b64decode(raw))
        for entry, raw in zip(document.entries, kept["raw"], strict=True)
    )
    return replace(document, entries=tuple(entries))
