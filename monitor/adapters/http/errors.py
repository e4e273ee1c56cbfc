"""The one error of this package."""

from enum import StrEnum

from monitor.errors import MonitorError


class Kind(StrEnum):
    """What went wrong, as far as a caller may care."""

    BAD_URL = "bad_url"
    REFUSED_ADDRESS = "refused_address"
    DNS = "dns"
    CONNECT = "connect"  # not made, or lost before the answer began
    TLS = "tls"
    TIMEOUT = "timeout"
    TOO_BIG = "too_big"
    PROTOCOL = "protocol"
    REDIRECT = "redirect"


class HttpError(MonitorError):
    """There is no complete answer.

    Args:
        text: What happened, without the URL or any part of it (webhook URLs are secrets).
        sent: The request may have reached the server, so it may have acted on it.
        status: Status of the answer that then failed (too big, cut short, too slow).
    """

    def __init__(
        self, text: str, *, kind: Kind, sent: bool = False, status: int | None = None
    ) -> None:
        super().__init__(text)
        self.kind, self.sent, self.status = kind, sent, status
