"""docs/first-steps.md: every command runs as it stands there, and does what is said."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.servers import port_to_bind

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "first-steps.md").read_text("utf-8")
_FENCE = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)


def _environment(folder: Path) -> dict[str, str]:
    """With `news-monitor` and `python3` of this interpreter on the path."""
    programs = folder / "programs"
    programs.mkdir()
    for name, arguments in {"news-monitor": "-m monitor ", "python3": ""}.items():
        program = programs / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments}"$@"\n')
        program.chmod(0o755)
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    more = {"PATH": path, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    return os.environ | more | {"PYTHONUNBUFFERED": "1"}


@contextmanager
def _terminal(command: str, folder: Path, env: dict[str, str]) -> Iterator["subprocess.Popen[str]"]:
    """Another terminal in which the command has said that it listens; Ctrl-C at the end."""
    with subprocess.Popen(
        ["sh", "-c", f"exec {command}"],
        cwd=folder,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout
        first = process.stdout.readline()
        assert "127.0.0.1" in first, first
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)


def test_steps_lead_to_one_alert_with_a_verified_signature(tmp_path: Path) -> None:
    env = _environment(tmp_path)
    page = PAGE.replace("8098", str(port_to_bind())).replace("8099", str(port_to_bind()))
    blocks = _FENCE.findall(page)
    (shown,) = [body for language, body in blocks if not language]
    said = ""
    terminals = []

    with ExitStack() as stack:
        for script in (body for language, body in blocks if language == "sh"):
            if script.startswith("# "):
                command = script.splitlines()[1]
                terminals.append(stack.enter_context(_terminal(command, tmp_path, env)))
                continue
            done = subprocess.run(
                ["sh", "-ec", script], cwd=tmp_path, env=env, capture_output=True, text=True
            )
            assert done.returncode == 0, script + done.stdout + done.stderr
            said += done.stdout
        _, receiver = terminals
        receiver.send_signal(signal.SIGINT)
        assert receiver.stdout
        received = receiver.stdout.read()

    assert "0 errors, 0 warnings" in said
    assert shown in said
    assert "desk: delivered: answered 204" in said
    assert received.count("signature verified") == 2  # the test, and the alert
    assert (
        "[HIGH] port-strikes: new, reported\nDockers call a strike in the port of Busan" in received
    )
    assert received.endswith("2 messages received.\n")
