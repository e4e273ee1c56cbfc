"""Runs a monitor on its timetable until told to stop; survives reloads and jumps of the clock."""

import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Protocol

import structlog

from monitor.config.changes import Changes
from monitor.elapsed import elapsed_s
from monitor.errors import ConfigError, MonitorError, Problem
from monitor.failpoints import failpoint
from monitor.house import House
from monitor.service import Monitor
from monitor.ticking import Running, Tick, guarded

log = structlog.get_logger(__name__)

_JUMP_S = 5  # the wall clock against the monotonic one
_PULSE_S, _STATUS_S = 15, 5
_ENGINE_GRACE_S = 40
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


class Service(Protocol):
    """What is run."""

    @property
    def house(self) -> House: ...
    def recover(self) -> object:
        """Take over what an instance that died left, before anything else is done."""
        ...

    def start(self) -> None:
        """Take up the work, without waiting for the first tick."""
        ...

    def turn(self, timeout_s: float) -> None:
        """Wait for what cannot wait for the next tick, and do it."""
        ...

    def clock_jumped(self, jump: timedelta) -> None:
        """Make good what a jump of the wall clock did to due times."""
        ...

    def halt(self) -> None:
        """Start nothing more."""
        ...

    def join(self, grace_s: float) -> bool:
        """After `halt`, wait for what is in flight; True if all of it finished."""
        ...


def run(
    service: Service,
    engines: Sequence[Running],
    reload: Reloader,
    supervisor: Supervisor,
) -> bool:
    """Poll, deliver and keep house until SIGTERM or SIGINT.

    Only due times that were stored decide what is done: the engines merely ask, every second, so
    a lost or doubled tick can lose nothing.

    Args:
        engines: Stopped one after the other, the last one first.
        reload: Called at SIGHUP, and when it says that files changed.
        supervisor: Told when it is ready, how it is, and when it stops.

    Returns:
        True if all that was in flight finished.
    """
    stop, hangup = threading.Event(), threading.Event()
    house = service.house
    _listen_to_signals(stop, hangup)
    failpoint("start.listening")
    watchdog, clock, reloads = _Watchdog(house, supervisor), _Clock(), _Reloads(supervisor)
    service.recover()
    with _started(engines) as end_engines:
        failpoint("start.ticking")
        log.info("monitor_started", **_extent(house))
        guarded(service.start)
        failpoint("start.polling")
        supervisor.ready(house.in_a_line())
        while not stop.is_set():
            house.loop_turned()
            watchdog.turn(reloads.note)
            guarded(partial(service.turn, 0.5))
            if jump := clock.jump_s():
                log.warning("clock_jumped", seconds=round(jump))
                guarded(partial(service.clock_jumped, timedelta(seconds=jump)))
                for one in engines:
                    one.engine.clock_jumped()
            house.note_hung([name for one in engines for name in one.engine.hung()])
            if hangup.is_set() or reload.changed.is_set():
                by = "signal" if hangup.is_set() else "files"
                hangup.clear()
                reloads.reload(house, reload, by)
        log.info("monitor_stopping")
        supervisor.stopping()
        failpoint("stop.asked")
        service.halt()  # first: jobs that write wait for what was polled, which must not be more
        end_engines()
        failpoint("stop.timetable_down")
        finished = service.join(_GRACE_S)
        log.info("monitor_stopped", finished=finished)
        failpoint("stop.finished")
        return finished


@contextmanager
def _started(engines: Sequence[Running]) -> Iterator[Callable[[], None]]:
    """Engines at work, each in a thread; gives what ends them."""
    started: list[tuple[threading.Thread, threading.Event]] = []

    def end() -> None:
        while started:
            thread, stop = started.pop()
            stop.set()
            thread.join(_ENGINE_GRACE_S)

    try:
        for one in engines:
            stop = threading.Event()
            arguments = (one.queues, one.slots, stop)
            thread = threading.Thread(
                target=one.engine.run, args=arguments, name="engine", daemon=True
            )
            thread.start()
            started.append((thread, stop))
        yield end
    finally:
        end()


class _Watchdog:
    """Signs of life for the supervisor, as long as a turn of the loop finds nothing stuck."""

    def __init__(self, house: House, supervisor: Supervisor) -> None:
        self._house, self._supervisor = house, supervisor
        self._due_s = self._status_due_s = 0.0
        self._stuck = ""
        self._every_s = _signs_of_life(supervisor)

    def turn(self, note: str = "") -> None:
        """The loop turned.

        Args:
            note: Said with the status.
        """
        now_s = time.monotonic()
        if now_s >= self._status_due_s:
            self._status_due_s = now_s + _STATUS_S
            self._supervisor.status(self._house.in_a_line() + note)
        if self._every_s is None or now_s < self._due_s:
            return
        stuck = self._house.stuck()
        if stuck and stuck != self._stuck:
            log.error("watchdog_withheld", reason=stuck, cure="the supervisor restarts the service")
        self._stuck = stuck
        if not stuck:
            self._due_s = now_s + self._every_s
            self._supervisor.alive()


class _Clock:
    """Compares the wall clock with one that nobody sets."""

    def __init__(self) -> None:
        self._offset = time.time() - elapsed_s()

    def jump_s(self) -> float:
        """Seconds by which the wall clock moved by itself since last asked; 0 if by less than 5."""
        offset = time.time() - elapsed_s()
        jump, self._offset = offset - self._offset, offset
        return jump if abs(jump) >= _JUMP_S else 0.0


def ticks_of(monitor: Monitor, survey: Callable[[], Sequence[Problem]]) -> dict[str, Tick]:
    """What a service in one process does every so often.

    Args:
        survey: What the stored items say of watches and lexicon; asked at the start and once a day.
    """
    second, minute, hour = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
    return {
        "polls": Tick(work=monitor.start_polls, every=second),
        "deliveries": Tick(work=monitor.start_deliveries, every=second),
        "health": Tick(work=monitor.report_health, every=minute),
        "heartbeat": Tick(work=monitor.beat, every=second),
        "prune": Tick(work=monitor.prune, every=6 * hour, patience=None),
        **survey_of(survey),
    }


def survey_of(survey: Callable[[], Sequence[Problem]]) -> dict[str, Tick]:
    """A look at what the stored items say of watches and lexicon, now and once a day."""
    work = partial(look_back, survey)
    return {"survey": Tick(work=work, every=timedelta(days=1), patience=None, at_start=True)}


def pulse_of(house: House, supervisor: Supervisor) -> dict[str, Tick]:
    """What has to be done so that a database that hangs is seen, by `/healthz` too."""
    every = _signs_of_life(supervisor)
    span = timedelta(seconds=min(every or _PULSE_S, _PULSE_S))
    return {"pulse": Tick(work=house.pulse, every=span)}


def look_back(survey: Callable[[], Sequence[Problem]]) -> None:
    """Warn of what the stored items say."""
    for problem in survey():
        log.warning("config_warning", problem=str(problem))


def _signs_of_life(supervisor: Supervisor) -> float | None:
    """How often, in seconds."""
    span = supervisor.watchdog
    return None if span is None else span.total_seconds() / 4


class _Reloads:
    """Tells what became of each reload."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._refused: tuple[str, ...] = ()
        self._supervisor = supervisor

    def reload(self, house: House, reload: Reloader, by: str) -> None:
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
            house.meter.reloaded(taken=False)
        except MonitorError as exc:
            self._refuse([str(exc)], by)
            house.meter.reloaded(taken=False)
        else:
            self._refused = ()
            for warning in reloaded.warnings:
                log.warning("config_warning", problem=str(warning))
            found = reloaded.changes
            cure = {"cure": "restart the service"} if found.needs_restart else {}
            say = log.warning if found.needs_restart else log.info
            say("reloaded", by=by, changes=found.count, **found.told(), **cure, **_extent(house))
            house.meter.reloaded(taken=True)
        house.note_refused(self._refused)
        self._supervisor.ready(house.in_a_line() + self.note)

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


def _extent(house: House) -> dict[str, int]:
    feeds = house.line.feeds.values()
    return {
        "feeds": sum(feed.enabled for feed in feeds),
        "disabled": sum(not feed.enabled for feed in feeds),
        "watches": len(house.line.watches),
        "webhooks": len(house.line.webhooks),
    }


def _listen_to_signals(stop: threading.Event, hangup: threading.Event) -> None:
    def ask_to_stop(number: int, _frame: object) -> None:
        if stop.is_set():  # a second signal: at once; nothing is lost, only done again
            raise SystemExit(128 + number)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask_to_stop)
    signal.signal(signal.SIGHUP, lambda *_: hangup.set())
