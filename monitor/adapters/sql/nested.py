"""Nested nouns in a column, as JSON; what is long is not read and written again as it grows.

A thread of hundreds of items is read and written with each item that it gets, and but for that one
it is as it was a moment ago.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import is_dataclass
from typing import Any, get_args, get_origin

from pydantic import TypeAdapter

_LONG = 1_000  # characters from which it pays to look first
_TEXTS = 32  # of a column that are kept: some megabytes at most
_PARTS = 4_096  # values of a list, likewise


def nested(kind: Any) -> tuple[Callable[[Any], str], Callable[[str], Any]]:
    """To a column and back, for values of this type, which nobody changes.

    What is not there (yet, or any more) has its default.
    """
    adapter: TypeAdapter[Any] = TypeAdapter(kind)
    lately = _Lately(_TEXTS)
    listed = get_origin(kind) is tuple and is_dataclass(get_args(kind)[0])
    made = _Listed(get_args(kind)[0]).text if listed else _text_by(adapter)

    def write(value: Any) -> str:
        text = made(value)
        if len(text) >= _LONG:
            lately.put(text, value)
        return text

    def read(text: str) -> Any:
        if len(text) < _LONG:
            return adapter.validate_json(text)
        value = lately.get(text)
        if value is None:
            value = adapter.validate_json(text)
            lately.put(text, value)
        return value

    return write, read


def _text_by(adapter: TypeAdapter[Any]) -> Callable[[Any], str]:
    return lambda value: adapter.dump_json(value).decode()


class _Listed:
    """Lists of one kind of noun, each of which is put into words once as long as it is the same."""

    def __init__(self, kind: Any) -> None:
        self._text = _text_by(TypeAdapter(kind))
        # By identity, which costs nothing to tell: what is kept here nothing else has the id of.
        self._known: dict[int, tuple[Any, str]] = {}

    def text(self, values: Sequence[Any]) -> str:
        return f"[{','.join(map(self._of, values))}]"

    def _of(self, value: Any) -> str:
        known = self._known.get(id(value))
        if known is None:
            if len(self._known) >= _PARTS:
                self._known = {}
            known = self._known[id(value)] = value, self._text(value)
        return known[1]


class _Lately:
    """The values of the last texts that were asked for. Thread-safe."""

    def __init__(self, at_most: int) -> None:
        self._at_most, self._lock = at_most, threading.Lock()
        self._values: OrderedDict[str, Any] = OrderedDict()

    def get(self, key: str) -> Any | None:
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: str, value: Any) -> None:
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            if len(self._values) > self._at_most:
                self._values.popitem(last=False)
