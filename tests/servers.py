"""A real HTTP server on loopback whose answers are a function of the request."""

import os
import secrets
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from monitor.adapters.http.sockets import tls_context


def trust() -> ssl.SSLContext:
    """What the environment trusts, read once: that takes longer than most tests."""
    return _trust(os.environ.get("SSL_CERT_FILE"))


@cache
def _trust(authority: str | None) -> ssl.SSLContext:
    return tls_context()


def closed_port() -> int:
    """A port of this machine where nobody listens, nor will as long as this process lives."""
    port: int = _bound().getsockname()[1]
    return port


@cache
def _bound() -> socket.socket:
    """Not listening; kept, for else the system would give its port to somebody else."""
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    return bound


def port_to_bind() -> int:
    """A port for a program that cannot choose one itself; another one each time.

    It is none of those that the system gives away, so nobody gets it before that program does.
    """
    while True:
        port = 20_000 + secrets.randbelow(10_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            if port not in _given:
                _given.add(port)
                return port


_given: set[int] = set()


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Reply:
    """Status 0 means: close the connection without a word."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Loopback:
    """Serves on a free port until left; remembers every request."""

    def __init__(
        self, answer: Callable[[Request], Reply], port: int = 0, host: str = "127.0.0.1"
    ) -> None:
        self._host = host
        self.requests: list[Request] = []
        self._changed = threading.Condition()
        self._server = ThreadingHTTPServer((host, port), self._handler(answer))
        self._server.daemon_threads = True
        # A client that was killed is no error of ours.
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def url(self) -> str:
        return f"http://{self._host}:{self._server.server_port}"

    @property
    def port(self) -> int:
        return self._server.server_port

    def wait_for(self, done: Callable[[list[Request]], bool], timeout_s: float = 60) -> bool:
        """Until the requests so far satisfy `done`."""
        with self._changed:
            return self._changed.wait_for(lambda: done(self.requests), timeout_s)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(self, answer: Callable[[Request], Reply]) -> type[BaseHTTPRequestHandler]:
        loopback = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Head and body leave together: apart, the second waits 40 ms for a late ACK.
            wbufsize = 65_536

            def do_GET(self) -> None:
                self._serve()

            def do_POST(self) -> None:
                self._serve()

            def do_PUT(self) -> None:
                self._serve()

            def _serve(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                headers = {name.lower(): value for name, value in self.headers.items()}
                request = Request(self.command, self.path, headers, self.rfile.read(length))
                reply = answer(request)
                with loopback._changed:
                    loopback.requests.append(request)
                    loopback._changed.notify_all()
                if reply.status == 0:
                    self.close_connection = True
                    return
                self.send_response_only(reply.status)
                if "date" not in reply.headers:
                    self.send_header("date", self.date_time_string())
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                if reply.status != 304:
                    self.send_header("content-length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(b"" if reply.status == 304 else reply.body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler
