"""Serves the page from a thread of its own, so that it can never hold up the service."""

import socket
import threading
from asyncio import Transport
from contextlib import suppress
from types import TracebackType
from typing import Self

import structlog
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from monitor.core.listener import listener
from monitor.web.app import create_app
from monitor.web.site import Site

log = structlog.get_logger(__name__)

_AGAIN_S = 30.0
_LONGEST_STOP_S = 5.0
_HEAD_S = 10.0


class Impatient(H11Protocol):
    """Hangs up on who says nothing, or not all of a request's head, for ten seconds and more.

    Else some connections that are merely held would keep everybody else out.
    """

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override] # as uvicorn
        super().connection_made(transport)
        self._quiet = False
        self._looks = self.loop.call_later(_HEAD_S, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        self._looks.cancel()
        super().connection_lost(exc)

    def _look(self) -> None:
        cycle: RequestResponseCycle | None = self.cycle  # none before the first request
        waits = cycle is None or cycle.response_complete
        if waits and (self._quiet or cycle is None):
            self.transport.close()
            return
        self._quiet = waits
        self._looks = self.loop.call_later(_HEAD_S, self._look)


class WebServer:
    """The page at an address, as long as it is entered.

    An address that is taken is no reason to stop watching the news: it is logged, and tried again
    every half minute.

    Args:
        listen: As `core.listener.listener` reads it; empty: nothing is served.
    """

    def __init__(self, site: Site, listen: str) -> None:
        self._site, self._listen = site, listen
        self._stopping = threading.Event()
        self._bound = threading.Event()
        self._server: uvicorn.Server | None = None
        self._thread = threading.Thread(target=self._run, name="web", daemon=True)
        self.address = ""

    def __enter__(self) -> Self:
        if self._listen:
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopping.set()
        if self._server:
            self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(_LONGEST_STOP_S)

    def wait(self, timeout_s: float) -> str:
        """The address as `http://host:port`, once it is served; empty after the timeout."""
        self._bound.wait(timeout_s)
        return self.address

    def _run(self) -> None:
        bound = self._bind()
        if bound is None:
            return
        config = uvicorn.Config(
            create_app(self._site, self._stopping.is_set),
            access_log=False,
            log_config=None,
            server_header=False,
            http=Impatient,
            limit_concurrency=500,
            timeout_keep_alive=15,
            timeout_graceful_shutdown=2,
        )
        self._server = uvicorn.Server(config)
        if self._stopping.is_set():
            bound.close()
            return
        self._bound.set()
        log.info("web_served", address=self.address)
        with bound:
            self._server.run(sockets=[bound])

    def _bind(self) -> socket.socket | None:
        """None: it was stopped before there was an address."""
        told = False
        while not self._stopping.is_set():
            place = listener(self._listen)
            family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
            bound = socket.socket(family, socket.SOCK_STREAM)
            try:
                bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                bound.bind((place.host, place.port))
                bound.listen(128)  # who asks from now on is kept waiting, not turned away
                host = f"[{place.host}]" if ":" in place.host else place.host
                self.address = f"http://{host}:{bound.getsockname()[1]}"
                return bound
            except OSError as error:
                with suppress(OSError):
                    bound.close()
                if not told:
                    cure = "another web.listen in monitor.toml; tried again every half minute"
                    problem = error.strerror or str(error)
                    log.warning("web_not_served", address=self._listen, problem=problem, cure=cure)
                told = True
            self._stopping.wait(_AGAIN_S)
        return None
