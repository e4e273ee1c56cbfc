"""The protocol of sd_notify(3), spoken to real datagram sockets."""

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from monitor.adapters.systemd import Systemd

Heard = Callable[[], list[str]]


@pytest.fixture(params=["file", "abstract"])
def listener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Heard]]:
    """An address as NOTIFY_SOCKET names it, and the lines of the next datagram."""
    address = str(tmp_path / "notify") if request.param == "file" else f"@news-monitor-{uuid4()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(address.replace("@", "\0", 1) if address.startswith("@") else address)
        ear.settimeout(10)
        yield address, lambda: ear.recv(4096).decode().split("\n")


def test_every_message_is_one_datagram(listener: tuple[str, Heard]) -> None:
    address, heard = listener
    systemd = Systemd(address)

    systemd.ready("3 feeds\nREADY=0")
    assert heard() == ["READY=1", "STATUS=3 feeds READY=0"]
    systemd.alive()
    assert heard() == ["WATCHDOG=1"]
    before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    systemd.reloading()
    [reloading, at] = heard()
    assert reloading == "RELOADING=1"
    assert before <= int(at.removeprefix("MONOTONIC_USEC="))
    assert int(at.removeprefix("MONOTONIC_USEC=")) <= time.monotonic_ns() // 1000
    systemd.stopping()
    assert heard()[0] == "STOPPING=1"


def test_status_is_said_when_it_changed(listener: tuple[str, Heard]) -> None:
    address, heard = listener
    systemd = Systemd(address)

    for status in ("a", "a", "b", "x" * 999):
        systemd.status(status)

    assert [heard() for _ in range(3)] == [["STATUS=a"], ["STATUS=b"], ["STATUS=" + "x" * 200]]


def test_the_environment_names_it_once(listener: tuple[str, Heard]) -> None:
    address, heard = listener
    env = {
        "NOTIFY_SOCKET": address,
        "WATCHDOG_USEC": "20000000",
        "WATCHDOG_PID": str(os.getpid()),
        "HOME": "/",
    }

    systemd = Systemd.named_in(env)

    assert systemd.watchdog == timedelta(seconds=20)
    assert env == {"HOME": "/"}
    systemd.alive()
    assert heard() == ["WATCHDOG=1"]


@pytest.mark.parametrize(
    "env",
    [
        {},
        {"WATCHDOG_USEC": "20000000"},
        {"NOTIFY_SOCKET": "/nowhere", "WATCHDOG_USEC": "20000000", "WATCHDOG_PID": "1"},
        {"NOTIFY_SOCKET": "/nowhere", "WATCHDOG_USEC": "soon"},
        {"NOTIFY_SOCKET": "/nowhere", "WATCHDOG_USEC": "0"},
    ],
)
def test_watchdog_of_somebody_else_or_none_is_not_ours(env: dict[str, str]) -> None:
    assert Systemd.named_in(dict(env)).watchdog is None


@pytest.mark.parametrize("address", ["", "/nowhere/at/all", "@nobody-" + "x" * 20, "y" * 500])
def test_where_nobody_listens_nothing_happens(address: str) -> None:
    systemd = Systemd(address)

    systemd.ready("well")
    systemd.reloading()
    systemd.alive()
    systemd.stopping()


def test_supervisor_that_does_not_listen_holds_nothing_up(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as deaf:
        deaf.bind(str(tmp_path / "notify"))
        systemd = Systemd(str(tmp_path / "notify"))
        started_s = time.monotonic()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as filler:
            filler.setblocking(False)  # until its queue is full
            with suppress(BlockingIOError):
                while True:
                    filler.sendto(b"x", str(tmp_path / "notify"))

        systemd.alive()

        assert time.monotonic() - started_s < 5
