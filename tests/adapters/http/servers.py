"""Loopback servers that say exactly what a test wants, byte for byte."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

TLS = Path(__file__).parents[2] / "data" / "tls"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What arrived: header names in lower case, values as Latin-1 text."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    at: float


@dataclass(slots=True)
class Server:
    """What a listener saw. `over` is set when the test is done, so that no script outlives it."""

    host: str
    port: int
    requests: list[Request] = field(default_factory=list)
    accepted: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str = "/", *, host: str | None = None, scheme: str = "http") -> str:
        return f"{scheme}://{host or self.host}:{self.port}{path}"


Script = Callable[[Request, socket.socket, Server], None]
"""Answers one request; the connection is kept if it does not close the socket."""


def reply(
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    *,
    length: int | None = None,
) -> bytes:
    """A whole answer; `length` is what Content-Length claims (-1: nothing)."""
    lines = [f"HTTP/1.1 {status} Said"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if length != -1:
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def saying(*answers: bytes) -> Script:
    """These answers in turn, the last one for ever."""
    left = list(answers)

    def script(request: Request, sock: socket.socket, server: Server) -> None:
        sock.sendall(left.pop(0) if len(left) > 1 else left[0])

    return script


def saying_once(answer: bytes) -> Script:
    """This answer, then the end of the connection."""

    def script(request: Request, sock: socket.socket, server: Server) -> None:
        sock.sendall(answer)
        sock.shutdown(socket.SHUT_RDWR)

    return script


def dripping(start: bytes, drip: bytes = b"x", every_s: float = 0.05) -> Script:
    """`start`, then a drip now and then, for as long as anybody listens."""

    def script(request: Request, sock: socket.socket, server: Server) -> None:
        sock.sendall(start)
        while not server.over.wait(every_s):
            sock.sendall(drip)

    return script


def silent(request: Request, sock: socket.socket, server: Server) -> None:
    """Take the request and never answer."""
    server.over.wait()


def routes(pages: Mapping[str, bytes]) -> Script:
    def script(request: Request, sock: socket.socket, server: Server) -> None:
        sock.sendall(pages.get(request.target, reply(404)))

    return script


@contextlib.contextmanager
def serving(
    script: Script, *, host: str = "127.0.0.1", port: int = 0, certificate: str | None = None
) -> Iterator[Server]:
    """Accept connections until the block ends; each is served by a thread of its own."""
    tls = None
    if certificate is not None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(TLS / f"{certificate}.pem")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family)
    server = Server(host=f"[{host}]" if ":" in host else host, port=listener.getsockname()[1])
    threads: list[threading.Thread] = []
    sockets: list[socket.socket] = []

    def accept() -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            server.accepted += 1
            sockets.append(sock)
            thread = threading.Thread(target=_serve, args=(sock, tls, script, server, sockets))
            threads.append(thread)
            thread.start()

    acceptor = threading.Thread(target=accept)
    acceptor.start()
    try:
        yield server
    finally:
        server.over.set()
        listener.shutdown(socket.SHUT_RDWR)
        acceptor.join(5)
        listener.close()
        for sock in sockets:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join(5)
        for sock in sockets:
            sock.close()


def _serve(
    sock: socket.socket,
    tls: ssl.SSLContext | None,
    script: Script,
    server: Server,
    sockets: list[socket.socket],
) -> None:
    with contextlib.suppress(OSError, ValueError):
        conn = tls.wrap_socket(sock, server_side=True) if tls else sock
        sockets.append(conn)
        with conn, conn.makefile("rb") as stream:
            while request := _read(stream):
                server.requests.append(request)
                script(request, conn, server)


def _read(stream: BinaryIO) -> Request | None:
    lines = iter(stream.readline, b"\r\n")
    first = next(lines, b"").decode("latin-1").split()
    if len(first) != 3:
        return None
    headers = {}
    for line in lines:
        if not line:
            return None
        name, _, value = line.decode("latin-1").rstrip("\r\n").partition(":")
        headers[name.lower()] = value.strip(" \t")
    body = stream.read(int(headers.get("content-length", 0)))
    return Request(
        method=first[0], target=first[1], headers=headers, body=body, at=time.monotonic()
    )
