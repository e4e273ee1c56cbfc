"""What a poll costs one service on SQLite, and a cluster on PostgreSQL, over the same feeds.

`python -m benchmarks.soak.measure [--small] [--feeds N] [--fsync on|off] [--write] [--kept]`
All processes are real, and so are the server of the feeds, the receiver of the webhooks and the
PostgreSQL server. Figures are kept in build/soak.json.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.cycle.parties import ROOT
from benchmarks.soak import report
from benchmarks.soak.counters import Backends
from benchmarks.soak.pairs import EMBEDDED, Pair, cluster, command, running
from benchmarks.soak.shop import Server
from benchmarks.soak.world import Rows, a_server, write_folder

Row = dict[str, Any]
KEPT = ROOT / "build" / "soak.json"
_LATE_S = 7_200.0  # longer than all of it lasts


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is measured, and for how long.

    Attributes:
        start_s: What processes may take to start.
        idle_s: How long nothing is due.
        steady_s: How long feeds are due one by one, so many a second.
        news: How many feeds bring something new.
        news_s: What it may take to poll those.
    """

    feeds: int = 20_000
    hosts: int = 2_000
    schedulers: int = 2
    start_s: float = 30
    idle_s: float = 15
    steady_s: float = 45
    steady_per_s: float = 33
    news: int = 1_500
    news_s: float = 100
    most_s: float = 600


SMALL = Plan(
    feeds=500,
    hosts=100,
    schedulers=1,
    start_s=6,
    idle_s=3,
    steady_s=5,
    steady_per_s=10,
    news=100,
    news_s=20,
    most_s=60,
)


@dataclass(slots=True)
class Reading:
    """What had been spent at a moment."""

    at_s: float
    costs_s: dict[str, float]
    counts: Mapping[str, float] = field(default_factory=dict)

    def since(self, before: "Reading") -> Row:
        spent = {who: cost - before.costs_s.get(who, 0.0) for who, cost in self.costs_s.items()}
        return {
            "took_s": self.at_s - before.at_s,
            "cpu_s": {who: cost for who, cost in spent.items() if cost > 0},
            "counts": {name: n - before.counts[name] for name, n in self.counts.items()},
        }


class Soak:
    """One pair over its database."""

    def __init__(
        self,
        plan: Plan,
        server: Server,
        folder: Path,
        database: str,
        commands: Mapping[str, Sequence[str]],
        backends: Backends | None = None,
    ) -> None:
        self._plan, self._server, self._folder = plan, server, folder
        self._database, self._commands, self._backends = database, commands, backends
        self._rows, self._step = Rows(database), 0

    def seed(self) -> None:
        """Poll each feed for the first time."""
        began_s = time.time()
        self._server.lay_out(0, began_s + _LATE_S)
        with running(self._commands, self._folder, self._database) as pair:
            self._until_polled(pair, began_s)

    def quiet(self) -> Row:
        """With nothing new in any feed: nothing due, feeds due one by one, all others at once."""
        plan = self._plan
        begins_s = time.time() + plan.start_s + plan.idle_s
        self._server.lay_out(0, begins_s + _LATE_S)
        steady = int(plan.steady_s * plan.steady_per_s)
        due_s = {n: begins_s + n / plan.steady_per_s for n in range(steady)}
        burst_s = begins_s + plan.steady_s + 5
        due_s |= dict.fromkeys(range(steady, plan.feeds), burst_s)
        self._rows.make_due(due_s)
        with running(self._commands, self._folder, self._database) as pair:
            self._wait(pair, begins_s - plan.idle_s)
            started = self._read(pair)
            self._wait(pair, begins_s - 0.1)
            if early := self._server.count()["polls"]:
                raise RuntimeError(f"{early} polls before anything was due")
            idle = self._read(pair)
            self._wait(pair, burst_s - 0.1)
            calm = self._read(pair)
            asked = self._server.count()["feeds"]
            lags = self._lags(due_s, range(steady))
            self._until_polled(pair, begins_s)
            over = self._read(pair)
            row: Row = {
                "start": {"cpu_s": started.costs_s},
                "idle": idle.since(started),
                "steady": {**calm.since(idle), "polls": asked, **lags},
                "burst": self._burst(calm, over, burst_s, plan.feeds - asked),
                "memory_mib": pair.memory_mib(),
            }
        return row

    def news(self) -> Row:
        """With an item that is new in each of some feeds, twice; all of them due at once.

        The first time documents are read as a whole, for those who poll have just started.
        """
        plan = self._plan
        begins_s = time.time() + plan.start_s
        again_s = begins_s + plan.news_s
        late_s = begins_s + _LATE_S
        due_s = dict.fromkeys(range(plan.feeds), late_s)
        self._rows.make_due(due_s | dict.fromkeys(range(plan.news), begins_s))
        found = {}
        with running(self._commands, self._folder, self._database) as pair:
            for name, at_s, next_s in (("whole", begins_s, again_s), ("cut", again_s, late_s)):
                self._step += 1
                self._server.lay_out(self._step, next_s)
                had = {table: self._rows.count(table) for table in ("items", "alerts")}
                self._wait(pair, at_s - 0.1)
                if early := self._server.count()["polls"]:
                    raise RuntimeError(f"{early} polls before anything was due")
                before = self._read(pair)
                self._until_polled(pair, at_s, plan.news)
                found[name] = self._burst(before, self._read(pair), at_s, plan.news)
                found[name] |= {table: self._rows.count(table) - had[table] for table in had}
                found[name]["messages"] = self._server.count()["messages"]
            return {**found, "memory_mib": pair.memory_mib()}

    def _burst(self, before: Reading, after: Reading, due_s: float, polls: int) -> Row:
        polled = sorted(self._rows.polled_s().values())
        return {
            **after.since(before),
            "polls": polls,
            "polled_in_s": polled[-1] - due_s,
            "requests": self._server.count()["polls"],
        }

    def _lags(self, due_s: Mapping[int, float], feeds: Sequence[int]) -> Row:
        """How late requests came, and answers were decided on, in seconds."""
        asked, polled = self._server.log(), self._rows.polled_s()
        nearest = {n: min(asked.get(n, time.time()), time.time()) for n in feeds}
        return {
            "lag_s": percentiles([nearest[n] - due_s[n] for n in feeds]),
            "polled_lag_s": percentiles(
                [polled[n] - due_s[n] for n in feeds if polled.get(n, 0) >= due_s[n]]
            ),
        }

    def _read(self, pair: Pair) -> Reading:
        costs, counts = pair.costs_s(), {}
        if self._backends:
            of_server = self._backends.costs_s()
            costs |= {f"PostgreSQL: {kind}": cost for kind, cost in of_server.items()}
            counts = dict(self._backends.counts())
        return Reading(time.time(), costs, counts)

    def _wait(self, pair: Pair, until_s: float) -> None:
        while (left_s := until_s - time.time()) > 0:
            pair.check()
            time.sleep(min(left_s, 1.0))

    def _until_polled(self, pair: Pair, since_s: float, feeds: int | None = None) -> None:
        feeds, until_s = feeds or self._plan.feeds, time.time() + self._plan.most_s
        while self._server.count()["feeds"] < feeds or any(self._rows.left(since_s, feeds)):
            pair.check()
            if time.time() > until_s:
                left = self._rows.left(since_s, feeds)
                what = "feeds, documents and messages"
                raise RuntimeError(f"{left} {what} left after {self._plan.most_s} s")
            time.sleep(0.5)


def percentiles(values: Sequence[float]) -> dict[str, float]:
    ordered = sorted(values)

    def at(share: float) -> float:
        return round(ordered[min(int(share * len(ordered)), len(ordered) - 1)], 2)

    return {"p50": at(0.5), "p90": at(0.9), "p99": at(0.99), "max": at(1)} if ordered else {}


@contextmanager
def _said(what: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    print(f"{what}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)


def soak(plan: Plan, *, fsync: bool) -> Row:
    """Both pairs, one after the other, from the same rows."""
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="news-monitor-soak-")))
        server = stack.enter_context(Server(feeds=plan.feeds, hosts=plan.hosts))
        file = str(work / "monitor.sqlite")
        folder = write_folder(work / "embedded", plan.feeds, server.ports, file)
        embedded = Soak(plan, server, folder, file, EMBEDDED)
        with _said("all feeds polled for the first time"):
            embedded.seed()
        url = stack.enter_context(a_server(work / "server", fsync=fsync))
        folder = write_folder(work / "cluster", plan.feeds, server.ports, "env:SOAK_DATABASE")
        with _said("copied to PostgreSQL"):
            command(url, "db", "init", "--config", folder)
            command(url, "db", "copy", "--from", f"sqlite:{file}", "--to", "env:SOAK_DATABASE")
        backends = stack.enter_context(Backends(url))
        shared = Soak(plan, server, folder, url, cluster(plan.schedulers), backends)
        rows: Row = {"embedded": {}, "cluster": {}}
        for name, one in (("embedded", embedded), ("cluster", shared)):
            with _said(f"{name}, nothing new"):
                rows[name] |= one.quiet()
            with _said(f"{name}, something new"):
                rows[name]["news"] = one.news()
        return {
            "python": platform.python_version(),
            "load": os.getloadavg()[0],
            "cores": os.cpu_count(),
            "fsync": fsync,
            "feeds": plan.feeds,
            "hosts": plan.hosts,
            "steady_per_s": plan.steady_per_s,
            "schedulers": plan.schedulers,
            **rows,
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="500 feeds, to see it work")
    parser.add_argument("--feeds", type=int, default=Plan().feeds)
    parser.add_argument("--fsync", choices=("on", "off"), default="on", help="of PostgreSQL")
    parser.add_argument("--write", action="store_true", help="write the figures to docs/")
    parser.add_argument("--kept", action="store_true", help="tell of the last run")
    given = parser.parse_args()
    plan = SMALL if given.small else Plan(feeds=given.feeds, hosts=max(given.feeds // 10, 1))
    if not given.kept:
        with _said("all of it"):
            measured = soak(plan, fsync=given.fsync == "on")
        KEPT.parent.mkdir(exist_ok=True)
        KEPT.write_text(json.dumps(measured, indent=1) + "\n", "utf-8")
    figures = json.loads(KEPT.read_text("utf-8"))
    page = "\n".join(report.page(figures))
    print(page)
    if given.write:
        report.write(page)


if __name__ == "__main__":
    main()
