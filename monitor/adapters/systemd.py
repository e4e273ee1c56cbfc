"""Tells systemd how the service is, in its own protocol: a datagram of NAME=value lines.

Source: sd_notify(3), sd_watchdog_enabled(3).
"""

import os
import socket
import time
from collections.abc import MutableMapping
from contextlib import suppress
from datetime import timedelta

_PATIENCE_S = 0.5  # a supervisor that does not listen must not hold up the service
_LONGEST = 200


class Systemd:
    """Speaks to the socket that the supervisor named; says nothing where there is none."""

    def __init__(self, address: str = "", watchdog: timedelta | None = None) -> None:
        self._address, self.watchdog = address, watchdog
        self._status = ""

    @classmethod
    def named_in(cls, env: MutableMapping[str, str]) -> "Systemd":
        """The one that the environment names, and names no more after that: children are not asked.

        Its `watchdog` is how long it may go without a sign of life; None: it may for ever.
        """
        address = env.pop("NOTIFY_SOCKET", "")
        usec, pid = env.pop("WATCHDOG_USEC", ""), env.pop("WATCHDOG_PID", "")
        ours = pid in ("", str(os.getpid()))
        watches = address and ours and usec.isdecimal() and int(usec) > 0
        return cls(address, timedelta(microseconds=int(usec)) if watches else None)

    def ready(self, status: str) -> None:
        """The start, or a reload, is over."""
        self._status = _line(status)
        self._send("READY=1", f"STATUS={self._status}")

    def reloading(self) -> None:
        """`ready` has to follow."""
        monotonic_usec = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._send("RELOADING=1", f"MONOTONIC_USEC={monotonic_usec}")

    def stopping(self) -> None:
        self._status = "stops once what is in flight is done"
        self._send("STOPPING=1", f"STATUS={self._status}")

    def alive(self) -> None:
        """A sign of life for the watchdog."""
        self._send("WATCHDOG=1")

    def status(self, status: str) -> None:
        """One line for `systemctl status`; said again only when it changed."""
        if self._status != (status := _line(status)):
            self._status = status
            self._send(f"STATUS={status}")

    def _send(self, *lines: str) -> None:
        if not self._address:
            return
        # "@" stands for the NUL byte of a name that is in no file system.
        name = f"\0{self._address[1:]}" if self._address.startswith("@") else self._address
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to:
            to.settimeout(_PATIENCE_S)
            to.sendto("\n".join(lines).encode("utf-8", "replace"), name)


def _line(text: str) -> str:
    return " ".join(text.split())[:_LONGEST]
