"""A way to the server that breaks when it is told to."""

import socket
import threading
from contextlib import suppress
from typing import Self

import psycopg
from psycopg.conninfo import make_conninfo


class Way:
    """Passes all on, and breaks, when it is armed, as soon as one thing was asked of the server.

    Attributes:
        url: Of the server, by this way.
        armed: Cleared when it broke.

    Args:
        arrives: The server still gets it, and does it; its answer is lost.
    """

    def __init__(self, url: str, *, cut_at: bytes, arrives: bool = True) -> None:
        self._server, self._word, self._arrives = url, cut_at, arrives
        self.armed = threading.Event()
        self._opened: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        plain = {"sslmode": "disable", "gssencmode": "disable"}
        self.url = make_conninfo(url, host="127.0.0.1", port=port, **plain)
        with psycopg.connect(url) as conn:
            self._host, self._port = conn.info.host, conn.info.port

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for end in self._opened:
            end.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server, cut = self._connected(), threading.Event()
                self._opened += (client, server)
                for way, ends in (
                    (self._to_server, (client, server)),
                    (self._to_client, (server, client)),
                ):
                    threading.Thread(target=way, args=(*ends, cut), daemon=True).start()

    def _connected(self) -> socket.socket:
        if not self._host.startswith("/"):
            return socket.create_connection((self._host, self._port))
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{self._host}/.s.PGSQL.{self._port}")
        return server

    def _to_server(
        self, client: socket.socket, server: socket.socket, cut: threading.Event
    ) -> None:
        with suppress(OSError):
            while data := client.recv(65536):
                if self.armed.is_set() and self._word in data:
                    cut.set()
                    self.armed.clear()
                    if self._arrives:
                        server.sendall(data)
                        self._wait_for_end()
                    break
                server.sendall(data)
        _hang_up(client, server)

    def _to_client(
        self, server: socket.socket, client: socket.socket, cut: threading.Event
    ) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                if not cut.is_set():
                    client.sendall(data)
        _hang_up(client, server)

    def _wait_for_end(self) -> None:
        """Until no transaction of another session is under way."""
        busy = (
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
            " AND state <> 'idle' AND pid <> pg_backend_pid()"
        )
        with psycopg.connect(self._server, autocommit=True) as conn:
            while conn.execute(busy).fetchone():
                pass


def _hang_up(*ends: socket.socket) -> None:
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
