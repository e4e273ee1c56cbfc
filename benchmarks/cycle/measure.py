"""One cycle over many feeds, beside `reader` and beside what HTTP alone costs.

`python -m benchmarks.cycle.measure [--feeds 1000] [--rounds 3]`
"""

import argparse
import json
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.cycle.parties import (
    Process,
    monitor_folder,
    peer_python,
    urls_folder,
)

Row = dict[str, Any]
WORKERS = 20


class Parties:
    """The processes of one run, on one server; each polls in its turn."""

    def __init__(self, stack: ExitStack, feeds: int, items: int, *, peer: bool = True) -> None:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cycle-")))
        self.server = stack.enter_context(
            Process("server", "--feeds", feeds, "--items", items, "--hosts", min(feeds, 64))
        )
        ports = self.server.first
        urls = [f"http://127.0.0.1:{ports[n % len(ports)]}/{n}.xml" for n in range(feeds)]
        self.folder, self.urls = folder, urls
        self.processes = {
            "ours": stack.enter_context(Process("ours", monitor_folder(folder / "ours", urls))),
            "requests": stack.enter_context(
                Process("bare", urls_folder(folder / "bare", urls), WORKERS)
            ),
        }
        if peer and (python := peer_python()):
            self.processes["reader"] = stack.enter_context(
                Process("peer", urls_folder(folder / "peer", urls), WORKERS, python=python)
            )

    def turn(self, step: int, *, validators: bool) -> dict[str, Row]:
        """Each party polls all feeds as they are at this step."""
        told = {}
        self.server.ask(json.dumps({"step": step, "validators": validators}))
        for name, process in self.processes.items():
            told[name] = process.ask()
            told[name]["served"] = self.server.ask(
                json.dumps({"step": step, "validators": validators})
            )
        return told


def cycle(feeds: int, items: int, rounds: int, *, peer: bool = True) -> dict[str, dict[str, Row]]:
    """Scenario -> party -> the cheapest of its rounds."""
    with ExitStack() as stack:
        parties = Parties(stack, feeds, items, peer=peer)
        few = max(items // 10, 1)
        taken = {
            "cold": [parties.turn(0, validators=True)],
            "304": [parties.turn(0, validators=True) for _ in range(rounds)],
            "same": [parties.turn(0, validators=False) for _ in range(rounds)],
            "new": [parties.turn(few * (n + 1), validators=True) for n in range(rounds)],
        }
    return {name: _cheapest(turns) for name, turns in taken.items()}


def _cheapest(turns: list[dict[str, Row]]) -> dict[str, Row]:
    return {
        name: min((turn[name] for turn in turns), key=lambda told: float(told["cpu_s"]))
        for name in turns[0]
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeds", type=int, default=1_000)
    parser.add_argument("--items", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    for scenario, told in cycle(given.feeds, given.items, given.rounds).items():
        for name, row in told.items():
            times = f" {told['reader']['cpu_s'] / row['cpu_s']:.1f}x" if "reader" in told else ""
            print(scenario, name, f"{row['cpu_s'] / given.feeds * 1e6:,.0f} us/feed", times, row)


if __name__ == "__main__":
    main()
