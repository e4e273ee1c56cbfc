"""Which stories or texts are found under a key, last put last; of most keys that is one."""

from collections.abc import Hashable, Iterable, Iterator
from itertools import islice
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


class Postings(Generic[K]):
    """An inverted index in memory. A key with one id costs no collection of its own: of a million
    keys nearly all have one."""

    def __init__(self) -> None:
        self._ids: dict[K, str | dict[str, None]] = {}

    def __iter__(self) -> Iterator[K]:
        return iter(self._ids)

    def put(self, key: K, name: str) -> None:
        """The id is the last of its key."""
        ids = self._ids.get(key)
        if ids is None or ids == name:
            self._ids[key] = name
            return
        if isinstance(ids, str):
            ids = self._ids[key] = {ids: None}
        ids.pop(name, None)
        ids[name] = None

    def last(self, key: K, at_most: int) -> Iterable[str]:
        """Ids of a key, the last first."""
        ids = self._ids.get(key, ())
        return (ids,) if isinstance(ids, str) else islice(reversed(ids), at_most)

    def count(self, key: K) -> int:
        """How many ids a key has."""
        ids = self._ids.get(key, ())
        return 1 if isinstance(ids, str) else len(ids)

    def drop(self, key: K, name: str) -> None:
        """The id is under this key no more.

        Raises:
            KeyError: It was not.
        """
        ids = self._ids[key]
        if isinstance(ids, dict) and len(ids) > 1:
            del ids[name]
        elif ids in (name, {name: None}):
            del self._ids[key]
        else:
            raise KeyError(name)
