"""What the API answers with, as types: made of the nouns, and of what the views add to them."""

import inspect
import re
from collections.abc import Mapping
from dataclasses import is_dataclass
from datetime import date, datetime, timedelta
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, Field, JsonValue, create_model

from monitor.model import kept_fields

_SECTION = re.compile(r"^Attributes:\n(.*?)(?:\n\S|\Z)", re.MULTILINE | re.DOTALL)
_ATTRIBUTE = re.compile(r"^    (\w+(?:, \w+)*): (.*(?:\n {8}.*)*)", re.MULTILINE)
_PAYLOAD = dict[str, JsonValue] | list[JsonValue] | str


class Shape(BaseModel):
    """An object of the API."""


@cache
def shape_of(noun: type[Any], *, without: tuple[str, ...] = ()) -> type[BaseModel]:
    """The type of `views.nouns.as_json(noun)`, described by the noun's own docstring."""
    hints, told = get_type_hints(noun), descriptions(noun)
    fields: dict[str, Any] = {
        name: (_sent(hints[name]), Field(description=told.get(name)))
        for name in kept_fields(noun)
        if name not in without
    }
    summary = (inspect.getdoc(noun) or noun.__name__).partition("\n")[0]
    return create_model(noun.__name__, __base__=Shape, __doc__=summary, **fields)


def descriptions(noun: type[Any]) -> dict[str, str]:
    """Attribute -> what its docstring, or that of what it extends, says of it."""
    told: dict[str, str] = {}
    for kind in reversed(noun.__mro__):
        section = _SECTION.search(inspect.cleandoc(kind.__doc__ or ""))
        for names, text in _ATTRIBUTE.findall(section[1] if section else ""):
            said = re.sub(r"\bNone\b", "null", " ".join(text.split()))
            told |= dict.fromkeys(names.split(", "), said)
    return told


def _sent(kind: Any) -> Any:
    """The type of a value once it is JSON."""
    origin, parts = get_origin(kind), get_args(kind)
    if origin in (UnionType, Union):
        sent = tuple(part if part is NoneType else _sent(part) for part in parts)
        return Union[sent]  # noqa: UP007 - made of a tuple
    if kind is timedelta:
        return float
    if kind is bytes:
        return _PAYLOAD
    if isinstance(kind, type) and is_dataclass(kind):
        return shape_of(kind)
    if origin in (tuple, frozenset):
        return list[_sent(parts[0])]  # type: ignore[misc]
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return dict[parts[0], _sent(parts[1])]  # type: ignore[misc, valid-type]
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind
    assert kind in (str, int, float, bool, datetime, date) or issubclass(kind, str), kind
    return kind


@cache
def listed(shape: type[BaseModel]) -> type[BaseModel]:
    """A stretch of a list of these."""
    fields: dict[str, Any] = {
        "results": (list[shape], Field(description="In order, at most `limit`.")),  # type: ignore[valid-type]
        "next": (
            str | None,
            Field(
                description="The `cursor` of what comes behind these; null: nothing does.",
                examples=["WyIyMDI2LTExLTI2VDE0OjIwOjEyKzAwOjAwIiwgImFfMSJd"],
            ),
        ),
    }
    doc = f"A stretch of a list of {shape.__name__}."
    return create_model(f"{shape.__name__}List", __base__=Shape, __doc__=doc, **fields)


class Problem(Shape):
    """Why there is no answer."""

    detail: str = Field(description="For people.", examples=["There is no alert 'a_nothing'."])
