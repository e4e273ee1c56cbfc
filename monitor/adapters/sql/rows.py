"""Nouns to rows and back: a column for each field, under the field's name.

Moments are ISO 8601 text in UTC with microseconds, so that they sort; lists are JSON.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, Generic, TypeVar, get_args, get_origin, get_type_hints

from monitor.adapters.sql.nested import nested
from monitor.adapters.sql.statements import Row
from monitor.model import (
    Alert,
    Answer,
    Attempt,
    Awaited,
    ClaimVerdict,
    Delivery,
    Dropped,
    Evidence,
    FeedState,
    Followed,
    Found,
    Hold,
    Intervened,
    Item,
    Judgement,
    Match,
    Rated,
    Rating,
    Reason,
    Reported,
    Sighting,
    Silence,
    Story,
    Thread,
    Verdict,
    WatchState,
    WebhookState,
    kept_fields,
)

T = TypeVar("T")
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_Convert = Callable[[Any], Any]


@lru_cache(maxsize=1024)  # a poll's rows share their moments
def to_text(moment: datetime) -> str:
    """As in "2025-06-12T09:30:00.000000Z"."""
    if moment.tzinfo is None:
        raise ValueError(f"a moment without a time zone: {moment!r}")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def to_moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def to_json(values: Sequence[Any]) -> str:
    return _ENCODER.encode(values) if values else "[]"


def found_to_json(found: Sequence[Found]) -> str:
    """A list of objects with the fields of `Found`."""
    return to_json([{name: getattr(one, name) for name in _FOUND} for one in found])


def found_from_json(text: str) -> tuple[Found, ...]:
    return tuple(Found(**one) for one in json.loads(text)) if text != "[]" else ()


def _same(value: Any) -> Any:
    return value


def _tuple_from_json(text: str) -> tuple[Any, ...]:
    return tuple(json.loads(text)) if text != "[]" else ()


def _moments_to_json(moments: Sequence[datetime]) -> str:
    return to_json([to_text(moment) for moment in moments])


def _moments_from_json(text: str) -> tuple[datetime, ...]:
    return tuple(map(to_moment, _tuple_from_json(text)))


_OF_TUPLES: dict[Any, tuple[_Convert, _Convert]] = {
    Found: (found_to_json, found_from_json),
    datetime: (_moments_to_json, _moments_from_json),
}


def _converters(kind: Any) -> tuple[_Convert, _Convert]:
    """To and from the column of a field of this type; None is seen to by the caller."""
    if get_origin(kind) is UnionType:
        (kind,) = [part for part in get_args(kind) if part is not NoneType]
    if get_origin(kind) is tuple:
        inner = get_args(kind)[0]
        if inner in _OF_TUPLES:
            return _OF_TUPLES[inner]
        return nested(kind) if is_dataclass(inner) else (to_json, _tuple_from_json)
    if is_dataclass(kind) or get_origin(kind) is Mapping:
        return nested(kind)
    if kind is datetime:
        return to_text, to_moment
    if kind is bool:
        return int, bool
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return str, kind
    return _same, _same


class Rows(Generic[T]):
    """The columns of one noun: of each field that is kept."""

    def __init__(self, noun: type[T]) -> None:
        hints = get_type_hints(noun)
        self._noun = noun
        self.columns = kept_fields(noun)
        pairs = [(name, *_converters(hints[name])) for name in self.columns]
        self._values: Callable[[T], tuple[object, ...]] = attrgetter(*self.columns)
        self._to = [(at, to) for at, (_, to, _) in enumerate(pairs) if to is not _same]
        self._from = [(name, back) for name, _, back in pairs]

    def write(self, value: T) -> list[object]:
        """The values in the order of `columns`."""
        row = list(self._values(value))
        for at, to in self._to:
            if row[at] is not None:
                row[at] = to(row[at])
        return row

    def read(self, row: Row) -> T:
        """From a row that has at least all `columns`."""
        return self._noun(
            **{
                name: None if (value := row[name]) is None else back(value)
                for name, back in self._from
            }
        )

    def insert(self, table: str, *more: str) -> str:
        """An INSERT of all columns, after those of the table alone."""
        names = (*more, *self.columns)
        marks = ", ".join("?" * len(names))
        # S608: names of this module's own classes, never of anything from outside.
        return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608

    def update(self, table: str) -> str:
        """An UPDATE of all columns, up to its WHERE."""
        names = ", ".join(f"{name} = ?" for name in self.columns)
        return f"UPDATE {table} SET {names}"  # noqa: S608

    def overwrite(self, table: str, *key: str) -> str:
        """An INSERT that takes the place of the row with the same key."""
        others = ", ".join(f"{name} = excluded.{name}" for name in self.columns if name not in key)
        return f"{self.insert(table)} ON CONFLICT ({', '.join(key)}) DO UPDATE SET {others}"


_FOUND = tuple(field.name for field in fields(Found))
ALERT = Rows(Alert)
AWAITED = Rows(Awaited)
CLAIM_VERDICT = Rows(ClaimVerdict)
DELIVERY = Rows(Delivery)
DROPPED = Rows(Dropped)
EVIDENCE = Rows(Evidence)
FEED_STATE = Rows(FeedState)
FOLLOWED = Rows(Followed)
HOLD = Rows(Hold)
INTERVENED = Rows(Intervened)
ITEM = Rows(Item)
REPORTED = Rows(Reported)
SIGHTING = Rows(Sighting)
SILENCE = Rows(Silence)
STORY = Rows(Story)
THREAD = Rows(Thread)
WATCH_STATE = Rows(WatchState)
WEBHOOK_STATE = Rows(WebhookState)


def write_attempt(attempt: Attempt) -> list[object]:
    """delivery_id, at, took_ms, verdict, status, text, excerpt, retry_after_s, together."""
    answer = attempt.answer
    return [
        attempt.delivery_id,
        to_text(attempt.at),
        attempt.took / timedelta(milliseconds=1),
        str(answer.verdict),
        answer.status,
        answer.text,
        answer.excerpt,
        None if answer.retry_after is None else answer.retry_after.total_seconds(),
        to_json(attempt.together),
    ]


def read_attempt(row: Row) -> Attempt:
    wait = row["retry_after_s"]
    return Attempt(
        delivery_id=row["delivery_id"],
        at=to_moment(row["at"]),
        took=timedelta(milliseconds=row["took_ms"]),
        answer=Answer(
            verdict=Verdict(row["verdict"]),
            status=row["status"],
            text=row["text"],
            excerpt=row["excerpt"],
            retry_after=None if wait is None else timedelta(seconds=wait),
        ),
        together=_tuple_from_json(row["together"]),
    )


def write_rated(rated: Rated) -> list[object]:
    """alert_id, watch_id, rating, rated_at, note, item (as JSON, its columns by name)."""
    item = dict(zip(ITEM.columns, ITEM.write(rated.item), strict=True))
    return [
        rated.alert_id,
        rated.watch_id,
        str(rated.rating),
        to_text(rated.rated_at),
        rated.note,
        _ENCODER.encode(item),
    ]


def read_rated(row: Row) -> Rated:
    return Rated(
        alert_id=row["alert_id"],
        watch_id=row["watch_id"],
        rating=Rating(row["rating"]),
        rated_at=to_moment(row["rated_at"]),
        note=row["note"],
        item=ITEM.read(json.loads(row["item"])),
    )


def read_judgement(row: Row, alert: Alert | None) -> Judgement:
    match = Match(
        watch_id=row["watch_id"],
        item_id=row["item_id"],
        score=row["score"],
        found=found_from_json(row["found"]),
        masked=found_from_json(row["masked"]),
        escalations=tuple(json.loads(row["escalations"])),
    )
    return Judgement(match=match, reason=Reason(row["reason"]), alert=alert)
