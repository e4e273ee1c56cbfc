"""The monitor as a process that polls when told: `python -m benchmarks.cycle.ours FOLDER`."""

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.cycle.turns import serve
from monitor import bootstrap, logs
from monitor.service import Monitor


def poll_all(monitor: Monitor) -> int:
    """As the daemon does: tick until each feed's poll is saved; their interval is a second."""
    begun = datetime.now(UTC)
    polled = 0
    while polled < len(monitor.line.feeds):
        monitor.start_polls()
        time.sleep(0.1)
        states = monitor.states.values()
        polled = sum(1 for s in states if s.polled_at is not None and s.polled_at >= begun)
    return polled


def main(folder: Path) -> None:
    config = bootstrap.load(folder)
    logs.configure("info", "json")
    with bootstrap.monitor_of(config) as (monitor, _):
        serve(lambda: poll_all(monitor))
        monitor.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
