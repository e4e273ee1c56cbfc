"""The processes of a pair, and what they cost."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.soak import counters
from benchmarks.soak.world import ROOT, SECRET
from benchmarks.timing import children

EMBEDDED = {"run": ("run",)}


def cluster(schedulers: int) -> Mapping[str, Sequence[str]]:
    """Name of a process -> its command."""
    return {
        **{f"scheduler {n}": ("scheduler",) for n in range(schedulers)},
        **{f"fetch {n}": ("worker", "--queue", "fetch") for n in range(2)},
        "deliver": ("worker", "--queue", "deliver"),
    }


class Pair:
    """Processes that run, by name; those of a role are called alike but for a number."""

    def __init__(self, processes: Mapping[str, subprocess.Popen[bytes]]) -> None:
        self._processes = processes

    def costs_s(self) -> dict[str, float]:
        """Role -> CPU seconds since the start, children included."""
        costs: dict[str, float] = {}
        for name, process in self._processes.items():
            role = name.partition(" ")[0]
            costs[role] = costs.get(role, 0.0) + counters.tree_s(process.pid)
        return costs

    def memory_mib(self) -> dict[str, float]:
        """Role -> memory of all of its processes, children included."""
        held: dict[str, float] = {}
        for name, process in self._processes.items():
            role = name.partition(" ")[0]
            pids = [process.pid, *children(process.pid)]
            held[role] = held.get(role, 0.0) + counters.pss_mib(pids)
        return held

    def check(self) -> None:
        """See that all of them live."""
        for name, process in self._processes.items():
            if process.poll() is not None:
                raise RuntimeError(f"{name} ended with {process.returncode}; see its log")


def environment(database: str) -> dict[str, str]:
    return {
        **os.environ,
        "SOAK_DATABASE": database,
        "SOAK_SECRET": SECRET,
        "PYTHONPATH": str(ROOT),
    }


def command(database: str, *words: object) -> None:
    """Run a command of ours to its end."""
    line = [sys.executable, "-m", "monitor", *map(str, words)]
    subprocess.run(line, env=environment(database), check=True, stdout=subprocess.DEVNULL)


@contextmanager
def running(commands: Mapping[str, Sequence[str]], folder: Path, database: str) -> Iterator[Pair]:
    """The processes, until the block ends; their logs are in build/soak."""
    logs = ROOT / "build" / "soak"
    logs.mkdir(parents=True, exist_ok=True)
    processes: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, words in commands.items():
            with (logs / f"{name.replace(' ', '-')}.log").open("ab") as log:
                processes[name] = subprocess.Popen(
                    [sys.executable, "-m", "monitor", *words, "--config", str(folder)],
                    env=environment(database),
                    stdout=log,
                    stderr=log,
                )
        yield Pair(processes)
    finally:
        for process in processes.values():
            process.terminate()
        for process in processes.values():
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
