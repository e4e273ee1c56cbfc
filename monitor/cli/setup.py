"""`check`, `init` and `demo`: before the first start."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.text import Text

from monitor.cli import render
from monitor.cli.options import Chosen, config_option, json_option, pass_chosen
from monitor.core.inert import one_line
from monitor.model import Rating

if TYPE_CHECKING:
    from monitor.bootstrap import Regress


@click.command()
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option("--no-history", is_flag=True, help="Leave the stored items out of it.")
@click.option("--regress", is_flag=True, help="Run the watches over the alerts that were rated.")
@json_option("one JSON document")
@config_option
@pass_chosen
def check(
    chosen: Chosen, *, folder: Path | None, no_history: bool, regress: bool, as_json: bool
) -> None:
    """Find every problem of a configuration.

    Without an error, the newest stored items are looked at, too: words that stand everywhere,
    watches that match the same items or nothing at all. With --regress, alerts rated good must
    still come, and noise must not ('news-monitor alerts rate').
    """
    from monitor import bootstrap

    folder = folder or chosen.folder
    problems = bootstrap.check(folder)
    errors = sum(problem.fatal for problem in problems)
    if not errors and not no_history:
        with render.working("Looking at the newest items"):
            problems += bootstrap.check_history(bootstrap.load(folder, secrets_of=()))
    outcome = None
    if regress and not errors:
        outcome = bootstrap.check_ratings(bootstrap.load(folder, secrets_of=()))
    if as_json:
        counts = {"errors": errors, "warnings": len(problems) - errors}
        document = {"folder": str(folder), **counts, "problems": problems}
        render.document(document | ({"regress": _regress(outcome)} if outcome else {}))
    else:
        for line in render.problem_lines(problems):
            render.say(line)
        if outcome:
            _tell_regress(outcome)
    if errors:
        raise SystemExit(2)
    if outcome and outcome.wrong:
        raise SystemExit(1)


def _tell_regress(outcome: "Regress") -> None:
    for one in outcome.wrong:
        case = one.rated
        found = "is not found any more" if case.rating is Rating.GOOD else "is still found"
        headline = one_line(case.item.title)
        render.say(f"{case.watch_id}: rated {case.rating.value}, {found}: {headline}")
        note = f" ({one_line(case.note)})" if case.note else ""
        render.say(Text(f"    {one_line(one.reason)}; alert {case.alert_id}{note}", style="dim"))
    passed_over = f", {outcome.passed_over} of no enabled watch" if outcome.passed_over else ""
    rated = render.plural(outcome.cases, "rated alert")
    render.say(f"{rated}: {len(outcome.wrong)} wrong{passed_over}")
    if not outcome.cases and not passed_over:
        render.say("'news-monitor alerts rate ID good' makes a case of an alert")


def _regress(outcome: "Regress") -> dict[str, object]:
    return {
        "cases": outcome.cases,
        "passed_over": outcome.passed_over,
        "wrong": [
            {
                "alert": one.rated.alert_id,
                "watch": one.rated.watch_id,
                "rating": one.rated.rating,
                "title": one.rated.item.title,
                "reason": one.reason,
                "note": one.rated.note,
            }
            for one in outcome.wrong
        ],
    }


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Write a configuration of your own to DIR."""
    from monitor import config

    for path in config.init(folder):
        render.say(str(path))
    option = "" if folder == Path("config") else f" --config {folder}"
    render.say(
        f"""
Next:
  1. Look over {folder / "monitor.toml"} (say who you are: contact), {folder / "feeds"}
     and {folder / "watches"}. As it is, alerts are printed here and kept in the database;
     {folder / "webhooks.toml"} says where else they may go.
  2. news-monitor check{option}
  3. news-monitor feeds probe{option}    which feeds answer from this network?
  4. news-monitor run{option}"""
    )


@click.command()
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True),
    help="2 is twice as fast  [default: 1, about a minute].",
)
@click.option(
    "--keep",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="A new folder in which configuration, database and log stay.",
)
def demo(speed: float | None, keep: Path | None) -> None:
    """Watch a fictional story unfold, offline.

    It runs through the real service, from local feeds to a local webhook.
    """
    from monitor import demo as playing

    raise SystemExit(playing.run(speed=speed, keep=keep, out=sys.stdout))
