"""What this process may work at, and until when: it stops by its own clock, frozen or cut off."""

import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

import structlog

from monitor.elapsed import elapsed_s
from monitor.errors import StoreError

log = structlog.get_logger(__name__)

_MARGIN = 0.1  # of its length: what begins at the end of a lease is over after it


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A key that a process may work at.

    Attributes:
        was_lost: Whoever held it before did not give it back.
        note: What that one left for its successor.
    """

    key: str
    was_lost: bool = False
    note: str = ""


class LeaseBook(Protocol):
    """Who may work at what, where all processes see it. For one process; thread-safe.

    All may raise StoreError.
    """

    @property
    def stall_s(self) -> float:
        """How long a lease lasts after it was taken or renewed last."""
        ...

    def take(self, key: str) -> Lease | None:
        """None: another process holds it."""
        ...

    def renew(self, keys: Collection[str], trouble: str) -> frozenset[str]:
        """Hold them for longer, and be seen to be alive; returns those that are still held.

        Args:
            trouble: What is wrong with this process; empty: nothing.
        """
        ...

    def give_back(self, key: str, note: str) -> None: ...

    def holders(self, prefix: str) -> Mapping[str, str]:
        """Key -> process that holds it, of all keys that begin so and are held."""
        ...


class Leases:
    """The leases of this process. Thread-safe.

    Args:
        clock: Seconds; goes on while the process is frozen.
    """

    def __init__(self, book: LeaseBook, clock: Callable[[], float] = elapsed_s) -> None:
        self._book, self._clock = book, clock
        self._lock = threading.Lock()
        self._until_s: dict[str, float] = {}
        self._alive_until_s = self._clock() + self._length_s
        self._failing = False

    def take(self, key: str) -> Lease | None:
        """Work at a key from now on; None: another process does.

        Raises:
            StoreError: Nobody can tell.
        """
        asked_s = self._clock()
        lease = self._book.take(key)
        if lease is not None:
            with self._lock:
                self._until_s[key] = asked_s + self._length_s
        return lease

    def holds(self, key: str) -> bool:
        """Whether something may be begun that is done under this key."""
        with self._lock:
            return self._clock() < self._until_s.get(key, 0.0)

    def is_alive(self) -> bool:
        """Whether others still count this process among the living."""
        return self._clock() < self._alive_until_s

    def renew(self, trouble: str = "") -> None:
        """To be called every quarter of a lease's length."""
        with self._lock:
            keys = list(self._until_s)
        asked_s = self._clock()
        try:
            kept = self._book.renew(keys, trouble)
        except StoreError as exc:
            if not self._failing:
                cure = "nothing new is begun once they end"
                log.error("leases_not_renewed", problem=str(exc), leases=len(keys), cure=cure)
            self._failing = True
            return
        if self._failing:
            log.info("leases_renewed", leases=len(kept))
        self._failing = False
        with self._lock:
            self._alive_until_s = asked_s + self._length_s
            for key in keys:
                if key in kept and key in self._until_s:
                    self._until_s[key] = asked_s + self._length_s
                elif key not in kept:
                    self._until_s.pop(key, None)
        if lost := sorted({*keys} - kept):
            log.warning("leases_lost", leases=lost, cure="another process goes on with them")

    def give_back(self, key: str, note: str = "") -> None:
        """Let others work at it at once; one that was lost is not given."""
        with self._lock:
            held = self._until_s.pop(key, None)
        if held is None:
            return
        try:
            self._book.give_back(key, note)
        except StoreError as exc:  # it ends by itself
            log.warning("lease_not_given_back", lease=key, problem=str(exc))

    @property
    def _length_s(self) -> float:
        return self._book.stall_s * (1 - _MARGIN)
