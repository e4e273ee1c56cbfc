"""`doctor`: what may be wrong with this installation, and the cure."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from rich.text import Text

from monitor.cli import render
from monitor.cli.options import Chosen, config_option, json_option, pass_chosen
from monitor.core.inert import one_line

if TYPE_CHECKING:
    from monitor.doctor import Finding

_STYLES = {"ok": "green", "warning": "yellow", "bad": "bold red"}


@click.command()
@click.option("--online", is_flag=True, help="Ask a few feeds, and connect to the webhooks.")
@click.option("--deep", is_flag=True, help="Read the whole database to see that it is whole.")
@json_option("one JSON document")
@config_option
@pass_chosen
def doctor(chosen: Chosen, *, online: bool, deep: bool, as_json: bool) -> None:
    """Tell what may be wrong here, each with its cure.

    Looks at this machine, the configuration and the database, also beside a running service, and
    changes nothing. With --online, webhooks are connected to, and nothing is sent. Exit code 1 if
    something is bad.
    """
    from monitor.doctor import Level, World, examine

    looked = World(folder=chosen.folder, now=datetime.now(UTC), online=online, deep=deep)
    with looked as world, render.working("Looking"):
        found = list(examine(world))
    is_bad = any(one.level is Level.BAD for one in found)
    if as_json:
        render.document({"ok": not is_bad, "checks": found})
    else:
        _tell(found)
    if is_bad:
        raise SystemExit(1)


def _tell(found: "Sequence[Finding]") -> None:
    for one in found:
        line = Text(f"{one.level.value:8}", style=_STYLES[one.level.value])
        line.append(f"{one.check.replace('_', ' '):14} ", style="default")
        line.append(one_line(one.text), style="default")
        render.say(line)
        if one.cure:
            render.say(Text(f"{'':23}-> {one_line(one.cure)}", style="dim"))
    counts = Counter(one.level.value for one in found)
    render.say(", ".join(f"{counts[level]} {level}" for level in _STYLES))
