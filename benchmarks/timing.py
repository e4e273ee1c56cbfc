"""CPU time of several ways to do one thing, taken in turns so that noise meets all of them."""

import resource
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self


def cpu_seconds(ways: Mapping[str, Callable[[], object]], rounds: int = 5) -> dict[str, float]:
    """Name -> least CPU time of a run: what disturbs a run only ever adds to it."""
    best: dict[str, float] = {}
    for _ in range(rounds):
        for name, way in ways.items():
            before = time.process_time()
            way()
            took = time.process_time() - before
            best[name] = min(took, best.get(name, took))
    return best


def tree_seconds() -> float:
    """CPU time (user and system) of this process and its children, ended or alive. Linux only."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    alive = sum(time.clock_gettime(_clock_of(pid)) for pid in children())
    return time.process_time() + ended.ru_utime + ended.ru_stime + alive


def children(pid: int | str = "self") -> Iterator[int]:
    """Ids of a process's children that are alive."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # a thread that just ended
            yield from map(int, (task / "children").read_text().split())


class Peak:
    """Watches the memory of a process and its children, four times a second, within a block.

    Attributes:
        mib: Most that they held together; what several share counts once (PSS). Linux only.
        own_mib: Most that the process itself held.
    """

    def __init__(self, pid: int) -> None:
        self.mib = self.own_mib = 0.0
        self._pid = pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._look()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._look()

    def _watch(self) -> None:
        while not self._over.wait(0.25):
            self._look()

    def _look(self) -> None:
        own = _pss_mib(self._pid)
        self.own_mib = max(self.own_mib, own)
        self.mib = max(self.mib, own + sum(map(_pss_mib, children(self._pid))))


def _pss_mib(pid: int) -> float:
    with suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
    return 0.0


def _clock_of(pid: int) -> int:
    """The clock of a process's CPU time, as Linux numbers it: clock_getcpuclockid(3)."""
    return ~pid << 3 | 2
