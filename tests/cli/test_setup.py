"""`check`, `init` and `demo`: before the first start."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor.cli import main
from tests.cli.conftest import House


def test_init_writes_a_folder_that_check_finds_without_errors(tmp_path: Path) -> None:
    folder = tmp_path / "mine"

    written = CliRunner().invoke(main, ["init", str(folder)])
    checked = CliRunner().invoke(main, ["check", str(folder)])

    assert written.exit_code == 0
    assert (folder / "watches" / "rail.toml").is_file()
    assert f"news-monitor run --config {folder}" in written.stdout
    assert checked.exit_code == 0
    assert checked.stdout.splitlines()[-1].startswith("0 errors, ")


def test_init_does_not_write_over_what_is_there(tmp_path: Path) -> None:
    CliRunner().invoke(main, ["init", str(tmp_path)])

    again = CliRunner().invoke(main, ["init", str(tmp_path)])

    assert again.exit_code == 2
    assert "monitor.toml: is there already" in again.stderr


FAULTS = {
    "watches/rail.toml": {"watch": [{"id": "rail", "query": "train", "webhooks": ["dsek"]}]},
    "monitor.toml": {"service": {"fetch_workers": 0}},
    "extra.toml": {},
}


def test_check_finds_every_problem_at_once(house: House) -> None:
    house.write(FAULTS)

    result = house.run("check")

    *problems, summary = result.stdout.splitlines()
    assert result.exit_code == 2
    assert (
        'watches/rail.toml: watch "rail": webhooks: '
        "no webhook named 'dsek'; did you mean 'desk'?" in problems
    )
    assert any(line.startswith("monitor.toml: service.fetch_workers") for line in problems)
    first_warning = next(n for n, line in enumerate(problems) if line.startswith("warning: "))
    assert all(line.startswith("warning: ") for line in problems[first_warning:])
    errors, warnings = first_warning, len(problems) - first_warning
    assert summary == f"{errors} errors, {warnings} warning" + ("" if warnings == 1 else "s")


def test_check_as_json(house: House) -> None:
    house.write(FAULTS)

    result = house.run("check", "--json")

    document = json.loads(result.stdout)
    assert result.exit_code == 2
    assert document["folder"] == str(house.config)
    assert document["errors"] + document["warnings"] == len(document["problems"])
    assert {"where", "what", "cure", "fatal"} == document["problems"][0].keys()


def test_folder_of_check_may_be_an_argument(house: House) -> None:
    assert CliRunner().invoke(main, ["check", str(house.config)]).exit_code == 0


def test_check_of_no_folder_says_so(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["check", str(tmp_path / "none")])

    assert result.exit_code == 2
    assert "there is no such folder" in result.stdout


@pytest.mark.parametrize("command", [["run"], ["poll"], ["status"], ["feeds", "list"]])
def test_other_commands_refuse_a_faulty_folder_with_every_problem(
    house: House, command: list[str]
) -> None:
    house.write(FAULTS)

    result = house.run(*command)

    assert result.exit_code == 2
    assert result.stdout == ""
    assert "no webhook named 'dsek'" in result.stderr
    assert "service.fetch_workers" in result.stderr
    assert "errors, " in result.stderr.splitlines()[-1]


def test_demo_refuses_a_folder_with_something_in_it(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()

    result = CliRunner().invoke(main, ["demo", "--keep", str(tmp_path)])

    assert result.exit_code == 2


@pytest.mark.parametrize("speed", ["0", "-1", "fast", "nan", "inf"])
def test_demo_refuses_a_speed_that_is_none(speed: str) -> None:
    assert CliRunner().invoke(main, ["demo", "--speed", speed]).exit_code == 2


def test_check_warns_of_a_query_that_works_but_hardly_as_it_was_meant(house: House) -> None:
    query = "train and bus feed:penant"
    house.write({"watches/rail.toml": {"watch": [{"id": "rail", "query": query}]}})

    result = house.run("check", str(house.config))

    assert result.exit_code == 0
    assert "warning: watches/rail.toml: watch \"rail\": query: line 1, column 7: 'and'" in (
        result.stdout
    )
    assert "feed:penant is never true: no feed has this id; did you mean 'pennant'?" in (
        result.stdout
    )
    assert "0 errors, 2 warnings" in result.stdout


def test_check_looks_at_the_stored_items_too(polled: House) -> None:
    """A few items say nothing of words, but those of a month say something of a watch."""

    def ago(days: int) -> str:
        at = datetime.now(UTC) - timedelta(days=days)
        return at.isoformat(timespec="microseconds").replace("+00:00", "Z")

    with closing(sqlite3.connect(polled.root / "data" / "monitor.sqlite")) as db, db:
        db.execute("UPDATE matches SET made_at = ?", (ago(40),))
        db.execute("UPDATE items SET title = 'Nothing', summary = ''")
        names = [row[1] for row in db.execute("PRAGMA table_info(items)")]
        for days in range(29):
            values = {"id": f"'i_{days}'", "seen_at": f"'{ago(days)}'", "arrival": f"{days + 1000}"}
            chosen = ", ".join(values.get(name, name) for name in names)
            db.execute(f"INSERT INTO items SELECT {chosen} FROM items LIMIT 1")

    told = polled.run("check")
    without = polled.run("check", "--no-history")

    assert 'watches/rail.toml: watch "rail": query: has matched nothing for 30 days' in told.stdout
    assert told.exit_code == 0
    assert "has matched nothing" not in without.stdout
