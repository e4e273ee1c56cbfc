"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/)."""

import json
from datetime import datetime
from typing import Any

from monitor.adapters.feeds import limits
from monitor.adapters.feeds.dates import read_moment
from monitor.adapters.feeds.html import lines, one_line, paragraphs
from monitor.errors import ParseError
from monitor.model import ParsedFeed, RawEntry


class NotJson(ParseError):  # noqa: N818 - which of two things a ParseError is about
    """It begins like JSON only; there may be something else behind."""


_VERSIONS = {"1": "json1", "1.0": "json1", "1.1": "json11"}


def is_json(body: bytes) -> bool:
    """Whether the first character, in any Unicode encoding, opens a JSON object or list."""
    head = body[:200].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xfe\xff \t\r\n")
    return head[:1] in (b"{", b"[")


def read_json(body: bytes, *, url: str = "") -> ParsedFeed:
    """Entries in document order; relative addresses are resolved against `url`.

    Raises:
        NotJson: It cannot be read as JSON.
        ParseError: JSON that is no feed.
    """
    feed = _load(body)
    marker = feed.get("version") if isinstance(feed, dict) else None
    if not isinstance(marker, str) or "jsonfeed.org/version/" not in marker:
        raise ParseError("JSON, but not a JSON Feed (no version of jsonfeed.org in it)")
    items = feed.get("items")
    found = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    kept, surplus = limits.newest(found, lambda item: _date(item)[1])
    ended = "the feed says that it has ended" if feed.get("expired") is True else ""
    authors = _authors(feed)
    return ParsedFeed(
        version=_VERSIONS.get(marker.rstrip("/").rpartition("/")[2], "json"),
        title=one_line(_text(feed, "title"), limits.TITLE),
        language=_text(feed, "language")[:35] or None,
        entries=tuple(_entry(item, url, authors) for item in kept),
        flaw="; ".join(filter(None, (ended, surplus))),
    )


def _load(body: bytes) -> Any:
    try:
        text = body.decode(json.detect_encoding(body), "replace")
        return json.loads(text.lstrip("\ufeff"))
    except RecursionError:
        raise NotJson("JSON nested too deeply") from None
    except ValueError as exc:  # JSONDecodeError is one; so is an integer of 5,000 digits
        where = f" (line {exc.lineno})" if isinstance(exc, json.JSONDecodeError) else ""
        raise NotJson(f"begins like JSON, but cannot be read as such{where}") from None


def _entry(item: dict[str, Any], base: str, authors: str) -> RawEntry:
    """An item; the authors are those of the feed, for items that name none."""
    date, moment = _date(item)
    link = (
        _address(item, "url", base)
        or _address(item, "external_url", base)
        or _recording(item, base)
    )
    further = _address(item, "external_url", base)
    return RawEntry(
        guid=one_line(_text(item, "id"), limits.ID) or None,
        link=link,
        title=one_line(_text(item, "title"), limits.TITLE),
        paragraphs=_body(item),
        published=one_line(date, limits.DATE) or None,
        published_at=moment,
        author=_authors(item) or authors or None,
        categories=limits.distinct(_strings(item.get("tags")), limits.CATEGORIES),
        language=_text(item, "language")[:35] or None,
        links=(further,) if further and further != link else (),
    )


def _date(item: dict[str, Any]) -> tuple[str, datetime | None]:
    date = _text(item, "date_published") or _text(item, "date_modified")
    return date, read_moment(date) if date else None


def _body(item: dict[str, Any]) -> tuple[str, ...]:
    if html := _text(item, "content_html"):
        return paragraphs(html)
    return lines(_text(item, "content_text")) or paragraphs(_text(item, "summary"))


def _authors(item: dict[str, Any]) -> str:
    listed = item.get("authors")
    people = listed if isinstance(listed, list) else [item.get("author")]
    names = [_text(person, "name") for person in people if isinstance(person, dict)]
    return one_line(", ".join(name for name in names if name), limits.AUTHOR)


def _address(item: Any, key: str, base: str) -> str | None:
    return limits.address(_text(item, key), base)


def _recording(item: dict[str, Any], base: str) -> str | None:
    """The first attachment, for what has no page; as with the enclosures of RSS."""
    if one_line(_text(item, "id")).lower().startswith(("http://", "https://")):
        return None  # the id is an address already
    listed = item.get("attachments")
    found = listed if isinstance(listed, list) else []
    return next(filter(None, (_address(one, "url", base) for one in found[:50])), None)


def _strings(value: Any) -> list[str]:
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []


def _text(holder: Any, key: str) -> str:
    """A string; numbers as they are written (ids often are), anything else is absent."""
    value = holder.get(key) if isinstance(holder, dict) else None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else ""
