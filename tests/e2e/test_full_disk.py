"""The disk is full or cannot be written for a while: nothing starts, nothing is lost, all goes on.

Two ways to get there with the real process: a small file system of its own (as root), and a limit
of the kernel on the size of its files, which SQLite meets as an I/O error.
"""

import json
import os
import resource
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.adapters.sqlite import SqliteArchive
from monitor.cli import main
from monitor.model import DeliveryState
from tests.e2e.world import a_folder, an_entry, rss
from tests.faults.processes import Process, Zygote, daemon_arguments
from tests.servers import Loopback, Reply, Request

LONG = "A long report on the departure of the train. " * 400


@contextmanager
def a_small_disk(folder: Path) -> Iterator[Path]:
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", str(folder)]
    if os.getuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a file system can be mounted by root alone")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


class House:
    """A daemon with a feed that brings something new whenever it is asked to, and a webhook."""

    def __init__(self, root: Path) -> None:
        self.entries = [an_entry(0, description=LONG)]
        self.feed = Loopback(lambda _: Reply(200, rss(self.entries)))
        self.hook = Loopback(lambda _: Reply(204))
        self.root = root

    @contextmanager
    def running(self, service: Zygote) -> Iterator[Process]:
        with self.feed, self.hook:
            self.folder = a_folder(
                self.root, feeds={"x": self.feed.url}, webhooks={"desk": self.hook.url}
            )
            process = service.start(*daemon_arguments(self.folder), log=Path(os.devnull))
            try:
                yield process
            finally:
                process.send(signal.SIGTERM)
                assert process.wait(35) == 0

    @property
    def database(self) -> Path:
        return self.root / "data" / "monitor.sqlite"

    def publish(self, *numbers: int) -> None:
        self.entries += [an_entry(number, description=LONG) for number in numbers]

    def status(self) -> Result:
        return CliRunner().invoke(main, ["--config", str(self.folder), "status", "--check"])

    def says(self, code: int, within_s: float) -> Result:
        """What `status` says as soon as it ends so, or at last."""
        until = time.monotonic() + within_s
        while (said := self.status()).exit_code != code and time.monotonic() < until:
            time.sleep(0.1)
        return said

    def arrived(self, requests: list[Request]) -> set[str]:
        return {json.loads(request.body)["data"]["headline"] for request in requests}

    def has(self, count: int) -> Callable[[list[Request]], bool]:
        return lambda requests: (
            len([t for t in self.arrived(requests) if t.startswith("Train")]) == count
        )


def more_than(count: int) -> Callable[[list[Request]], bool]:
    return lambda requests: len(requests) > count


def stands_still(server: Loopback, for_s: float) -> bool:
    """Whether it got nothing for so long, within ten times as long."""
    until = time.monotonic() + 10 * for_s
    while time.monotonic() < until:
        if not server.wait_for(more_than(len(server.requests)), timeout_s=for_s):
            return True
    return False


def goes_through(
    house: House, service: Zygote, break_it: Callable[[], None], mend_it: Callable[[], None]
) -> str:
    """The way of one failure; returns what `status` said meanwhile."""
    with house.running(service) as process:
        assert house.hook.wait_for(house.has(1), timeout_s=30)
        assert house.status().exit_code == 0

        break_it()
        house.publish(*range(1, 40))
        said = house.says(1, within_s=30)
        assert said.exit_code == 1, said.output
        assert stands_still(house.feed, for_s=3), "no new poll starts"
        assert process.alive
        sent = len(house.hook.requests)
        with SqliteArchive(house.database) as archive:
            known = {row.id for row in archive.deliveries(limit=100)}
        assert {r.headers["webhook-id"] for r in house.hook.requests} <= known

        mend_it()
        assert house.hook.wait_for(house.has(40), timeout_s=60), "work goes on by itself"
        assert house.says(0, within_s=20).exit_code == 0
        assert len(house.hook.requests) >= sent
    ids = [r.headers["webhook-id"] for r in house.hook.requests]
    assert len(ids) == len(set(ids)), "nothing was sent twice"
    with SqliteArchive(house.database) as archive:
        states = {row.state for row in archive.deliveries(limit=100)}
    assert states == {DeliveryState.DELIVERED}
    return said.output


def test_full_disk_is_survived_and_told(service: Zygote, tmp_path: Path) -> None:
    with a_small_disk(tmp_path / "disk") as disk:
        filler = disk / "filler"

        def fill() -> None:
            with filler.open("wb", buffering=0) as file, suppress(OSError):
                while True:
                    file.write(b"x" * 4096)

        said = goes_through(House(disk), service, fill, filler.unlink)

        assert "the database refuses to be written" in said
        assert "disk is full" in said


def test_disk_that_cannot_be_written_is_survived_and_told(service: Zygote, tmp_path: Path) -> None:
    house = House(tmp_path)

    def limit(size: int) -> None:
        [pid] = [
            int(said.split()[1])
            for said in [Path(f"{house.database}.lock").read_text().splitlines()[0]]
        ]
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))

    def break_it() -> None:
        limit(Path(f"{house.database}-wal").stat().st_size)

    said = goes_through(house, service, break_it, lambda: limit(resource.RLIM_INFINITY))

    assert "the database refuses to be written" in said
    assert "disk I/O error" in said
