"""Nouns as JSON."""

import json
from collections.abc import Mapping
from dataclasses import is_dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import regex

from monitor.model import kept_fields

# Control, format (direction, zero width), private, surrogate and line ends: in JSON only inside
# of strings, where they may be escaped.
_ACTIVE = regex.compile(r"[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}--\n]", regex.VERSION1)


def json_text(value: Any, indent: int | None = None) -> str:
    """Of a noun, for a file in UTF-8; no character in it acts on a terminal."""
    return escaped(json.dumps(as_json(value), ensure_ascii=False, indent=indent))


def escaped(text: str) -> str:
    """JSON without characters that act on a terminal."""
    return _ACTIVE.sub(lambda found: json.dumps(found.group())[1:-1], text)


def as_json(value: Any) -> Any:
    """Nouns as objects with the names of the fields that are kept.

    Moments (in UTC) and days are ISO 8601, lengths of time seconds, bytes what they hold (JSON
    or text).
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {name: as_json(getattr(value, name)) for name in kept_fields(type(value))}
    if isinstance(value, Mapping):
        return {str(key): as_json(one) for key, one in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(map(as_json, value))
    if isinstance(value, tuple | list):
        return [as_json(one) for one in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return _payload(value) if isinstance(value, bytes) else value


def _payload(body: bytes) -> Any:
    text = body.decode("utf-8", "replace")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
