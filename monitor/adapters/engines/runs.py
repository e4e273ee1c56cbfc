"""Jobs under way in this process: their threads, their errors, and those that hang."""

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, InvalidStateError, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from monitor.engine import Context, Kind
from monitor.errors import MonitorError

log = structlog.get_logger(__name__)

GRACE_S = 30
"""What is in flight at a stop may take."""


@dataclass(eq=False, slots=True, kw_only=True)
class _Run:
    kind: str
    key: str
    context: Context
    over: "Future[None]" = field(default_factory=Future)
    turn: "Future[None] | None" = None  # in the pool
    began_s: float | None = None


class Runs:
    """Starts jobs and sees when each is over. Thread-safe.

    A thread cannot be ended from outside: a job that hangs is given up, and others get threads of
    a new pool.

    Args:
        threads: How many jobs may hold one at a time.
        clock: Monotonic seconds.
    """

    def __init__(
        self, kinds: Mapping[str, Kind], *, threads: int, clock: Callable[[], float]
    ) -> None:
        self._kinds, self._threads, self._clock = kinds, threads, clock
        self._lock = threading.Lock()
        self._runs: set[_Run] = set()
        self._pool = self._new_pool()

    def start(self, kind: str, key: str, context: Context) -> "Future[None]":
        """Run a job in a thread.

        Returns:
            Done as soon as the job is over, however that came about; it holds no error.
        """
        run = _Run(kind=kind, key=key, context=context)
        run.over.set_running_or_notify_cancel()  # who waits for it cannot cancel it
        with self._lock:
            self._runs.add(run)
            run.turn = self._pool.submit(self._do, run)
        return run.over

    def of(self, kind: str, key: str) -> "Future[None] | None":
        """The end of a job that is under way."""
        with self._lock:
            return next((r.over for r in self._runs if (r.kind, r.key) == (kind, key)), None)

    def give_up_hung(self) -> list[str]:
        """Kinds of those that took longer than their patience; each is over."""
        now_s = self._clock()
        with self._lock:
            hung = [run for run in self._runs if self._hangs(run, now_s)]
            self._runs.difference_update(hung)
            if hung:
                self._replace_pool()
        for run in hung:
            log.error("job_hung", job=run.kind, key=run.key, cure="a new worker takes its place")
            self._end(run)
        return [run.kind for run in hung]

    def join(self, timeout_s: float) -> bool:
        """Wait for those under way; whether all are over."""
        until_s = time.monotonic() + timeout_s
        for over in self._pending():
            with suppress(TimeoutError):
                over.result(max(0.0, until_s - time.monotonic()))
        return not self._pending()

    def close(self) -> None:
        self._pool.shutdown(wait=False)

    def _pending(self) -> "list[Future[None]]":
        with self._lock:
            return [run.over for run in self._runs]

    def _replace_pool(self) -> None:
        self._pool.shutdown(wait=False)
        self._pool = self._new_pool()
        for run in self._runs:
            if run.turn and run.turn.cancel():  # it waited for a thread
                run.turn = self._pool.submit(self._do, run)

    def _new_pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._threads, thread_name_prefix="job")

    def _hangs(self, run: _Run, now_s: float) -> bool:
        patience = self._kinds[run.kind].patience
        if patience is None or run.began_s is None:
            return False
        return now_s - run.began_s > patience.total_seconds()

    def _do(self, run: _Run) -> None:
        run.began_s = self._clock()
        try:
            rest = self._kinds[run.kind].work(run.key, run.context)
        except Exception as exc:  # noqa: BLE001 - one job must not end all others
            _tell(run, exc)
            rest = None
        if rest is None:
            self._end(run)
        else:
            rest.add_done_callback(lambda done: self._ended(run, done))

    def _ended(self, run: _Run, rest: "Future[None]") -> None:
        if not rest.cancelled() and (error := rest.exception()):
            _tell(run, error)
        self._end(run)

    def _end(self, run: _Run) -> None:
        with self._lock:
            self._runs.discard(run)
        with suppress(InvalidStateError):  # it was given up before
            run.over.set_result(None)


def _tell(run: _Run, error: BaseException) -> None:
    unexpected = {} if isinstance(error, MonitorError) else {"exc_info": error}
    log.error("job_failed", job=run.kind, key=run.key, problem=str(error), **unexpected)
