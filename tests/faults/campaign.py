"""The long form: thousands of kills, those of peers beside them, and the page that tells of it.

`python -m tests.faults.campaign` writes docs/reliability.md (see report.py).
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import count, islice, product
from pathlib import Path
from typing import Any

from tests.faults import report
from tests.faults.campaigns import Campaign, in_lanes, storm, tours
from tests.faults.peers import PEERS, install, peer_record
from tests.faults.places import all_places, chains
from tests.faults.trial import Record

AT_PLACES, AT_STATEMENTS, AT_RANDOM, OF_PEERS = 750, 250, 2_000, 200
LANES = 3
# Passed again and again in a life: the first passings differ from the later ones.
_OFTEN = ("store.", "poll.", "delivery.", "http.", "prune.")


def rounds() -> Iterator[list[str]]:
    """Every place, then every place again at later passings, in chains of lives."""
    for nth in count(1):
        places = [
            f"{place}:{nth}" if place.startswith(_OFTEN) else place
            for place in all_places()
            if place != "sql.statement"
        ]
        yield from chains(places, 7)


def at_places(kills: int) -> Record:
    """At least as many kills; a life that never comes to its place is none."""
    total, chain = Record(), rounds()
    while total.kills < kills and not total.problems:
        part = islice(chain, 12)
        total.add(in_lanes([partial(tours, chain=one) for one in part], LANES))
        tell(f"{total.kills} kills at failpoints")
    return total


def at_statements(kills: int) -> Record:
    """Before the n-th statement of a life, for each n from the first."""
    places = [f"sql.statement:{n}" for n in range(1, kills + 1)]
    parts = [places[n : n + 6] for n in range(0, kills, 6)]
    return in_lanes([partial(tours, chain=part) for part in parts], LANES)


def at_random(kills: int) -> Record:
    parts = max(kills // 100, 1)
    storms: list[Campaign] = [
        partial(storm, kills=kills // parts, dice=dice) for dice in range(parts)
    ]
    return in_lanes(storms, LANES)


def tell(text: str) -> None:
    print(time.strftime("%H:%M:%S"), text, file=sys.stderr, flush=True)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=1.0, help="of the full numbers")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--results", type=Path, default=Path("build/reliability.json"))
    parser.add_argument("--page", type=Path, default=Path("docs/reliability.md"))
    chosen = parser.parse_args(arguments)

    def scale(full: int) -> int:
        return int(max(round(full * chosen.share), 1))

    machine: dict[str, Any] = {"cores": os.cpu_count(), "load": 0.0}
    results: dict[str, dict[str, object]] = {"machine": machine}

    def keep(name: str, record: Record) -> None:
        results[name] = record.as_json()
        machine["load"] = max(machine["load"], *os.getloadavg())
        chosen.results.parent.mkdir(parents=True, exist_ok=True)
        chosen.results.write_text(json.dumps(results, indent=1))
        tell(f"{name}: {record}"[:300])

    keep("places", at_places(scale(AT_PLACES)))
    keep("statements", at_statements(scale(AT_STATEMENTS)))
    keep("random", at_random(scale(AT_RANDOM)))
    if not chosen.no_peers:
        python = install()
        for peer, steady in product(PEERS, (True, False)):
            name = f"{peer} {'steady' if steady else 'unsteady'}"
            keep(name, peer_record(peer, scale(OF_PEERS), steady=steady, python=python))
    chosen.page.write_text(report.page(json.loads(chosen.results.read_text())))
    return int(any(result.get("problems") for result in results.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
