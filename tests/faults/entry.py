"""The service as the trials start it: the real one, its clock, timetable and bugs chosen.

NEWS_MONITOR_FAILPOINT   where it ends (see monitor/failpoints.py)
TRIAL_CLOCK_S            seconds by which its wall clock is ahead
TRIAL_TICK_S             how often polls and deliveries are looked for; other jobs a third of it
TRIAL_SEED               a bug to sow (see seeds.py)
"""

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

# All that a command imports late: what is imported before the fork is imported once.
from monitor import bootstrap, daemon, failpoints, logs  # noqa: F401
from monitor.adapters.http.sockets import tls_context
from monitor.cli import main as news_monitor
from tests.e2e.world import a_folder
from tests.faults import seeds


def _get_ready() -> None:
    """What is the same in each life is made once, before the fork.

    The certificates that are trusted, and how a configuration is read (not what it says).
    """
    trusted = tls_context()
    setattr(bootstrap, "tls_context", lambda: trusted)  # noqa: B010 - the type is not ours to repeat
    with TemporaryDirectory() as folder:
        here = "http://127.0.0.1:9/"
        bootstrap.load(a_folder(Path(folder), feeds={"x": here}, webhooks={"desk": here}))


_get_ready()


def main(arguments: Sequence[str]) -> None:
    failpoints.arm(os.environ.get("NEWS_MONITOR_FAILPOINT", ""))
    _set_clock(timedelta(seconds=float(os.environ.get("TRIAL_CLOCK_S", "0"))))
    if tick_s := os.environ.get("TRIAL_TICK_S"):
        _set_ticks(float(tick_s))
    if seed := os.environ.get("TRIAL_SEED"):
        seeds.sow(seed)
    news_monitor(list(arguments), prog_name="news-monitor")


def _set_clock(ahead: timedelta) -> None:
    bootstrap._now = lambda: datetime.now(UTC) + ahead


def _set_ticks(every_s: float) -> None:
    ticks = daemon.ticks_of

    def hasty(*arguments: Any) -> Any:
        often = ("polls", "deliveries")
        return {
            name: replace(tick, every=timedelta(seconds=every_s * (1 if name in often else 3)))
            for name, tick in ticks(*arguments).items()
        }

    setattr(daemon, "ticks_of", hasty)  # noqa: B010 - the type is not ours to repeat
