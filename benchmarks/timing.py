"""CPU time of several ways to do one thing, taken in turns so that noise meets all of them."""

import os
import resource
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path


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


def children() -> Iterator[int]:
    """Ids of this process's children that are alive."""
    for task in Path("/proc/self/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # a thread that just ended
            yield from map(int, (task / "children").read_text().split())


def peak_mib() -> float:
    """Most memory that this process and its children that are alive held so far, each at its peak.

    An upper bound: what they share counts for each.
    """
    return sum(map(_peak_mib, [os.getpid(), *children()]))


def _peak_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def _clock_of(pid: int) -> int:
    """The clock of a process's CPU time, as Linux numbers it: clock_getcpuclockid(3)."""
    return ~pid << 3 | 2
