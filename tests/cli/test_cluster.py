"""A cluster of real processes over a real PostgreSQL, as docs/cluster.md says."""

import json
import re
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from monitor.listen import Receiver
from tests.cli.conftest import House
from tests.servers import port_to_bind

DOCS = (Path(__file__).parents[2] / "docs" / "cluster.md").read_text("utf-8")
_LASTING = ("scheduler", "worker", "web")
_IN_TIME_S = 60


def commands_in(heading: str) -> list[list[str]]:
    """The arguments of each command of ours in a chapter, in their order."""
    chapter = re.split(r"\n## ", DOCS.partition(f"\n## {heading}\n")[2])[0]
    blocks = re.findall(r"```sh\n(.*?)```", chapter, re.DOTALL)
    lines = [shlex.split(line) for block in blocks for line in block.splitlines()]
    found = [args for program, *args in lines if program == "news-monitor"]
    assert found, heading
    return found


@contextmanager
def at_work(house: House, *commands: list[str]) -> Iterator[list["subprocess.Popen[str]"]]:
    """Processes that go on until this is left, and then must end well."""
    processes: list[subprocess.Popen[str]] = []
    try:
        processes += (house.start(*args) for args in commands)
        yield processes
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        told = [process.communicate(timeout=_IN_TIME_S)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * len(processes), told
    assert "Traceback" not in "".join(told)
    assert "geheim" not in "".join(told)


def until(is_so: Callable[[], bool]) -> bool:
    """Whether it was so in time."""
    end_s = time.monotonic() + _IN_TIME_S
    while not (so := is_so()) and time.monotonic() < end_s:
        time.sleep(0.2)
    return so


def status_of(house: House) -> dict[str, object]:
    found: dict[str, object] = json.loads(house.run("status", "--json").stdout)
    return found


def all_is_there(house: House, processes: int) -> bool:
    cluster = status_of(house)["cluster"]
    if not isinstance(cluster, dict):
        return False
    return len(cluster["processes"]) == processes and not cluster["lacking"]


def test_cluster_is_set_up_step_by_step(served: House, receiver: Receiver) -> None:
    steps = commands_in("Step by step")
    lasting = [args for args in steps if args[0] in _LASTING]
    first = steps[: steps.index(lasting[0])]
    page = ["--listen", f"127.0.0.1:{port_to_bind()}"]

    for args in first:
        done = served.run(*args)
        assert done.exit_code == 0, (args, done.output)
    with at_work(served, *(args + page * (args == ["web"]) for args in lasting)):
        assert receiver.wait_for(1, timeout_s=_IN_TIME_S)
        assert until(lambda: all_is_there(served, len(lasting) - 1))

        for args in steps[len(first) + len(lasting) :]:
            shown = served.run(*args)
            assert "Traceback" not in shown.output
            assert "geheim" not in shown.output
        beside = served.start("run")
        _, told = beside.communicate(timeout=_IN_TIME_S)

    assert beside.returncode == 75
    assert "processes of a cluster" in told
    for args in commands_in("Updates"):
        assert served.run(*args).exit_code == 0
    assert "First train leaves Pyongyang" in served.run("alerts").stdout


def test_a_past_moves_into_the_cluster(
    polled: House, bare_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(polled.root)
    query = "&".join(f"{k}={v}" for k, v in conninfo_to_dict(bare_postgres_url).items())
    monkeypatch.setenv("DATABASE_URL", f"postgresql://?{query}")
    before = polled.run("alerts", "--json").stdout
    settings = deepcopy(polled.tables["monitor.toml"])
    settings["service"]["database"] = "env:DATABASE_URL"
    polled.write({"monitor.toml": settings})

    for args in commands_in("Moving from a SQLite file"):
        done = polled.run(*args)
        assert done.exit_code == 0, (args, done.output)

    assert before
    assert polled.run("alerts", "--json").stdout == before


def test_hosts_are_shared_out_anew_while_nothing_runs(served: House) -> None:
    assert served.run("db", "init", "--partitions", "8").exit_code == 0
    with at_work(served, ["worker", "--queue", "fetch", "--slots", "3"]):
        assert until(lambda: status_of(served)["cluster"] is not None)
        refused = served.run("db", "repartition", "16")
        status = status_of(served)
    done = served.run("db", "repartition", "16")

    assert refused.exit_code == 75
    assert isinstance(status["cluster"], dict)
    assert status["cluster"]["partitions"] == 8
    assert "3 slots of fetch workers for 8 partitions" in str(status["cluster"]["lacking"])
    assert "has 16 partitions of hosts." in done.stdout


def test_a_file_belongs_to_one_service(house: House) -> None:
    for args in (["scheduler"], ["worker", "--queue", "fetch"], ["db", "repartition", "16"]):
        refused = house.run(*args)

        assert refused.exit_code == 1
        assert "several processes need a PostgreSQL database" in refused.stderr


def test_worker_is_refused_beside_a_service(served: House, receiver: Receiver) -> None:
    assert served.run("db", "init").exit_code == 0
    with at_work(served, ["run"]) as [service]:
        assert receiver.wait_for(1, timeout_s=_IN_TIME_S)
        worker = served.start("worker", "--queue", "fetch")
        _, told = worker.communicate(timeout=_IN_TIME_S)

        assert worker.returncode == 75
        assert f"is held by process {service.pid}" in told
