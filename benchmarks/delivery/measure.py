"""How fast alerts leave, and whether one webhook's trouble is another's.

Receivers are processes of their own on loopback; store, courier and sockets are the real ones.
`python -m benchmarks.delivery.measure [--write] [--quick]`
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from random import Random
from statistics import quantiles
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

import structlog

from monitor.adapters.feeds import ChildParser
from monitor.adapters.http.fetcher import HttpFetcher
from monitor.adapters.http.politeness import HostRules
from monitor.adapters.http.session import Session
from monitor.adapters.sqlite import SqliteStore
from monitor.adapters.webhooks.standard import StandardWebhook
from monitor.core.query import compile_watches
from monitor.model import Alert, AlertKind, Delivery, Lexicon, Policy, Secret, Settings, Severity
from monitor.pipeline import Line
from monitor.service import Monitor

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "performance.md"
LATENCY_S, CONNECTIONS = 0.05, 20
LOOPBACK = ("127.0.0.0/8",)


class Receiver:
    """A receiver that takes its time and answers with one status."""

    def __init__(self, latency_s: float, status: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.delivery.receiver", str(latency_s), str(status)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        assert self._process.stdin
        assert self._process.stdout
        self._in, self._out = self._process.stdin, self._process.stdout
        self.url = f"http://127.0.0.1:{int(self._out.readline())}/"

    def _asked(self, what: str) -> Any:
        self._in.write(f"{what}\n")
        self._in.flush()
        return json.loads(self._out.readline())

    def wait_for(self, count: int) -> dict[str, float]:
        """Webhook-id -> when it came."""
        while self._asked("count") < count:
            time.sleep(0.02)
        found: dict[str, float] = self._asked("all")
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._in.close()
        self._process.kill()
        self._process.wait()
        self._out.close()


class Service:
    """A monitor without feeds, asked for what is due as the daemon asks."""

    def __init__(self, root: Path, urls: Mapping[str, str], policy: Policy) -> None:
        self._stack = ExitStack()
        self.store = SqliteStore(root / "m.sqlite")
        self._stack.callback(self.store.close)
        session = Session(user_agent="benchmark", allow_private=LOOPBACK)
        self._stack.callback(session.close)
        fetcher = HttpFetcher(
            user_agent="benchmark",
            deadline=timedelta(seconds=5),
            max_body_bytes=1_000_000,
            allow_private=LOOPBACK,
            hosts=HostRules(gap_s=0),
        )
        self._stack.callback(fetcher.close)
        parser = self._stack.enter_context(ChildParser(workers=1))
        self.webhooks = {
            name: StandardWebhook(name, StandardWebhook.Options(url=Secret(url)), session)
            for name, url in urls.items()
        }
        line = Line(
            feeds={},
            watches={},
            percolator=compile_watches([], Lexicon(), {}),
            publishers={},
            webhooks=self.webhooks,
            default_webhooks=tuple(urls),
            instance=self.store.instance,
            policies=dict.fromkeys(urls, policy),
        )
        self.monitor = Monitor(
            settings=Settings(webhooks=tuple(urls), health_webhooks=(), deliver_workers=64),
            line=line,
            store=self.store,
            fetcher=fetcher,
            parser=parser,
            now=lambda: datetime.now(UTC),
            jitter=Random(1).random,
        )
        self._nudge, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._ask)

    def _ask(self) -> None:
        """Every second, and whenever an alert was committed."""
        while not self._stop.is_set():
            self._nudge.wait(1)
            self._nudge.clear()
            self.monitor.start_deliveries()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._nudge.set()
        self._thread.join()
        self.monitor.stop(20)
        self._stack.close()

    def alert(self, webhook: str, numbers: Iterable[int]) -> float:
        """Commit these alerts as a poll does; returns when they were committed."""
        now = datetime.now(UTC)
        alerts = [_alert(f"{webhook}_{number}", now) for number in numbers]
        rows = [
            Delivery(
                id=f"msg_{alert.id}",
                alert_id=alert.id,
                webhook=webhook,
                payload=self.webhooks[webhook].render(alert, f"msg_{alert.id}"),
                created_at=now,
                due_at=now,
                released_at=now,
            )
            for alert in alerts
        ]

        def work(unit: Any) -> None:
            unit.save_alerts(alerts)
            unit.save_deliveries(rows)

        self.store.write(work)
        committed = time.monotonic()
        self._nudge.set()
        return committed


def _alert(alert_id: str, now: datetime) -> Alert:
    return Alert(
        id=alert_id,
        kind=AlertKind.NEW,
        severity=Severity.HIGH,
        reason="first match",
        watch_id="rail",
        watch_name="Rail",
        created_at=now,
        title=f"First train {alert_id} leaves Pyongyang",
        snippet="Operators said the train left on time. " * 5,
        url="https://pennant.example.org/a/1",
        seen_at=now,
    )


@contextmanager
def a_service(urls: Mapping[str, str], policy: Policy) -> Iterator[Service]:
    with TemporaryDirectory() as folder, Service(Path(folder), urls, policy) as service:
        yield service


def throughput(count: int) -> dict[str, float]:
    """Messages a second at a receiver that takes 50 ms, over 20 connections."""
    with (
        Receiver(LATENCY_S, 204) as receiver,
        a_service({"desk": receiver.url}, Policy(connections=CONNECTIONS)) as service,
    ):
        service.alert("desk", range(CONNECTIONS))  # connections are made, threads are there
        receiver.wait_for(CONNECTIONS)
        before = time.process_time()
        started = service.alert("desk", range(CONNECTIONS, CONNECTIONS + count))
        came = receiver.wait_for(CONNECTIONS + count)
        cpu_s = time.process_time() - before
    took = max(came.values()) - started
    return {
        "rate": count / took,
        "bare": bare_rate(count),
        "ideal": CONNECTIONS / LATENCY_S,
        "cpu_ms": cpu_s / count * 1000,
    }


def bare_rate(count: int) -> float:
    """Messages a second of threads that post over kept connections and do nothing else."""
    with Receiver(LATENCY_S, 204) as receiver:
        port = int(receiver.url.rstrip("/").rpartition(":")[2])

        def post(share: int) -> None:
            connection = HTTPConnection("127.0.0.1", port)
            for _ in range(share):
                connection.request("POST", "/", body=b"x" * 1_000)
                connection.getresponse().read()
            connection.close()

        with ThreadPoolExecutor(CONNECTIONS) as threads:
            list(threads.map(post, [1] * CONNECTIONS))
            started = time.monotonic()
            list(threads.map(post, [count // CONNECTIONS] * CONNECTIONS))
            return count / (time.monotonic() - started)


def latencies(service: Service, receiver: Receiver, count: int, first: int) -> list[float]:
    """Seconds from the commit to the receiver, one alert after the other."""
    committed = {}
    for number in range(first, first + count):
        committed[f"msg_desk_{number}"] = service.alert("desk", [number])
        time.sleep(0.05)
    came = receiver.wait_for(first + count)
    return [came[name] - at for name, at in committed.items()]


def p95_ms(seconds: list[float]) -> float:
    return quantiles(seconds, n=20)[-1] * 1000


def beside_a_dead_one(count: int, backlog: int) -> dict[str, float]:
    """The same latency with a backlog to an endpoint that fails, and the memory it takes."""
    with (
        Receiver(0.0, 204) as well,
        Receiver(0.0, 500) as dead,
        a_service({"desk": well.url, "dead": dead.url}, Policy(connections=4)) as service,
    ):
        latencies(service, well, 10, 0)
        alone = p95_ms(latencies(service, well, count, 10))
        before = resident_mb()
        for start in range(0, backlog, 500):
            service.alert("dead", range(start, start + 500))
        dead.wait_for(5)
        filled = resident_mb()
        beside = p95_ms(latencies(service, well, count, 10 + count))
        after = resident_mb()
    return {"alone_ms": alone, "beside_ms": beside, "filled_mb": filled - before,
            "grown_mb": after - filled, "backlog": backlog}  # fmt: skip


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def report(figures: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    fast, dead = figures["throughput"], figures["dead"]
    yield f"Python {platform.python_version()}, receivers in processes of their own on loopback,"
    yield "every lease and every answer committed with a sync of the disk. Load of the machine, on"
    yield f"{os.cpu_count()} cores: {figures['machine']['load']:.0f}."
    yield ""
    yield "| | measured | goal |"
    yield "|---|---:|---:|"
    share = fast["rate"] / fast["ideal"]
    yield (
        f"| a receiver that takes 50 ms, 20 connections (ideal: {fast['ideal']:.0f} a second) |"
        f" {fast['rate']:.0f} a second, {share:.0%} of the ideal | ≥ 80 % |"
    )
    bare = fast["rate"] / fast["bare"]
    yield (
        f"| of what 20 bare threads reach that only post, in the same run |"
        f" {bare:.0%} of {fast['bare']:.0f} a second | |"
    )
    yield f"| CPU time a message | {fast['cpu_ms']:.1f} ms | |"
    alone = f"{dead['alone_ms']:.0f} ms"
    yield f"| alert committed to bytes at the receiver, p95 | {alone} | < 250 ms |"
    yield (
        f"| the same with {dead['backlog']:,.0f} pending to an endpoint that fails, p95 |"
        f" {dead['beside_ms']:.0f} ms | unchanged |"
    )
    yield f"| memory that this backlog takes, while it waits | {dead['grown_mb']:+.1f} MB | flat |"


def write(page: str) -> None:
    """Put the figures between the marks of docs/performance.md."""
    before, _, rest = PAGE.read_text("utf-8").partition("<!-- delivery -->\n")
    _, _, after = rest.partition("<!-- /delivery -->\n")
    PAGE.write_text(f"{before}<!-- delivery -->\n{page}\n<!-- /delivery -->\n{after}", "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    parser.add_argument("--quick", action="store_true", help="a tenth of it")
    chosen = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    part = 10 if chosen.quick else 1
    figures = {
        "machine": {"load": os.getloadavg()[0]},
        "throughput": throughput(4_000 // part),
        "dead": beside_a_dead_one(200 // part, 10_000 // part),
    }
    page = "\n".join(report(figures))
    print(page)
    if chosen.write:
        write(page)


if __name__ == "__main__":
    main()
