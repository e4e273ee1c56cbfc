"""Runs a monitor on its timetable until told to stop; survives reloads and jumps of the clock."""

import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Protocol

import structlog

from monitor.config.changes import Changes
from monitor.errors import ConfigError, MonitorError, Problem
from monitor.failpoints import failpoint
from monitor.service import Monitor
from monitor.timetable import Job, Timetable

log = structlog.get_logger(__name__)

_JUMP_S = 5  # the wall clock against the monotonic one
_HANGS_AFTER = timedelta(seconds=100)
_PULSE_S, _STATUS_S = 15, 5
_GRACE_S = 25  # what is in flight at SIGTERM may take; an attempt's deadline is 20 s


@dataclass(frozen=True, slots=True, kw_only=True)
class Reloaded:
    """A configuration that was taken over.

    Attributes:
        changes: What is different.
        warnings: What is likely a mistake in it.
    """

    changes: Changes
    warnings: Sequence[Problem] = ()


class Reloader(Protocol):
    """Takes the configuration over as it is now.

    Attributes:
        changed: Set when that seems to be another one.
    """

    changed: threading.Event

    def __call__(self) -> Reloaded:
        """Clear `changed` and reload.

        Raises:
            ConfigError: The new configuration is refused.
        """
        ...


class Supervisor(Protocol):
    """Who started the service.

    Attributes:
        watchdog: How long it waits for a sign of life; None: for ever.
    """

    watchdog: timedelta | None

    def ready(self, status: str) -> None:
        """The start, or a reload, is over."""
        ...

    def reloading(self) -> None: ...
    def stopping(self) -> None: ...
    def alive(self) -> None: ...
    def status(self, status: str) -> None: ...


def run(
    monitor: Monitor,
    reload: Reloader,
    survey: Callable[[], Sequence[Problem]],
    supervisor: Supervisor,
) -> bool:
    """Poll, deliver and keep house until SIGTERM or SIGINT.

    Only due times that were stored decide what is done: the timetable merely asks, every second,
    so a lost or doubled tick can lose nothing.

    Args:
        reload: Called at SIGHUP, and when it says that files changed.
        survey: What the stored items say of watches and lexicon; asked at the start and once a day.

        supervisor: Told when it is ready, how it is, and when it stops.

    Returns:
        True if all that was in flight finished.
    """
    stop, hangup = threading.Event(), threading.Event()
    _listen_to_signals(stop, hangup)
    failpoint("start.listening")
    monitor.recover()
    watchdog = _Watchdog(monitor, supervisor)
    timetable = Timetable(_jobs(monitor, survey) | watchdog.jobs)
    timetable.start()
    failpoint("start.ticking")
    log.info("monitor_started", **_extent(monitor))
    _guarded(monitor.start_polls)
    failpoint("start.polling")
    supervisor.ready(monitor.in_a_line())
    clock, reloads = _Clock(), _Reloads(supervisor)
    while not stop.is_set():
        monitor.loop_turned()
        watchdog.turn(reloads.note)
        if monitor.wait_for_alert(timeout_s=0.5):
            _guarded(monitor.start_deliveries)
        if jump := clock.jump_s():
            log.warning("clock_jumped", seconds=round(jump))
            _guarded(partial(monitor.clock_jumped, timedelta(seconds=jump)))
            timetable.renew()
        monitor.note_hung(timetable.replace_hung())
        if hangup.is_set() or reload.changed.is_set():
            by = "signal" if hangup.is_set() else "files"
            hangup.clear()
            reloads.reload(monitor, reload, by)
    log.info("monitor_stopping")
    supervisor.stopping()
    failpoint("stop.asked")
    monitor.halt()  # first: jobs that write wait for what was polled, which must not become more
    timetable.stop()
    failpoint("stop.timetable_down")
    finished = monitor.join(_GRACE_S)
    log.info("monitor_stopped", finished=finished)
    failpoint("stop.finished")
    return finished


class _Watchdog:
    """Signs of life for the supervisor, as long as a turn of the loop finds nothing stuck."""

    def __init__(self, monitor: Monitor, supervisor: Supervisor) -> None:
        self._monitor, self._supervisor = monitor, supervisor
        self._due_s = self._status_due_s = 0.0
        self._stuck = ""
        span = supervisor.watchdog
        self._every_s = None if span is None else span.total_seconds() / 4

    @property
    def jobs(self) -> dict[str, Job]:
        """What has to be done so that a database that hangs is seen, by `/healthz` too."""
        every = timedelta(seconds=min(self._every_s or _PULSE_S, _PULSE_S))
        pulse = partial(_guarded, self._monitor.pulse)
        return {"pulse": Job(work=pulse, every=every, patience=_HANGS_AFTER)}

    def turn(self, note: str = "") -> None:
        """The loop turned.

        Args:
            note: Said with the status.
        """
        now_s = time.monotonic()
        if now_s >= self._status_due_s:
            self._status_due_s = now_s + _STATUS_S
            self._supervisor.status(self._monitor.in_a_line() + note)
        if self._every_s is None or now_s < self._due_s:
            return
        stuck = self._monitor.stuck()
        if stuck and stuck != self._stuck:
            log.error("watchdog_withheld", reason=stuck, cure="the supervisor restarts the service")
        self._stuck = stuck
        if not stuck:
            self._due_s = now_s + self._every_s
            self._supervisor.alive()


class _Clock:
    """Compares the wall clock with one that nobody sets."""

    def __init__(self) -> None:
        self._offset = time.time() - _elapsed_s()

    def jump_s(self) -> float:
        """Seconds by which the wall clock moved by itself since last asked; 0 if by less than 5."""
        offset = time.time() - _elapsed_s()
        jump, self._offset = offset - self._offset, offset
        return jump if abs(jump) >= _JUMP_S else 0.0


def _elapsed_s() -> float:
    """Seconds that pass in a suspended machine too, where the system has such a clock.

    A suspend is no jump: what fell due meanwhile is due.
    """
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


def _jobs(monitor: Monitor, survey: Callable[[], Sequence[Problem]]) -> dict[str, Job]:
    """Name -> what is done and how often."""

    def look_back() -> None:
        for problem in survey():
            log.warning("config_warning", problem=str(problem))

    def job(work: Callable[[], object], every: timedelta, **more: Any) -> Job:
        return Job(work=partial(_guarded, work), every=every, **more)

    second, minute, hour = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
    return {
        "polls": job(monitor.start_polls, second, patience=_HANGS_AFTER),
        "deliveries": job(monitor.start_deliveries, second, patience=_HANGS_AFTER),
        "health": job(monitor.report_health, minute, patience=_HANGS_AFTER),
        "heartbeat": job(monitor.beat, second, patience=_HANGS_AFTER),
        "prune": job(monitor.prune, 6 * hour),
        "survey": job(look_back, 24 * hour, at_start=True),
    }


def _guarded(job: Callable[[], object]) -> None:
    """A sick database or a full disk ends this tick; the next one tries again."""
    try:
        job()
    except MonitorError as exc:
        log.error("tick_failed", job=getattr(job, "__name__", "clock_jumped"), problem=str(exc))


class _Reloads:
    """Tells what became of each reload."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._refused: tuple[str, ...] = ()
        self._supervisor = supervisor

    def reload(self, monitor: Monitor, reload: Reloader, by: str) -> None:
        """Reload and say so in one line, or what is in the way, each problem once.

        Args:
            by: Who asked: "signal" or "files".
        """
        failpoint("reload.asked")
        self._supervisor.reloading()
        try:
            reloaded = reload()
        except ConfigError as exc:
            self._refuse([str(problem) for problem in exc.problems if problem.fatal], by)
            monitor.meter.reloaded(taken=False)
        except MonitorError as exc:
            self._refuse([str(exc)], by)
            monitor.meter.reloaded(taken=False)
        else:
            self._refused = ()
            for warning in reloaded.warnings:
                log.warning("config_warning", problem=str(warning))
            found = reloaded.changes
            cure = {"cure": "restart the service"} if found.needs_restart else {}
            say = log.warning if found.needs_restart else log.info
            say("reloaded", by=by, changes=found.count, **found.told(), **cure, **_extent(monitor))
            monitor.meter.reloaded(taken=True)
        monitor.note_refused(self._refused)
        self._supervisor.ready(monitor.in_a_line() + self.note)

    @property
    def note(self) -> str:
        """For the status of a service whose last reload was refused."""
        return ", the last reload was refused" if self._refused else ""

    def _refuse(self, problems: Sequence[str], by: str) -> None:
        known = self._refused == tuple(problems)
        for problem in () if known else problems:
            log.error("config_problem", problem=problem)
        self._refused = tuple(problems)
        again = {"told": "before, and still the same"} if known else {}
        cure = "the old configuration stays; 'news-monitor check' tells all"
        log.error("reload_refused", by=by, problems=len(problems), **again, cure=cure)


def _extent(monitor: Monitor) -> dict[str, int]:
    feeds = monitor.line.feeds.values()
    return {
        "feeds": sum(feed.enabled for feed in feeds),
        "disabled": sum(not feed.enabled for feed in feeds),
        "watches": len(monitor.line.watches),
        "webhooks": len(monitor.line.webhooks),
    }


def _listen_to_signals(stop: threading.Event, hangup: threading.Event) -> None:
    def ask_to_stop(number: int, _frame: object) -> None:
        if stop.is_set():  # a second signal: at once; nothing is lost, only done again
            raise SystemExit(128 + number)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask_to_stop)
    signal.signal(signal.SIGHUP, lambda *_: hangup.set())
