"""Works at the keys that jobs name, each under a lease, as long as nobody else should have them."""

import threading
from collections.abc import Callable, Collection
from concurrent.futures import Future
from dataclasses import dataclass, field

import structlog

from monitor.cluster.leases import Leases
from monitor.core.partitions import TimeBox
from monitor.elapsed import elapsed_s
from monitor.engine import Context
from monitor.errors import StoreError
from monitor.model import Lease

log = structlog.get_logger(__name__)


@dataclass(eq=False, slots=True, kw_only=True)
class _Open:
    """A key that is worked at."""

    key: str
    box: TimeBox
    context: Context
    over: "Future[None]" = field(default_factory=Future)
    is_ending: bool = False
    has_begun: bool = False


class Runner:
    """What is common to those who work under leases. Thread-safe.

    Args:
        name: Of its leases, as in "part" for "part:7".
        wake: Has jobs run for these keys, by and by.
    """

    def __init__(
        self,
        name: str,
        leases: Leases,
        wake: Callable[[Collection[str]], None],
        clock: Callable[[], float] = elapsed_s,
    ) -> None:
        self._name, self._leases, self._wake, self._clock = name, leases, wake, clock
        self._lock = threading.Lock()
        self._open: dict[str, _Open] = {}
        self._again: set[str] = set()
        self._stopping = False

    def call(self, key: str, context: Context) -> "Future[None] | None":
        """The work of an engine's job: it lasts as long as the key is worked at.

        Raises:
            StoreError: The lease cannot be asked for.
        """
        with self._lock:
            if self._stopping or key in self._open:
                return None
            if self._room() <= 0:
                self._again.add(key)  # for somebody else to see
                return None
        lease = self._leases.take(self._lease(key))
        if lease is None:
            return None
        one = _Open(key=key, box=TimeBox(began_s=self._clock()), context=context)
        with self._lock:
            self._open[key] = one
        try:
            self._begin(key, lease)
        except BaseException:
            with self._lock:
                del self._open[key]
            self._leases.give_back(self._lease(key))
            raise
        one.has_begun = True
        return one.over

    def has_room(self) -> bool:
        """Whether it should work at one more key."""
        with self._lock:
            return not self._stopping and self._room() > 0

    def holds(self, key: str) -> bool:
        """Whether something may be begun for a key."""
        one = self._open.get(key)
        return one is not None and not one.is_ending and self._leases.may_begin(self._lease(key))

    def is_open(self, key: str) -> bool:
        """Whether a key is worked at, be it that just now nothing may be begun for it."""
        return key in self._open

    @property
    def keys(self) -> tuple[str, ...]:
        """What is worked at now."""
        with self._lock:
            return tuple(self._open)

    def tick(self) -> None:
        """End what has had its time; to be called every half a second or so."""
        now_s = self._clock()
        with self._lock:
            open_now = [one for one in self._open.values() if one.has_begun]
        for one in open_now:
            is_lost = not self._leases.holds(self._lease(one.key))
            asked = self._stopping or one.context.should_stop()
            one.is_ending |= is_lost or asked
            if not one.is_ending and not one.box.may_start(now_s):
                # To give back means to wait for the slowest answer: only what others should have.
                one.is_ending = self._room() < 0
                one.box = TimeBox(began_s=now_s)
            if (one.is_ending or not self._has_more(one.key)) and self._is_idle(one.key):
                self._close(one)
        self._wake_again()

    def halt(self) -> None:
        """Begin nothing more."""
        self._stopping = True

    def _close(self, one: _Open) -> None:
        one.is_ending = True
        note = self._end(one.key)
        self._leases.give_back(self._lease(one.key), note)
        with self._lock:
            del self._open[one.key]
            if not self._stopping and self._has_more(one.key):
                self._again.add(one.key)
        one.over.set_result(None)

    def _wake_again(self) -> None:
        """In one go; after the jobs that ended, for one that runs is not woken twice."""
        with self._lock:
            again, self._again = self._again, set()
        if not again:
            return
        try:
            self._wake(sorted(again))
        except StoreError as exc:
            log.warning("not_woken", what=self._name, problem=str(exc), cure="the next tick wakes")

    def _lease(self, key: str) -> str:
        return f"{self._name}:{key}"

    # --- what each does its own way ---

    def _room(self) -> int:
        """How many keys more it should work at; below 0: it should give some back."""
        return 1

    def _begin(self, key: str, lease: Lease) -> None:
        """May raise: the key is given back then."""

    def _is_idle(self, key: str) -> bool:
        """Whether nothing that was begun for a key is still under way."""
        raise NotImplementedError

    def _has_more(self, key: str) -> bool:  # noqa: ARG002 - of those that override it
        """Whether there may be something to do for a key."""
        return True

    def _end(self, key: str) -> str:  # noqa: ARG002 - of those that override it
        """Returns what the next holder should know."""
        return ""
