"""A server of made-up feeds on loopback, in a process of its own: its cost is nobody's.

`python -m benchmarks.cycle.server --feeds 1000 --items 30 --hosts 64` prints its ports as JSON
("hosts": to a polite client each port is a host of its own), then obeys what it reads: one JSON
object a line with `step` (the number of each feed's oldest item), `validators` (send them, and
answer 304 to those who give them back) and perhaps `instead` (hostile bodies for some feeds); it
answers with what it served since the line before.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping
from email.utils import formatdate
from hashlib import blake2b

from benchmarks.cycle.feeds import Feeds
from benchmarks.cycle.hostile import bodies

_EPOCH = 1_767_225_600  # 1 January 2026


class Shop:
    """What is served: feed number n at /n.xml."""

    def __init__(self, feeds: int, items: int, source: Feeds | None = None) -> None:
        self._feeds, self._items, self._bodies = feeds, items, bodies()
        self._source = source or Feeds()
        self.served: dict[int, int] = {}
        self.stock(step=0, validators=True)

    def stock(
        self, *, step: int, validators: bool, instead: Mapping[str, str] | None = None
    ) -> dict[int, int]:
        """Lay out the feeds; returns status -> how often it was answered until now.

        Args:
            instead: Number of a feed -> name of the body that it shows in place of its own.
        """
        served, self.served = self.served, {}
        date = formatdate(_EPOCH + 3600 * step, usegmt=True)
        others = {int(feed): self._bodies[name] for feed, name in (instead or {}).items()}
        self._whole: dict[bytes, bytes] = {}
        self._unchanged: dict[bytes, bytes] = {}
        self._tags: dict[bytes, bytes] = {}
        for feed in range(self._feeds):
            path = f"/{feed}.xml".encode()
            body = others.get(feed) or self._source.document(feed, step, self._items)
            tag = f'"{blake2b(body, digest_size=12).hexdigest()}"'
            given = f"ETag: {tag}\r\nLast-Modified: {date}\r\n" if validators else ""
            self._whole[path] = _answer(body, given)
            self._unchanged[path] = f"HTTP/1.1 304 Not Modified\r\n{given}\r\n".encode()
            self._tags[path] = tag.encode() if validators else b"nobody's"
        return served

    def answer(self, head: bytes) -> bytes:
        """The answer to a request's head, status line first."""
        path = head.split(b" ", 2)[1]
        unchanged = path in self._tags and self._tags[path] in head
        status = 304 if unchanged else 200 if path in self._whole else 404
        self.served[status] = self.served.get(status, 0) + 1
        if status == 404:
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        return (self._unchanged if unchanged else self._whole)[path]


def _answer(body: bytes, validators: str) -> bytes:
    head = (
        "HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml; charset=utf-8\r\n"
        f"{validators}Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class _Connection(asyncio.Protocol):
    """Requests one after the other, none with a body."""

    def __init__(self, shop: Shop) -> None:
        self._shop, self._unread = shop, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        *heads, self._unread = (self._unread + data).split(b"\r\n\r\n")
        for head in heads:
            self._transport.write(self._shop.answer(head))


async def _serve(shop: Shop, hosts: int) -> None:
    loop = asyncio.get_running_loop()
    servers = [
        await loop.create_server(lambda: _Connection(shop), "127.0.0.1", 0, backlog=256)
        for _ in range(hosts)
    ]
    _print([server.sockets[0].getsockname()[1] for server in servers])
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        _print(shop.stock(**json.loads(line)))


def _print(answer: object) -> None:
    print(json.dumps(answer), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeds", type=int, default=1_000)
    parser.add_argument("--items", type=int, default=30)
    parser.add_argument("--hosts", type=int, default=64)
    given = parser.parse_args()
    asyncio.run(_serve(Shop(given.feeds, given.items), given.hosts))


if __name__ == "__main__":
    main()
