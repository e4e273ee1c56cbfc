"""Feeds that wait for their poll: one at a time for a host, and no host before its turn."""

from collections import deque
from collections.abc import Collection, Iterator

from monitor.model import Feed


class Waiting:
    """In the order they came, but a host that was served goes behind the others."""

    def __init__(self) -> None:
        self._feeds: dict[str, deque[Feed]] = {}  # by host, the next host first
        self._ids: set[str] = set()

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, feed: Feed, host: str) -> bool:
        """Let a feed wait; False if it does so already."""
        if feed.id in self._ids:
            return False
        self._ids.add(feed.id)
        self._feeds.setdefault(host, deque()).append(feed)
        return True

    def hosts(self, busy: Collection[str]) -> Iterator[str]:
        """Those that are not busy, in their turn."""
        return (host for host in self._feeds if host not in busy)

    def take(self, busy: Collection[str], in_flight: Collection[str]) -> tuple[Feed, str] | None:
        """The next feed and its host; None: all that wait must wait for others.

        Args:
            busy: Hosts.
            in_flight: Ids of feeds; one may be on its way under another host.
        """
        for host in self.hosts(busy):
            feed = self._feeds[host][0]
            if feed.id not in in_flight:
                self._drop(host)
                return feed, host
        return None

    def clear(self) -> None:
        """Nobody waits any more."""
        self._feeds.clear()
        self._ids.clear()

    def _drop(self, host: str) -> None:
        """The host's first feed; its others go behind those of other hosts."""
        feeds = self._feeds.pop(host)
        self._ids.remove(feeds.popleft().id)
        if feeds:
            self._feeds[host] = feeds
