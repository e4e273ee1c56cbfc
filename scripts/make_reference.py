# ruff: noqa: INP001 - a script, not a package
"""Write docs/reference.md: every key of the configuration, from the models that read it.

`python scripts/make_reference.py`; a test says when it has to be run again.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from datetime import timedelta
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic.fields import FieldInfo

from monitor.config.decode import SecretOrPlain, Shape, TextOrTexts, deadline, rates, secret_or_none
from monitor.config.durations import duration_text
from monitor.config.shapes import (
    CALM,
    FEED,
    INHIBITION,
    POLICY,
    ROUTE,
    SETTINGS,
    SILENCE,
    WATCH,
    options_shape,
    section_shape,
)
from monitor.model import Escalation, Expectation, Rate, Secret, Template
from monitor.plugins import WebhookOptions

TARGET = Path(__file__).parent.parent / "docs" / "reference.md"
HEAD = """# Every key

Generated from the models that read the configuration (`scripts/make_reference.py`), so it is
complete; what the keys mean stands in [configuration.md](configuration.md). "Reference" is a secret
by reference: `"env:NAME"` or `"file:path"`. Lengths of time are written as in `"15m"`, `"6h"`.
"""
_PLAIN: Mapping[Any, str] = {
    bool: "`true` or `false`",
    int: "whole number",
    float: "number",
    str: "text",
    timedelta: "length of time",
    Path: "path of a file",
    Secret: "reference",
    SecretOrPlain: "text without a secret, or reference",
    TextOrTexts: "text, or list of texts",
    Template: "template, or `file:` and its path",
    Escalation: "tables `[[watch.escalate]]`",
    Expectation: "tables `[[watch.silence]]`",
}
_VALIDATED = {
    deadline: "length of time, or `effective_date + ` such",
    rates: 'rate as in `"20/min"`, list of such, or `"off"`',
    secret_or_none: 'reference, or `""`',
}


def kind(hint: Any) -> str:
    """A type in words."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _annotated(arguments)
    if origin is Literal:
        return _choices(arguments)
    if origin in (Union, UnionType):
        return " or ".join(kind(one) for one in arguments if one is not type(None))
    if origin in (tuple, frozenset):
        inner = kind(arguments[0])
        return inner if inner.startswith("tables") else f"list of {_many(inner)}"
    if origin is not None:
        return f"table: name = {kind(arguments[1])}"
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _choices([member.value for member in hint])
    return _PLAIN[hint]


def _many(word: str) -> str:
    return {"text": "texts", "length of time": "lengths of time", "reference": "references"}.get(
        word, word
    )


def _choices(values: Any) -> str:
    return ", ".join(f'`"{value}"`' for value in values)


def _annotated(arguments: tuple[Any, ...]) -> str:
    for one in arguments[1:]:
        if (func := getattr(one, "func", None)) in _VALIDATED:
            return _VALIDATED[func]
    limits = [one for one in arguments[1:] if isinstance(one, FieldInfo)]
    bounds = {
        name: getattr(limit, name)
        for found in limits
        for limit in found.metadata
        for name in ("ge", "le")
        if hasattr(limit, name)
    }
    words = kind(arguments[0])
    if "ge" in bounds and "le" in bounds:
        return f"{words}, {bounds['ge']} to {bounds['le']}"
    return f"{words}, at least {bounds['ge']:g}" if "ge" in bounds else words


def default(field: "dataclasses.Field[Any]", shape: Shape[Any]) -> str:
    """As it would be written; an empty cell: there is none."""
    if field.name in shape.optional:
        return ""
    if field.default is not dataclasses.MISSING:
        return _value(field.default)
    if field.default_factory is not dataclasses.MISSING:
        return _value(field.default_factory())
    return "**required**"


def _value(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, timedelta):
        return f'`"{duration_text(value)}"`'
    if isinstance(value, Secret):
        return f'`"{value.reveal()}"`'
    if isinstance(value, tuple | frozenset):
        return f"`[{', '.join(_value(one).strip('`') for one in value)}]`"
    if isinstance(value, Mapping):
        return "`{}`"
    if isinstance(value, Rate):
        return f'`"{value}"`'
    return f'`"{value}"`' if isinstance(value, str) else f"`{value}`"


def table(shape: Shape[Any]) -> Iterator[str]:
    """Its keys, one a row, in the order of the noun."""
    hints = get_type_hints(shape.noun, include_extras=True)
    fields = {field.name: field for field in dataclasses.fields(shape.noun)}  # type: ignore[arg-type] # a dataclass
    yield "| key | value | default |"
    yield "|---|---|---|"
    for key, name in shape.keys.items():
        words = kind(shape.hints.get(name, hints[name])).replace("|", "\\|")
        yield f"| `{key}` | {words} | {default(fields[name], shape)} |"


def reference() -> str:
    """The page."""
    parts: list[tuple[str, Shape[Any]]] = [
        *((f"monitor.toml: [{name}]", section_shape(name)) for name in SETTINGS),
        ("feeds/*.toml: [[feed]]", FEED),
        ("watches/*.toml: [[watch]]", WATCH),
        ("watches/*.toml: [[watch.escalate]]", Shape(noun=Escalation)),
        ("watches/*.toml: [[watch.silence]]", SILENCE),
        ("routes.toml: [[route]]", ROUTE),
        ("routes.toml: [[inhibit]]", INHIBITION),
        ("webhooks.toml: any kind, sending", POLICY),
        ("webhooks.toml: any kind, quiet", CALM),
        *((f"webhooks.toml: kind {n}", options_shape(k)) for n, k in WebhookOptions().items()),
    ]
    lines = [HEAD]
    for title, shape in parts:
        lines += [f"## {title}", "", *table(shape), ""]
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    TARGET.write_text(reference(), encoding="utf-8")
