"""The monitor as a process that polls when told: `python -m benchmarks.cycle.ours FOLDER`."""

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.cycle.turns import serve
from monitor import bootstrap, logs
from monitor.service import Monitor


def poll_all(monitor: Monitor) -> dict[str, object]:
    """As the daemon does: tick until each feed's poll is saved; their interval is a second.

    Returns:
        Also `took_s`: feed -> seconds from the start to the end of its poll; `problems`.
    """
    begun = datetime.now(UTC)
    polled = 0
    while polled < len(monitor.line.feeds):
        monitor.start_polls()
        time.sleep(0.1)
        states = monitor.states.values()
        at = {s.feed_id: s.polled_at for s in states if s.polled_at and s.polled_at >= begun}
        polled = len(at)
    return {
        "polled": polled,
        "took_s": {feed: (moment - begun).total_seconds() for feed, moment in at.items()},
        "problems": {s.feed_id: s.problem for s in states if s.failures},
    }


def main(folder: Path) -> None:
    config = bootstrap.load(folder)
    logs.configure("info", "json")
    with bootstrap.monitor_of(config) as (monitor, _):
        serve(lambda: poll_all(monitor))
        monitor.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
