"""The monitor as a process that polls when told: `python -m benchmarks.cycle.ours FOLDER`."""

import sys
from pathlib import Path

from benchmarks.cycle.turns import serve
from monitor import bootstrap, logs


def main(folder: Path) -> None:
    config = bootstrap.load(folder)
    logs.configure("info", "json")
    with bootstrap.monitor_of(config) as (monitor, _):

        def poll() -> int:
            return len(monitor.poll(force=True))

        serve(poll)
        monitor.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
