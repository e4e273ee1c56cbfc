"""A cluster on loopback: feeds with a detector of overlaps, receivers, real processes."""

import json
import os
import re
import signal
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from monitor.adapters.engines import procrastinate
from monitor.adapters.postgres import Address, upgrade
from monitor.adapters.postgres.leases import repartition
from monitor.core.partitions import part_of
from tests.cluster.forge import Forge
from tests.servers import Loopback, Reply, Request

GAP_S = 0.2
_WINDOW = 30  # items that a feed still shows
_NUMBER = re.compile(r"Train (\S+) number (\d+) ")


@dataclass
class Feeds:
    """Answers as the server of all hosts; each answer brings a new item as long as there is news.

    Attributes:
        asked: Path -> when it was asked, on the monotonic clock.
        overlaps: How often a host was asked by two at a time.
        gaps_s: From the end of an answer of a host to its next request.
        served: Guids of all items that were ever served.
        meanwhile: Done once, while a host that it knows waits for its answer.
    """

    delay_s: float = 0.01
    news: bool = True
    every: int = 3  # polls bring one item
    asked: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    overlaps: int = 0
    gaps_s: list[float] = field(default_factory=list)
    served: set[str] = field(default_factory=set)
    _counts: Counter[str] = field(default_factory=Counter)
    _busy: Counter[str] = field(default_factory=Counter)
    _ended_s: dict[str, float] = field(default_factory=dict)
    changed: threading.Condition = field(default_factory=threading.Condition)
    meanwhile: dict[str, Callable[[], None]] = field(default_factory=dict)

    def __call__(self, request: Request) -> Reply:
        host, path = request.headers["host"], request.path
        with self.changed:
            now_s = time.monotonic()
            self._busy[host] += 1
            self.overlaps += self._busy[host] > 1
            if host in self._ended_s:
                self.gaps_s.append(now_s - self._ended_s[host])
            self.asked[path].append(now_s)
            is_time = len(self.asked[path]) % self.every == 1 or self.every == 1
            if self.news and is_time:
                self._counts[path] += 1
            last = self._counts[path]
            numbers = range(max(1, last - _WINDOW + 1), last + 1)
            self.served |= {f"{path}-{number}" for number in numbers}
            self.changed.notify_all()
        if act := self.meanwhile.pop(host, None):
            act()
        time.sleep(self.delay_s)  # as the way to a server takes
        with self.changed:
            self._busy[host] -= 1
            self._ended_s[host] = time.monotonic()
        return Reply(200, _rss(path, numbers), {"content-type": "application/rss+xml"})

    def rounds(self, since_s: float) -> int:
        """How often each feed was asked since then, at least."""
        return min((sum(at > since_s for at in times) for times in self.asked.values()), default=0)


def _rss(path: str, numbers: Sequence[int]) -> bytes:
    name = path.strip("/")
    items = "".join(
        f"<item><guid>{path}-{n}</guid><title>{escape(_title(name, n))}</title>"
        f"<link>http://x.example.org{path}/{n}</link></item>"
        for n in numbers
    )
    return f"<rss version='2.0'><channel><title>T</title>{items}</channel></rss>".encode()


def _title(name: str, number: int) -> str:
    """No two are alike."""
    words = " ".join(f"w{hash((name, number, n)) % 10**9:x}" for n in range(4))
    return f"Train {name} number {number} {words}"


@dataclass
class Desk:
    """Takes what webhooks send.

    Attributes:
        arrivals: Webhook -> (webhook-id, feed, number) of each request, in their order.
        meanwhile: Done once, while a sender to that webhook waits for its answer.
    """

    delay_s: float = 0.01
    arrivals: dict[str, list[tuple[str, str, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    changed: threading.Condition = field(default_factory=threading.Condition)
    meanwhile: dict[str, Callable[[], None]] = field(default_factory=dict)

    def __call__(self, request: Request) -> Reply:
        webhook = request.path.strip("/")
        if len(request.body) < int(request.headers["content-length"]):
            return Reply(0)  # the sender was killed while it sent
        headline = json.loads(request.body)["data"]["headline"]
        if found := _NUMBER.match(headline):
            with self.changed:
                arrived = request.headers["webhook-id"], found[1], int(found[2])
                self.arrivals[webhook].append(arrived)
                self.changed.notify_all()
            if act := self.meanwhile.pop(webhook, None):
                act()
        time.sleep(self.delay_s)
        return Reply(204)

    def repeats(self) -> int:
        return sum(
            len(arrived) - len({one[0] for one in arrived}) for arrived in self.arrivals.values()
        )

    def doubled(self) -> int:
        """Items that were told to a webhook by two messages."""
        return sum(
            len({one[0] for one in arrived}) - len({one[1:] for one in arrived})
            for arrived in self.arrivals.values()
        )

    def out_of_order(self) -> list[tuple[str, str, int]]:
        """First arrivals of an item after a later one of the same feed."""
        found = []
        for webhook, arrived in self.arrivals.items():
            last: dict[str, int] = {}
            for _, feed, number in dict.fromkeys(arrived):
                if number < last.get(feed, 0):
                    found.append((webhook, feed, number))
                last[feed] = max(last.get(feed, 0), number)
        return found


@dataclass
class Member:
    """A process of the cluster."""

    name: str
    pid: int
    log: Path
    is_alive: bool = True

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def is_ready(self) -> bool:
        return bool(self.lines("monitor_started"))

    def lines(self, event: str) -> list[dict[str, Any]]:
        """Of its log."""
        found = []
        for line in self.log.read_text().splitlines() if self.log.exists() else ():
            if event in line and line.startswith("{"):
                told = json.loads(line)
                if told.get("event") == event:
                    found.append(told)
        return found


class Cluster:
    """Processes over one configuration and one PostgreSQL database.

    Args:
        hosts: How many feeds each of them has; they are in as many partitions as can be.
        stall_s: After how long without a sign of life a process is dead.
        hold_s: How long a key is worked at before others have a turn.
        many: One server for all hosts, each with an address of its own: of Linux alone.
    """

    def __init__(
        self,
        root: Path,
        url: str,
        *,
        hosts: Sequence[int],
        stall_s: int = 4,
        hold_s: float | None = None,
        partitions: int = 8,
        interval: str = "1s",
        gap_s: float = GAP_S,
        many: bool = False,
    ) -> None:
        self.many = many
        self.root, self.hosts, self.stall_s, self.hold_s = root, hosts, stall_s, hold_s
        self.interval, self.gap_s, self.partitions = interval, gap_s, partitions
        self.feeds, self.desk = Feeds(), Desk()
        self.members: dict[str, Member] = {}
        given = conninfo_to_dict(url)
        self.url = f"postgresql://{given['user']}@/{given['dbname']}?host={given['host']}"
        repartition(Address(self.url), partitions)

    def __enter__(self) -> "Cluster":
        self._stack = ExitStack()
        desk = self._stack.enter_context(Loopback(self.desk))
        self.names = self._serve()
        self.paths = [
            (f"f{host}x{n}", f"http://{name}/f{host}x{n}")
            for host, (name, count) in enumerate(zip(self.names, self.hosts, strict=True))
            for n in range(count)
        ]
        self.folder = a_folder(self, desk.url)
        self.forge = Forge()
        self._stack.callback(self.forge.close)
        return self

    def _serve(self) -> list[str]:
        """The hosts, with their ports."""
        if self.many:
            port = self._stack.enter_context(Loopback(self.feeds, host="0.0.0.0")).port
            return [f"127.1.{n // 250}.{n % 250 + 1}:{port}" for n in range(len(self.hosts))]
        names = [self._host() for _ in self.hosts]
        most = min(len(names), self.partitions)
        while len({self.part(name) for name in names}) < most:  # by their ports, which are chance
            names = [*names[1:], self._host()]
        return names

    def _host(self) -> str:
        return self._stack.enter_context(Loopback(self.feeds)).url.removeprefix("http://")

    def __exit__(self, *_: object) -> None:
        for one in self.members.values():
            if one.is_alive:
                self.kill(one.name)
        self._stack.close()

    def start(self, name: str, *arguments: str) -> Member:
        log = self.root / f"{name}.log"
        environment = {
            "DATABASE_URL": self.url,
            "DESK_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        }
        words = (*arguments, "--config", str(self.folder))
        pid = self.forge.start(*words, log=log, environment=environment, hold_s=self.hold_s)
        self.members[name] = Member(name, pid, log)
        return self.members[name]

    def start_all(
        self, schedulers: int, fetch: int, deliver: int, slots: int | None = None
    ) -> None:
        more = ("--slots", str(slots)) if slots else ()
        for n in range(schedulers):
            self.start(f"s{n}", "scheduler")
        for n in range(fetch):
            self.start(f"f{n}", "worker", "--queue", "fetch", *more)
        for n in range(deliver):
            self.start(f"d{n}", "worker", "--queue", "deliver")

    def kill(self, name: str) -> None:
        self.members[name].signal(signal.SIGKILL)
        self.forge.end(self.members[name].pid)
        self.members[name].is_alive = False

    def freeze(self, name: str) -> None:
        self.members[name].signal(signal.SIGSTOP)

    def end(self, name: str) -> int:
        """As a supervisor does; its exit status."""
        self.members[name].signal(signal.SIGTERM)
        self.members[name].is_alive = False
        return self.forge.end(self.members[name].pid)

    def stop(self) -> dict[str, int]:
        """All of them, as a supervisor does; their exit statuses."""
        alive = [one for one in self.members.values() if one.is_alive]
        for one in alive:
            one.signal(signal.SIGTERM)
        statuses = {one.name: self.forge.end(one.pid) for one in alive}
        for one in alive:
            one.is_alive = False
        return statuses

    def start_news(self) -> None:
        """Until each feed was read once: what it shows first is old news."""
        wait_until(lambda: len(self.feeds.asked) == len(self.paths), 30, "not all are polled")

    def settle(self) -> None:
        """Until nothing waits, then see that nothing was lost, doubled, or against the rules."""
        self.feeds.news = False
        wait_until(self.is_settled, 30, "it does not settle")
        assert self.missing() == set()
        assert self.untold() == set()
        assert self.feeds.overlaps == 0
        assert min(self.feeds.gaps_s) >= self.gap_s
        assert self.desk.doubled() == 0
        assert self.desk.out_of_order() == []
        twice = "SELECT item_id FROM alerts GROUP BY item_id HAVING count(*) > 1"
        assert self.rows(twice) == []

    def await_polls(self, since_s: float, timeout_s: float, each: int = 1) -> None:
        """Of all feeds, so often each."""
        wait_until(lambda: self.feeds.rounds(since_s) >= each, timeout_s, "a feed is not polled")

    def await_told(self, more: int, timeout_s: float) -> None:
        """So many messages from now on."""
        enough = self.told() + more
        wait_until(lambda: self.told() >= enough, timeout_s, "nobody judges or sends")

    def await_holder(self, key: str, timeout_s: float, former: str = "") -> str:
        """Name of the member that holds a key and is not the former one."""

        def heirs() -> set[str]:
            return {*self.holds(key).values()} - {former}

        wait_until(heirs, timeout_s, f"nobody holds {key}")
        return heirs().pop()

    # --- what is known of it ---

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url, autocommit=True) as conn:
            found = conn.execute(sql, values)
            return found.fetchall() if found.description else []

    def holds(self, prefix: str) -> dict[str, str]:
        """Key -> name of the member that holds it."""
        rows = self.rows(
            "SELECT leases.key, processes.name FROM leases JOIN processes ON holder = id"
            " WHERE starts_with(key, %s) AND until_s > extract(epoch FROM clock_timestamp())",
            prefix,
        )
        pids = {one.pid: one.name for one in self.members.values()}
        return {key: pids.get(int(name.split()[1]), name) for key, name in rows}

    def told(self) -> int:
        return sum(map(len, self.desk.arrivals.values()))

    def part(self, host: str) -> str:
        """The lease under which it is polled."""
        return f"part:{part_of(host, self.partitions)}"

    def missing(self) -> set[str]:
        """What was served and is not stored."""
        return self.feeds.served - {guid for (guid,) in self.rows("SELECT guid FROM items")}

    def untold(self) -> set[tuple[str, str]]:
        """Deliveries that no receiver had."""
        sent = {one[0] for arrived in self.desk.arrivals.values() for one in arrived}
        rows = self.rows("SELECT id, webhook FROM deliveries")
        return {(row, webhook) for row, webhook in rows if row not in sent}

    def is_settled(self) -> bool:
        """Whether nothing waits."""
        (waiting,) = self.rows(
            "SELECT (SELECT count(*) FROM inbox)"
            " + (SELECT count(*) FROM deliveries WHERE state <> 'delivered')"
        )
        return waiting == (0,) and not self.missing()


def a_folder(of: Cluster, desk: str) -> Path:
    folder = of.root / "config"
    for name in ("feeds", "watches"):
        (folder / name).mkdir(parents=True)
    (folder / "monitor.toml").write_text(
        f"""
[service]
database = "env:DATABASE_URL"
[alerts]
webhooks = ["desk", "room"]
health_webhooks = []
[cluster]
stall = "{of.stall_s}s"
[fetch]
host_gap = "{of.gap_s}s"
deadline = "5s"
[network]
allow_private = ["127.0.0.0/8"]
[web]
listen = ""
[log]
format = "json"
"""
    )
    (folder / "feeds" / "feeds.toml").write_text(
        "".join(
            f'[[feed]]\nid = "{feed}"\nurl = "{url}"\nname = "{feed}"\nowner = "{feed}"\n'
            f'tier = "press"\nlanguage = "en"\ninterval = "{of.interval}"\nadaptive = false\n'
            for feed, url in of.paths
        )
    )
    (folder / "watches" / "watches.toml").write_text(
        '[[watch]]\nid = "rail"\nname = "Rail"\nquery = "train"\ngrouping = "none"\n'
    )
    (folder / "webhooks.toml").write_text(
        "".join(
            f'[webhooks.{name}]\nkind = "standard"\nsecrets = ["env:DESK_SECRET"]\n'
            f'url = "{desk}/{name}"\nallow_private = ["127.0.0.0/8"]\n'
            'connections = 1\nrate = "off"\n'
            for name in ("desk", "room")
        )
    )
    return folder


@contextmanager
def prepared(server: Any) -> Iterator[str]:
    """The address of a server's own database, with our tables."""
    url = str(server.get_uri())
    upgrade(Address(url))
    procrastinate.install(Address(url))
    with psycopg.connect(url, autocommit=True) as conn:  # what is committed outlives a crash
        conn.execute(f"ALTER DATABASE {conn.info.dbname} SET synchronous_commit = on")
    yield url


def wait_until(happened: Callable[[], object], timeout_s: float, what: str = "") -> float:
    """Returns how many seconds it took."""
    began_s = time.monotonic()
    while not happened():
        assert time.monotonic() < began_s + timeout_s, what or f"not within {timeout_s} s"
        time.sleep(0.1)
    return time.monotonic() - began_s
