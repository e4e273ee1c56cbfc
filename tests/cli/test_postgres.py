"""The command line on a PostgreSQL database, which it is given by reference."""

import json
import os
import signal
import subprocess
import sys
from copy import deepcopy
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from pytest_httpserver import HTTPServer

from monitor.listen import Receiver
from tests.cli.conftest import House, rss
from tests.servers import closed_port


def test_service_runs_on_postgresql_and_others_look_on(served: House, receiver: Receiver) -> None:
    refused = served.run("status")
    assert refused.exit_code == 1
    assert "has no tables of news-monitor yet; make them with 'news-monitor db init'" in (
        refused.stderr
    )
    assert served.run("db", "upgrade").exit_code == 1
    made = served.run("db", "init")
    assert made.exit_code == 0, made.stderr
    assert "has the tables of news-monitor" in made.stdout
    assert served.run("db", "upgrade").exit_code == 0

    process = served.start("run")
    try:
        assert receiver.wait_for(1, timeout_s=30)

        second = served.start("run")
        try:
            _, err = second.communicate(timeout=30)
        finally:
            second.kill()
        status = served.run("status", "--check")
        silenced = served.run("silence", "add", "watch=rail", "--for", "1h", "--comment", "c")
        beside = served.run("db", "upgrade")

        assert second.returncode == 75
        assert f"is held by process {process.pid}" in err
        assert status.stdout.startswith(f"running (process {process.pid} on ")
        assert status.exit_code == 0
        assert silenced.exit_code == 0, silenced.stderr
        assert beside.exit_code == 0
    finally:
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)

    assert process.returncode == 0
    assert "First train leaves Pyongyang" in out
    told = [out, err, status.stdout, made.stdout, refused.stderr]
    assert not [text for text in told if "geheim" in text]
    found = json.loads(served.run("alerts", "--json").stdout.splitlines()[0])
    assert found["title"] == "First train leaves Pyongyang"
    assert served.run("search", "pyongyang train").exit_code == 0
    assert "not running" in served.run("status").stdout


def test_other_commands_take_postgresql_as_they_take_a_file(served: House) -> None:
    assert served.run("db", "init").exit_code == 0
    polled = served.run("poll")
    assert polled.exit_code == 0, polled.stderr

    for command in (
        ["prune", "--dry-run"],
        ["prune", "--vacuum"],
        ["export", "items"],
        ["export", "stories"],
        ["stories", "list"],
        ["explain", "https://pennant.example.org/p1"],
        ["watches"],
        ["feeds", "list"],
        ["backtest", "rail"],
        ["report", "rail"],
        ["deliveries", "list"],
        ["status"],
        ["check"],
    ):
        result = served.run(*command)
        assert result.exit_code == 0, (command, result.stderr)
    examined = served.run("doctor")
    assert "Traceback" not in examined.stdout + examined.stderr
    assert "geheim" not in examined.stdout + examined.stderr
    assert " can be read" in examined.stdout


def test_copies_of_the_file_are_the_servers_business(served: House, tmp_path: Path) -> None:
    served.run("db", "init")

    for command in ("backup", "restore"):
        refused = served.run(command, str(tmp_path / "copy"))

        assert refused.exit_code == 1
        assert "back it up with pg_dump, put it back with pg_restore" in refused.stderr


def test_service_moves_into_postgresql_and_back_without_a_word(
    polled: House, bare_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ELSEWHERE", "postgresql://?" + _query(bare_postgres_url))
    file = f"sqlite:{polled.root}/data/monitor.sqlite"
    settings = deepcopy(polled.tables["monitor.toml"])
    before = polled.run("alerts", "--json").stdout

    settings["service"]["database"] = "env:ELSEWHERE"
    polled.write({"monitor.toml": settings})
    assert polled.run("db", "init").exit_code == 0
    moved = polled.run("db", "copy", "--from", file, "--to", "env:ELSEWHERE", "--json")
    assert moved.exit_code == 0, moved.stderr
    assert json.loads(moved.stdout)["rows"]["items"] == 2
    assert polled.run("db", "upgrade").exit_code == 0, "the tables of its jobs are still ours"
    assert polled.run("poll", "--force").exit_code == 0
    assert polled.run("alerts", "--json").stdout == before

    back = f"sqlite:{polled.root}/back.sqlite"
    returned = polled.run("db", "copy", "--from", "env:ELSEWHERE", "--to", back)
    assert returned.exit_code == 0, returned.stderr
    assert "rows copied." in returned.stdout
    settings["service"]["database"] = "back.sqlite"
    polled.write({"monitor.toml": settings})
    assert polled.run("poll", "--force").exit_code == 0

    assert polled.run("alerts", "--json").stdout == before


def _query(conninfo: str) -> str:
    return "&".join(f"{name}={value}" for name, value in conninfo_to_dict(conninfo).items())


@pytest.mark.parametrize(
    ("source", "target", "said"),
    [
        ("sqlite:a", "sqlite:b", "one of --from and --to is sqlite:FILE"),
        ("sqlite:a", "b", 'write "sqlite:FILE", "postgresql://..." or "env:NAME"'),
        ("sqlite:a", "postgresql://u:geheim@h/d", "a password must not stand in the file"),
        ("sqlite:a", "env:NO_SUCH_NAME", "NO_SUCH_NAME"),
        ("sqlite:a", "mysql://u@h/d", "is no address of a PostgreSQL database"),
    ],
)
def test_copy_says_what_it_cannot_read(house: House, source: str, target: str, said: str) -> None:
    result = house.run("db", "copy", "--from", source, "--to", target)

    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
    assert "geheim" not in result.stderr


def test_what_is_not_installed_is_named_with_the_cure(served: House) -> None:
    program = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from monitor.cli import main\n"
        f"main(['--config', {str(served.config)!r}, 'status'])"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert done.returncode == 1
    assert "needs more than is installed" in done.stderr
    assert "install news-monitor[postgres]" in done.stderr
    assert "Traceback" not in done.stderr


def test_server_that_is_away_is_an_error_in_words(house: House) -> None:
    settings = house.tables["monitor.toml"]
    settings["service"]["database"] = f"postgresql://u@127.0.0.1:{closed_port()}/news"
    house.write({"monitor.toml": settings})

    for command in (["status"], ["run"], ["poll"], ["db", "init"], ["feeds", "list"]):
        result = house.run(*command)

        assert result.exit_code == 1, command
        assert "the database 'news' on 127.0.0.1" in result.stderr
        assert "Traceback" not in result.stderr


def test_service_stays_up_while_the_server_is_away_and_goes_on_by_itself(
    served: House, receiver: Receiver, httpserver: HTTPServer
) -> None:
    """All connections are cut, as by a restart."""
    assert served.run("db", "init").exit_code == 0
    process = served.start("run")
    try:
        assert receiver.wait_for(1, timeout_s=30)
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as conn:
            conn.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        httpserver.expect_request("/other.xml").respond_with_data(
            rss(("o1", "Harvest train for Sinuiju", "It left.")), content_type="text/xml"
        )
        feeds = served.tables["feeds/press.toml"]["feed"]
        other = feeds[0] | {"id": "other", "url": httpserver.url_for("/other.xml")}
        served.write(
            {
                "watches/rail.toml": {"watch": [{"id": "harvest", "query": "harvest"}]},
                "feeds/press.toml": {"feed": [*feeds, other]},
            }
        )
        process.send_signal(signal.SIGHUP)

        assert receiver.wait_for(2, timeout_s=30)
    finally:
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
