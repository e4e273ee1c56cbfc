"""The limits of one request, known to every socket that works for it."""

import time
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass

from monitor.adapters.http.addresses import Network
from monitor.adapters.http.errors import HttpError, Kind

MAX_HEAD_BYTES = 1024 * 1024
"""Of all before a body: http.client stops at 100 headers, but reads interim answers for ever."""

Resolver = Callable[[str, int], Sequence[str]]
"""Host and port to numeric addresses, best first; raises OSError (socket.gaierror)."""


@dataclass(slots=True, kw_only=True)
class Attempt:
    """What is left of a request's time and bytes, and how far it got.

    Attributes:
        until: On the monotonic clock.
        wire_bytes: How much may still be received, headers included.
        head_bytes: How much of it before the headers of this hop are read.
        sent: A byte of the request has left.
        reused: It left over a kept connection, which the server may just have been closing.
        answered: A byte of the answer has arrived.
        status: Of the answer, once its headers are read.
    """

    until: float
    wire_bytes: int
    allow_private: Sequence[Network]
    resolver: Resolver
    head_bytes: int = MAX_HEAD_BYTES
    sent: bool = False
    reused: bool = False
    answered: bool = False
    status: int | None = None

    def remaining(self) -> float:
        """Seconds left, more than 0.

        Raises:
            HttpError: None are left.
        """
        left = self.until - time.monotonic()
        if left <= 0:
            raise self.too_late()
        return left

    def too_late(self) -> HttpError:
        what = "no complete answer" if self.answered else "no answer"
        what = what if self.sent else "no connection"
        return self.error(f"{what} within the deadline", Kind.TIMEOUT)

    def count(self, received: int) -> None:
        """Book received bytes.

        Raises:
            HttpError: The server sent more than it may.
        """
        self.answered = self.answered or received > 0
        self.wire_bytes -= received
        if self.status is None:
            self.head_bytes -= received
        if self.wire_bytes < 0 or self.head_bytes < 0:
            raise self.error("the answer is too big", Kind.TOO_BIG)

    def error(self, text: str, kind: Kind) -> HttpError:
        return HttpError(text, kind=kind, sent=self.sent, status=self.status)


current: ContextVar[Attempt] = ContextVar("current")
"""The request this thread is working on: urllib3 has no way to hand it to a connection."""
