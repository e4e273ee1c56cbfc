"""Kind "file"."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.adapters.webhooks.file import FileOptions, FileWebhook
from monitor.adapters.webhooks.payload import message
from monitor.model import Alert, Answer, Delivery, Verdict
from tests.adapters.webhooks.alerts import a_huge_alert, alerts
from tests.builders import NOW, a_delivery, an_alert

WEBHOOK = FileWebhook("log", FileOptions(path=Path("alerts.jsonl")))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "alerts.jsonl"


def row(name: str = "msg_1", alert: Alert | None = None) -> Delivery:
    return a_delivery(name, payload=WEBHOOK.render(alert or an_alert(), name))


def send(path: Path, delivery: Delivery) -> Answer:
    return FileWebhook("log", FileOptions(path=path)).send(delivery, NOW)


@settings(max_examples=60, deadline=None)
@given(alert=alerts())
def test_any_alert_is_one_line_with_the_standard_message(alert: Alert) -> None:
    line = WEBHOOK.render(alert, "msg_1")

    assert b"\n" not in line
    assert json.loads(line) == {"webhook-id": "msg_1"} | json.loads(message(alert))


def test_lines_stand_in_the_order_of_delivery(path: Path) -> None:
    for name in ("msg_1", "msg_2", "msg_3"):
        assert send(path, row(name)).verdict is Verdict.DELIVERED

    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [line["webhook-id"] for line in lines] == ["msg_1", "msg_2", "msg_3"]
    assert path.stat().st_mode & 0o007 == 0


def test_line_that_is_there_is_not_written_again(path: Path) -> None:
    """A crash between the disk and the database: the delivery comes again."""
    send(path, row())
    send(path, row("msg_2"))

    answer = send(path, row())

    assert (answer.verdict, answer.text) == (Verdict.DELIVERED, "it was there already")
    assert len(path.read_bytes().splitlines()) == 2


@settings(max_examples=100, deadline=None)
@given(cut=st.integers(1, 700), before=st.integers(0, 2))
def test_whatever_a_crash_left_of_a_line_is_gone(
    tmp_path_factory: pytest.TempPathFactory, cut: int, before: int
) -> None:
    path = tmp_path_factory.mktemp("torn") / "alerts.jsonl"
    for number in range(before):
        send(path, row(f"msg_{number}"))
    whole, torn = path.read_bytes() if before else b"", row("msg_torn").payload[:cut]
    path.write_bytes(whole + torn)

    send(path, row("msg_next"))

    assert path.read_bytes() == whole + row("msg_next").payload + b"\n"


def test_line_of_somebody_else_is_ended_and_kept(path: Path) -> None:
    path.write_text("a note without an end")

    send(path, row())

    assert path.read_bytes() == b"a note without an end\n" + row().payload + b"\n"


def test_file_that_is_renamed_is_left_and_a_new_one_begun(path: Path) -> None:
    send(path, row())
    path.rename(path.with_suffix(".1"))

    send(path, row("msg_2"))

    assert [len(p.read_bytes().splitlines()) for p in (path, path.with_suffix(".1"))] == [1, 1]


def test_many_writers_and_a_rotation_lose_and_tear_nothing(path: Path) -> None:
    """A rename between opening and locking would send lines to the old file, not nowhere."""
    rotations: list[Path] = []

    def write(first: int) -> int:
        """Writes at least 25 lines, and on until the file was renamed under the writers."""
        number = 0
        while number < 25 or len(rotations) < 5:
            assert send(path, row(f"msg_{first}x{number}")).verdict is Verdict.DELIVERED
            number += 1
        return number

    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(write, first) for first in range(4)]
        while not all(writer.done() for writer in writers):
            if path.exists():
                rotations.append(path.rename(path.with_suffix(f".{len(rotations)}")))
        written = sum(writer.result() for writer in writers)

    lines = [line for file in path.parent.iterdir() for line in file.read_bytes().splitlines()]
    assert len(lines) == len({json.loads(line)["webhook-id"] for line in lines}) == written
    assert len(rotations) >= 5


def test_process_killed_after_the_write_leaves_a_line_that_is_not_repeated(path: Path) -> None:
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from tests.adapters.webhooks.test_file import row, send\n"
        "send(Path(sys.argv[1]), row())\n"
    )
    environment = os.environ | {"NEWS_MONITOR_FAILPOINT": "file.written"}
    done = subprocess.run([sys.executable, "-c", code, str(path)], env=environment, check=False)
    assert done.returncode == -9

    send(path, row())

    assert path.read_bytes() == row().payload + b"\n"


def test_disk_that_is_full_leaves_no_part_of_a_line(path: Path) -> None:
    """A limit of the file's size makes the write fall short, as a full disk does."""
    send(path, row())
    before = path.read_bytes()
    code = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from tests.adapters.webhooks.test_file import row, send\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "room = int(sys.argv[2])\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))\n"
        "print(send(Path(sys.argv[1]), row('msg_2')).verdict)\n"
    )
    for room in (0, 100):
        limit = str(len(before) + room)
        done = subprocess.run(
            [sys.executable, "-c", code, str(path), limit],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stdout.strip() == "retry"

    assert path.read_bytes() == before


def test_longest_lines_are_recognised_too(path: Path) -> None:
    rows = [row(f"msg_{n}", a_huge_alert("a", id=str(n))) for n in range(10)]
    for one in rows:
        send(path, one)

    assert send(path, rows[0]).text == "it was there already"


@pytest.mark.parametrize("what", ["folder", "missing folder", "pipe", "read-only folder"])
def test_path_that_cannot_be_written_needs_somebody_to_look(tmp_path: Path, what: str) -> None:
    path = tmp_path / "x" / "alerts.jsonl"
    if what == "folder":
        path.mkdir(parents=True)
    elif what == "pipe":
        path.parent.mkdir()
        os.mkfifo(path)
    elif what == "read-only folder":
        path = Path("/proc/alerts.jsonl")

    answer = FileWebhook.__new__(FileWebhook)
    answer._path = path

    assert answer.send(row(), NOW).verdict is Verdict.HELD


@pytest.mark.parametrize("name", ["", "a\0b"])
def test_path_that_cannot_be_one_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="path"):
        FileOptions(path=Path(name))
