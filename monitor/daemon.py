"""Runs a monitor on its timetable until told to stop; survives reloads and jumps of the clock."""

import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, timedelta
from functools import partial

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from monitor.errors import ConfigError, MonitorError, Problem
from monitor.service import Monitor

log = structlog.get_logger(__name__)

_JUMP_S = 5  # the wall clock against the monotonic one
_GRACE_S = 25  # what is in flight at SIGTERM may take; an attempt's deadline is 20 s


def run(
    monitor: Monitor,
    reload: Callable[[], Sequence[Problem]],
    survey: Callable[[], Sequence[Problem]],
) -> bool:
    """Poll, deliver and keep house until SIGTERM or SIGINT.

    Only due times that were stored decide what is done: the timetable merely asks, every second,
    so a lost or doubled tick can lose nothing.

    Args:
        reload: Called at SIGHUP; returns warnings, raises ConfigError if the new configuration is
            refused.
        survey: What the stored items say of watches and lexicon; asked at the start and once a day.

    Returns:
        True if all that was in flight finished.
    """
    stop, hangup = threading.Event(), threading.Event()
    _listen_to_signals(stop, hangup)
    monitor.recover()
    jobs = _jobs(monitor, survey)
    timetable = _timetable(jobs)
    timetable.start()
    log.info("monitor_started", **_extent(monitor))
    _guarded(monitor.start_polls)
    clock = _Clock()
    while not stop.is_set():
        monitor.loop_turned()
        if monitor.wait_for_alert(timeout_s=0.5):
            _guarded(monitor.start_deliveries)
        if jump := clock.jump_s():
            log.warning("clock_jumped", seconds=round(jump))
            _guarded(partial(monitor.clock_jumped, timedelta(seconds=jump)))
            _register(timetable, jobs)
        if hangup.is_set():
            hangup.clear()
            _reload(monitor, reload)
    log.info("monitor_stopping")
    timetable.shutdown(wait=True)
    finished = monitor.stop(_GRACE_S)
    log.info("monitor_stopped", finished=finished)
    return finished


class _Clock:
    """Compares the wall clock with the monotonic one."""

    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()

    def jump_s(self) -> float:
        """Seconds by which the wall clock moved by itself since last asked; 0 if by less than 5."""
        offset = time.time() - time.monotonic()
        jump, self._offset = offset - self._offset, offset
        return jump if abs(jump) >= _JUMP_S else 0.0


_Jobs = Mapping[str, tuple[Callable[[], object], dict[str, int]]]


def _jobs(monitor: Monitor, survey: Callable[[], Sequence[Problem]]) -> _Jobs:
    """Name -> what is done and how often."""

    def look_back() -> None:
        for problem in survey():
            log.warning("config_warning", problem=str(problem))

    return {
        "polls": (monitor.start_polls, {"seconds": 1}),
        "deliveries": (monitor.start_deliveries, {"seconds": 1}),
        "health": (monitor.report_health, {"minutes": 1}),
        "heartbeat": (monitor.beat, {"seconds": 1}),
        "prune": (monitor.prune, {"hours": 6}),
        "survey": (look_back, {"hours": 24}),
    }


def _timetable(jobs: _Jobs) -> BackgroundScheduler:
    timetable = BackgroundScheduler(
        timezone=UTC,
        executors={"default": ThreadPoolExecutor(4)},
        # A late tick is better than none; ticks missed in a suspend are one.
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
    )
    _register(timetable, jobs)
    # And once now: the interval counts from here.
    timetable.add_job(_guarded, args=[jobs["survey"][0]], id="first survey")
    return timetable


def _register(timetable: BackgroundScheduler, jobs: _Jobs) -> None:
    """APScheduler waits for the wall clock: after a jump its jobs must be made anew."""
    for name, (job, every) in jobs.items():
        timetable.add_job(_guarded, "interval", args=[job], id=name, replace_existing=True, **every)


def _guarded(job: Callable[[], object]) -> None:
    """A sick database or a full disk ends this tick; the next one tries again."""
    try:
        job()
    except MonitorError as exc:
        log.error("tick_failed", job=getattr(job, "__name__", "clock_jumped"), problem=str(exc))


def _reload(monitor: Monitor, reload: Callable[[], Sequence[Problem]]) -> None:
    try:
        warnings = reload()
    except ConfigError as exc:
        problems = [problem for problem in exc.problems if problem.fatal]
        for problem in problems:
            log.error("config_problem", problem=str(problem))
        log.error("reload_refused", problems=len(problems), cure="the old configuration stays")
    except MonitorError as exc:
        log.error("reload_refused", problem=str(exc), cure="the old configuration stays")
    else:
        for warning in warnings:
            log.warning("config_warning", problem=str(warning))
        log.info("reloaded", **_extent(monitor))


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
