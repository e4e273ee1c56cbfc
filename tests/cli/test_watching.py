"""`status --watch`, as a process in a pipe and on a terminal of its own."""

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.cli.conftest import House


class Watch:
    """A running one, and what it has printed so far."""

    def __init__(self, process: "subprocess.Popen[bytes]", output: int) -> None:
        self.process, self._output, self.text = process, output, ""

    def shows(self, wanted: Callable[[str], bool]) -> bool:
        """Whether what it prints comes to be so."""
        while not wanted(self.text):
            with suppress(OSError):  # a terminal that was left
                if chunk := os.read(self._output, 65536):
                    self.text += chunk.decode()
                    continue
            return False
        return True

    def ends(self, number: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(number)
        self.shows(lambda _: False)
        return self.process.wait(20)


@contextmanager
def a_watch(house: House, *options: str, terminal: bool = False) -> Iterator[Watch]:
    command = ["-m", "monitor", "--config", str(house.config), "status", "--watch", *options]
    ours, theirs = pty.openpty() if terminal else os.pipe()
    errors = (house.root / "errors").open("wb")
    process = subprocess.Popen(
        [sys.executable, *command],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=errors,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "100", "LINES": "24"},
    )
    os.close(theirs)
    try:
        yield Watch(process, ours)
    finally:
        process.kill()
        process.wait()
        os.close(ours)
        errors.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_in_a_pipe_it_is_a_plain_block_each_time(polled: House, number: signal.Signals) -> None:
    with a_watch(polled, "0.2") as watch:
        assert watch.shows(lambda text: text.count("Latest alerts") >= 3)
        status = watch.ends(number)

    assert status == 0
    blocks = watch.text.split("\n\n\n")[0].split("news-monitor at ")[1:3]
    assert len(blocks) == 2
    for block in blocks:
        assert "Items       2 since" in block
        assert "first-train" in block or "First train leaves Pyongyang" in block
    assert "\x1b" not in watch.text
    assert (polled.root / "errors").read_text() == ""


def test_as_json_it_is_an_object_a_line(polled: House) -> None:
    with a_watch(polled, "0.2", "--json") as watch:
        assert watch.shows(lambda text: text.count("\n") >= 2)
        assert watch.ends() == 0

    moments = [json.loads(line)["now"] for line in watch.text.splitlines()]
    assert moments == sorted(set(moments))


def test_on_a_terminal_it_is_one_screen_that_is_left_as_it_was(polled: House) -> None:
    with a_watch(polled, "0.2", terminal=True) as watch:
        assert watch.shows(lambda text: text.count("Ctrl-C ends this") >= 3)
        assert watch.ends() == 0

    assert watch.text.count("\x1b[?1049h") == watch.text.count("\x1b[?1049l") == 1
    assert watch.text.count("\x1b[?25l") == watch.text.count("\x1b[?25h") == 1
    assert (polled.root / "errors").read_text() == ""


def test_a_database_that_is_away_for_a_while_ends_nothing(polled: House) -> None:
    database = polled.root / "data" / "monitor.sqlite"
    with a_watch(polled, "0.2", "--json") as watch:
        assert watch.shows(lambda text: text.count("\n") >= 1)
        database.rename(database.with_suffix(".away"))
        while "cannot be read now" not in (polled.root / "errors").read_text():
            assert watch.process.poll() is None
        before = watch.text.count("\n")
        database.with_suffix(".away").rename(database)
        assert watch.shows(lambda text: text.count("\n") > before + 1)
        assert watch.ends() == 0


def test_a_changed_configuration_is_seen(polled: House) -> None:
    with a_watch(polled, "0.2", "--json") as watch:
        assert watch.shows(lambda text: '"enabled":1' in text)
        feeds = polled.tables["feeds/press.toml"]["feed"]
        polled.write({"feeds/press.toml": {"feed": [feed | {"enabled": True} for feed in feeds]}})
        assert watch.shows(lambda text: '"enabled":2' in text)


def test_what_is_wrong_from_the_start_ends_it(house: House) -> None:
    result = house.run("status", "--watch")

    assert result.exit_code == 1
    assert "there is no database" in result.stderr


@pytest.mark.parametrize("options", [("--check",), ("0",), ("-1",)])
def test_what_makes_no_sense_is_a_usage_error(polled: House, options: tuple[str, ...]) -> None:
    assert polled.run("status", "--watch", *options).exit_code == 2


def test_hostile_headlines_do_nothing_to_the_terminal(polled: House, tmp_path: Path) -> None:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(polled.root / "data" / "monitor.sqlite")) as db, db:
        db.execute("UPDATE alerts SET title = ?", ("\x1b[2J\x1b]0;owned\x07[bold]x[/bold]",))
    with a_watch(polled, "0.2", terminal=True) as watch:
        assert watch.shows(lambda text: "Ctrl-C ends this" in text and "[bold]x[/bold]" in text)
        assert watch.ends() == 0

    assert "\x1b]0;owned" not in watch.text
