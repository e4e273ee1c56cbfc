"""The whole demo: real daemon, real feeds over HTTP, real receiver, at high speed."""

import os
import re
import signal
import subprocess
import sys
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest

from monitor.demo import run
from monitor.demo.play import run as play
from monitor.demo.report import Screen
from monitor.demo.story import Story, load


def test_the_story_arrives_whole_in_spite_of_a_refusal_and_a_killed_daemon(tmp_path: Path) -> None:
    out = StringIO()

    code = run(speed=100, keep=tmp_path / "kept", out=out)

    text = out.getvalue()
    assert code == 0, text
    assert "All as expected" in text
    assert "0 lost, 0 repeated" in text
    assert re.search(r"msg_\w{32} +2 .* 503 204\n", text)
    assert re.search(r"Process \d+ was killed while it read\. Started again as process \d+", text)
    assert re.search(
        r"05-27 02:05  \w+ +Trains across the North Korean border  kp-border-rail", text
    )
    assert "关于6月12日起开行北京、丹东—平壤国际旅客列车的公告" in text
    assert "masked: '途中朝'" in text
    assert [line for line in text.splitlines() if line != line.rstrip()] == []
    kept = {path.name for path in (tmp_path / "kept").iterdir()}
    assert kept == {"config", "data", "daemon.log", "items.jsonl"}


def test_a_story_that_expects_something_else_fails() -> None:
    out = StringIO()

    code = play(speed=100, out=out, story=a_short_story_with_a_wrong_expectation())

    text = out.getvalue()
    assert code == 1, text
    assert "NOT as expected: 2 differences" in text
    assert "- n01: sanctions did not fire" in text
    assert "- n08: kp-diplomacy did not fire" in text


def test_ctrl_c_ends_the_daemon_and_removes_the_folder(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "monitor", "demo", "--speed", "5"],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"TMPDIR": str(tmp_path)},
    ) as demo:
        assert demo.stdout
        for line in demo.stdout:
            if started := re.search(r"news-monitor run \(process (\d+)\)", line):
                break
        demo.send_signal(signal.SIGINT)
        rest = demo.stdout.read()

    assert demo.returncode == 130
    assert "Interrupted" in rest
    assert started
    with pytest.raises(ProcessLookupError):
        os.kill(int(started[1]), 0)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("speed", [0, -1, float("nan"), float("inf")])
def test_a_speed_that_is_none_is_refused(speed: float) -> None:
    out = StringIO()

    assert run(speed=speed, out=out) == 2
    assert "speed" in out.getvalue()


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("precious")
    out = StringIO()

    assert run(keep=tmp_path, out=out) == 2
    assert "not empty" in out.getvalue()
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def a_short_story_with_a_wrong_expectation() -> Story:
    story = load()
    noise = replace(story.item("n08"), watches=frozenset({"kp-diplomacy"}))
    rail = story.item("n01")
    items = (replace(rail, watches=rail.watches | {"sanctions"}), noise)
    return replace(story, items=items)


def test_interrupt_in_the_middle_of_a_line_is_told_all_the_same() -> None:
    out = StringIO()
    screen = Screen(out)
    screen._console.begin_capture()  # as one that was interrupted behind this

    screen.interrupted(None)

    assert "Interrupted" in out.getvalue()
