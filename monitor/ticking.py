"""What a process does every so often, as jobs of an engine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import structlog

from monitor.engine import Context, Engine, Kind
from monitor.errors import MonitorError

log = structlog.get_logger(__name__)

HANGS_AFTER = timedelta(seconds=100)
QUEUE = "ticks"
_WORKERS = 7  # threads


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """An engine and what it is to run.

    Attributes:
        queues, slots: See `Engine.run`.
    """

    engine: Engine
    queues: tuple[str, ...]
    slots: int


def guarded(job: Callable[[], object]) -> None:
    """A sick database or a full disk ends this tick; the next one tries again."""
    try:
        job()
    except MonitorError as exc:
        log.error("tick_failed", job=getattr(job, "__name__", "clock_jumped"), problem=str(exc))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """What is done every so often.

    Attributes:
        patience: Who takes longer hangs; None: it may take its time.
        at_start: Whether it is done once now, too.
    """

    work: Callable[[], object]
    every: timedelta
    patience: timedelta | None = HANGS_AFTER
    at_start: bool = False


def kinds_of(ticks: Mapping[str, Tick]) -> dict[str, Kind]:
    """Ticks as jobs of an engine, which is told of their times by `set_out`."""

    def kind(name: str, tick: Tick) -> Kind:
        said = ""

        def work(_key: str, _context: Context) -> None:
            nonlocal said
            try:
                tick.work()
            except MonitorError as exc:
                if str(exc) != said:  # once, however often it is tried again
                    log.error("tick_failed", job=name, problem=str(exc))
                said = str(exc)
            else:
                said = ""

        return Kind(queue=QUEUE, work=work, patience=tick.patience)

    return {name: kind(name, tick) for name, tick in ticks.items()}


def set_out(engine: Engine, ticks: Mapping[str, Tick]) -> Running:
    """Have an engine do the ticks that it was made with."""
    for name, tick in ticks.items():
        engine.every(tick.every, name)
        if tick.at_start:
            engine.wake(name)
    return Running(engine=engine, queues=(QUEUE,), slots=_WORKERS)
