"""The documents say what the program does."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from monitor.cli import main
from monitor.config import default_folder

DOCS = Path(__file__).parents[2] / "docs"
COMMANDS = (DOCS / "commands.md").read_text(encoding="utf-8")
REPLAY = (DOCS / "replay.md").read_text(encoding="utf-8")


def _commands(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from _commands(command, f"{path} {name}")


ALL = dict(_commands(main, "news-monitor"))
SECTIONS = {
    section.split("`", 2)[1]: section for section in re.split(r"(?m)^### (?=`)", COMMANDS)[1:]
}


def test_every_command_has_a_section_and_every_section_a_command() -> None:
    assert SECTIONS.keys() == ALL.keys()


@pytest.mark.parametrize("name", ALL)
def test_section_names_every_option(name: str) -> None:
    options = [option for option in ALL[name].params if isinstance(option, click.Option)]

    missing = [
        option.opts[0]
        for option in options
        if option.opts[0] != "--config" and option.opts[0] not in SECTIONS[name]
    ]

    assert missing == []


def _examples() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", COMMANDS, re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line]


@pytest.mark.parametrize("name", [n for n, c in ALL.items() if not isinstance(c, click.Group)])
def test_every_command_has_an_example(name: str) -> None:
    assert any(f"{example} ".startswith(f"{name} ") for example in _examples())


@pytest.mark.parametrize("example", _examples())
def test_example_uses_commands_and_options_that_there_are(example: str) -> None:
    """With --help at its end nothing is done, but options that are not known are refused."""
    program, *args = shlex.split(example)

    result = CliRunner().invoke(main, [*args, "--help"])

    assert program == "news-monitor"
    assert result.exit_code == 0, result.output


def _block(kind: str) -> str:
    found = re.search(rf"```{kind}\n(.*?)```", REPLAY, re.DOTALL)
    assert found
    return found[1]


def test_documented_replay_gives_the_documented_output(tmp_path: Path) -> None:
    recording = tmp_path / "items.jsonl"
    recording.write_text(_block("jsonl"), encoding="utf-8")
    command = ["replay", str(recording), "--config", str(default_folder())]

    text = CliRunner().invoke(main, command).stdout
    lines = CliRunner().invoke(main, [*command, "--json"]).stdout.splitlines()

    assert f"```\n{text}```" in REPLAY
    assert json.loads(_block("json")) == json.loads(lines[1])
