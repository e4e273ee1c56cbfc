"""The real process under a supervisor that speaks systemd's protocol: a socket, a watchdog."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from tests.e2e.test_reload import Service
from tests.e2e.world import a_daemon, a_folder, an_entry, rss
from tests.faults.processes import wait_until
from tests.servers import Loopback, Reply


class Supervisor:
    """Hears what the service says; each message is its lines."""

    def __init__(self, path: Path) -> None:
        self.path, self.heard = path, list[list[str]]()
        self._ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._ear.bind(str(path))

    def hears(self, start: str, timeout_s: float = 30) -> list[str]:
        """The next message that begins so."""
        until = time.monotonic() + timeout_s
        while (left := until - time.monotonic()) > 0:
            self._ear.settimeout(left)
            try:
                self.heard.append(self._ear.recv(4096).decode().split("\n"))
            except TimeoutError:
                break
            if self.heard[-1][0].startswith(start):
                return self.heard[-1]
        raise AssertionError(f"no {start} within {timeout_s:g} s, but {self.heard}")

    def gap_s(self, start: str) -> float:
        """How long after one such message the next one comes."""
        self.hears(start)
        began_s = time.monotonic()
        self.hears(start)
        return time.monotonic() - began_s

    def hears_nothing(self, for_s: float) -> None:
        """From some moment on, when what was said before is heard."""
        with suppress(TimeoutError):
            self._ear.settimeout(for_s)
            while self._ear.recv(4096):
                pass

    def close(self) -> None:
        self._ear.close()


@contextmanager
def supervised(
    tmp_path: Path, watchdog_s: float, interval: str = "1s"
) -> Iterator[tuple[Service, Supervisor]]:
    body = rss([an_entry(1)])
    with (
        closing(Supervisor(tmp_path / "notify")) as supervisor,
        Loopback(lambda _: Reply(200, body)) as feed,
        Loopback(lambda _: Reply(204)) as hook,
    ):
        feeds, webhooks = {"x": feed.url}, {"desk": hook.url}
        folder = a_folder(tmp_path, feeds=feeds, webhooks=webhooks, interval=interval)
        usec = str(int(watchdog_s * 1e6))
        with a_daemon(folder, NOTIFY_SOCKET=str(supervisor.path), WATCHDOG_USEC=usec) as process:
            yield Service(tmp_path, process, hook, feed), supervisor


def test_ready_reload_and_stop_are_told_in_their_order(tmp_path: Path):
    with supervised(tmp_path, 60) as (service, supervisor):
        ready = supervisor.hears("READY=1")
        assert ready[1].startswith("STATUS=1 feed")
        service.says("monitor_started")
        assert supervisor.hears("STATUS=1 feed, last poll")

        service.hang_up()
        assert supervisor.hears("RELOADING=1")[1].startswith("MONOTONIC_USEC=")
        assert supervisor.hears("READY=1")
        assert service.says("reloaded")
        service.write("watches/watches.toml", "nonsense")
        assert supervisor.hears("RELOADING=1")
        assert "the last reload was refused" in supervisor.hears("READY=1")[1]

        service.process.send_signal(signal.SIGTERM)
        assert supervisor.hears("STOPPING=1")
        assert service.process.wait(30) == 0
    starts = [message[0] for message in supervisor.heard]
    assert starts.count("READY=1") == 3
    assert "WATCHDOG=1" in starts


def test_watchdog_is_fed_as_long_as_the_loop_turns(tmp_path: Path):
    with supervised(tmp_path, 2) as (service, supervisor):
        supervisor.hears("READY=1")
        assert wait_until(lambda: supervisor.gap_s("WATCHDOG=1") < 2, 60), "it is fed too rarely"
        for _ in range(3):
            supervisor.hears("WATCHDOG=1")

        service.process.send_signal(signal.SIGSTOP)  # hangs, all of it
        try:
            supervisor.hears_nothing(for_s=2)
        finally:
            service.process.send_signal(signal.SIGCONT)
        supervisor.hears("WATCHDOG=1")


def test_what_the_watchdog_ends_tells_where_it_hung(tmp_path: Path):
    # What hangs stands still: Python reads the stacks of threads that run at its own risk.
    with supervised(tmp_path, 60, interval="1h") as (service, supervisor):
        supervisor.hears("STATUS=1 feed, last poll")
        assert service.hook.wait_for(lambda requests: len(requests) == 1)
        supervisor.hears_nothing(for_s=1)
        os.kill(service.process.pid, signal.SIGABRT)
        assert service.process.wait(30) == -signal.SIGABRT

    log = (tmp_path / "daemon.log").read_text()
    assert "Fatal Python error: Aborted" in log
    assert "daemon.py" in log
