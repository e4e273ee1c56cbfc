"""One daemon per database, across real processes."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.adapters.sqlite import hold
from monitor.errors import AlreadyRunning, StoreError

HOLDER = """
import sys
from monitor.adapters.sqlite import hold
with hold(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.readline()
"""
FORKING_HOLDER = """
import os, sys
from monitor.adapters.sqlite import hold
lock = hold(sys.argv[1])
child = os.fork()
if child:
    print(child, flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that holds `db` until it is killed or told to go on."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / "db")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_second_holder_is_refused_and_told_who_holds(
    tmp_path: Path, holder: "subprocess.Popen[str]"
) -> None:
    with pytest.raises(AlreadyRunning, match=rf"db is held by process {holder.pid} on \S+$"):
        hold(tmp_path / "db")


def test_lock_is_free_after_kill_9(tmp_path: Path, holder: "subprocess.Popen[str]") -> None:
    holder.send_signal(signal.SIGKILL)
    holder.wait(10)

    with hold(tmp_path / "db"):
        assert (tmp_path / "db.lock").read_text().startswith(f"process {os.getpid()} on ")


def test_lock_is_free_after_release(tmp_path: Path) -> None:
    first = hold(tmp_path / "db")
    with pytest.raises(AlreadyRunning):
        hold(str(tmp_path / "db"))

    first.release()
    first.release()

    hold(tmp_path / "db").release()


def test_forked_child_does_not_keep_the_lock_alive(tmp_path: Path) -> None:
    """Else a parser that outlives a killed daemon would keep the next one from starting."""
    with subprocess.Popen(
        [sys.executable, "-c", FORKING_HOLDER, str(tmp_path / "db")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        child = int(process.stdout.readline())
        process.kill()
        process.wait(10)

        os.kill(child, 0)  # it is still there
        hold(tmp_path / "db").release()


def test_folder_of_the_lock_is_made(tmp_path: Path) -> None:
    with hold(tmp_path / "new" / "db"):
        assert (tmp_path / "new" / "db.lock").exists()


def test_lock_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StoreError, match="cannot be written"):
        hold(tmp_path / "file" / "db")
