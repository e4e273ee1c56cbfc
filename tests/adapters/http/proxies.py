"""A proxy on loopback that brings everybody to one server, whatever name they ask for."""

import contextlib
import socket
import threading
from base64 import b64encode

from tests.adapters.http.servers import Request, Script, Server, reply


def leading_to(target: Server, *, login: str = "") -> Script:
    """CONNECT and plain requests; with a login nobody else is served."""
    expected = f"Basic {b64encode(login.encode()).decode()}" if login else None

    def script(request: Request, sock: socket.socket, server: Server) -> None:
        if request.headers.get("proxy-authorization") != expected:
            sock.sendall(reply(407, {"Proxy-Authenticate": "Basic"}))
            return
        with socket.create_connection(("127.0.0.1", target.port), timeout=5) as out:
            if request.method == "CONNECT":
                sock.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
            else:
                out.sendall(_passed_on(request))
                out.shutdown(socket.SHUT_WR)  # no second request: so the answer has an end
            back = threading.Thread(target=_relay, args=(out, sock))
            back.start()
            if request.method == "CONNECT":
                _relay(sock, out)
            back.join(5)

    return script


def _passed_on(request: Request) -> bytes:
    path = "/" + request.target.split("/", 3)[3]
    headers = [f"{n}: {v}" for n, v in request.headers.items() if n != "proxy-authorization"]
    lines = [f"{request.method} {path} HTTP/1.1", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + request.body


def _relay(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            sink.sendall(piece)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
