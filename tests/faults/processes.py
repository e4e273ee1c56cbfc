"""The processes of a trial, seen from the test."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).parents[2]


class Process:
    """A process that the zygote forked."""

    def __init__(self, pid: int, ended: Callable[[], int]) -> None:
        self.pid = pid
        self.started_at = time.monotonic()
        self.ended_at = 0.0
        self.status: int | None = None
        self._ended = ended
        self._waiter = threading.Thread(target=self._await)
        self._waiter.start()

    @property
    def alive(self) -> bool:
        return self.status is None

    def send(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            if self.alive:
                os.kill(self.pid, number)

    def kill(self) -> int:
        self.send(signal.SIGKILL)
        return self.wait(60)

    def wait(self, timeout_s: float) -> int:
        """Its exit status: 0 - n if signal n ended it."""
        self._waiter.join(timeout_s)
        if self.status is None:
            raise TimeoutError(f"process {self.pid} still runs after {timeout_s:g} s")
        return self.status

    def _await(self) -> None:
        self.status = self._ended()
        self.ended_at = time.monotonic()


class Zygote:
    """Starts processes of one kind, one at a time.

    Args:
        target: "module:function", called with the arguments.
        python: Of the environment in which to run.
    """

    def __init__(self, target: str, *, python: str = sys.executable, cwd: Path = ROOT) -> None:
        self._zygote = subprocess.Popen(
            [python, str(Path(__file__).with_name("zygote.py")), target],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": str(cwd)},
        )
        self._current: Process | None = None
        assert self._line() == "ready"

    def start(
        self, *arguments: str, log: Path, environment: Mapping[str, str] | None = None
    ) -> Process:
        assert self._current is None or not self._current.alive
        assert self._zygote.stdin
        order = {"arguments": arguments, "environment": environment or {}, "log": str(log)}
        self._zygote.stdin.write(json.dumps(order) + "\n")
        self._zygote.stdin.flush()
        self._current = Process(int(self._line()), lambda: int(self._line()))
        return self._current

    def clear(self) -> None:
        """Kills the process if it still runs."""
        if self._current and self._current.alive:
            self._current.kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self.clear()
        with self._zygote as zygote:
            assert zygote.stdin
            zygote.stdin.close()
            zygote.wait(60)

    def _line(self) -> str:
        assert self._zygote.stdout
        return self._zygote.stdout.readline().strip()


def wait_until(happened: Callable[[], object], timeout_s: float) -> bool:
    """Whether it happened in time."""
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        if happened():
            return True
        time.sleep(0.004)
    return bool(happened())


def daemon_arguments(folder: Path) -> Sequence[str]:
    return ("--config", str(folder), "run")
