"""The evidence of one story: all that is known of it, as files that others can check."""

import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from shutil import rmtree
from typing import Any

from monitor import __version__
from monitor.core import spreadsheet
from monitor.core.evidence import MAX_ENTRY, entry_bytes
from monitor.core.inert import inert_link
from monitor.model import (
    Alert,
    Attempt,
    Delivery,
    Evidence,
    Hold,
    Intervened,
    Item,
    KeptMatch,
    Rated,
    Sighting,
    Story,
    Version,
)
from monitor.ports import Archive
from monitor.views.nouns import as_json, json_text
from monitor.views.stories import Page, document, page_of

FORMAT = "news-monitor evidence 1"
_DELIVERIES = 1000  # of one alert

READ_WHOLE = "its document was read as a whole, so the bytes of the entry alone are not known"
NOT_KEPT = "what the feed sent was not kept (see keep_evidence), or is older than that"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFacts:
    """An item, and all that is kept of it.

    Attributes:
        former: Its texts before the present one.
    """

    item: Item
    former: Sequence[Item]
    sightings: Sequence[Sighting]
    matches: Sequence[KeptMatch]
    evidence: Sequence[Evidence]

    @property
    def texts(self) -> Sequence[Item]:
        """The oldest first."""
        return (*self.former, self.item)

    def sent(self, revision: int) -> Evidence | None:
        """What its feed sent of a revision."""
        return next((one for one in self.evidence if one.revision == revision), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFacts:
    """A delivery with its history."""

    delivery: Delivery
    attempts: Sequence[Attempt]
    holds: Sequence[Hold]
    interventions: Sequence[Intervened]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFacts:
    """An alert, and what became of it."""

    alert: Alert
    rated: Rated | None
    deliveries: Sequence[DeliveryFacts]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """All of a story.

    Attributes:
        instance: Identity of the database.
        watches, lexicons: The versions that matched, by id.
    """

    page: Page
    items: Sequence[ItemFacts]
    alerts: Sequence[AlertFacts]
    watches: dict[str, Version]
    lexicons: dict[str, Version]
    instance: str
    made_at: datetime

    @property
    def title(self) -> str:
        return (self.page.thread or self.page.story).title


def pack_of(archive: Archive, story: Story, now: datetime) -> Pack:
    """Read all of the thread that a story is told in."""
    page = page_of(archive, story)
    items = [_item(archive, item) for one, _ in page.stories for item in archive.items_of(one.id)]
    rated = {one.alert_id: one for one in archive.rated()}
    used = dict.fromkeys(match.version for item in items for match in item.matches)
    watches = [version for one in used if one and (version := archive.watch_version(one))]
    named = dict.fromkeys(version.lexicon for version in watches)
    lexicons = [version for one in named if one and (version := archive.lexicon_version(one))]
    return Pack(
        page=page,
        items=items,
        alerts=[_alert(archive, one, rated.get(one.id)) for one in page.alerts],
        watches={one.id: one for one in watches},
        lexicons={one.id: one for one in lexicons},
        instance=archive.instance,
        made_at=now,
    )


def _item(archive: Archive, item: Item) -> ItemFacts:
    return ItemFacts(
        item=item,
        former=archive.revisions(item.id),
        sightings=archive.sightings(item.id),
        matches=archive.kept_matches(item.id),
        evidence=archive.evidence(item.id),
    )


def _alert(archive: Archive, alert: Alert, rated: Rated | None) -> AlertFacts:
    sent = archive.deliveries(alert_id=alert.id, limit=_DELIVERIES)
    return AlertFacts(
        alert=alert,
        rated=rated,
        deliveries=[
            DeliveryFacts(
                delivery=one,
                attempts=archive.attempts(one.id),
                holds=archive.holds(one.id),
                interventions=archive.interventions(one.id),
            )
            for one in reversed(sent)
        ],
    )


# --- the files -----------------------------------------------------------------------------------


def files(pack: Pack) -> Iterator[tuple[str, bytes]]:
    """Name and content, the manifest last."""
    from monitor.views.pack_html import html_of

    hashes: dict[str, Any] = {}
    for name, content in (
        ("story.html", html_of(pack).encode()),
        ("story.json", _json(_document(pack))),
        ("items.csv", "".join(item_rows((one.item, _watches(one)) for one in pack.items)).encode()),
        *_sources(pack),
        *_versions(pack),
    ):
        hashes[name] = {"sha256": sha256(content).hexdigest(), "bytes": len(content)}
        yield name, content
    manifest = {
        "format": FORMAT,
        "story": pack.page.story.thread_id,
        "made_at": pack.made_at,
        "program": f"news-monitor {__version__}",
        "database": pack.instance,
        "files": hashes,
    }
    yield "MANIFEST.json", _json(manifest)


def entry_name(one: Evidence) -> str:
    """Where the bytes of an entry stand; empty: there are none."""
    cut = ".beginning" if (one.entry_bytes or 0) > MAX_ENTRY else ""
    return f"raw/{one.item_id}.{one.revision}{cut}.xml" if one.entry else ""


def watch_name(version: Version) -> str:
    return f"watches/{version.id[:16]}.json"


def _sources(pack: Pack) -> Iterator[tuple[str, bytes]]:
    for item in pack.items:
        for one in item.evidence:
            if name := entry_name(one):
                yield name, entry_bytes(one)
            yield f"raw/{one.item_id}.{one.revision}.source.json", _json(_source(one))


def _versions(pack: Pack) -> Iterator[tuple[str, bytes]]:
    """The very bytes that their ids are the hashes of."""
    for version in pack.watches.values():
        yield watch_name(version), version.text.encode("utf-8", "surrogatepass")
    for version in pack.lexicons.values():
        yield f"lexicons/{version.id[:16]}.json", version.text.encode("utf-8", "surrogatepass")


def _source(one: Evidence) -> dict[str, Any]:
    document: dict[str, Any] = as_json(one)
    del document["entry"]
    name = entry_name(one)
    is_cut = (one.entry_bytes or 0) > MAX_ENTRY
    why = "" if name else READ_WHOLE
    return document | {"file": name or None, "is_cut": is_cut, "why_none": why or None}


def _watches(facts: ItemFacts) -> Sequence[str]:
    return tuple(dict.fromkeys(one.judgement.match.watch_id for one in facts.matches))


def _document(pack: Pack) -> dict[str, Any]:
    thread, page = pack.page.thread, document(pack.page)
    return {
        "format": FORMAT,
        "made_at": pack.made_at,
        "program": f"news-monitor {__version__}",
        "database": pack.instance,
        "story": page,
        "thread": thread,
        "items": [_item_document(one) for one in pack.items],
        "alerts": [_alert_document(one) for one in pack.alerts],
        "verdicts": pack.page.verdicts,
        "watches": [_version_document(one, watch_name(one)) for one in pack.watches.values()],
        "lexicons": [
            _version_document(one, f"lexicons/{one.id[:16]}.json") for one in pack.lexicons.values()
        ],
    }


def _item_document(facts: ItemFacts) -> dict[str, Any]:
    item: dict[str, Any] = as_json(facts.item)
    return item | {
        "revisions": [
            as_json(text) | {"sent": _sent(facts, text.revision)} for text in facts.texts
        ],
        "sightings": facts.sightings,
        "matches": [_match_document(one) for one in facts.matches],
    }


def _sent(facts: ItemFacts, revision: int) -> dict[str, Any]:
    one = facts.sent(revision)
    return _source(one) if one else {"file": None, "why_none": NOT_KEPT}


def _match_document(one: KeptMatch) -> dict[str, Any]:
    alert = one.judgement.alert
    match: dict[str, Any] = as_json(one.judgement.match)
    return match | {
        "revision": one.revision,
        "made_at": one.made_at,
        "version": one.version or None,
        "reason": one.judgement.reason,
        "alert": alert.id if alert else None,
    }


def _alert_document(facts: AlertFacts) -> dict[str, Any]:
    alert: dict[str, Any] = as_json(facts.alert)
    rated = facts.rated
    opinion = rated and {name: getattr(rated, name) for name in ("rating", "rated_at", "note")}
    return alert | {
        "rated": opinion,
        "deliveries": [
            as_json(one.delivery)
            | {
                "history": one.attempts,
                "holds": one.holds,
                "interventions": one.interventions,
            }
            for one in facts.deliveries
        ],
    }


def _version_document(one: Version, file: str) -> dict[str, Any]:
    return {
        "id": one.id,
        "watch": one.name or None,
        "lexicon": one.lexicon or None,
        "first_seen_at": one.first_seen_at,
        "file": file,
    }


def _json(value: Any) -> bytes:
    return (json_text(value, indent=2) + "\n").encode()


# --- items as a table ----------------------------------------------------------------------------

ITEM_COLUMNS = (
    *("id", "seen_at", "published_at", "feed_id", "owner", "publisher", "tier", "language"),
    *("country", "title", "summary", "author", "categories", "url", "revision", "story_id"),
    *("copy_of", "content_hash", "watches"),
)


def item_rows(items: Iterable[tuple[Item, Sequence[str]]]) -> Iterator[str]:
    """CSV, the names of the columns first."""
    yield spreadsheet.row(ITEM_COLUMNS)
    for item, watches in items:
        values = {"watches": tuple(watches), "url": inert_link(item.url) or item.url}
        yield spreadsheet.row(
            [values.get(name, getattr(item, name, None)) for name in ITEM_COLUMNS]
        )


# --- on disk -------------------------------------------------------------------------------------


def write(pack: Pack, target: Path) -> int:
    """A folder, or an archive if its name ends in .zip; whole or not there. Returns how many files.

    Raises:
        OSError: It cannot be written, or there is something already.
    """
    if target.exists():
        raise FileExistsError(17, "there is something of this name already", str(target))
    half = target.with_name(f".{target.name}.{token_hex(4)}")
    put = _zipped if target.suffix.lower() == ".zip" else _laid_out
    try:
        count = put(pack, half)
        half.rename(target)
    except BaseException:
        if half.is_dir():
            rmtree(half, ignore_errors=True)
        half.unlink(missing_ok=True)
        raise
    return count


def _zipped(pack: Pack, path: Path) -> int:
    at = pack.made_at.timetuple()[:6]
    with zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files(pack):
            entry = zipfile.ZipInfo(name, at)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o640 << 16
            archive.writestr(entry, content)
        count = len(archive.namelist())
    path.chmod(0o640)
    return count


def _laid_out(pack: Pack, folder: Path) -> int:
    folder.mkdir(mode=0o750)
    count = 0
    for name, content in files(pack):
        count += 1
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        path.chmod(0o640)
    return count
