"""Kind "console"."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings

from monitor.adapters.webhooks.console import ConsoleOptions, ConsoleWebhook
from monitor.model import Alert, AlertKind, Answer, Verdict
from tests.adapters.webhooks.alerts import HOSTILE, alerts
from tests.builders import NOW, a_delivery, an_alert

WEBHOOK = ConsoleWebhook("screen", ConsoleOptions())


def shown(alert: Alert, capsys: pytest.CaptureFixture[str]) -> str:
    answer = WEBHOOK.send(a_delivery(payload=WEBHOOK.render(alert, "msg_1")), NOW)
    assert answer == Answer(verdict=Verdict.DELIVERED, text="printed")
    return capsys.readouterr().out


def test_an_alert_is_one_screen_and_an_empty_line(capsys: pytest.CaptureFixture[str]) -> None:
    alert = an_alert("关于列车的公告", language="zh-Hans", seq=2, publisher="港通信")

    assert shown(alert, capsys) == (
        "[HIGH] Trains across the DPRK border: new, alert 2 of this story\n"
        "关于列车的公告\n"
        "zh-Hans | 港通信 via Pennant Wire | wire for CN\n"
        "Why: first match | kp-border-rail [rail: train] in title\n"
        "Operators said the train left on time.\n"
        "published 2025-06-12 09:30Z, first seen 2025-06-12 09:30Z\n"
        "https://pennant.example.org/a/1\n"
        "\n"
    )


def test_what_is_not_known_takes_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    alert = an_alert(
        "Feed 'pennant' has been silent for 9 h", kind=AlertKind.HEALTH, snippet="", url="",
        language="", found=(), feed_name="", publisher="", tier=None, authority_for=(),
        published_at=None, seen_at=None, watch_id="", watch_name="Health", reason="went quiet",
    )  # fmt: skip

    assert shown(alert, capsys) == (
        "[HIGH] Health: health\n"
        "Feed 'pennant' has been silent for 9 h\n"
        "Why: went quiet\n"
        "at 2025-06-12 09:30Z\n"
        "\n"
    )


@pytest.mark.parametrize("headline", HOSTILE)
def test_a_headline_cannot_act_on_the_terminal(
    headline: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = shown(an_alert(headline, snippet=headline, watch_name=headline), capsys)

    assert not set(text) & {chr(code) for code in [*range(10), *range(11, 32), *range(127, 160)]}
    assert len(text.splitlines()) == 8  # a line break in it fakes no second alert


def test_markup_of_the_terminal_library_is_text_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert "[bold red]x[/] :train:" in shown(an_alert("[bold red]x[/] :train:"), capsys)


def test_what_an_old_database_holds_is_made_harmless_before_it_is_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    WEBHOOK.send(a_delivery(payload=b"[HIGH] x\n\x1b[2J\xff\n"), NOW)

    assert capsys.readouterr().out == "[HIGH] x\n[2J\N{REPLACEMENT CHARACTER}\n\n"


@settings(max_examples=50, deadline=None)
@given(alert=alerts())
def test_any_alert_fits_a_screen(alert: Alert) -> None:
    lines = WEBHOOK.render(alert, "msg_1").decode().splitlines()

    assert 2 <= len(lines) <= 12


ROOT = Path(__file__).parents[3]
PRINTING = """
from monitor.adapters.webhooks.console import ConsoleOptions, ConsoleWebhook
from tests.builders import NOW, a_delivery
body = "[CRITICAL] Rail: new\\n列车\\n".encode()
answer = ConsoleWebhook("c", ConsoleOptions()).send(a_delivery(payload=body), NOW)
import sys; sys.stderr.write(answer.verdict)
"""


def run(stdout: int, **env: str) -> str:
    clean = {"PATH": os.environ["PATH"], **env}
    done = subprocess.run(
        [sys.executable, "-c", PRINTING], stdout=stdout, stderr=subprocess.PIPE, env=clean,
        timeout=60, check=False, cwd=ROOT,
    )  # fmt: skip
    return done.stderr.decode()


def test_on_a_terminal_the_first_line_is_coloured() -> None:
    leader, follower = pty.openpty()

    verdict = run(follower, TERM="xterm-256color", PYTHONIOENCODING="utf-8")

    os.close(follower)
    text = os.read(leader, 4_096).decode()
    os.close(leader)
    assert verdict == "delivered"
    assert "\x1b[1;37;41m[CRITICAL] Rail: new\x1b[0m" in text
    assert "列车" in text


def test_a_terminal_that_cannot_show_a_script_gets_question_marks() -> None:
    reader, writer = os.pipe()

    verdict = run(writer, PYTHONIOENCODING="ascii")

    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        assert pipe.read() == b"[CRITICAL] Rail: new\n??\n\n"
    assert verdict == "delivered"


def test_a_full_disk_is_no_delivery() -> None:
    """Standard output may be a file."""
    full = os.open("/dev/full", os.O_WRONLY)

    verdict = run(full)

    os.close(full)
    assert verdict.startswith("retry")
