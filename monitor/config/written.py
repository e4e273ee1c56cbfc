"""A watch as it is written in TOML: what `watches/*.toml` would have to hold."""

from collections.abc import Iterator
from dataclasses import MISSING, fields
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Any

import tomlkit

from monitor.config.durations import duration_text
from monitor.config.shapes import WATCH
from monitor.model import Escalation, Expectation, Watch

_TABLES = ("escalations", "expectations")
_ALWAYS = ("id", "query", "severity")


def watch_toml(watch: Watch) -> str:
    """A `[[watch]]` table that reads back as this watch; what is not said is left out."""
    parts = ["[[watch]]", *_lines(watch, WATCH.names)]
    for name in _TABLES:
        for one in getattr(watch, name):
            parts += ["", f"[[watch.{WATCH.names[name]}]]", *_lines(one, {})]
    return "\n".join(parts) + "\n"


def _lines(noun: Watch | Escalation | Expectation, names: Any) -> Iterator[str]:
    for field in sorted(fields(noun), key=lambda one: one.name not in ("id", "name")):
        value = getattr(noun, field.name)
        if field.name in _TABLES or field.name == "from_effective_date":
            continue
        default = field.default if field.default_factory is MISSING else field.default_factory()
        if value is None or (value == default and field.name not in _ALWAYS):
            continue
        if field.name == "within" and isinstance(noun, Expectation):
            since = "effective_date + " if noun.from_effective_date else ""
            value = f"{since}{duration_text(noun.within)}"
        yield f"{names.get(field.name, field.name)} = {_value(value)}"


def _value(value: object) -> str:
    match value:
        case Enum():
            return _text(str(value.value))
        case timedelta():
            return _text(duration_text(value))
        case Path():
            return _text(str(value))
        case str():
            return _text(value)
        case tuple():
            return f"[{', '.join(map(_value, value))}]"
        case frozenset():
            return f"[{', '.join(sorted(map(_value, value)))}]"
        case _:
            return tomlkit.item(value).as_string()


def _text(text: str) -> str:
    """On lines of its own where it has some; what no reader would see is escaped."""
    if "\n" not in text:
        return tomlkit.string(text).as_string()
    lines = [tomlkit.string(line).as_string()[1:-1] for line in text.split("\n")]
    return '"""\n' + "\n".join(lines) + '"""'
