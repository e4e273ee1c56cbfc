"""How the API answers: JSON with a strong ETag, lists in stretches, errors as `detail`."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import blake2b
from typing import Annotated, Any, TypeVar

from fastapi import HTTPException, Query, Request
from pydantic import BaseModel, BeforeValidator
from starlette.responses import Response

from monitor.config.suggest import did_you_mean
from monitor.ports import Mark
from monitor.views.moments import NotADuration, moment_of
from monitor.views.nouns import as_json
from monitor.web.api.shapes import Problem

T = TypeVar("T")
MOST = 500
_CACHED = {"Cache-Control": "private, no-cache"}
"""Kept by whoever asks, who asks again whether it still holds."""


def _bad(description: str) -> dict[str, Any]:
    return {"model": Problem, "description": description}


PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: _bad("A cursor that leads nowhere."),
    401: _bad("The token is needed."),
    404: _bad("There is no such thing."),
    422: _bad("Something in the question cannot be read."),
    503: _bad("The database cannot be read, or nothing is stored yet."),
}
ACTION_PROBLEMS: dict[int | str, dict[str, Any]] = {
    403: _bad("No token is set, so nobody can act."),
    409: _bad("It cannot be done as things stand."),
    413: _bad("The body is too big."),
    415: _bad("The body is not called JSON."),
}


def answer(
    request: Request, value: Any, *, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """As JSON; nothing but "not modified" if the asker has it already.

    Source: RFC 9110, sections 8.8.3 and 13.1.2.
    """
    body = json.dumps(as_json(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return with_tag(
        request, body.encode(), "application/json", status=status, headers=headers or {}
    )


def with_tag(
    request: Request,
    body: bytes,
    media: str,
    *,
    status: int = 200,
    headers: dict[str, str],
    modified_at: datetime | None = None,
) -> Response:
    """A body under the name of its content, and perhaps its age."""
    tag = f'"{blake2b(body, digest_size=16).hexdigest()}"'
    headers = _CACHED | headers | {"ETag": tag}
    if modified_at:
        headers["Last-Modified"] = format_datetime(modified_at.replace(microsecond=0), usegmt=True)
    asked = request.headers
    is_known = has_it(asked.get("if-none-match"), tag)
    if modified_at and "if-none-match" not in asked:
        is_known = not is_newer(modified_at, asked.get("if-modified-since"))
    if request.method in ("GET", "HEAD") and is_known:
        return Response(status_code=304, headers=headers)
    return Response(body, status_code=status, media_type=media, headers=headers)


def is_newer(modified_at: datetime, than: str | None) -> bool:
    """Whether something changed since a date of HTTP; one that cannot be read says nothing."""
    try:
        known = parsedate_to_datetime(than or "")
        return modified_at.replace(microsecond=0) > known
    except (ValueError, TypeError, OverflowError):
        return True


def has_it(if_none_match: str | None, tag: str) -> bool:
    """Whether one of the tags that a client shows is this one; weakly compared."""
    shown = [one.strip().removeprefix("W/") for one in (if_none_match or "").split(",")]
    return tag in shown or shown == ["*"]


# --- lists ---


class Stretch(BaseModel):
    """Which part of a list is asked for."""

    cursor: str = ""
    limit: int = 50


Limit = Annotated[int, Query(ge=1, le=MOST, description="At most so many.")]
Cursor = Annotated[
    str,
    Query(max_length=400, description="`next` of the stretch before; without it from the start."),
]
Since = Annotated[
    str | None,
    Query(max_length=40, description="A length of time before now, or a date.", examples=["2d"]),
]


def stretch(limit: Limit = 50, cursor: Cursor = "") -> Stretch:
    return Stretch(limit=limit, cursor=cursor)


def cursor_of(mark: Mark) -> str:
    text = json.dumps([mark.at.isoformat(), mark.id])
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def mark_of(cursor: str) -> Mark | None:
    """The place that a cursor means; None: the start.

    Raises:
        HTTPException: It is none of ours.
    """
    if not cursor:
        return None
    try:
        at, name = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None or not isinstance(name, str) or "\0" in name:
            raise ValueError
        moment.utctimetuple()
        name.encode()
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        raise HTTPException(400, "This cursor is none of ours: begin without one.") from None
    return Mark(moment, name)


def part(
    found: Sequence[T], limit: int, mark: Callable[[T], Mark], document: Callable[[T], Any]
) -> dict[str, Any]:
    """A stretch of a list.

    Args:
        found: One more than asked for, if there are more.
    """
    shown = found[:limit]
    more = len(found) > limit
    return {
        "results": [document(one) for one in shown],
        "next": cursor_of(mark(shown[-1])) if more else None,
    }


def part_of_all(
    every: Sequence[T], asked: Stretch, name: Callable[[T], str], document: Callable[[T], Any]
) -> dict[str, Any]:
    """A stretch of a list that is short, and kept in memory."""
    after = mark_of(asked.cursor)
    names = [name(one) for one in every]
    if after and after.id not in names:
        raise HTTPException(400, "What this cursor named is gone: begin without one.")
    rest = every[names.index(after.id) + 1 :] if after else every
    return part(rest, asked.limit, lambda one: Mark(_EPOCH, name(one)), document)


_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00Z")


def moment(written: str | None, now: datetime) -> datetime | None:
    """What `since` and `until` mean.

    Raises:
        HTTPException: It can be read neither as a length of time nor as a date.
    """
    if written is None:
        return None
    try:
        return moment_of(written, now)
    except NotADuration as exc:
        raise HTTPException(422, f"{exc.what}; {exc.cure}, or a date as in 2025-06-12") from None
    except OverflowError:
        raise HTTPException(422, "That is too long ago.") from None


def missing(noun: str, name: str, names: Sequence[str] = ()) -> HTTPException:
    near = did_you_mean(name, list(names)) if names else ""
    return HTTPException(404, f"There is no {noun} {name[:100]!r}" + (f"; {near}" if near else "."))


def known(noun: str, name: str, names: Sequence[str]) -> None:
    """Raises 422 for a filter that names nothing."""
    if name not in names:
        near = did_you_mean(name, list(names))
        raise HTTPException(422, f"no {noun} named {name[:100]!r}" + (f"; {near}" if near else ""))


def _clean(text: Any) -> Any:
    """A zero byte is no part of any name, and ends a text in SQLite."""
    if isinstance(text, str) and "\0" in text:
        raise ValueError("holds a zero byte")
    return text


Name = Annotated[str, BeforeValidator(_clean)]
