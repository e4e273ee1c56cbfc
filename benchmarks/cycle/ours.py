"""The monitor as a process that polls when told: `python -m benchmarks.cycle.ours FOLDER`."""

import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.cycle.turns import serve
from monitor import bootstrap, logs
from monitor.service import Monitor

_AN_HOUR = timedelta(hours=1)


class Clock:
    """The wall clock, moved ahead."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


def poll_all(monitor: Monitor, clock: Clock) -> dict[str, object]:
    """As the daemon does: tick until each feed's poll is saved.

    Returns:
        Also `took_s`: feed -> seconds from the start to the end of its poll; `problems`.
    """
    clock.ahead += _AN_HOUR  # so that each is due, and once only
    begun = clock()
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
        clock = Clock()
        monitor._now = monitor._poller._now = clock  # noqa: SLF001 - nothing else runs yet
        serve(lambda: poll_all(monitor, clock))
        monitor.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
