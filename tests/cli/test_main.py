"""`news-monitor` itself: which folder, how it ends."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from monitor import __version__
from monitor.cli import main
from monitor.config import default_folder
from tests.cli.conftest import House


def test_version_is_told() -> None:
    result = CliRunner().invoke(main, ["--version"])

    assert result.exit_code == 0
    assert __version__ in result.stdout


def test_unknown_command_is_a_usage_error() -> None:
    assert CliRunner().invoke(main, ["pol"]).exit_code == 2


def test_config_may_stand_before_or_after_the_command(house: House) -> None:
    folder = str(house.config)

    before = CliRunner().invoke(main, ["--config", folder, "feeds", "list"])
    between = CliRunner().invoke(main, ["feeds", "--config", folder, "list"])
    after = CliRunner().invoke(main, ["feeds", "list", "--config", folder])
    last_wins = CliRunner().invoke(main, ["--config", "/none", "feeds", "list", "--config", folder])

    assert before.stdout == between.stdout == after.stdout == last_wins.stdout
    assert "pennant" in before.stdout


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory without a configuration."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.delenv("NEWS_MONITOR_CONFIG", raising=False)
    return folder


def test_config_of_the_working_directory_is_the_default(
    house: House, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWS_MONITOR_CONFIG", "/none")
    monkeypatch.chdir(house.root)

    assert "pennant" in CliRunner().invoke(main, ["feeds", "list"]).stdout


def test_environment_names_the_folder_if_there_is_no_config_here(
    house: House, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWS_MONITOR_CONFIG", str(house.config))

    assert "pennant" in CliRunner().invoke(main, ["feeds", "list"]).stdout


def test_shipped_folder_is_used_last_and_that_is_said(elsewhere: Path) -> None:
    result = CliRunner().invoke(main, ["feeds", "list"])

    assert result.exit_code == 0
    assert str(default_folder()) in result.stderr
    assert len(result.stdout.splitlines()) > 20


def test_nothing_is_imported_into_the_shipped_folder(elsewhere: Path) -> None:
    (elsewhere / "list.opml").touch()

    result = CliRunner().invoke(main, ["feeds", "import", "list.opml"])

    assert result.exit_code == 2
    assert "init" in result.stderr


def test_reader_of_the_pipe_may_hang_up(house: House) -> None:
    process = house.start("feeds", "list", "--all")
    assert process.stdout
    process.stdout.close()
    assert process.stderr
    told = process.stderr.read()
    process.stderr.close()
    process.wait(30)

    assert "Traceback" not in told
    assert "Exception ignored" not in told


def test_terminal_of_another_script_gets_escapes(house: House) -> None:
    feeds = house.tables["feeds/press.toml"]["feed"]
    house.write({"feeds/press.toml": {"feed": [feeds[0] | {"name": "평양"}]}})
    done = subprocess.run(
        [sys.executable, "-m", "monitor", "feeds", "list", "--config", str(house.config)],
        capture_output=True,
        env=os.environ | {"PYTHONIOENCODING": "latin-1"},
        timeout=30,
        check=True,
    )

    assert b"\\ud3c9\\uc591" in done.stdout


def _commands(group: click.Group) -> list[click.Command]:
    found: list[click.Command] = []
    for command in group.commands.values():
        found.append(command)
        if isinstance(command, click.Group):
            found += _commands(command)
    return found


@pytest.mark.parametrize("command", _commands(main), ids=lambda command: str(command.name))
def test_every_command_and_option_says_what_it_does(command: click.Command) -> None:
    assert command.help
    assert len(command.get_short_help_str(limit=200)) <= 60, "the list of commands cuts it"
    for parameter in command.params:
        assert not isinstance(parameter, click.Option) or parameter.help


@pytest.mark.parametrize(
    "command",
    [
        ["status"],
        ["explain", "A train"],
        ["search", "train"],
        ["alerts"],
        ["stories", "list"],
        ["deliveries", "list"],
        ["deliveries", "redeliver", "--state", "dead"],
        ["feeds", "list"],
        ["feeds", "export"],
        ["feeds", "probe"],
    ],
    ids=" ".join,
)
def test_what_does_not_send_needs_no_secret_of_a_webhook(polled: House, command: list[str]) -> None:
    """The environment of the service is not that of whoever looks at it."""
    desk = {"kind": "standard", "url": "env:NO_SUCH_URL", "secrets": ["file:gone.key"]}
    webhooks = {"console": {"kind": "console"}, "desk": desk}
    polled.write({"webhooks.toml": {"webhooks": webhooks}})

    assert polled.run(*command).exit_code == 0


def test_what_sends_needs_every_secret(polled: House) -> None:
    desk = {"kind": "standard", "url": "env:NO_SUCH_URL"}
    webhooks = {"console": {"kind": "console"}, "desk": desk}
    polled.write({"webhooks.toml": {"webhooks": webhooks}})

    for command in (["run"], ["poll"], ["check", str(polled.config)], ["webhook", "test", "desk"]):
        result = polled.run(*command)
        assert result.exit_code == 2
        assert "NO_SUCH_URL" in result.output
