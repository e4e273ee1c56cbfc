"""Jobs of one process: nothing is kept anywhere else, and nothing else is needed."""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future
from datetime import timedelta
from functools import partial
from time import monotonic

from monitor.adapters.engines.runs import GRACE_S, Runs
from monitor.engine import Kind
from monitor.timetable import Job, Timetable

_Job = tuple[str, str]


class LocalEngine:
    """Implements `engine.Engine` by threads.

    Args:
        kinds: By their names.
        threads: How many jobs may hold one at a time; None: as many as there are slots.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        kinds: Mapping[str, Kind],
        *,
        threads: int | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._kinds, self._threads, self._clock = dict(kinds), threads, clock
        self._periods: dict[str, timedelta] = {}
        self._lock = threading.Lock()
        self._waiting: dict[_Job, None] = {}
        self._running: set[_Job] = set()
        self._life: _Life | None = None

    def wake(self, kind: str, keys: Collection[str] = ("",)) -> None:
        if kind not in self._kinds:
            raise KeyError(kind)
        with self._lock:
            self._waiting |= dict.fromkeys((kind, key) for key in keys)
        self._start_waiting()

    def every(self, period: timedelta, kind: str) -> None:
        if period <= timedelta(0):
            raise ValueError(f"{kind}: a period is longer than nothing")
        if kind not in self._kinds:
            raise KeyError(kind)
        self._periods[kind] = period

    def run(self, queues: Sequence[str], slots: int, stop: threading.Event) -> None:
        ours = {name for name, kind in self._kinds.items() if kind.queue in queues}
        runs = Runs(self._kinds, threads=self._threads or slots, clock=self._clock)
        timetable = Timetable(
            {
                name: Job(work=partial(self.wake, name), every=period)
                for name, period in self._periods.items()
                if name in ours
            }
        )
        life = _Life(ours, slots, stop, runs, timetable)
        with self._lock:
            self._life = life
        timetable.start()
        try:
            self._start_waiting()
            stop.wait()
        finally:
            with self._lock:
                self._life = None
            timetable.stop()
            runs.join(GRACE_S)
            runs.close()

    def hung(self) -> Sequence[str]:
        life = self._life
        return [] if life is None else life.runs.give_up_hung()

    def clock_jumped(self) -> None:
        if life := self._life:
            life.timetable.renew()

    def close(self) -> None:
        """Nothing is held."""

    def _start_waiting(self) -> None:
        """All that slots and jobs of the same key leave room for."""
        while begun := self._start_one():
            job, over = begun
            over.add_done_callback(partial(self._end, job))

    def _start_one(self) -> "tuple[_Job, Future[None]] | None":
        with self._lock:
            life = self._life
            if life is None or life.should_stop() or len(self._running) >= life.slots:
                return None
            free = (job for job in self._waiting if job[0] in life.kinds)
            job = next((job for job in free if job not in self._running), None)
            if job is None:
                return None
            del self._waiting[job]
            self._running.add(job)
            return job, life.runs.start(*job, life)

    def _end(self, job: _Job, _over: "Future[None]") -> None:
        with self._lock:
            self._running.discard(job)
        self._start_waiting()


class _Life:
    """One call of `run`; also the context of its jobs."""

    def __init__(
        self,
        kinds: Collection[str],
        slots: int,
        stop: threading.Event,
        runs: Runs,
        timetable: Timetable,
    ) -> None:
        self.kinds, self.slots, self.should_stop = kinds, slots, stop.is_set
        self.runs, self.timetable = runs, timetable
