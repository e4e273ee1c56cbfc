"""What is kept of what a feed sent, so that others can see later what was said, and where."""

import re
import zlib
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from urllib.parse import unquote, urlsplit, urlunsplit

from monitor.model import Evidence, Feed, Fetched, Item, KeepEvidence, Provenance, RawEntry

SHOWN = ("date", "etag", "last-modified", "content-type", "server", "cache-control", "age", "via")
"""Headers that tell of the document; what else a server sends may be a secret."""

MAX_ENTRY = 256 * 1024
HIDDEN = "***"

_MAX_HEADER = 512
# In names of parameters: anywhere, or as a word.
_SECRET = re.compile(
    r"key(?!word)|token|secret|passw|auth(?!or)|credential|session"
    r"|(?:^|[^a-z])(?:sig|signature|pass|pwd|pw|hash|hmac|jwt|login|user|code)(?:$|[^a-z])",
    re.IGNORECASE,
)
# Long and of letters and digits, as no word is; and what is called a UUID.
_RANDOM = re.compile(
    r"(?=\D*\d)(?=[^A-Za-z]*[A-Za-z])[\w~+=]{20,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    re.ASCII | re.IGNORECASE,
)


def is_kept(keep: KeepEvidence, *, matched: bool) -> bool:
    """Whether the evidence of an item is kept."""
    return keep is KeepEvidence.ALL or (keep is KeepEvidence.MATCHED and matched)


def shown_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Those that may be shown to others.

    Args:
        headers: Asked by name, whatever their case.
    """
    given = {name: headers.get(name) for name in SHOWN}
    return {name: value[:_MAX_HEADER] for name, value in given.items() if value}


def without_secrets(url: str) -> str:
    """An address without login, and without the values of parameters that may be secrets.

    A part of the path that reads like a key is hidden, too. Where that is no secret, too much is
    hidden: the addresses are shown to strangers.
    """
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return HIDDEN
    query = "&".join(map(_parameter, parts.query.split("&"))) if parts.query else ""
    path = "/".join(HIDDEN if _is_random(one) else one for one in parts.path.split("/"))
    login = f"{HIDDEN}@" if "@" in parts.netloc else ""
    return urlunsplit((parts.scheme, login + host, path, query, ""))


def _parameter(pair: str) -> str:
    name, equals, value = pair.partition("=")
    if _is_random(name):
        name = HIDDEN
    elif not _SECRET.search(unquote(name)) and not _is_random(value):
        return pair
    return f"{name}={HIDDEN}" if equals else name


def _is_random(text: str) -> bool:
    return _RANDOM.fullmatch(unquote(text)) is not None


def provenance(fetched: Fetched, asked: str, now: datetime) -> Provenance:
    """Where a document came from.

    Args:
        asked: The address, as configured.
    """
    return Provenance(
        fetched_at=now,
        asked=without_secrets(asked),
        url=without_secrets(fetched.url),
        status=fetched.status,
        headers=shown_headers(fetched.headers),
        body_sha256=sha256(fetched.body).hexdigest(),
        body_bytes=len(fetched.body),
    )


def evidence_of(item: Item, feed: Feed, entry: RawEntry, source: Provenance) -> Evidence:
    """What is kept of an entry, and of the document that it stood in."""
    raw = entry.raw
    return Evidence(
        item_id=item.id,
        revision=item.revision,
        feed_id=feed.id,
        fetched_at=source.fetched_at,
        asked=source.asked,
        url=source.url,
        status=source.status,
        headers=source.headers,
        body_sha256=source.body_sha256,
        body_bytes=source.body_bytes,
        guid=entry.guid,
        link=entry.link,
        published=entry.published,
        entry_sha256=None if raw is None else sha256(raw).hexdigest(),
        entry_bytes=None if raw is None else len(raw),
        entry=b"" if raw is None else zlib.compress(raw[:MAX_ENTRY]),
    )


def entry_bytes(evidence: Evidence) -> bytes:
    """The entry as it stood in the document; the first part of it, if it is longer."""
    return zlib.decompress(evidence.entry) if evidence.entry else b""
