"""Whose turn it is: work in a pool, at most one at a time for a name and for a host."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from time import monotonic
from typing import Generic, TypeVar

T = TypeVar("T")


class LostTurn(Exception):  # noqa: N818 - what happened, seen by the one who was too slow
    """Somebody else has the turn: it was given up as hung."""


@dataclass(eq=False, slots=True, kw_only=True)
class Turn(Generic[T]):
    """One piece of work under way.

    Attributes:
        host: What must not be asked twice at a time; empty: nothing is asked.
        outcome: Of the work, or of what took its place.
        alive_s: Last sign of life, on the monotonic clock.
    """

    name: str
    host: str
    outcome: "Future[T]" = field(default_factory=Future)
    alive_s: float


class Turns(Generic[T]):
    """Starts work while there is room. Thread-safe.

    A thread cannot be ended from outside: one that hangs loses its turn, and a new one takes its
    place.
    """

    def __init__(self, workers: int, clock: Callable[[], float] = monotonic) -> None:
        self._workers, self._limit, self._clock = workers, workers, clock
        self._under_way: dict[str, Turn[T]] = {}
        self._stopping = False
        self._change = threading.Condition()
        self._pool = self._new_pool()

    @property
    def may_start(self) -> bool:
        return not self._stopping

    def limit(self, workers: int) -> None:
        """Start no more than these from now on, and never more than at the beginning."""
        self._limit = min(workers, self._workers)

    def start(self, name: str, host: str, work: Callable[[Turn[T]], T]) -> Turn[T] | None:
        """Start work if neither name nor host has a turn and a worker is free; else None."""
        with self._change:
            hosts = {turn.host for turn in self._under_way.values() if turn.host}
            full = len(self._under_way) >= self._limit
            if self._stopping or full or name in self._under_way or host in hosts:
                return None
            turn: Turn[T] = Turn(name=name, host=host, alive_s=self._clock())
            self._under_way[name] = turn
            self._pool.submit(self._run, turn, work)
            return turn

    def alive(self, turn: Turn[T]) -> None:
        """Show a sign of life.

        Raises:
            LostTurn: It comes too late.
        """
        with self._change:
            if self._under_way.get(turn.name) is not turn:
                raise LostTurn
            turn.alive_s = self._clock()

    def take_hung(self, patience_s: float) -> list[Turn[T]]:
        """Take away turns that showed no sign of life for so long, and replace their threads."""
        with self._change:
            now_s = self._clock()
            hung = [turn for turn in self._under_way.values() if now_s - turn.alive_s > patience_s]
            if hung and not self._stopping:
                for turn in hung:
                    del self._under_way[turn.name]
                self._pool.shutdown(wait=False)
                self._pool = self._new_pool()
                self._change.notify_all()
                return hung
            return []

    def wait(self, timeout_s: float) -> None:
        """Until one under way is done, or the timeout has passed."""
        with self._change:
            if self._under_way and not self._stopping:
                self._change.wait(timeout_s)

    def halt(self) -> None:
        """Start nothing more."""
        with self._change:
            self._stopping = True
            self._change.notify_all()

    def join(self, grace_s: float) -> bool:
        """After `halt`, wait for what is under way; True if all of it finished."""
        with self._change:
            done = self._change.wait_for(lambda: not self._under_way, grace_s)
        self._pool.shutdown(wait=done, cancel_futures=True)
        return done

    def _new_pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._workers, thread_name_prefix="fetch")

    def _run(self, turn: Turn[T], work: Callable[[Turn[T]], T]) -> None:
        try:
            result = work(turn)
        except LostTurn:
            return
        except BaseException as exc:
            self._end(turn)
            turn.outcome.set_exception(exc)
            raise
        if self._end(turn):
            turn.outcome.set_result(result)

    def _end(self, turn: Turn[T]) -> bool:
        """False if the turn was lost meanwhile."""
        with self._change:
            if self._under_way.get(turn.name) is not turn:
                return False
            del self._under_way[turn.name]
            self._change.notify_all()
            return True
