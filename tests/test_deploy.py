"""What systemd and containers are given fits the program, and lets it do no more than it needs."""

import json
import re
import shutil
import subprocess
from configparser import RawConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitor import daemon
from monitor.cli import main
from monitor.config.durations import parse_duration
from monitor.config.secrets import is_reference
from monitor.core.heartbeat import TURN

ROOT = Path(__file__).parents[1]
UNIT = ROOT / "deploy" / "news-monitor.service"
DOCKERFILE = (ROOT / "Dockerfile").read_text()
OPERATING = (ROOT / "docs" / "operating.md").read_text()


class _Unit(RawConfigParser):
    def optionxform(self, optionstr: str) -> str:
        return optionstr


@pytest.fixture(scope="module")
def unit() -> RawConfigParser:
    """Of keys that stand there twice, the last."""
    parser = _Unit(strict=False)
    parser.read(UNIT)
    return parser


@pytest.fixture(scope="module")
def service() -> dict[str, Any]:
    loaded = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())
    found: dict[str, Any] = loaded["services"]["news-monitor"]
    return found


def seconds(written: str) -> float:
    return parse_duration(written.replace("min", "m")).total_seconds()


def analyze(*arguments: str) -> "subprocess.CompletedProcess[str]":
    if shutil.which("systemd-analyze") is None:
        pytest.skip("there is no systemd-analyze here: the unit is not judged by systemd itself")
    return subprocess.run(
        ["systemd-analyze", *arguments], capture_output=True, text=True, check=False, timeout=60
    )


def test_unit_exposes_little():
    judged = analyze("security", "--offline=true", "--threshold=20", "--no-pager", str(UNIT))

    assert judged.returncode == 0, judged.stdout + judged.stderr


def test_systemd_knows_every_line_of_the_unit(tmp_path: Path):
    """Its program, which is not installed here, stands in for another one."""
    text = re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", UNIT.read_text())
    (tmp_path / UNIT.name).write_text(text)

    judged = analyze("verify", "--man=no", str(tmp_path / UNIT.name))

    ours = [line for line in judged.stderr.splitlines() if UNIT.name in line]
    assert ours == []


def test_unit_starts_a_command_and_waits_long_enough(unit: RawConfigParser):
    lines = unit["Service"]

    assert lines["ExecStart"].split()[-1] in main.commands
    assert lines["Type"] == "notify"
    assert seconds(lines["TimeoutStopSec"]) > daemon._GRACE_S
    # A pulse, a turn of the loop and a reload fit in between.
    assert seconds(lines["WatchdogSec"]) > 2 * TURN.total_seconds()
    assert lines["ExecReload"] == "/bin/kill -HUP $MAINPID"
    assert lines["RestartPreventExitStatus"] == "2"


def test_examples_of_credentials_are_references():
    [named] = re.findall(r"(?m)^# LoadCredential=(\w+):", UNIT.read_text())

    assert f'"credential:{named}"' in UNIT.read_text()
    assert is_reference(f"credential:{named}")


def test_container_may_do_as_little_as_it_needs(service: dict[str, Any]):
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    assert "ports" not in service
    assert seconds(service["stop_grace_period"]) > daemon._GRACE_S


def test_container_and_image_agree(service: dict[str, Any]):
    health = re.search(r"HEALTHCHECK ([^\\]*)\\\n\s+CMD (\[.*\])", DOCKERFILE)
    assert health
    interval, timeout, start = re.findall(r"=(\w+)", health[1])
    [uid] = re.findall(r"--uid (\d+)", DOCKERFILE)
    mounts = {mount["target"]: mount.get("read_only", False) for mount in service["volumes"]}

    assert service["healthcheck"]["test"] == ["CMD", *json.loads(health[2])]
    assert [service["healthcheck"][k] for k in ("interval", "timeout", "start_period")] == [
        interval,
        timeout,
        start,
    ]
    assert service["user"] == f"{uid}:{uid}"
    assert re.findall(r"VOLUME (\S+)", DOCKERFILE) == ["/data"]
    assert mounts == {"/config": True, "/data": False}
    assert service["command"] == json.loads(re.findall(r"(?m)^CMD (\[.*\])", DOCKERFILE)[0])


def test_compose_reads_its_file():
    if shutil.which("docker") is None or _compose("version").returncode:
        pytest.skip("there is no docker compose here: the file is judged as YAML alone")

    judged = _compose("-f", str(ROOT / "deploy" / "compose.yaml"), "config", "--quiet")

    assert judged.returncode == 0, judged.stderr


def _compose(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = ["docker", "compose", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("name", ["news-monitor.service", "compose.yaml"])
def test_operating_names_each_file(name: str):
    assert f"deploy/{name}" in OPERATING
