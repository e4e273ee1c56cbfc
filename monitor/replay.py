"""Runs recorded items through the line: a temporary store, each item's own time, nothing sent."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

import structlog

from monitor.adapters.feeds import ChildParser, paragraphs, plain
from monitor.adapters.sqlite import SqliteArchive, SqliteStore, hold
from monitor.bootstrap import line_of
from monitor.config import Config
from monitor.config.suggest import did_you_mean
from monitor.core.normalise import shared_names
from monitor.core.thread import Turn
from monitor.errors import MonitorError, ParseError
from monitor.model import (
    Alert,
    Dropped,
    Feed,
    Fetched,
    Judgement,
    Match,
    ParsedFeed,
    RawEntry,
    Status,
)
from monitor.pipeline import Absorbed, Line, StoryTold, judge, tell_silence
from monitor.ports import Unit

log = structlog.get_logger(__name__)

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_BATCH = 500  # items a transaction
_KEYS = ("feed", "title", "guid", "link", "summary", "published", "lang", "publisher", "source_url")
_OTHER_KEYS = ("source_title",)  # an older name of "publisher"
# Half of a surrogate pair, as a cut text has it at its end: JSON can say it, UTF-8 cannot.
_HALF = re.compile("[\ud800-\udfff]")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z]{4})?(-([a-z]{2}|[0-9]{3}))?", re.ASCII | re.IGNORECASE)
# Under these names other programs write what is read under ours.
_NAMES = {
    "language": "lang",
    "url": "link",
    "date": "published",
    "published_at": "published",
    "description": "summary",
    "text": "summary",
    "id": "guid",
}
_INSTANCE = "replay"
_TOGETHER = "together"


class ReplayError(MonitorError):
    """A recording that cannot be read; names the file, the line and the cure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A recorded entry and the feed it came from."""

    feed: Feed
    entry: RawEntry
    shared: frozenset[str] = frozenset()


def replay(
    path: Path | BinaryIO, config: Config, *, db: Path | None = None
) -> Iterator[dict[str, Any]]:
    """One result a recorded item, in input order (shape: docs/replay.md).

    Args:
        path: JSON Lines (or a stream of them), or a folder of saved feed documents.
        db: Where to keep the store; None: in a folder that is removed at the end.

    Raises:
        ReplayError: The recording cannot be read, or `db` belongs to a service.
        AlreadyRunning: Another replay holds `db`.
    """
    with ExitStack() as stack:
        if db is None:
            db = Path(stack.enter_context(TemporaryDirectory())) / "replay.sqlite"
        _refuse_live(db)
        stack.enter_context(hold(db))
        store = stack.enter_context(SqliteStore(db, durable=False, instance=_INSTANCE))
        line = line_of(config, store.instance, {})
        clock, heard = _LONG_AGO, set[str]()
        for batch in _batches(_recorded(path, config)):
            work = partial(_absorb_all, line=line, batch=batch, clock=clock, heard=heard)
            results, clock = store.write(work)
            yield from results


def _refuse_live(db: Path) -> None:
    """What a service has not seen yet, its database must not know: it would never be told."""
    if not db.exists():
        return
    with SqliteArchive(db) as archive:
        if archive.instance != _INSTANCE:
            raise ReplayError(f"{db}: is the database of a service; give another file to --db")


def _absorb_all(
    unit: Unit,
    *,
    line: Line,
    batch: list[Recorded],
    clock: datetime,
    heard: set[str],
) -> tuple[list[dict[str, Any]], datetime]:
    results: list[dict[str, Any]] = []
    for recorded in batch:
        clock = recorded.entry.published_at or clock
        heard.add(recorded.feed.id)
        # What was recorded is what was seen: its feeds were well all the time.
        silences = tell_silence(unit, line, lambda feed, _: feed.id in heard, clock)
        result = _absorb_one(unit, line, recorded, clock)
        results.append(result | {"silences": [_silence(alert) for alert in silences]})
    return results, clock


def _silence(alert: Alert) -> dict[str, Any]:
    """What a story had not come to in time, when the item came."""
    return {
        "watch": alert.watch_id,
        "thread_id": alert.story_id,
        "severity": alert.severity.value,
        "title": alert.title,
        "reason": alert.reason,
    }


def _absorb_one(unit: Unit, line: Line, recorded: Recorded, clock: datetime) -> dict[str, Any]:
    feed = recorded.feed
    document = ParsedFeed(version="replay", entries=(recorded.entry,), shared=recorded.shared)
    absorbed = judge(unit, line, feed, document, clock, baseline=False)
    return _result(recorded.entry, absorbed, line)


def _result(entry: RawEntry, absorbed: Absorbed, line: Line) -> dict[str, Any]:
    if not absorbed.judged:
        return {"guid": entry.guid, "item_id": None, "status": "empty", "copy_of": None} | {
            "matches": [],
            "story_id": None,
            "thread_id": None,
            "absorbed": [],
            "story": None,
            "alerts": [],
            "held": [],
            "dropped": [],
        }
    judged = absorbed.judged[0]
    told = absorbed.told[0] if absorbed.told else None
    matches: Iterable[Match] = [judgement.match for judgement in absorbed.judgements]
    together = told.together if told else frozenset()
    alone = [j for j in absorbed.judgements if j.alert and j.alert.id not in together]
    held = [(j.match.watch_id, _why_held(j)) for j in absorbed.judgements if j not in alone]
    dropped: Iterable[Dropped] = absorbed.dropped
    if judged.status is Status.KNOWN:  # decided when it was new; shown all the same
        percolation = line.percolator.percolate(judged.item)
        matches, dropped = percolation.matches, percolation.dropped
        held = [(match.watch_id, Status.KNOWN.value) for match in matches]
    return {
        "guid": entry.guid,
        "item_id": judged.item.id,
        "status": judged.status.value,
        "copy_of": judged.item.copy_of,
        "matches": [_match(match) for match in matches],
        "story_id": judged.item.story_id,
        "thread_id": (told.story.thread_id or None) if told else None,
        "absorbed": _absorbed(told),
        "story": _story(told.turn) if told and told.turn else None,
        "alerts": [_alert(judgement) for judgement in alone],
        "held": [{"watch": watch, "reason": reason} for watch, reason in held],
        "dropped": [
            {"watch": one.watch_id, "cause": one.cause.value, "by": one.by} for one in dropped
        ],
    }


def _why_held(judgement: Judgement) -> str:
    """What has an alert all the same is told in the message of another one."""
    return _TOGETHER if judgement.alert else judgement.reason.value


def _absorbed(told: StoryTold | None) -> Sequence[str]:
    """Stories that turned out to be the item's."""
    return told.joined.placed.absorbed if told and told.joined.placed else ()


def _story(turn: Turn) -> dict[str, Any]:
    """What the item claims, and what is claimed of its story after it."""
    now, standing = turn.situation, turn.thread.standing
    return {
        "claim": now.claim,
        "state": standing.claim,
        "disputed": standing.disputed,
        "official": standing.official.claim if standing.official else None,
        "effective_on": standing.effective_on.isoformat() if standing.effective_on else None,
        "independent": now.independent,
        "carried_by": now.carried_by,
    }


def _match(match: Match) -> dict[str, Any]:
    terms = [
        {
            "term": found.term,
            "group": found.group,
            "field": found.field,
            "start": found.start,
            "clause": found.clause,
            "variant": found.variant,
        }
        for found in match.found
    ]
    return {"watch": match.watch_id, "score": match.score, "terms": terms}


def _alert(judgement: Judgement) -> dict[str, Any]:
    assert judgement.alert
    return {
        "watch": judgement.match.watch_id,
        "kind": judgement.alert.kind.value,
        "severity": judgement.alert.severity.value,
        "reason": judgement.reason.value,
    }


def _batches(recorded: Iterable[Recorded]) -> Iterator[list[Recorded]]:
    batch: list[Recorded] = []
    for one in recorded:
        batch.append(one)
        if len(batch) >= _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _recorded(path: Path | BinaryIO, config: Config) -> Iterator[Recorded]:
    if not isinstance(path, Path):
        return _from_lines(path, "standard input", config.feeds)
    if path.is_dir():
        return _from_folder(path, config.feeds)
    if path.exists():
        return _from_file(path, config.feeds)
    raise ReplayError(f"{path}: no such file or folder")


# --- JSON Lines --------------------------------------------------------------------------------


def _from_file(path: Path, feeds: Mapping[str, Feed]) -> Iterator[Recorded]:
    try:
        lines = path.open("rb")
    except OSError as exc:
        raise ReplayError(f"{path}: cannot be read ({exc.strerror}); check owner, mode") from exc
    with lines:
        yield from _from_lines(lines, path.name, feeds)


def _from_lines(lines: Iterable[bytes], name: str, feeds: Mapping[str, Feed]) -> Iterator[Recorded]:
    strange: set[str] = set()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        where = f"{name}: line {number}"
        record = _record(line, where)
        for key in record.keys() - strange - {*_KEYS, *_OTHER_KEYS}:
            strange.add(key)
            _tell_key(key, record, where)
        feed = feeds.get(record["feed"]) or _ad_hoc(record)
        yield Recorded(feed=feed, entry=_entry(record, where))


def _record(line: bytes, where: str) -> dict[str, Any]:
    """The object on a line, with text or nothing under every key that is read."""
    try:
        record = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as exc:
        at = f"byte {exc.start + 1} of the line"
        raise ReplayError(f"{where}: not UTF-8 text ({at}); save the file as UTF-8") from exc
    except (ValueError, RecursionError) as exc:
        raise ReplayError(f"{where}: not JSON ({exc}); write one item a line") from exc
    if not isinstance(record, dict):
        raise ReplayError(f"{where}: not an object; write {{'feed': ..., 'title': ...}}")
    for key in ("feed", "title"):
        if not isinstance(record.get(key), str):
            raise ReplayError(f"{where}: '{key}' is missing or no text; every item needs it")
    for key in _KEYS:
        if not isinstance(record.get(key), str | None):
            raise ReplayError(f"{where}: '{key}' is no text; put it in quotes, or leave it out")
    return {
        key: _HALF.sub("\ufffd", value) if isinstance(value, str) else value
        for key, value in record.items()
    }


def _tell_key(key: str, record: Mapping[str, Any], where: str) -> None:
    """Warn of a key that is not read, if it looks like one that is and that is missing."""
    ours = _NAMES.get(key)
    cure = f"did you mean '{ours}'?" if ours else did_you_mean(key, _KEYS)
    if cure.startswith("did") and not any(f"'{one}'" in cure for one in record):
        log.warning("key_not_read", at=where, key=key, cure=cure)


def _ad_hoc(record: dict[str, Any]) -> Feed:
    """An unknown feed is one of tier press, its own owner, in the language of its items."""
    feed_id = record["feed"]
    return Feed(
        id=feed_id, url="", name=feed_id, owner=feed_id, language=_text(record, "lang") or ""
    )


def _moment(written: str) -> datetime:
    """In UTC, which is also meant where no zone is given."""
    at = datetime.fromisoformat(written)
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _entry(record: dict[str, Any], where: str) -> RawEntry:
    language = _text(record, "lang")
    if language and not _LANGUAGE.fullmatch(language):
        raise ReplayError(
            f"{where}: lang: '{language}' is no language tag; as in 'ko' or 'zh-Hans'"
        )
    published = _text(record, "published")
    try:
        at = _moment(published) if published else None
    except (ValueError, OverflowError) as exc:
        raise ReplayError(
            f"{where}: published: '{published}' is no ISO 8601 date; as in 2025-06-12T09:30:00Z"
        ) from exc
    return RawEntry(
        guid=_text(record, "guid"),
        link=_text(record, "link"),
        title=plain(record["title"]),
        paragraphs=paragraphs(_text(record, "summary") or ""),
        published=published,
        published_at=at,
        language=language,
        source_title=_text(record, "publisher") or _text(record, "source_title"),
        source_url=_text(record, "source_url"),
    )


def _text(record: dict[str, Any], key: str) -> str | None:
    value = record.get(key)
    return value if isinstance(value, str) and value else None


# --- saved documents ---------------------------------------------------------------------------


def _from_folder(folder: Path, feeds: Mapping[str, Feed]) -> Iterator[Recorded]:
    """Every file, in order of names; a document's feed is its sub-folder, else its own name."""
    with ChildParser(workers=1) as parser:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            feed_id = path.relative_to(folder).parts[0] if path.parent != folder else path.stem
            feed = feeds.get(feed_id) or Feed(id=feed_id, url="", name=feed_id, owner=feed_id)
            try:
                document = parser.parse(Fetched(url=feed.url, body=path.read_bytes()))
            except ParseError as exc:
                log.warning("document_not_read", file=path.name, problem=str(exc))
                continue
            shared = shared_names(document.entries)
            for entry in document.entries:
                language = entry.language or document.language
                yield Recorded(feed=feed, entry=replace(entry, language=language), shared=shared)
