"""Runs a monitor on its timetable until told to stop; survives reloads and jumps of the clock."""

import signal
import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import structlog

from monitor.errors import ConfigError, MonitorError, Problem
from monitor.failpoints import failpoint
from monitor.service import Monitor
from monitor.timetable import Job, Timetable

log = structlog.get_logger(__name__)

_JUMP_S = 5  # the wall clock against the monotonic one
_HANGS_AFTER = timedelta(seconds=100)
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
    failpoint("start.listening")
    monitor.recover()
    timetable = Timetable(_jobs(monitor, survey))
    timetable.start()
    failpoint("start.ticking")
    log.info("monitor_started", **_extent(monitor))
    _guarded(monitor.start_polls)
    failpoint("start.polling")
    clock = _Clock()
    while not stop.is_set():
        monitor.loop_turned()
        if monitor.wait_for_alert(timeout_s=0.5):
            _guarded(monitor.start_deliveries)
        if jump := clock.jump_s():
            log.warning("clock_jumped", seconds=round(jump))
            _guarded(partial(monitor.clock_jumped, timedelta(seconds=jump)))
            timetable.renew()
        monitor.note_hung(timetable.replace_hung())
        if hangup.is_set():
            hangup.clear()
            _reload(monitor, reload)
    log.info("monitor_stopping")
    failpoint("stop.asked")
    timetable.stop()
    failpoint("stop.timetable_down")
    finished = monitor.stop(_GRACE_S)
    log.info("monitor_stopped", finished=finished)
    failpoint("stop.finished")
    return finished


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


def _reload(monitor: Monitor, reload: Callable[[], Sequence[Problem]]) -> None:
    failpoint("reload.asked")
    try:
        warnings = reload()
    except ConfigError as exc:
        problems = [problem for problem in exc.problems if problem.fatal]
        for problem in problems:
            log.error("config_problem", problem=str(problem))
        log.error("reload_refused", problems=len(problems), cure="the old configuration stays")
        monitor.meter.reloaded(taken=False)
    except MonitorError as exc:
        log.error("reload_refused", problem=str(exc), cure="the old configuration stays")
        monitor.meter.reloaded(taken=False)
    else:
        for warning in warnings:
            log.warning("config_warning", problem=str(warning))
        log.info("reloaded", **_extent(monitor))
        monitor.meter.reloaded(taken=True)


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
