"""`news-monitor` in a process whose wall clock jumps by the seconds that standard input says."""

import sys
import threading
from datetime import UTC, datetime, timedelta

import time_machine

from monitor.cli import main


def obey() -> None:
    """Jump once for each line. Every other clock goes on as it does."""
    for line in sys.stdin:
        now = datetime.now(UTC) + timedelta(seconds=float(line))
        time_machine.travel(now, tick=True).start()


if __name__ == "__main__":
    threading.Thread(target=obey, daemon=True).start()
    main()
