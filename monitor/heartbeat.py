"""A dead man's switch: pings an address as long as the monitor can be seen to work."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import structlog

from monitor.errors import StoreError

log = structlog.get_logger(__name__)

Ping = Callable[[], str]
"""Makes the request; returns what was wrong, without a secret, or an empty text."""


class Heartbeat:
    """Pings in a thread of its own, for the one who is asked may be slow. Thread-safe.

    Args:
        silence: Why it may not be pinged now (an empty text: it may); writes to the store.
    """

    def __init__(self, silence: Callable[[timedelta], str]) -> None:
        self._silence = silence
        self._turned_s = time.monotonic()
        self._next_s = 0.0
        self._withheld = ""
        self._thread: threading.Thread | None = None

    def turned(self) -> None:
        """The main loop turned."""
        self._turned_s = time.monotonic()

    def since_turn(self) -> timedelta:
        return timedelta(seconds=time.monotonic() - self._turned_s)

    def beat(self, ping: Ping | None, interval: timedelta) -> None:
        """Ping, if it is time and all is well."""
        now = time.monotonic()
        running = self._thread is not None and self._thread.is_alive()
        if ping is None or now < self._next_s or running:
            return
        self._next_s = now + interval.total_seconds()
        try:
            withheld = self._silence(timedelta(seconds=now - self._turned_s))
        except StoreError as exc:
            withheld = str(exc)
        if withheld != self._withheld:
            say = log.warning if withheld else log.info
            say("heartbeat_withheld" if withheld else "heartbeat_resumed", reason=withheld)
        self._withheld = withheld
        if not withheld:
            self._thread = threading.Thread(
                target=_ping, args=(ping,), name="heartbeat", daemon=True
            )
            self._thread.start()


def _ping(ping: Ping) -> None:
    try:
        problem = ping()
    except Exception as exc:  # noqa: BLE001 - whatever it is, the monitor goes on
        problem = type(exc).__name__
    if problem:
        log.warning("heartbeat_failed", problem=problem)
