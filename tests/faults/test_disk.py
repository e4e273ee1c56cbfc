"""A disk that is full, or may not be written: nothing is sent that is not kept, and it passes."""

import resource
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.faults.audit import Left, audit
from tests.faults.campaigns import zygotes
from tests.faults.processes import Process, Zygote, wait_until
from tests.faults.trial import WEBHOOKS, Trial, a_trial

BACK_S = 60  # in which work goes on after there is room again

Sick = Callable[[Trial, Process], Callable[[], None]]
"""Makes the disk sick; returns what heals it."""

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    with zygotes(1) as [zygote]:
        yield zygote


@contextmanager
def a_small_disk(folder: Path) -> Iterator[None]:
    """Four MiB of a file system of its own."""
    folder.mkdir(parents=True)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder]).returncode:
        pytest.skip("mounting needs rights that this user does not have")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def full(trial: Trial, life: Process) -> Callable[[], None]:
    filler = trial.database.parent / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    return filler.unlink


def unwritable(trial: Trial, life: Process) -> Callable[[], None]:
    """Each write to a file fails, those to the log included."""
    _, hard = resource.prlimit(life.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(life.pid, resource.RLIMIT_FSIZE, (0, hard))

    def heal() -> None:
        resource.prlimit(life.pid, resource.RLIMIT_FSIZE, (hard, hard))

    return heal


@pytest.mark.parametrize("sick", [full, unwritable])
def test_a_sick_disk_under_load(sick: Sick, zygote: Zygote, tmp_path: Path):
    with a_small_disk(tmp_path / "data"), a_trial(tmp_path, zygote) as trial:
        trial.publish(2)
        life = trial.start()
        trial.live_on(life, trial.all_arrived, "nothing arrived in health")

        heal = sick(trial, life)
        trial.publish(3)
        assert not wait_until(lambda: not life.alive or trial.all_arrived(), 2)
        kept = audit(trial.database, WEBHOOKS, trial.now, Left())
        sent = set(trial.desk.tries)
        assert sent <= kept.leased.keys() | kept.delivered, "sent what no lease was kept of"
        assert all(trial.desk.got(webhook) <= {1, 2} for webhook in WEBHOOKS)

        heal()
        assert wait_until(trial.all_arrived, BACK_S)
        assert life.alive
        life.send(signal.SIGTERM)
        trial.end(life, "", wait_s=30)
        assert trial.verdict().problems == []


def test_a_start_on_a_read_only_disk_is_refused_and_loses_nothing(zygote: Zygote, tmp_path: Path):
    folder = tmp_path / "data"
    with a_small_disk(folder), a_trial(tmp_path, zygote) as trial:
        trial.tour()
        tries = trial.desk.tries.total()
        subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
        trial.publish(1)

        assert trial.start().wait(60) == 1
        assert str(folder) in trial.said()
        assert trial.desk.tries.total() == tries

        subprocess.run(["mount", "-o", "remount,rw", folder], check=True)
        trial.recover()
        assert trial.verdict().problems == []
