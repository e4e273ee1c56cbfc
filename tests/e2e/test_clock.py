"""The wall clock jumps, the machine sleeps: polling goes on, nobody is asked early."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.e2e.world import a_folder, an_entry, rss
from tests.servers import Loopback, Reply, Request

HOUR, YEAR = 3600, 365 * 24 * 3600
PATIENCE_S = 60  # within a minute polling goes on


@dataclass
class Daemon:
    """A running service, and the feed's server that it asks once a second."""

    process: "subprocess.Popen[str]"
    server: Loopback
    log: Path

    def jump(self, seconds: float) -> None:
        assert self.process.stdin
        self.process.stdin.write(f"{seconds}\n")
        self.process.stdin.flush()

    def goes_on(self, path: str = "/often", more: int = 2) -> bool:
        """Whether so many more requests come."""
        before = len(asked(self.server.requests, path))
        return self.server.wait_for(
            lambda requests: len(asked(requests, path)) >= before + more, PATIENCE_S
        )

    @property
    def memory_mib(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0]) / 1024


def asked(requests: list[Request], path: str) -> list[Request]:
    return [request for request in requests if request.path == path]


@contextmanager
def a_daemon(root: Path, zone: str = "UTC") -> Iterator[Daemon]:
    answers = {
        "/often": Reply(200, rss([an_entry(1)])),
        "/held": Reply(200, rss([an_entry(2)]), {"retry-after": "86400"}),
    }
    log = root / "daemon.log"
    with Loopback(lambda request: answers[request.path]) as server, log.open("w") as out:
        feeds = {"often": f"{server.url}/often", "held": f"{server.url}/held"}
        folder = a_folder(root, feeds=feeds, webhooks={})
        command = ["env", f"TZ={zone}", sys.executable, "-m", "tests.e2e.moved_clock"]
        with subprocess.Popen(
            [*command, "--config", str(folder), "run"],
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=out,
            text=True,
        ) as process:
            try:
                daemon = Daemon(process, server, log)
                assert daemon.goes_on()
                assert server.wait_for(lambda requests: bool(asked(requests, "/held")))
                yield daemon
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(35)


@pytest.mark.parametrize("jumps", [(HOUR, -HOUR), (-24 * HOUR, 24 * HOUR, 1, -1), (10 * YEAR,)])
def test_polling_goes_on_and_what_a_server_asked_for_holds(tmp_path: Path, jumps: tuple[int, ...]):
    with a_daemon(tmp_path) as daemon:
        before = daemon.memory_mib
        for jump in jumps:
            daemon.jump(jump)
            assert daemon.goes_on()
        grown = daemon.memory_mib - before
        held = asked(daemon.server.requests, "/held")

    log = daemon.log.read_text()
    assert len(held) == 1
    assert log.count("clock_jumped") == sum(abs(jump) > 5 for jump in jumps)
    assert "Traceback" not in log
    assert grown < 20


@pytest.mark.parametrize(
    ("zone", "change"),
    [
        ("Europe/Berlin", "2027-03-28T00:59:58Z"),
        ("America/New_York", "2027-11-07T05:59:58Z"),
    ],
)
def test_summer_time_is_nothing_to_us(tmp_path: Path, zone: str, change: str):
    with a_daemon(tmp_path, zone) as daemon:
        until = datetime.fromisoformat(change) - datetime.now(UTC)
        daemon.jump(until / timedelta(seconds=1))
        assert daemon.goes_on(more=4)  # over the change
        held = asked(daemon.server.requests, "/held")

    assert len(held) == 1
    assert daemon.log.read_text().count("clock_jumped") == 1


def test_after_a_sleep_polling_goes_on(tmp_path: Path):
    """A stopped process misses its ticks like one of a suspended machine."""
    with a_daemon(tmp_path) as daemon:
        daemon.process.send_signal(signal.SIGSTOP)
        # The only way to let real time pass for a process that stands still.
        time.sleep(8)
        daemon.process.send_signal(signal.SIGCONT)
        assert daemon.goes_on()

    assert "clock_jumped" not in daemon.log.read_text()
