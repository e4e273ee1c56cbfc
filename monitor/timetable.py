"""What is done every so often: APScheduler, made proof against jumping clocks and hung jobs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

log = structlog.get_logger(__name__)

_WORKERS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something to do.

    Attributes:
        patience: A run that takes longer hangs; None: it may take its time.
        at_start: Whether it is done once now, too.
    """

    work: Callable[[], object]
    every: timedelta
    patience: timedelta | None = None
    at_start: bool = False


class Timetable:
    """Runs jobs from `start` to `stop`, each in one thread at a time.

    Args:
        clock: Seconds, whatever the wall clock does.
    """

    def __init__(self, jobs: Mapping[str, Job], clock: Callable[[], float] = monotonic) -> None:
        self._jobs, self._clock = jobs, clock
        self._since: dict[str, float] = {}  # id of a job that runs -> when it began
        self._replaced = dict.fromkeys(jobs, 0)
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(_WORKERS)},
            # A late tick is better than none; ticks missed in a suspend are one.
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    def start(self) -> None:
        self.renew()
        for name, job in self._jobs.items():
            if job.at_start:
                self._scheduler.add_job(job.work, id=f"first {name}")
        self._scheduler.start()

    def stop(self) -> None:
        """End when those that run have ended; if one hung, at once."""
        hung = bool(self._hung()) or any(self._replaced.values())
        self._scheduler.shutdown(wait=not hung)

    def renew(self) -> None:
        """APScheduler waits for the wall clock: after a jump its jobs must be made anew."""
        for name in self._jobs:
            self._register(name)

    def replace_hung(self) -> list[str]:
        """Give jobs that hang a new thread; returns their names."""
        hung = self._hung()
        for name in hung:
            old = self._id(name)
            self._since.pop(old, None)
            self._replaced[name] += 1
            self._scheduler.remove_job(old)
            executor = f"{name} {self._replaced[name]}"
            self._scheduler.add_executor(ThreadPoolExecutor(1), executor)
            self._register(name)
            log.error("job_hung", job=name, cure="a new worker takes its place")
        return hung

    def _hung(self) -> list[str]:
        now_s = self._clock()
        return [
            name
            for name, job in self._jobs.items()
            if job.patience is not None
            and (since := self._since.get(self._id(name))) is not None
            and now_s - since > job.patience.total_seconds()
        ]

    def _id(self, name: str) -> str:
        return f"{name} {self._replaced[name]}" if self._replaced[name] else name

    def _register(self, name: str) -> None:
        job, job_id = self._jobs[name], self._id(name)

        def run() -> None:
            self._since[job_id] = self._clock()
            try:
                job.work()
            finally:
                self._since.pop(job_id, None)

        self._scheduler.add_job(
            run,
            _Ticks(seconds=job.every.total_seconds(), timezone=UTC),
            id=job_id,
            executor=job_id if self._replaced[name] else "default",
            replace_existing=True,
        )


class _Ticks(IntervalTrigger):  # type: ignore[misc] # APScheduler is untyped
    """An interval whose missed ticks are one.

    APScheduler 3 lists them all before it drops them: no memory holds those of ten years.
    """

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime | None:
        is_late = previous is not None and now - previous > self.interval
        moment: datetime | None = super().get_next_fire_time(now if is_late else previous, now)
        return moment
