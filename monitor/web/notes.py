"""What was done, kept until the next page has said it."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from secrets import token_urlsafe
from threading import Lock

_KEPT = 200


@dataclass(frozen=True, slots=True)
class Note:
    """Lines for people; the first is the news."""

    lines: Sequence[str]
    well: bool = True


class Notes:
    """Notes by a name that nobody can guess, so that no link can put words into our mouth."""

    def __init__(self) -> None:
        self._notes: OrderedDict[str, Note] = OrderedDict()
        self._lock = Lock()

    def leave(self, *lines: str, well: bool = True) -> str:
        """Returns its name, for the address of the next page."""
        name = token_urlsafe(12)
        with self._lock:
            self._notes[name] = Note(lines, well)
            while len(self._notes) > _KEPT:
                self._notes.popitem(last=False)
        return name

    def read(self, name: str) -> Note | None:
        """It stays, for a page may be loaded again."""
        with self._lock:
            return self._notes.get(name)


NOTES = Notes()
"""Of this process: they are words, and lost with it."""
