"""Completion in a real shell, and the manual page."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from monitor.cli import main
from monitor.cli.examples import EXAMPLES, commands_of
from monitor.cli.man import page
from tests.cli.conftest import House

ALL = dict(commands_of(main))
DOCS = Path(__file__).parents[2] / "docs" / "commands.md"
BASH = shutil.which("bash")


def _environment(folder: Path) -> dict[str, str]:
    """With a `news-monitor` that is this one, whatever is installed."""
    program = folder / "bin" / "news-monitor"
    program.parent.mkdir(exist_ok=True)
    code = "from monitor.cli import main; main(prog_name='news-monitor')"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{code}" "$@"\n')
    program.chmod(0o755)
    root = Path(__file__).parents[2]
    kept = {name: value for name, value in os.environ.items() if name != "NEWS_MONITOR_CONFIG"}
    return kept | {"PATH": f"{program.parent}:{os.environ['PATH']}", "PYTHONPATH": str(root)}


_ASK = """
eval "$(news-monitor completion bash)"
spec=$(complete -p news-monitor); [[ $spec =~ -F\\ ([^ ]+) ]] || exit 9
ask() {
    COMP_WORDS=(news-monitor "$@"); COMP_CWORD=$#; COMPREPLY=()
    COMP_LINE="${COMP_WORDS[*]}"; COMP_POINT=${#COMP_LINE}
    "${BASH_REMATCH[1]}" news-monitor "${COMP_WORDS[COMP_CWORD]}" ""
    echo "${COMPREPLY[@]}"
}
"""


def completed(house: House, *lines: str) -> list[list[str]]:
    """What bash offers for the last word of each of these lines, as Tab would."""
    asked = "\n".join(f"ask {line}" for line in lines)
    done = subprocess.run(
        [str(BASH), "--norc", "--noprofile", "-c", f"{_ASK}{asked}"],
        cwd=house.root,
        env=_environment(house.root),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    return [line.split() for line in done.stdout.splitlines()]


@pytest.mark.skipif(BASH is None, reason="no bash")
def test_bash_completes_commands_options_and_ids(polled: House, tmp_path: Path) -> None:
    other = tmp_path / "other"
    (other / "watches").mkdir(parents=True)
    (other / "watches" / "a.toml").write_text('[[watch]]\nid = "ports"\nquery = "port"\n')

    found = completed(
        polled,
        "exp",
        "export items --wa",
        "alerts --watch ''",
        "stories show s_",
        f"--config '{other}' watches suggest ''",
    )

    listed = polled.run("stories", "list").stdout.splitlines()[1]
    assert found == [
        ["explain", "export"],
        ["--watch"],
        ["rail"],
        [listed.split("\t")[0]],
        ["ports"],
    ]


def offered(house: House, *words: str) -> list[str]:
    """What click answers to a shell, in this process."""
    from click.shell_completion import ShellComplete

    complete = ShellComplete(main, {}, "news-monitor", "_NEWS_MONITOR_COMPLETE")
    args = ["--config", str(house.config), *words[:-1]]
    return [item.value for item in complete.get_completions(args, words[-1])]


def test_ids_of_all_kinds_are_completed(polled: House) -> None:
    assert offered(polled, "feeds", "show", "p") == ["pennant"]
    assert offered(polled, "poll", "--feed", "") == ["pennant", "asleep"]
    assert offered(polled, "webhook", "test", "") == ["console", "desk"]
    assert len(offered(polled, "deliveries", "show", "msg_")) == 2
    assert len(offered(polled, "alerts", "show", "a_")) == 1
    assert len(offered(polled, "export", "story", "s_")) == 1


def test_nothing_is_completed_where_nothing_is_there(house: House) -> None:
    assert offered(house, "stories", "show", "") == []  # no database
    (house.config / "watches" / "rail.toml").write_text("[[watch")
    assert offered(house, "watches", "suggest", "") == []
    (house.config / "webhooks.toml").write_text('webhooks = "none"')
    assert offered(house, "webhook", "test", "") == []


def test_ids_that_a_shell_would_run_are_not_completed(house: House) -> None:
    watches = [{"id": "$(reboot)", "query": "x"}, {"id": "good", "query": "x"}]
    house.write({"watches/rail.toml": {"watch": watches}})

    assert offered(house, "alerts", "--watch", "") == ["good"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_script(shell: str) -> None:
    result = CliRunner().invoke(main, ["completion", shell])

    assert result.exit_code == 0
    assert "_NEWS_MONITOR_COMPLETE" in result.stdout


# --- help and manual -----------------------------------------------------------------------------


@pytest.mark.parametrize("path", ALL)
def test_every_help_ends_with_an_example(path: str) -> None:
    """Which is one of the documents, where it is seen to be one that works."""
    shown = CliRunner().invoke(main, [*path.split(), "--help"]).stdout

    assert "Example:\n" in shown
    assert f"news-monitor {EXAMPLES[path]}" in " ".join(shown.split("Example:")[1].split("\n  "))
    assert f"news-monitor {EXAMPLES[path]}\n" in DOCS.read_text("utf-8")


def test_examples_are_of_commands_that_there_are() -> None:
    assert EXAMPLES.keys() == ALL.keys()


def test_manual_page_tells_every_command_and_option() -> None:
    text = CliRunner().invoke(main, ["man"]).stdout

    plain = text.replace("\\-", "-")
    for path, command in ALL.items():
        assert f'.SS "news-monitor {path}"' in plain
        for param in command.params:
            assert not isinstance(param, click.Option) or param.opts[0] in plain
    assert "\b" not in text


def test_no_text_is_taken_for_a_request() -> None:
    @click.group()
    def program() -> None:
        r"""A line
        'begins' so, as does
        .this one, and C:\new is no escape.
        """

    lines = "\n".join(page(program)).splitlines()

    assert "\\&'begins' so, as does" in lines
    assert "\\&.this one, and C:\\enew is no escape." in lines


@pytest.mark.skipif(shutil.which("groff") is None, reason="no groff")
def test_formatter_has_nothing_to_say_against_the_page() -> None:
    text = CliRunner().invoke(main, ["man"]).stdout

    done = subprocess.run(
        ["groff", "-man", "-Tascii", "-ww"],
        input=text,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert not done.stderr
    assert "news-monitor export story" in done.stdout
