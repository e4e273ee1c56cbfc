"""Connects, shakes hands and leaves: whether an address can be reached, with nothing sent."""

import ssl
import time
from collections.abc import Sequence

from monitor.adapters.http.addresses import networks
from monitor.adapters.http.attempt import Attempt, current
from monitor.adapters.http.errors import HttpError, Kind
from monitor.adapters.http.routes import leads_through_proxy
from monitor.adapters.http.sockets import (
    connect,
    connect_to_proxy,
    system_resolver,
    tls_context,
    tls_problem,
)

_BYTES = 256 * 1024  # of a handshake


def reach(
    host: str,
    port: int,
    *,
    tls: bool,
    deadline_s: float,
    allow_private: Sequence[str] = (),
    proxy: tuple[str, int] | None = None,
) -> None:
    """Connect as a request would, addresses judged and certificates checked.

    Args:
        proxy: Through which a request would go: then only it is connected to.

    Raises:
        HttpError: It cannot be reached; the text does not name it.
    """
    attempt = Attempt(
        until=time.monotonic() + deadline_s,
        wire_bytes=_BYTES,
        allow_private=networks(allow_private),
        resolver=system_resolver,
    )
    token = current.set(attempt)
    try:
        if proxy and leads_through_proxy(host, port, attempt):
            connect_to_proxy(*proxy).close()
            return
        with connect(host, port) as sock:
            if tls:
                tls_context().wrap_socket(sock, server_hostname=host).close()
    except ssl.SSLError as exc:
        raise tls_problem(exc) from None
    except OSError as exc:
        text = (exc.strerror or "no connection").lower()
        raise HttpError(text, kind=Kind.CONNECT) from None
    finally:
        current.reset(token)
