"""What travels between the daemon and a parser child: frames of a length and as many bytes.

A request is two frames: a JSON header, then the body untouched. An answer is one: JSON.
"""

import dataclasses
import json
import struct
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from monitor.errors import ParseError
from monitor.model import Fetched, Health, Link, LinkKind, Page, ParsedFeed, RawEntry

T = TypeVar("T")

LENGTH = struct.Struct(">I")
# Far more than any feed says; 1,000 entries of 20,000 characters would be 60 MB of Chinese.
MAX_ANSWER = 64 * 1024 * 1024
# The first byte of an answer: whether another request may follow. The first frame of a child is
# this byte alone: it is ready.
MORE, LAST = b"+", b"."
FEED, PAGE = "feed", "page"
"""What a document is read as."""
# The child reads what it is given: the rest is said by who cut it.
_OF_ENTRY = tuple(field.name for field in dataclasses.fields(RawEntry) if field.name != "raw")
_TOLD = tuple(
    field.name
    for field in dataclasses.fields(ParsedFeed)
    if field.name not in ("shared", "known", "window")
)


def frame(payload: bytes) -> bytes:
    return LENGTH.pack(len(payload)) + payload


def pack_request(fetched: Fetched, task: str = FEED) -> bytes:
    head = {"task": task, "content_type": fetched.content_type, "url": fetched.url}
    return frame(json.dumps(head).encode()) + frame(fetched.body)


def unpack_head(payload: bytes) -> dict[str, str]:
    return {str(key): str(value) for key, value in json.loads(payload).items()}


def pack_feed(feed: ParsedFeed) -> bytes:
    return _dumps({"feed": {name: getattr(feed, name) for name in _TOLD}})


def pack_page(page: Page) -> bytes:
    return _dumps({"page": dataclasses.asdict(page)})


def pack_error(error: ParseError) -> bytes:
    return _dumps({"error": str(error), "health": error.health})


def unpack_answer(payload: bytes) -> ParsedFeed:
    """The feed that the child read.

    Raises:
        ParseError: The child says so, or its answer makes no sense.
    """
    return _unpacked(payload, lambda answer: _feed(answer["feed"]))


def unpack_page(payload: bytes) -> Page:
    """The page that the child read.

    Raises:
        ParseError: The child says so, or its answer makes no sense.
    """
    return _unpacked(payload, lambda answer: _page(answer["page"]))


def _unpacked(payload: bytes, made: Callable[[dict[str, Any]], T]) -> T:
    try:
        answer = json.loads(payload)
        if "error" in answer:
            raise ParseError(str(answer["error"]), health=Health(answer["health"]))
        return made(answer)
    except (ValueError, KeyError, TypeError) as exc:
        raise ParseError(
            f"the parser's answer makes no sense ({type(exc).__name__})", health=Health.FAILING
        ) from None


def _dumps(answer: dict[str, Any]) -> bytes:
    text = json.dumps(answer, ensure_ascii=False, separators=(",", ":"), default=_plain)
    return text.encode("utf-8", "replace")


def _plain(value: Any) -> Any:
    if isinstance(value, RawEntry):
        return {name: getattr(value, name) for name in _OF_ENTRY}
    return value.isoformat() if isinstance(value, datetime) else value.total_seconds()


def _feed(told: dict[str, Any]) -> ParsedFeed:
    ttl = told.pop("ttl")
    entries = tuple(_entry(entry) for entry in told.pop("entries"))
    skips: dict[str, Any] = {name: tuple(told.pop(name)) for name in ("skip_hours", "skip_days")}
    wait = None if ttl is None else timedelta(seconds=ttl)
    return ParsedFeed(**told, **skips, entries=entries, ttl=wait)


def _entry(told: dict[str, Any]) -> RawEntry:
    at = told.pop("published_at")
    lists: dict[str, Any] = {
        key: tuple(told.pop(key)) for key in ("paragraphs", "categories", "links")
    }
    return RawEntry(**told, **lists, published_at=at and datetime.fromisoformat(at))


def _page(told: dict[str, Any]) -> Page:
    return Page(title=told["title"], links=tuple(_link(link) for link in told["links"]))


def _link(told: dict[str, Any]) -> Link:
    at = told.pop("changed_at")
    kind = LinkKind(told.pop("kind"))
    return Link(**told, kind=kind, changed_at=at and datetime.fromisoformat(at))
