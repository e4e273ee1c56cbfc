"""Serves feed documents on loopback, each outlet on an address of its own."""

import selectors
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from monitor.demo.feeds import Document

_PATH = "/feed.xml"


class FeedServer:
    """Answers conditional requests with the document that each feed shows at the moment.

    One host each, since a host is asked one question at a time.
    """

    def __init__(self, feed_ids: Iterable[str]) -> None:
        self._servers = {
            feed_id: _bind(f"127.0.0.{number % 250}", feed_id, self)
            for number, feed_id in enumerate(feed_ids, 2)
        }
        self._documents: dict[str, Document] = {}
        self._asked: Counter[tuple[str, str, int]] = Counter()
        self._changed = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def answers(self) -> Mapping[int, int]:
        """HTTP status -> how often it was the answer."""
        with self._changed:
            counts: Counter[int] = Counter()
            for (_, _, status), count in self._asked.items():
                counts[status] += count
            return dict(counts)

    def address(self, feed_id: str) -> str:
        """Where the feed is."""
        host, port = self._servers[feed_id].server_address[:2]
        return f"http://{host!s}:{port}{_PATH}"

    def show(self, feed_id: str, document: Document) -> None:
        """Serve this document from now on."""
        with self._changed:
            self._documents[feed_id] = document

    def asked(self, feed_id: str) -> int:
        """How many requests the feed had."""
        with self._changed:
            return sum(count for (feed, *_), count in self._asked.items() if feed == feed_id)

    def wait_until_served(self, feed_id: str, timeout_s: float) -> bool:
        """Block until the feed's present document was sent whole; False if nobody came for it."""
        with self._changed:
            etag = self._documents[feed_id].etag
            return self._changed.wait_for(lambda: (feed_id, etag, 200) in self._asked, timeout_s)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopping = True
        self._thread.join()
        for server in self._servers.values():
            server.server_close()

    def document(self, feed_id: str) -> Document | None:
        """What the feed shows; None: nothing yet."""
        with self._changed:
            return self._documents.get(feed_id)

    def note(self, feed_id: str, etag: str, status: int) -> None:
        """Remember what was answered."""
        with self._changed:
            self._asked[feed_id, etag, status] += 1
            self._changed.notify_all()

    def _serve(self) -> None:
        """One thread for all addresses; each request gets its own."""
        with selectors.DefaultSelector() as ready:
            for server in self._servers.values():
                ready.register(server, selectors.EVENT_READ)
            while not self._stopping:
                for key, _ in ready.select(timeout=0.1):
                    assert isinstance(key.fileobj, _Server)
                    key.fileobj.handle_request()


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    timeout = 0  # `handle_request` is called when somebody is there

    def __init__(self, host: str, feed_id: str, feeds: FeedServer) -> None:
        self.feed_id, self.feeds = feed_id, feeds
        super().__init__((host, 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed while it read is part of the play."""


def _bind(host: str, feed_id: str, feeds: FeedServer) -> _Server:
    try:
        return _Server(host, feed_id, feeds)
    except OSError:  # some systems give loopback a single address
        return _Server("127.0.0.1", feed_id, feeds)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 10
    server_version = "news-monitor-demo"
    sys_version = ""

    def do_GET(self) -> None:
        feed_id = self.server.feed_id
        document = self.server.feeds.document(feed_id)
        if document is None or self.path != _PATH:
            self.send_error(404)
            return
        status = 304 if _is_known(self.headers, document) else 200
        self._answer(document, status)
        self.server.feeds.note(feed_id, document.etag, status)

    do_HEAD = do_GET  # noqa: N815 - the name is the base class's

    def _answer(self, document: Document, status: int) -> None:
        self.send_response(status)
        self.send_header("ETag", document.etag)
        self.send_header("Last-Modified", document.last_modified)
        if status == 200:
            self.send_header("Content-Type", document.content_type)
            self.send_header("Content-Length", str(len(document.body)))
        self.end_headers()
        if status == 200 and self.command == "GET":
            self.wfile.write(document.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing: the screen is for the alerts."""


def _is_known(headers: Any, document: Document) -> bool:
    """Whether the client has this very document (RFC 9110, section 13.2.2: the ETag decides)."""
    given = headers.get("If-None-Match")
    if given is not None:
        tags = [tag.strip().removeprefix("W/") for tag in given.split(",")]
        return document.etag in tags or "*" in tags
    return bool(headers.get("If-Modified-Since") == document.last_modified)
