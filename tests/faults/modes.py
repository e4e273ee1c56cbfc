"""Servers that fail in one way each until they are mended, at the level of bytes on a socket."""

import contextlib
import gzip
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

TLS = Path(__file__).parents[1] / "data" / "tls"
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: no goodbye, the connection breaks

Answer = bytes
Fault = Callable[[socket.socket, threading.Event], None]
"""Treats one connection badly; the event is set when the test is over."""


@dataclass(frozen=True, kw_only=True)
class Mode:
    """One way to fail.

    Attributes:
        fault: None: nobody listens.
        certificate: Speaks TLS with this one; empty: plain.
        secure: It is asked by https, whatever it speaks.
        slow: It holds on until the deadline.
    """

    fault: Fault | None
    certificate: str = ""
    secure: bool = False
    slow: bool = False


class Faulty:
    """Fails as its mode says; once mended, answers as it should, at the same address."""

    def __init__(self, mode: Mode, answer: Callable[[bytes], Answer]) -> None:
        self.heads: list[bytes] = []
        self._mode, self._answer = mode, answer
        self._over = threading.Event()
        self._mended = False
        self._threads: list[threading.Thread] = []
        self._sockets: list[socket.socket] = []
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))  # and not listening: nobody else gets the port
        self._port: int = self._listener.getsockname()[1]
        if mode.fault:
            self._listen()

    @property
    def url(self) -> str:
        return f"http{'s' if self._mode.secure else ''}://127.0.0.1:{self._port}"

    def mend(self) -> None:
        if self._mode.fault is None:
            self._listen()
        self._mended = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for conn in self._sockets:
            with contextlib.suppress(OSError):
                conn.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def _listen(self) -> None:
        self._listener.listen()
        self._threads.append(threading.Thread(target=self._accept))
        self._threads[-1].start()

    def _accept(self) -> None:
        while True:
            try:
                conn, _ = self._listener.accept()
            except OSError:
                return
            self._sockets.append(conn)
            self._threads.append(threading.Thread(target=self._serve, args=(conn,)))
            self._threads[-1].start()

    def _serve(self, conn: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError), contextlib.closing(conn):
            if self._mended:
                certificate = "good" if self._mode.secure else ""
                with _dressed(conn, certificate) as dressed:
                    head, body = read_request(dressed)
                    self.heads.append(head)
                    dressed.sendall(self._answer(body))
            elif self._mode.fault:
                with _dressed(conn, self._mode.certificate) as dressed:
                    self._mode.fault(dressed, self._over)


def _dressed(conn: socket.socket, certificate: str) -> socket.socket:
    if not certificate:
        return conn
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / f"{certificate}.pem")
    return context.wrap_socket(conn, server_side=True)


def read_request(conn: socket.socket) -> tuple[bytes, bytes]:
    """Head and body of what was asked."""
    said = b""
    while b"\r\n\r\n" not in said:
        said += (piece := conn.recv(65536))
        if not piece:
            raise ValueError("hung up")
    head, _, body = said.partition(b"\r\n\r\n")
    length = next(
        (int(line[15:]) for line in head.lower().split(b"\r\n") if line[:15] == b"content-length:"),
        0,
    )
    while len(body) < length:
        body += conn.recv(65536)
    return head, body


def http(
    status: int = 200, headers: str = "", body: bytes = b"", *, length: int | None = None
) -> bytes:
    claim = len(body) if length is None else length
    head = f"HTTP/1.1 {status} Said\r\n{headers}Content-Length: {claim}\r\n"
    return head.encode() + b"Connection: close\r\n\r\n" + body


# --- what may happen to a connection -------------------------------------------------------------


def _say(*pieces: bytes, hold: bool = False, reset: bool = False) -> Fault:
    """Read the request, say this, then hang up (or hold on, or break off)."""

    def fault(conn: socket.socket, over: threading.Event) -> None:
        read_request(conn)
        for piece in pieces:
            conn.sendall(piece)
        if hold:
            over.wait()
        if reset:
            conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)

    return fault


def _drip(start: bytes, drip: bytes) -> Fault:
    def fault(conn: socket.socket, over: threading.Event) -> None:
        read_request(conn)
        conn.sendall(start)
        while not over.wait(0.05):
            conn.sendall(drip)

    return fault


def _flood(start: bytes, piece: bytes, times: int = 4096) -> Fault:
    def fault(conn: socket.socket, over: threading.Event) -> None:
        read_request(conn)
        conn.sendall(start)
        for _ in range(times):
            conn.sendall(piece)

    return fault


def _unread(*, reset: bool = False, hold: bool = False, say: bytes = b"") -> Fault:
    """Never look at what was asked, though it came."""

    def fault(conn: socket.socket, over: threading.Event) -> None:
        conn.recv(1, socket.MSG_PEEK)  # else the other side may not have sent anything yet
        conn.sendall(say)
        if hold:
            over.wait()
        if reset:
            conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)

    return fault


_OK = b"HTTP/1.1 200 OK\r\n"
_BOMB = gzip.compress(bytes(64 * 1024 * 1024))
_CHUNKED = _OK + b"Transfer-Encoding: chunked\r\n\r\n"

CONNECTION: dict[str, Mode] = {
    "refused": Mode(fault=None),
    "reset_at_once": Mode(fault=_unread(reset=True)),
    "closed_at_once": Mode(fault=_unread()),
    "closed_after_request": Mode(fault=_say()),
    "reset_after_request": Mode(fault=_say(reset=True)),
    "silent": Mode(fault=_say(hold=True), slow=True),
    "never_reads": Mode(fault=_unread(hold=True), slow=True),
    "reset_in_headers": Mode(fault=_say(_OK, reset=True)),
    "stall_in_headers": Mode(fault=_say(_OK, hold=True), slow=True),
    "drip_headers": Mode(fault=_drip(_OK + b"X-Drip: ", b"x"), slow=True),
    "endless_headers": Mode(fault=_flood(_OK, b"X-Flood: " + b"y" * 1000 + b"\r\n")),
    "endless_header_line": Mode(fault=_flood(_OK + b"X-Flood: ", b"y" * 1000)),
    "reset_in_body": Mode(fault=_say(http(200, length=100), b"half", reset=True)),
    "cut_in_body": Mode(fault=_say(http(200, length=100), b"half")),
    "stall_in_body": Mode(fault=_say(http(200, length=100), b"half", hold=True), slow=True),
    "drip_body": Mode(fault=_drip(http(200, length=9999), b"x"), slow=True),
    "cut_in_chunks": Mode(fault=_say(_CHUNKED, b"ff\r\nhalf")),
    "bad_chunks": Mode(fault=_say(_CHUNKED, b"zz\r\nwhat\r\n")),
    "endless_body": Mode(fault=_flood(_OK + b"\r\n", bytes(65536))),
    "gzip_bomb": Mode(fault=_say(http(200, "Content-Encoding: gzip\r\n", _BOMB))),
    "no_gzip": Mode(fault=_say(http(200, "Content-Encoding: gzip\r\n", b"plain"))),
    "unknown_coding": Mode(fault=_say(http(200, "Content-Encoding: lzma\r\n", b"plain"))),
    "another_protocol": Mode(fault=_unread(say=b"SSH-2.0-OpenSSH_9.6\r\n")),
    "noise": Mode(fault=_say(bytes(range(256)) * 4)),
    "redirect_to_itself": Mode(fault=_say(http(302, "Location: /\r\n"))),
    "redirect_inside": Mode(fault=_say(http(301, "Location: http://10.0.0.1/\r\n"))),
    "tls_expired": Mode(fault=_say(http()), certificate="expired", secure=True),
    "tls_self_signed": Mode(fault=_say(http()), certificate="self-signed", secure=True),
    "tls_other_name": Mode(fault=_say(http()), certificate="other-name", secure=True),
    "tls_spoken_plain": Mode(fault=_unread(say=http(400)), secure=True),
    "tls_handshake_stalls": Mode(fault=_unread(hold=True), secure=True, slow=True),
    "tls_handshake_breaks": Mode(fault=_unread(reset=True), secure=True),
    "tls_cut_in_body": Mode(
        fault=_say(http(200, length=100), b"half"), certificate="good", secure=True
    ),
}
STATUS: dict[str, Mode] = {
    f"status_{status}{'_wait' if wait else ''}": Mode(fault=_say(http(status, wait)))
    for status, wait in (
        *((status, "") for status in (400, 401, 403, 404, 408, 410, 413, 425, 429)),
        *((status, "") for status in (500, 502, 503, 504, 599)),
        (429, "Retry-After: 1800\r\n"),
        (503, "Retry-After: 1800\r\n"),
    )
}
_ENTITIES = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
_LAUGHS = (
    f'<!DOCTYPE rss [<!ENTITY e0 "ha">{_ENTITIES}]><rss><channel><title>&e9;</title></channel>'
)
DOCUMENT: dict[str, Mode] = {
    "empty_body": Mode(fault=_say(http())),
    "login_page": Mode(fault=_say(http(200, "", b"<html><body>Please log in</body></html>"))),
    "not_json": Mode(fault=_say(http(200, "Content-Type: application/json\r\n", b'{"a":'))),
    "a_billion_laughs": Mode(fault=_say(http(200, "", _LAUGHS.encode() + b"</rss>"))),
    "deep_nesting": Mode(fault=_say(http(200, "", b"<rss>" + b"<a>" * 10_000))),
    "no_entries": Mode(
        fault=_say(http(200, "", b"<rss version='2.0'><channel><title>T</title></channel></rss>"))
    ),
}
