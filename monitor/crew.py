"""Threads that poll what waits: one at a time for a feed and for a host."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice

from monitor.core.waiting import Waiting
from monitor.model import Feed

# Polls a feed; calls what it is given when the outcome is saved or lost, from whatever thread.
# Until then the feed and its host are taken.
Poll = Callable[[Feed, Callable[[], None]], None]
_UNSAVED_AT_MOST = 64  # polls that wait for their commit


class Crew:
    """Works off feeds that wait, those that are due and those that somebody asked for. Thread-safe.

    Args:
        threads: How many feeds are asked at once.
        host_of: Whom a feed asks.
        is_due: Asked again when a feed's turn has come.
    """

    def __init__(
        self,
        *,
        threads: int,
        host_of: Callable[[Feed], str],
        is_due: Callable[[Feed], bool],
    ) -> None:
        self._threads, self._host_of, self._is_due = threads, host_of, is_due
        self._hosts: dict[str, str] = {}  # feed id -> host, for the polls in flight
        self._busy: set[str] = set()  # their hosts
        self._due = Waiting()
        self._at_work = 0  # threads that poll one feed after the other
        self._stopping = False
        self._change = threading.Condition()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="fetch")

    @property
    def is_shared(self) -> bool:
        """Whether more than one poll is in flight."""
        return len(self._hosts) > 1

    def start(self, due: Iterable[Feed], poll: Poll) -> int:
        """Let these be polled as soon as a thread and the host are free; returns how many wait."""
        with self._change:
            # Only what is not in flight has the state that its last poll left.
            due = [feed for feed in due if feed.id not in self._hosts and self._is_due(feed)]
            for feed in due:
                self._due.add(feed, self._host_of(feed))
            self._set_out(self._due, poll)
        return len(due)

    def work_off(self, feeds: Iterable[Feed], poll: Poll) -> None:
        """Let these be polled once, due or not, and wait; `halt` leaves those that still wait."""
        waiting = Waiting()
        wanted = [feed.id for feed in feeds if waiting.add(feed, self._host_of(feed))]
        with self._change:
            while (waiting and not self._stopping) or not self._hosts.keys().isdisjoint(wanted):
                self._set_out(waiting, poll)
                self._change.wait(timeout=0.2)

    def forget(self) -> None:
        """What waits for being due waits no longer."""
        with self._change:
            self._due.clear()

    def use(self, threads: int) -> None:
        """Forget, and let so many feeds be asked at once."""
        with self._change:
            self._due.clear()
            self._threads = threads

    def halt(self) -> None:
        """Start nothing more."""
        with self._change:
            self._stopping = True

    def join(self, grace_s: float) -> bool:
        """After `halt`, wait for the polls in flight; True if all finished."""
        with self._change:
            done = self._change.wait_for(lambda: not self._hosts, grace_s)
        self._pool.shutdown(wait=done, cancel_futures=True)
        return done

    def _is_full(self) -> bool:
        """Whether nothing more may be started; what was fetched and is not saved takes memory."""
        return self._stopping or len(self._hosts) >= self._threads + _UNSAVED_AT_MOST

    def _set_out(self, waiting: Waiting, poll: Poll) -> None:
        """Put as many threads to work as are free and find a host that is; holds the lock."""
        free = 0 if self._is_full() else max(self._threads - self._at_work, 0)
        for _ in islice(waiting.hosts(self._busy), free):
            self._at_work += 1
            self._pool.submit(self._work, waiting, poll)

    def _work(self, waiting: Waiting, poll: Poll) -> None:
        """Poll what waits, one feed after the other, until nothing does whose host is free."""
        try:
            while feed := self._next(waiting):
                poll(feed, partial(self._end, waiting, poll, feed))
        finally:
            with self._change:
                self._at_work -= 1

    def _next(self, waiting: Waiting) -> Feed | None:
        with self._change:
            while not self._is_full() and (found := waiting.take(self._busy, self._hosts)):
                feed, host = found
                if waiting is self._due and not self._is_due(feed):
                    continue  # it was polled in between, by `work_off`
                self._hosts[feed.id] = host
                self._busy.add(host)
                return feed
            return None

    def _end(self, waiting: Waiting, poll: Poll, feed: Feed) -> None:
        with self._change:
            self._busy.remove(self._hosts.pop(feed.id))
            self._set_out(waiting, poll)  # its host is free, and no thread may have waited for it
            if not self._hosts:
                self._change.notify_all()
