"""Starts many processes of a cluster, in which everything is imported already.

`python -m tests.cluster.forge` reads lines of JSON: `start` (arguments, environment, log file) is
answered by the pid of a new process that runs `news-monitor`, `end` (a pid) by its exit status, as
soon as it has one.
"""

import gc
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

from tests.faults.zygote import become, die_with_parent

ROOT = Path(__file__).parents[2]
_HOLD = "TRIAL_HOLD_S"  # how long a key is worked at before others have a turn


class Forge:
    """Thread-safe."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.cluster.forge"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        self._lock = Lock()
        assert self._line() == "ready"

    def start(
        self, *arguments: str, log: Path, environment: Mapping[str, str], hold_s: float | None
    ) -> int:
        """Returns its pid."""
        more = {} if hold_s is None else {_HOLD: str(hold_s)}
        order = {"start": arguments, "environment": {**environment, **more}, "log": str(log)}
        return int(self._ask(order))

    def end(self, pid: int) -> int:
        """Wait for it; its exit status: 0 - n if signal n ended it."""
        return int(self._ask({"end": pid}))

    def close(self) -> None:
        with self._process as process:
            assert process.stdin
            process.stdin.close()
            process.wait(60)

    def _ask(self, order: Mapping[str, Any]) -> str:
        with self._lock:
            assert self._process.stdin
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            return self._line()

    def _line(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline().strip()


def main() -> None:
    die_with_parent()
    _import_all()
    gc.freeze()
    print("ready", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        if pid := order.get("end"):
            _, status = os.waitpid(pid, 0)
            print(os.waitstatus_to_exitcode(status), flush=True)
            continue
        pid = os.fork()
        if pid == 0:
            become(order["environment"], order["log"])
            _run(order["start"])
            return
        print(pid, flush=True)


def _import_all() -> None:
    """What is imported before the fork is imported once."""
    import monitor.adapters.engines.procrastinate
    import monitor.adapters.postgres.leases
    import monitor.adapters.postgres.store
    import monitor.bootstrap
    import monitor.cli.cluster
    import monitor.cli.run
    import monitor.daemon
    import monitor.logs  # noqa: F401


def _run(arguments: list[str]) -> None:
    from monitor.cli import main as news_monitor
    from monitor.cluster import runner
    from monitor.core.partitions import TimeBox

    if hold_s := os.environ.get(_HOLD):
        box = partial(TimeBox, length_s=timedelta(seconds=float(hold_s)).total_seconds())
        setattr(runner, "TimeBox", box)  # noqa: B010 - the type is not ours to repeat
    with suppress(BrokenPipeError):
        news_monitor(arguments, prog_name="news-monitor")


if __name__ == "__main__":
    main()
