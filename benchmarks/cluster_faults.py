"""A cluster under faults: processes killed and frozen, the database crashed, at random moments.

What is counted: items that were served and are not stored, alerts that nobody got or got by two
messages, hosts that were asked by two at a time or too soon, feeds that were late, messages that
came out of their order. Exits with 1 if anything was lost, doubled, out of order, or impolite.
"""

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from monitor.core.company import CONTROL
from tests.cluster.world import Cluster, prepared, wait_until
from tests.postgres import a_server

_STEADY_S = 15.0  # after a start
_WEBHOOKS = 2


class Campaign:
    """Faults, one after the other, and what they did.

    Attributes:
        struck: Name of a fault -> how often.
        in_flight: Messages that may come again.
        away_s: How long the database was away at the longest.
    """

    def __init__(self, cluster: Cluster, server: object, dice: random.Random) -> None:
        self._cluster, self._server, self._dice = cluster, server, dice
        self.struck: Counter[str] = Counter()
        self.in_flight = 0
        self.away_s = 0.0
        self._number = Counter[str]()
        self._next: list[str] = []

    def start(self) -> None:
        for kind, count in (("s", 2), ("f", 3), ("d", 2)):
            for _ in range(count):
                self._start(kind)

    def strike(self) -> None:
        """One fault, each as often as the others, and what a supervisor does about it."""
        if not self._next:
            self._next = self._dice.sample(list(_FAULTS), len(_FAULTS))
        fault = self._next.pop()
        self.struck[fault] += 1
        _FAULTS[fault](self)

    def kill(self, kind: str) -> None:
        name = self._any(kind)
        self._cluster.kill(name)
        self.in_flight += _WEBHOOKS * (kind == "d")
        time.sleep(self._dice.uniform(0, 2 * self._cluster.stall_s))
        self._start(kind)

    def freeze(self, kind: str) -> None:
        name = self._any(kind)
        member = self._cluster.members[name]
        self._cluster.freeze(name)
        self.in_flight += _WEBHOOKS * (kind == "d")
        time.sleep(self._cluster.stall_s * self._dice.choice((0.2, 0.9, 1.1, 2.5)))
        member.signal(signal.SIGCONT)

    def crash_database(self) -> None:
        pid = self._server.get_pid()  # type: ignore[attr-defined]
        began_s = time.monotonic()
        os.kill(pid, signal.SIGQUIT)
        self.in_flight += _WEBHOOKS
        wait_until(lambda: not Path(f"/proc/{pid}").exists(), 20)
        time.sleep(self._dice.choice((0, 1, 1.5 * self._cluster.stall_s)))
        self._server.start()  # type: ignore[attr-defined]
        self.away_s = max(self.away_s, time.monotonic() - began_s)

    def stop_one(self) -> None:
        """As a supervisor does for an upgrade."""
        name = self._any(self._dice.choice("sfd"))
        self._cluster.end(name)
        self._start(name[0])

    def _any(self, kind: str) -> str:
        alive = [n for n, one in self._cluster.members.items() if one.is_alive and n[0] == kind]
        return self._dice.choice(alive)

    def _start(self, kind: str) -> None:
        name = f"{kind}{self._number[kind]}"
        self._number[kind] += 1
        self._cluster.start(name, *_ROLES[kind])


_ROLES = {
    "s": ("scheduler",),
    "f": ("worker", "--queue", "fetch"),
    "d": ("worker", "--queue", "deliver"),
}
_FAULTS: dict[str, Callable[[Campaign], None]] = {
    "kill a fetch worker": lambda c: c.kill("f"),
    "kill a deliver worker": lambda c: c.kill("d"),
    f"kill a {CONTROL} process": lambda c: c.kill("s"),
    "freeze a fetch worker": lambda c: c.freeze("f"),
    "freeze a deliver worker": lambda c: c.freeze("d"),
    f"freeze a {CONTROL} process": lambda c: c.freeze("s"),
    "crash the database": Campaign.crash_database,
    "stop and start one": Campaign.stop_one,
}


def longest_waits(cluster: Cluster) -> list[float]:
    """Of each feed, sorted, in seconds."""
    asked = cluster.feeds.asked.values()
    return sorted(max((b - a for a, b in pairwise(t)), default=0) for t in asked)


def measure(args: argparse.Namespace) -> int:
    dice = random.Random(args.seed)
    hosts = [args.feeds_per_host] * (args.feeds // args.feeds_per_host)
    with (
        a_server() as server,
        prepared(server) as url,
        Cluster(
            Path(args.logs or tempfile.mkdtemp(prefix="cluster-faults-")),
            url,
            hosts=hosts,
            stall_s=args.stall,
            partitions=64,
            interval=f"{args.interval}s",
            gap_s=1.0,
            many=True,
        ) as cluster,
    ):
        campaign = Campaign(cluster, server, dice)
        cluster.rows("ALTER SYSTEM SET autovacuum = on")
        cluster.rows("SELECT pg_reload_conf()")
        campaign.start()
        wait_until(lambda: len(cluster.feeds.asked) == len(cluster.paths), 300)
        until_s = time.monotonic() + args.minutes * 60
        while time.monotonic() < until_s:
            time.sleep(dice.expovariate(1 / args.every))
            campaign.strike()
            print(f"{sum(campaign.struck.values())}", end=" ", flush=True)
        time.sleep(_STEADY_S)
        cluster.feeds.news = False
        settled = True
        try:
            wait_until(cluster.is_settled, 120 + args.interval)
        except AssertionError:
            settled = False
        return report(args, cluster, campaign, settled=settled)


def report(args: argparse.Namespace, cluster: Cluster, campaign: Campaign, *, settled: bool) -> int:
    waits = longest_waits(cluster)
    bound_s = round(args.interval + 2 * args.stall + campaign.away_s)
    twice = "SELECT item_id FROM alerts GROUP BY item_id HAVING count(*) > 1"
    wrong = {
        "items served and not stored": len(cluster.missing()),
        "alerts that nobody got": len(cluster.untold()),
        "items told twice": cluster.desk.doubled() + len(cluster.rows(twice)),
        "messages repeated that were not in flight": max(
            0, cluster.desk.repeats() - campaign.in_flight
        ),
        "messages out of order": len(cluster.desk.out_of_order()),
        "hosts asked by two at a time": cluster.feeds.overlaps,
        "hosts asked too soon": sum(gap_s < 1.0 for gap_s in cluster.feeds.gaps_s),
        "still waiting in the end": int(not settled),
    }
    (items,) = cluster.rows("SELECT count(*) FROM items")
    told = {
        "polls": sum(map(len, cluster.feeds.asked.values())),
        "items": items[0],
        "messages": cluster.told(),
        "messages repeated": cluster.desk.repeats(),
        **campaign.struck,
        "longest time without the database, s": round(campaign.away_s, 1),
        "longest wait of a feed, median, s": round(waits[len(waits) // 2], 1),
        "longest wait of a feed, p99, s": round(waits[len(waits) * 99 // 100], 1),
        "longest wait of a feed, s": round(waits[-1], 1),
        f"feeds that waited once for more than {bound_s} s": sum(w > bound_s for w in waits),
    }
    print()
    for name, value in (told | wrong).items():
        print(f"{name:55}{value:>10}")
    statuses = cluster.stop()
    print("exit statuses:", sorted(Counter(statuses.values()).items()))
    return int(any(wrong.values()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeds", type=int, default=600)
    parser.add_argument("--feeds-per-host", type=int, default=10)
    parser.add_argument("--interval", type=int, default=60, help="seconds between polls of a feed")
    parser.add_argument("--stall", type=int, default=20, help="seconds")
    parser.add_argument("--every", type=float, default=10, help="mean seconds between faults")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--logs", help="folder for what is left to be read afterwards")
    os.environ.setdefault("NEWS_MONITOR_TEST_RUN", str(os.getpid()))
    sys.exit(measure(parser.parse_args()))


if __name__ == "__main__":
    main()
