"""One at a time, and with rests: what costs a second of processor must not hold up polling."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

_SHARE = 0.5  # as much rest as half of what was taken


class Busy(Exception):  # noqa: N818 - no error: the asker may try again
    """Somebody else is at it, or was a moment ago."""


class Gate:
    """Lets one through at a time, the next after a rest; nobody waits in it."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = Lock()
        self._closed_until = 0.0

    @contextmanager
    def passed(self) -> Iterator[None]:
        """Raises Busy."""
        if not self._lock.acquire(blocking=False):
            raise Busy
        try:
            began = self._monotonic()
            if began < self._closed_until:
                raise Busy
            try:
                yield
            finally:
                ended = self._monotonic()
                self._closed_until = ended + _SHARE * (ended - began)
        finally:
            self._lock.release()
