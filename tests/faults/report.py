"""docs/reliability.md: what was killed, what was seen; written by the campaign, never by hand."""

import platform
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from textwrap import fill
from typing import Any

from tests.faults.modes import CONNECTION, DOCUMENT, STATUS
from tests.faults.peers import PEERS, UNDISTURBED
from tests.faults.places import all_places
from tests.faults.seeds import SEEDS

Result = Mapping[str, Any]

_TEMPLATE = Path(__file__).with_name("reliability.template.md")
_OURS = {
    "places": "at one of {places} failpoints, first and later passings",
    "statements": "before the n-th SQL statement, for each n",
    "random": "at any moment under load, faults on both sides",
}
_WORLDS = {"steady": "all well", "unsteady": "faults on both sides"}


def page(results: Mapping[str, Result]) -> str:
    """The page for the results of a campaign: name -> `Record.as_json()`, and the machine."""
    ours = [results[name] for name in _OURS]
    places = [place for place in all_places() if place != "sql.statement"]
    return _TEMPLATE.read_text().format(
        kills=sum(result["kills"] for result in ours),
        ours="\n".join(
            _row(words.format(places=len(places)), results[name]) for name, words in _OURS.items()
        ),
        fewest=min(results["places"]["hits"].get(place, 0) for place in places),
        problems=_problems([problem for result in ours for problem in result["problems"]]),
        seeds=len(SEEDS),
        seed_names=fill(", ".join(name.replace("_", " ") for name in SEEDS), width=104),
        cores=results["machine"]["cores"],
        load=results["machine"]["load"],
        hook_modes=len(CONNECTION | STATUS),
        feed_modes=len(CONNECTION | STATUS | DOCUMENT),
        undisturbed=UNDISTURBED,
        peers="\n".join(_peer_rows(results)),
        platform=f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        f"{platform.system()}.",
    )


def _row(name: str, result: Result) -> str:
    numbers = ("kills", "alerts", "lost", "doubled", "repeats", "needless")
    cells = " | ".join(f"{result[number]:,}" for number in numbers)
    return f"| {name} | {cells} | {result['slowest_recovery_s']:.1f} s |"


def _problems(problems: list[str]) -> str:
    if not problems:
        return ""
    listed = "\n".join(f"- {' '.join(problem.split())[:300]}" for problem in problems[:20])
    return f"\n**Problems: {len(problems)}**\n\n{listed}\n"


def _peer_rows(results: Mapping[str, Result]) -> list[str]:
    numbers = ("kills", "alerts", "lost", "repeats")
    aimed = {n: results["places"][n] + results["statements"][n] for n in numbers}
    rows = {
        "news-monitor, killed at failpoints and statements": aimed,
        "news-monitor, killed at random, faults on both sides": results["random"],
    }
    for name, peer in PEERS.items():
        for world, words in _WORLDS.items():
            if result := results.get(f"{name} {world}"):
                title = peer.package.replace("==", " ")
                rows[f"{title}, killed at random, {words}"] = result
    return [_peer_row(name, result) for name, result in rows.items()]


def _peer_row(name: str, result: Result) -> str:
    rate = result["lost"] * 1000 / max(result["kills"], 1)
    return (
        f"| {name} | {result['kills']:,} | {result['alerts']:,} | {result['lost']:,}"
        f" | {rate:,.0f} | {result['repeats']:,} |"
    )
