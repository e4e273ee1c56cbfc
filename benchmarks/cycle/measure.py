"""The cost of a cycle, of a long history, of the timetable, and of hostile bodies.

`python -m benchmarks.cycle.measure [--only cycle,feeds,history,timetable,hostile] [--write]`
Figures are kept in build/cycle.json: what is not measured again is told as it was.
"""

import argparse
import json
import platform
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from typing import Any

import feedparser

from benchmarks.cycle import history, report
from benchmarks.cycle.feeds import Feeds
from benchmarks.cycle.hostile import bodies
from benchmarks.cycle.parties import ROOT, Process, monitor_folder, peer_python, urls_folder
from benchmarks.cycle.timetable import share_of_a_core
from benchmarks.timing import Peak, tree_seconds
from monitor.adapters.feeds import ChildParser
from monitor.errors import ParseError
from monitor.model import Fetched

Row = dict[str, Any]
KEPT = ROOT / "build" / "cycle.json"
THREADS = 20
_ORDINARY = 50  # feeds beside hostile ones


class Sizes:
    """How much is measured; the small ones are for a test of the benchmark itself."""

    def __init__(self, *, small: bool, feeds: int = 1_000) -> None:
        self.feeds, self.items, self.rounds = (8, 10, 1) if small else (feeds, 30, 2)
        self.crowds = (4, 8) if small else (100, 1_000, 10_000)
        self.histories = (1_000, 2_000) if small else (10_000, 100_000, 1_000_000)
        self.timetables = (10, 100) if small else (100, 1_000, 10_000)
        self.bodies = 1 if small else len(bodies())


class Parties:
    """The processes of one run, on one server; each polls in its turn."""

    def __init__(
        self, stack: ExitStack, feeds: int, items: int, *, peer: bool, database: Path | None = None
    ) -> None:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cycle-")))
        hosts = min(feeds, 64)
        given = ("--feeds", feeds, "--items", items, "--hosts", hosts)
        self.server = stack.enter_context(Process("server", *given))
        urls = [f"http://127.0.0.1:{self.server.first[n % hosts]}/{n}.xml" for n in range(feeds)]
        ours = monitor_folder(folder / "ours", urls, database)
        self.processes = {"ours": stack.enter_context(Process("ours", ours))}
        if not peer:
            return
        listed = urls_folder(folder / "requests", urls)
        self.processes["requests"] = stack.enter_context(Process("bare", listed, THREADS))
        if python := peer_python():
            listed = urls_folder(folder / "reader", urls)
            self.processes["reader"] = stack.enter_context(
                Process("peer", listed, THREADS, python=python)
            )

    def turn(self, step: int, *, validators: bool = True, **more: object) -> dict[str, Row]:
        """Each party polls all feeds as they are at this step."""
        line, told = json.dumps({"step": step, "validators": validators, **more}), {}
        for name, process in self.processes.items():
            self.server.ask(line)
            with Peak(process.pid) as peak:
                told[name] = process.ask()
            told[name] |= {
                "mib": peak.mib,
                "own_mib": peak.own_mib,
                "served": self.server.ask(line),
            }
        return told


def cycle(sizes: Sizes) -> Iterator[Row]:
    """Scenario -> party -> CPU µs a feed, of the cheapest round; most memory of each."""
    yield _cycle(sizes.feeds, sizes.items, sizes.rounds, peer=True)


def _cycle(feeds: int, items: int, rounds: int, *, peer: bool, database: Path | None = None) -> Row:
    few = max(items // 10, 1)
    with ExitStack() as stack:
        parties = Parties(stack, feeds, items, peer=peer, database=database)
        turns = {
            "cold": [parties.turn(0)],
            "304": [parties.turn(0) for _ in range(rounds)],
            "same": [parties.turn(0, validators=False) for _ in range(rounds)],
            "new": [parties.turn(few * (n + 1)) for n in range(rounds)],
        }
    names = list(turns["cold"][0])
    every = [turn for of in turns.values() for turn in of]
    for turn in every:
        for name in names:
            assert sum(turn[name]["served"].values()) == feeds, (name, turn[name]["served"])
    alone = {"cold": _parsing_us(min(feeds, 200), items), "new": _parsing_us(min(feeds, 200), few)}
    return {
        "feeds": feeds,
        "items": items,
        "new": few,
        "feedparser": alone if peer else {},
        "us": {
            scenario: {name: min(t[name]["cpu_s"] for t in of) / feeds * 1e6 for name in names}
            for scenario, of in turns.items()
        },
        "mib": {name: max(turn[name]["mib"] for turn in every) for name in names},
        "own_mib": max(turn["ours"]["own_mib"] for turn in every),
        "served": {scenario: of[-1]["ours"]["served"] for scenario, of in turns.items()},
    }


def _parsing_us(feeds: int, items: int) -> float:
    """CPU µs a feed of so many items, of feedparser alone, without all that can be left out."""
    source = Feeds()
    documents = [source.document(feed, 0, items) for feed in range(feeds)]
    before = time.process_time()
    for document in documents:
        found = feedparser.parse(
            BytesIO(document), sanitize_html=False, resolve_relative_uris=False
        ).entries
        assert len(found) == items
    return (time.process_time() - before) / feeds * 1e6


def crowds(sizes: Sizes) -> Iterator[list[Row]]:
    """The cycle with more and more feeds, short ones so that ten thousand take minutes only."""
    rows = []
    for feeds in sizes.crowds:
        rows.append(_cycle(feeds, 5, 2, peer=False))
        yield rows


def histories(sizes: Sizes) -> Iterator[list[Row]]:
    """The cycle, a known item and a new one, with more and more items stored."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="cycle-") as folder:
        path = Path(folder) / "monitor.sqlite"
        for items in sizes.histories:
            history.grow(path, items)
            row: Row = {"items": items, "mb": path.stat().st_size / 1e6}
            row |= {"known": history.known_us(path), "storing": history.storing_us(path)}
            row["cycle"] = _cycle(
                min(100, sizes.feeds), sizes.items, sizes.rounds, peer=False, database=path
            )
            rows.append(row)
            yield rows


def timetables(sizes: Sizes) -> Iterator[list[Row]]:
    yield [{"feeds": n, "share": share_of_a_core(n)} for n in sizes.timetables]


def hostile(sizes: Sizes) -> Iterator[list[Row]]:
    """One hostile body after the other, beside fifty feeds with something new."""
    chosen = dict(list(bodies().items())[: sizes.bodies])
    alone = {name: _parsed(body) for name, body in chosen.items()}
    rows = []
    with ExitStack() as stack:
        feeds = _ORDINARY + len(chosen)
        parties = Parties(stack, feeds, sizes.items, peer=False)
        quiet = [parties.turn(step)["ours"] for step in (0, 3)]
        for number, (name, body) in enumerate(chosen.items()):
            instead = {_ORDINARY + number: name}
            told = parties.turn(6 + 3 * number, instead=instead)["ours"]
            rows.append(
                {
                    "name": name,
                    "bytes": len(body),
                    **alone[name],
                    "wait_s": _last_s(told),
                    "quiet_s": _last_s(quiet[-1]),
                    "more_mib": told["own_mib"] - quiet[-1]["own_mib"],
                }
            )
            yield rows


def _last_s(told: Row) -> float:
    return max(float(told["took_s"][f"feed-{number}"]) for number in range(_ORDINARY))


def _parsed(body: bytes) -> Row:
    """What a child makes of it, and its CPU time."""
    with ChildParser(workers=1) as parser:
        parser.parse(Fetched(url="http://x/", body=b"<rss version='2.0'><channel/></rss>"))
        before, begun = tree_seconds() - time.process_time(), time.perf_counter()
        try:
            read = parser.parse(Fetched(url="http://x/", body=body))
            said = f"{len(read.entries):,} entries"
        except ParseError as exc:
            said = str(exc)
        took = tree_seconds() - time.process_time() - before
        return {"said": said, "cpu_s": took, "wall_s": time.perf_counter() - begun}


PARTS: Mapping[str, Callable[[Sizes], Iterator[Any]]] = {
    "cycle": cycle,
    "feeds": crowds,
    "history": histories,
    "timetable": timetables,
    "hostile": hostile,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(PARTS), help="parts, separated by commas")
    parser.add_argument("--feeds", type=int, default=1_000, help="of the cycle beside others")
    parser.add_argument(
        "--small", action="store_true", help="a minute's worth: no figures to quote"
    )
    parser.add_argument("--write", action="store_true", help="write the figures to docs/")
    given = parser.parse_args()
    kept = KEPT.with_name("cycle-small.json") if given.small else KEPT
    sizes = Sizes(small=given.small, feeds=given.feeds)
    for part in given.only.split(","):
        for measured in PARTS[part](sizes):  # kept as far as they are
            figures = json.loads(kept.read_text()) if kept.exists() else {}
            figures |= {part: measured, "python": platform.python_version()}
            kept.write_text(json.dumps(figures, indent=1))
    page = "\n".join(report.page(figures))
    print(page)
    if given.write:
        report.write(page, figures)


if __name__ == "__main__":
    main()
