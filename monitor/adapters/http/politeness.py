"""One request per host at a time, and well apart."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from urllib.parse import urlsplit


class HostBusy(Exception):  # noqa: N818 - a state of affairs, not a fault
    """The host did not become free in time."""


def scope_of(url: str) -> str:
    """What is asked at most once at a time: the host name; empty if there is none.

    On loopback the port counts too, since every port there is a server of its own.
    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return ""
    return f"{host}:{port}" if port and _is_loopback(host) else host


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class HostGate:
    """Lets one thread at a time ask a host, `gap_s` seconds after the one before was done."""

    def __init__(self, gap_s: float) -> None:
        self._gap_s = gap_s
        self._changed = threading.Condition()
        self._busy: set[str] = set()
        self._free_at: dict[str, float] = {}

    @contextmanager
    def turn(self, host: str, patience_s: float) -> Iterator[None]:
        """Hold the host for the length of a `with` block.

        Raises:
            HostBusy: It was not free within `patience_s`; nobody waits for ever.
        """
        give_up_at = time.monotonic() + patience_s
        with self._changed:
            while (wait_s := self._wait_s(host)) != 0:
                left_s = give_up_at - time.monotonic()
                if left_s <= 0:
                    raise HostBusy
                self._changed.wait(left_s if wait_s is None else min(wait_s, left_s))
            self._busy.add(host)
        try:
            yield
        finally:
            with self._changed:
                self._busy.discard(host)
                self._free_at[host] = time.monotonic() + self._gap_s
                self._changed.notify_all()

    def _wait_s(self, host: str) -> float | None:
        """Seconds until the host is free; None: until its holder is done."""
        if host in self._busy:
            return None
        return max(0.0, self._free_at.get(host, 0.0) - time.monotonic())
