"""Whose turn it is: one poll at a time for a feed and a host, no more than there are threads."""

from itertools import islice

from monitor.core.waiting import Waiting
from monitor.model import Feed

UNSAVED_AT_MOST = 64  # polls that wait for their commit


class Roster:
    """The polls under way, and which may begin beside them.

    Attributes:
        threads: How many feeds are asked at once.
    """

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._hosts: dict[str, str] = {}  # by id of the feed under way; empty: it is free again
        self._busy: set[str] = set()

    def __len__(self) -> int:
        return len(self._hosts)

    def __contains__(self, feed_id: str) -> bool:
        return feed_id in self._hosts

    @property
    def busy(self) -> frozenset[str]:
        """Hosts that are taken."""
        return frozenset(self._busy)

    def openings(self, waiting: Waiting, at_work: int) -> int:
        """How many more threads would find a feed to poll.

        Args:
            at_work: Threads that are at work.
        """
        free = 0 if self._is_full() else max(self.threads - at_work, 0)
        return sum(1 for _ in islice(waiting.hosts(self._busy), free))

    def next(self, waiting: Waiting, at_work: int) -> tuple[Feed, str] | None:
        """Take the feed that a thread is to poll now out of those that wait, and its host.

        Args:
            at_work: Threads that are at work, the one that asks included.
        """
        if self._is_full() or at_work > self.threads:
            return None
        return waiting.take(self._busy, self._hosts)

    def begin(self, feed_id: str, host: str) -> None:
        """So long as its poll is under way, feed and host are taken."""
        self._hosts[feed_id] = host
        self._busy.add(host)

    def free_host(self, feed_id: str) -> None:
        """Others may ask the host; the feed stays taken."""
        self._busy.discard(self._hosts[feed_id])
        self._hosts[feed_id] = ""

    def end(self, feed_id: str) -> None:
        """Feed and host are free."""
        self._busy.discard(self._hosts.pop(feed_id))

    def _is_full(self) -> bool:
        """Whether nothing more may begin; what was fetched and is not saved takes memory."""
        return len(self._hosts) >= self.threads + UNSAVED_AT_MOST
