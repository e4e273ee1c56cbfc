"""What this process may work at, and until when: it stops by its own clock, frozen or cut off."""

import threading
from collections.abc import Callable, Sequence

import structlog

from monitor.elapsed import elapsed_s
from monitor.errors import StoreError
from monitor.model import Lease
from monitor.ports import LeaseBook

log = structlog.get_logger(__name__)

# Of a lease's length: up to where a request may begin that lasts no longer than three quarters of
# it. So nothing is under way any more when another process takes the lease.
BEGINS = 0.25
LASTS = 0.75
_MARGIN = 0.1  # before its end, at which others may have it


class Leases:
    """The leases of this process. Thread-safe.

    Args:
        clock: Seconds; goes on while the process is frozen.
    """

    def __init__(self, book: LeaseBook, clock: Callable[[], float] = elapsed_s) -> None:
        self._book, self._clock = book, clock
        self._lock = threading.Lock()
        self._since_s: dict[str, float] = {}  # when it was taken or renewed last
        self._renewed_s = self._clock()
        self._failing = False

    @property
    def every_s(self) -> float:
        """How often `renew` has to be called, so that there is always time to begin something."""
        return self._book.stall_s * BEGINS / 2

    def take(self, key: str) -> Lease | None:
        """Work at a key from now on; None: another process does.

        Raises:
            StoreError: Nobody can tell.
        """
        asked_s = self._clock()
        lease = self._book.take(key)
        if lease is not None:
            with self._lock:
                self._since_s[key] = asked_s
        return lease

    def may_begin(self, key: str) -> bool:
        """Whether something may be begun that is done under this key."""
        with self._lock:
            since_s = self._since_s.get(key)
        return since_s is not None and self._clock() < since_s + BEGINS * self._book.stall_s

    def holds(self, key: str) -> bool:
        """Whether nobody else can work at this key yet."""
        with self._lock:
            since_s = self._since_s.get(key)
        return since_s is not None and self._clock() < since_s + (1 - _MARGIN) * self._book.stall_s

    def may_ask(self) -> bool:
        """Whether this process was seen to live a moment ago, so that it may ask anybody."""
        return self._clock() < self._renewed_s + BEGINS * self._book.stall_s

    def slots_of(self, queue: str) -> Sequence[int]:
        """See `LeaseBook.slots_of`."""
        return self._book.slots_of(queue)

    def renew(self, trouble: str = "") -> bool:
        """Hold all for longer, if the database can be asked; what was lost is not held any more."""
        with self._lock:
            keys = list(self._since_s)
        asked_s = self._clock()
        try:
            kept = self._book.renew(keys, trouble)
        except StoreError as exc:
            if not self._failing:
                cure = "nothing new is begun once they end"
                log.error("leases_not_renewed", problem=str(exc), leases=len(keys), cure=cure)
            self._failing = True
            return False
        if self._failing:
            log.info("leases_renewed", leases=len(kept))
        self._failing = False
        with self._lock:
            self._renewed_s = asked_s
            for key in keys:
                if key in kept and key in self._since_s:
                    self._since_s[key] = asked_s
                elif key not in kept:
                    self._since_s.pop(key, None)
        if lost := sorted({*keys} - kept):
            log.warning("leases_lost", leases=lost, cure="another process goes on with them")
        return True

    def give_back(self, key: str, note: str = "") -> None:
        """Let others work at it at once; one that was lost is not given."""
        with self._lock:
            held = self._since_s.pop(key, None)
        if held is None:
            return
        try:
            self._book.give_back(key, note)
        except StoreError as exc:  # it ends by itself
            log.warning("lease_not_given_back", lease=key, problem=str(exc))
