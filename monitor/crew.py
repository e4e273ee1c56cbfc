"""Threads that poll what waits: one at a time for a feed and for a host; who hangs is replaced."""

import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from monitor.core.roster import Roster
from monitor.core.waiting import Waiting
from monitor.model import Feed

T = TypeVar("T")


class LostTurn(Exception):  # noqa: N818 - what happened, seen by the one who was too slow
    """The poll was given up as hung: whatever it found counts for nothing."""


@dataclass(eq=False, slots=True)
class _Queue(Generic[T]):
    """Feeds that wait for their poll, and what came of those that somebody waits for."""

    feeds: Waiting = field(default_factory=Waiting)
    outcomes: dict[str, T] = field(default_factory=dict)


@dataclass(eq=False, slots=True, kw_only=True)
class Turn(Generic[T]):
    """A feed's poll under way, until its outcome is saved or lost: so long feed and host are taken.

    Attributes:
        worker: Who is at it; None once it is handed over to the store, where no poll can hang.
        claim: Who pops it decides what becomes of the turn: it is handed over, or lost.
        alive_s: Its last sign of life, on the monotonic clock.
        began_s: When it began, on the same.
    """

    feed: Feed
    queue: _Queue[T]
    worker: object | None
    alive_s: float
    began_s: float
    claim: list[None] = field(default_factory=lambda: [None])


class Crew(Generic[T]):
    """Works off feeds that wait, those that are due and those that somebody asked for. Thread-safe.

    A thread cannot be ended from outside: one that hangs loses its turn, and a new one takes its
    place.

    Args:
        threads: How many feeds are asked at once.
        patience_s: Who shows no sign of life for longer hangs.
        host_of: Whom a feed asks.
        is_due: Asked again when a feed's turn has come.
        poll: Shows signs of life, hands over and ends the turn, from whatever thread, or raises
            LostTurn.
        give_up: Ends a turn that is handed over, in place of the one that hung.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        *,
        threads: int,
        patience_s: float,
        host_of: Callable[[Feed], str],
        is_due: Callable[[Feed], bool],
        poll: Callable[[Turn[T]], None],
        give_up: Callable[[Turn[T]], None],
        clock: Callable[[], float],
    ) -> None:
        self.patience_s, self._clock = patience_s, clock
        self._host_of, self._is_due, self._poll, self._give_up = host_of, is_due, poll, give_up
        self._turns: dict[str, Turn[T]] = {}  # by feed id
        self._roster = Roster(threads)
        self._workers: set[object] = set()  # each polls one feed after the other in a thread
        self._due: _Queue[T] = _Queue()
        self._stopping = False
        self._change = threading.Condition()
        self._pool = self._new_pool()

    @property
    def is_shared(self) -> bool:
        """Whether more than one poll is under way."""
        return len(self._turns) > 1

    def hosts(self) -> frozenset[str]:
        """Those that a poll under way asks, until its outcome is saved or lost."""
        with self._change:
            return self._roster.busy

    def start(self, due: Iterable[Feed]) -> int:
        """Let these be polled as soon as a thread and the host are free; returns how many wait."""
        with self._change:
            # Only what is not under way has the state that its last poll left.
            due = [feed for feed in due if feed.id not in self._turns and self._is_due(feed)]
            for feed in due:
                self._due.feeds.add(feed, self._host_of(feed))
            self._set_out(self._due)
        return len(due)

    def work_off(self, feeds: Iterable[Feed]) -> Mapping[str, T]:
        """Let these be polled once, due or not, and wait; `halt` leaves those that still wait.

        Returns:
            Feed id -> what came of it.
        """
        queue: _Queue[T] = _Queue()
        wanted = [feed.id for feed in feeds if queue.feeds.add(feed, self._host_of(feed))]
        while True:
            with self._change:
                is_left = queue.feeds and not self._stopping
                if not is_left and self._turns.keys().isdisjoint(wanted):
                    return queue.outcomes
                self._set_out(queue)
                self._change.wait(timeout=0.2)
            self.give_up_hung()

    def alive(self, turn: Turn[T]) -> None:
        """Show a sign of life.

        Without the lock, for which all would stand in line: whether a turn is lost is decided when
        it is handed over.

        Raises:
            LostTurn: It comes too late.
        """
        self._check(turn)
        turn.alive_s = self._clock()

    def hand_over(self, turn: Turn[T]) -> None:
        """From now on the outcome is the store's affair, and the turn cannot be lost any more.

        Without the lock, as above.

        Raises:
            LostTurn: It is lost already: nothing must be saved.
        """
        if not _claimed(turn):
            raise LostTurn
        turn.worker = None

    def end(self, turn: Turn[T], outcome: T) -> None:
        """The outcome is saved or lost: feed and host are free."""
        with self._change:
            del self._turns[turn.feed.id]
            self._roster.end(turn.feed.id)
            if turn.queue is not self._due:
                turn.queue.outcomes[turn.feed.id] = outcome
            self._set_out(turn.queue)  # no thread may have waited for its host
            if not self._turns:
                self._change.notify_all()

    def give_up_hung(self) -> None:
        """Take turns away that showed no sign of life for too long, and replace their threads."""
        with self._change:
            now_s = self._clock()
            hung = [
                turn
                for turn in self._turns.values()
                if turn.worker and now_s - turn.alive_s > self.patience_s and _claimed(turn)
            ]
            heirs = [self._take_away(turn) for turn in hung]
            if hung and not self._stopping:
                self._renew_pool()
        for heir in heirs:
            self._give_up(heir)

    def forget(self) -> None:
        """What waits for being due waits no longer."""
        with self._change:
            self._due.feeds.clear()

    def use(self, threads: int, patience_s: float) -> None:
        """Forget, and let so many feeds be asked at once."""
        with self._change:
            self._due.feeds.clear()
            is_changed, self._roster.threads = threads != self._roster.threads, threads
            self.patience_s = patience_s
            if is_changed and not self._stopping:
                self._renew_pool()

    def halt(self) -> None:
        """Start nothing more."""
        with self._change:
            self._stopping = True

    def join(self, grace_s: float) -> bool:
        """After `halt`, wait for the polls under way; True if all finished."""
        with self._change:
            done = self._change.wait_for(lambda: not self._turns, grace_s)
        self._pool.shutdown(wait=done, cancel_futures=True)
        return done

    def _new_pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._roster.threads, thread_name_prefix="fetch")

    def _renew_pool(self) -> None:
        """Threads of the old pool go on until nothing waits for them."""
        self._pool.shutdown(wait=False)
        self._pool = self._new_pool()

    def _check(self, turn: Turn[T]) -> None:
        if self._turns.get(turn.feed.id) is not turn:
            raise LostTurn

    def _take_away(self, turn: Turn[T]) -> Turn[T]:
        """Dismiss the worker and free the host; the feed stays taken by the turn returned."""
        self._workers.discard(turn.worker)
        self._roster.free_host(turn.feed.id)
        heir: Turn[T] = Turn(
            feed=turn.feed,
            queue=turn.queue,
            worker=None,
            alive_s=turn.alive_s,
            began_s=turn.began_s,
        )
        self._turns[turn.feed.id] = heir
        return heir

    def _set_out(self, queue: _Queue[T]) -> None:
        """Put as many threads to work as are free and find a host that is; holds the lock."""
        if self._stopping:
            return
        for _ in range(self._roster.openings(queue.feeds, len(self._workers))):
            worker = object()
            self._workers.add(worker)
            self._pool.submit(self._work, queue, worker)

    def _work(self, queue: _Queue[T], worker: object) -> None:
        """Poll what waits, one feed after the other, until nothing does whose host is free."""
        try:
            while turn := self._next(queue, worker):
                self._poll(turn)
        except LostTurn:
            return  # another works in this one's place
        finally:
            with self._change:
                self._workers.discard(worker)

    def _next(self, queue: _Queue[T], worker: object) -> Turn[T] | None:
        with self._change:
            while worker in self._workers and (found := self._take(queue)):
                feed, host = found
                if queue is self._due and not self._is_due(feed):
                    continue  # it was polled in between, by `work_off`
                now_s = self._clock()
                turn = Turn(
                    feed=feed,
                    queue=queue,
                    worker=worker,
                    alive_s=now_s,
                    began_s=now_s,
                )
                self._turns[feed.id] = turn
                self._roster.begin(feed.id, host)
                return turn
            self._workers.discard(worker)  # now: what comes next must not count on it
            return None

    def _take(self, queue: _Queue[T]) -> tuple[Feed, str] | None:
        if self._stopping:
            return None
        return self._roster.next(queue.feeds, len(self._workers))


def _claimed(turn: Turn[T]) -> bool:
    """Whether nobody was before: of two threads that ask at once, one is told so."""
    try:
        turn.claim.pop()
    except IndexError:
        return False
    return True
