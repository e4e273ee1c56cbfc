"""`replay`: recorded items through the very same line, nothing stored or sent."""

import sys
from collections import Counter
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from monitor.cli import render
from monitor.cli.options import Chosen, config_option, json_option, pass_chosen
from monitor.core.inert import one_line

_HELD = {
    "known": "the same as before",
    "copy": "a copy of what was told",
    "low_score": "the score is below min_score",
    "too_old": "older than max_age",
}
_STYLES = {"new": "", "revision": "yellow", "copy": "dim", "known": "dim", "empty": "red"}


@click.command()
@click.argument("path", type=click.Path(exists=True, allow_dash=True, path_type=Path))
@click.option(
    "--db",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keep the database there; without it a temporary one is used.",
)
@json_option("one JSON object a line and item, in the order of the input")
@config_option
@pass_chosen
def replay(chosen: Chosen, *, path: Path, db: Path | None, as_json: bool) -> None:
    """Run recorded items through a configuration.

    Each at its own time, into a temporary database; nothing is sent.

    PATH is JSON Lines, one item a line ('-' reads them from standard input), or a folder of saved
    feed documents (docs/replay.md).
    """
    from monitor import logs
    from monitor import replay as replaying

    logs.configure("warning", "auto")
    tally: Counter[str] = Counter()
    recorded = sys.stdin.buffer if path == Path("-") else path
    for result in replaying.replay(recorded, chosen.load_to_read(), db=db):
        if as_json:
            render.line(result)
            continue
        _count(tally, result)
        render.say(_line(result))
    if not as_json:
        _summarise(tally)


def _line(result: dict[str, Any]) -> Text:
    """Status, item, the watches that it matches, and what of it alerts."""
    status = result["status"]
    text = Text(f"{status:<8}  {one_line(result['guid'] or result['item_id'] or '-')}")
    text.stylize(_STYLES.get(status, ""))
    if result["copy_of"]:
        text.append(f"  (of {result['copy_of']})", style="dim")
    told = {alert["watch"]: alert for alert in result["alerts"]}
    held = {one["watch"]: _HELD.get(one["reason"], _words(one["reason"])) for one in result["held"]}
    for match in result["matches"]:
        terms = dict.fromkeys(_term(term) for term in match["terms"])
        text.append(f"\n            {match['watch']}  {match['score']:g}  {' '.join(terms)}")
        if alert := told.get(match["watch"]):
            text.append(f"  ALERT {alert['severity']}: {_words(alert['reason'])}", "bold red")
        elif reason := held.get(match["watch"]):
            text.append(f"  no alert: {reason}", "yellow")
    return text


def _words(reason: str) -> str:
    return reason.replace("_", " ")


def _term(term: dict[str, Any]) -> str:
    word = one_line(term["variant"] or term["term"])
    return f"[{term['group']}: {word}]" if term["group"] else f"[{word}]"


def _count(tally: Counter[str], result: dict[str, Any]) -> None:
    tally["items"] += 1
    tally[f"status {result['status']}"] += 1
    tally.update(f"match {match['watch']}" for match in result["matches"])
    tally.update(f"alert {alert['watch']}" for alert in result["alerts"])
    tally.update(f"held {_words(one['reason'])}" for one in result["held"] if not _is_known(one))


def _is_known(held: dict[str, str]) -> bool:
    """Whether it was decided when the item was new, so that it is counted already."""
    return held["reason"] == "known"


def _summarise(tally: Counter[str]) -> None:
    def named(kind: str) -> str:
        counts = ((name, n) for name, n in sorted(tally.items()) if name.startswith(f"{kind} "))
        return ", ".join(f"{n} {name.partition(' ')[2]}" for name, n in counts) or "none"

    render.say()
    render.say(f"{render.plural(tally['items'], 'item')}: {named('status')}")
    render.say(f"Matches: {named('match')}")
    render.say(f"Alerts: {named('alert')}")
    if any(name.startswith("held ") for name in tally):
        render.say(f"Held back: {named('held')}")
