"""A database that refuses to be written: nothing new is started until it takes something again."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from monitor.ports import Store

log = structlog.get_logger(__name__)

_PAUSE_S = 5.0
_WORTH_TELLING = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """A time in which nothing could be written."""

    problem: str
    since: datetime
    until: datetime


class Sickbed:
    """Watches over a store; asks it every five seconds while it refuses. Thread-safe.

    Args:
        on_change: Told what is wrong, and when it is over (an empty text).
    """

    def __init__(
        self, store: Store, now: Callable[[], datetime], on_change: Callable[[str], None]
    ) -> None:
        self._store, self._now, self._on_change = store, now, on_change
        self._lock = threading.Lock()
        self._since: datetime | None = None
        self._problem = ""
        self._asked_s = 0.0
        self._spell: Spell | None = None

    def is_well(self) -> bool:
        """Whether something new may be started."""
        if not self._store.trouble and self._since is None:
            return True
        with self._lock:
            trouble = self._store.trouble  # it may have been over by the time of the lock
            if self._since is None:
                if trouble:
                    self._fall_ill(trouble)
                return not trouble
            # The time that passes, not the clock's: a clock that is set must not stop this.
            if time.monotonic() - self._asked_s < _PAUSE_S:
                return False
            self._asked_s = time.monotonic()
            if not self._store.probe(self._now()):
                return False
            self._recover()
            return True

    def spell(self) -> Spell | None:
        """What is over and was not told yet."""
        return self._spell

    def told(self, spell: Spell) -> None:
        """It need not be told again."""
        with self._lock:
            if self._spell == spell:
                self._spell = None

    def _fall_ill(self, trouble: str) -> None:
        self._since, self._problem = self._now(), trouble
        self._asked_s = time.monotonic()
        log.error("database_refuses", problem=trouble, cure="polling and sending wait for it")
        self._on_change(f"the database refuses to be written since {self._since:%H:%MZ}: {trouble}")

    def _recover(self) -> None:
        assert self._since is not None
        spell = Spell(problem=self._problem, since=self._since, until=self._now())
        if spell.until - spell.since >= _WORTH_TELLING:
            self._spell = spell
        self._since = None
        log.info("database_recovered")
        self._on_change("")
