"""A server of made-up feeds, and a receiver of webhooks, in a process of its own.

`python -m benchmarks.soak.server --feeds 20000 --hosts 2000` prints its ports as JSON (to a polite
client each is a host of its own), then obeys what it reads: two numbers lay out the feeds of a step
and say when they want to be asked again, "count" tells how many feeds were asked since and how many
messages came, "log" tells when each feed was asked. Times are in seconds since 1970.
"""

import argparse
import asyncio
import json
import re
import sys
import time
from datetime import UTC, datetime, timedelta
from math import ceil

from benchmarks.cycle.feeds import Feeds
from benchmarks.cycle.server import Shop

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_TAKEN = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Soaked(Shop):
    """A shop that remembers who came when."""

    def __init__(self, feeds: int, items: int) -> None:
        hours_ago = datetime.now(UTC) - timedelta(hours=6)
        super().__init__(feeds, items, Feeds(hours_ago))
        self.again_s = 0.0
        self.asked: dict[int, float] = {}
        self.polls = self.messages = 0

    def answer(self, head: bytes) -> bytes:
        if head.startswith(b"POST"):
            self.messages += 1
            return _TAKEN
        self.polls += 1
        number = int(head.split(b" ", 2)[1][1:].partition(b".")[0])
        now_s = time.time()
        self.asked.setdefault(number, now_s)
        wait_s = max(ceil(self.again_s - now_s), 0)
        status, _, rest = super().answer(head).partition(b"\r\n")
        return status + b"\r\nCache-Control: max-age=%d\r\n" % wait_s + rest

    def obey(self, line: str) -> object:
        if line == "log":
            return self.asked
        if line != "count":
            step, again_s = line.split()
            self.stock(step=int(step), validators=True)
            self.again_s = float(again_s)
            self.asked, self.polls, self.messages = {}, 0, 0
        return {"feeds": len(self.asked), "polls": self.polls, "messages": self.messages}


class _Connection(asyncio.Protocol):
    """Requests one after the other, each answered a while later."""

    def __init__(self, shop: Soaked, latency_s: float) -> None:
        self._shop, self._latency_s, self._unread = shop, latency_s, b""
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._unread += data
        head, end, rest = self._unread.partition(b"\r\n\r\n")
        if not end:
            return
        length = _LENGTH.search(head)
        body = int(length[1]) if length else 0
        if len(rest) < body:
            return
        self._unread = rest[body:]
        self._loop.call_later(self._latency_s, self._answer, self._shop.answer(head))

    def _answer(self, answer: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(answer)


async def _serve(shop: Soaked, hosts: int, latency_s: float) -> None:
    loop = asyncio.get_running_loop()
    servers = [
        await loop.create_server(lambda: _Connection(shop, latency_s), "127.0.0.1", 0, backlog=256)
        for _ in range(hosts)
    ]
    _print([server.sockets[0].getsockname()[1] for server in servers])
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        _print(shop.obey(line.strip()))


def _print(answer: object) -> None:
    print(json.dumps(answer), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeds", type=int, required=True)
    parser.add_argument("--items", type=int, default=3)
    parser.add_argument("--hosts", type=int, required=True)
    parser.add_argument("--latency", type=float, default=0.02, help="seconds")
    given = parser.parse_args()
    asyncio.run(_serve(Soaked(given.feeds, given.items), given.hosts, given.latency))


if __name__ == "__main__":
    main()
