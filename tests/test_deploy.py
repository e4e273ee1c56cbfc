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
DEPLOY = ROOT / "deploy"
UNIT = DEPLOY / "news-monitor.service"
# As what each is judged: a template stands for one of its instances.
UNITS = {
    "news-monitor.service": UNIT,
    "news-monitor-scheduler.service": DEPLOY / "news-monitor-scheduler.service",
    "news-monitor-worker@fetch.service": DEPLOY / "news-monitor-worker@.service",
}
CLUSTER = [name for name in UNITS if name != UNIT.name]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
OPERATING = (ROOT / "docs" / "operating.md").read_text()
CLUSTER_PAGE = (ROOT / "docs" / "cluster.md").read_text()
_MOST_CONNECTIONS = 16  # of a process: those of docs/cluster.md


class _Unit(RawConfigParser):
    def optionxform(self, optionstr: str) -> str:
        return optionstr


def lines_of(path: Path) -> RawConfigParser:
    """Of keys that stand there twice, the last."""
    parser = _Unit(strict=False)
    parser.read(path)
    return parser


@pytest.fixture(scope="module")
def service() -> dict[str, Any]:
    loaded = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())
    found: dict[str, Any] = loaded["services"]["news-monitor"]
    return found


@pytest.fixture(scope="module")
def cluster() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.cluster.yaml").read_text())
    return loaded


def ours(cluster: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The services that are this program."""
    return {name: one for name, one in cluster["services"].items() if name != "db"}


def seconds(written: str) -> float:
    return parse_duration(written.replace("min", "m")).total_seconds()


def analyze(*arguments: str) -> "subprocess.CompletedProcess[str]":
    if shutil.which("systemd-analyze") is None:
        pytest.skip("there is no systemd-analyze here: the unit is not judged by systemd itself")
    return subprocess.run(
        ["systemd-analyze", *arguments], capture_output=True, text=True, check=False, timeout=60
    )


def copied(name: str, folder: Path) -> Path:
    """Its program, which is not installed here, stands in for another one."""
    text = re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", UNITS[name].read_text())
    (folder / name).write_text(text)
    return folder / name


@pytest.mark.parametrize("name", UNITS)
def test_unit_exposes_little(name: str, tmp_path: Path):
    unit = copied(name, tmp_path)

    judged = analyze("security", "--offline=true", "--threshold=20", "--no-pager", str(unit))

    assert judged.returncode == 0, judged.stdout + judged.stderr


@pytest.mark.parametrize("name", UNITS)
def test_systemd_knows_every_line_of_the_unit(name: str, tmp_path: Path):
    judged = analyze("verify", "--man=no", str(copied(name, tmp_path)))

    ours = [line for line in judged.stderr.splitlines() if name in line]
    assert ours == []


def test_unit_starts_a_command_and_waits_long_enough():
    lines = lines_of(UNIT)["Service"]

    assert lines["ExecStart"].split()[-1] in main.commands
    assert lines["Type"] == "notify"
    assert seconds(lines["TimeoutStopSec"]) > daemon._GRACE_S
    # A pulse, a turn of the loop and a reload fit in between.
    assert seconds(lines["WatchdogSec"]) > 2 * TURN.total_seconds()
    assert lines["ExecReload"] == "/bin/kill -HUP $MAINPID"
    assert lines["RestartPreventExitStatus"] == "2"


@pytest.mark.parametrize("name", CLUSTER)
def test_unit_of_a_cluster_is_that_of_the_service_but_for_what_it_does(name: str):
    service, unit = (lines_of(path)["Service"] for path in (UNIT, UNITS[name]))
    differ = {key for key in {*service, *unit} if service.get(key) != unit.get(key)}

    assert differ == {
        "ExecStart",
        "TimeoutStartSec",
        "TimeoutStopSec",
        "StateDirectory",
        "WorkingDirectory",
    }
    assert unit["WorkingDirectory"] == f"%S/{unit['StateDirectory']}"
    assert seconds(unit["TimeoutStopSec"]) > daemon._ENGINE_GRACE_S + daemon._GRACE_S


@pytest.mark.parametrize("name", CLUSTER)
def test_unit_of_a_cluster_starts_a_command_that_there_is(name: str):
    _, _, _, *command = lines_of(UNITS[name])["Service"]["ExecStart"].split()

    for queue in ("fetch", "deliver", "story"):
        for options in ([], ["--slots", "8"]):
            line = [queue if word == "%i" else word for word in command if word != "$OPTIONS"]
            assert_is_a_command([*line, *(options if "$OPTIONS" in command else [])])


def assert_is_a_command(line: list[str]) -> None:
    """Values are judged, too; nothing is done."""
    command = main.commands[line[0]]
    command.make_context(line[0], line[1:])


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


def test_containers_of_a_cluster_may_do_as_little(
    service: dict[str, Any], cluster: dict[str, Any]
) -> None:
    same = ("build", "image", "init", "user", "read_only", "cap_drop", "security_opt", "logging")
    for name, one in ours(cluster).items():
        assert {key: one[key] for key in same} == {key: service[key] for key in same}, name
        assert "privileged" not in one
        assert [m["target"] for m in one["volumes"]] == ["/config"]
        assert one["volumes"][0]["read_only"]
        assert all(port.startswith("127.0.0.1:") for port in one.get("ports", ()))
        assert_is_a_command(one["command"])
    for name in ("scheduler", "fetch", "deliver"):
        grace = seconds(ours(cluster)[name]["stop_grace_period"])
        assert grace > daemon._ENGINE_GRACE_S + daemon._GRACE_S


def test_cluster_starts_when_the_tables_are_there(cluster: dict[str, Any]) -> None:
    for name, one in ours(cluster).items():
        waits = {"db": "service_healthy"}  # and is stopped before it
        if name != "migrate":
            waits["migrate"] = "service_completed_successfully"
        assert {k: v["condition"] for k, v in one["depends_on"].items()} == waits
    assert ours(cluster)["migrate"]["command"][:2] == ["db", "init"]
    assert cluster["services"]["db"]["healthcheck"]["test"][1] == "pg_isready"


def test_cluster_has_two_of_each_and_connections_for_all(cluster: dict[str, Any]) -> None:
    services = ours(cluster)
    copies = {name: one.get("deploy", {}).get("replicas", 1) for name, one in services.items()}
    server = dict(re.findall(r"(\w+)=(\w+)", " ".join(cluster["services"]["db"]["command"])))

    assert min(copies[name] for name in ("scheduler", "fetch", "deliver")) >= 2
    assert int(server.pop("max_connections")) >= _MOST_CONNECTIONS * sum(copies.values())
    assert f"{_MOST_CONNECTIONS} are the most that one may open" in CLUSTER_PAGE
    for name, value in server.items():
        assert name.startswith("tcp_keepalives_")
        assert f"{name} = {value}" in CLUSTER_PAGE


def test_secrets_of_a_cluster_are_files_that_its_head_names(cluster: dict[str, Any]) -> None:
    head = (DEPLOY / "compose.cluster.yaml").read_text().partition("name:")[0]
    used = {name for one in cluster["services"].values() for name in one["secrets"]}

    assert used == cluster["secrets"].keys()
    for name, secret in cluster["secrets"].items():
        assert secret["file"] == f"./secrets/{name}"
        assert f"deploy/secrets/{name} " in head
    assert "PASSWORD" not in str(cluster["services"]["db"]["environment"]).replace(
        "POSTGRES_PASSWORD_FILE", ""
    )


def test_image_speaks_postgresql() -> None:
    [lock] = set(re.findall(r"\S*\.lock", DOCKERFILE))

    assert "\npsycopg==" in (ROOT / lock).read_text()
    assert f"!{lock}" in (ROOT / ".dockerignore").read_text()


def test_lock_files_agree() -> None:
    service, tools = (
        dict(re.findall(r"(?m)^([\w.-]+)==(\S+)", (ROOT / name).read_text()))
        for name in ("requirements.lock", "requirements-dev.lock")
    )

    assert {name: tools[name] for name in service} == service


@pytest.mark.parametrize("name", ["compose.yaml", "compose.cluster.yaml"])
def test_compose_reads_its_file(name: str):
    if shutil.which("docker") is None or _compose("version").returncode:
        pytest.skip("there is no docker compose here: the file is judged as YAML alone")

    judged = _compose("-f", str(DEPLOY / name), "config", "--quiet")

    assert judged.returncode == 0, judged.stderr


def _compose(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = ["docker", "compose", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("name", [*(path.name for path in UNITS.values()), "compose.yaml"])
def test_operating_names_each_file(name: str):
    assert f"deploy/{name}" in OPERATING


@pytest.mark.parametrize("name", [*(UNITS[name].name for name in CLUSTER), "compose.cluster.yaml"])
def test_the_page_of_the_cluster_names_each_file(name: str):
    assert f"deploy/{name}" in CLUSTER_PAGE
