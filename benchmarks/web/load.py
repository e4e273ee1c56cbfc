"""Whether polling suffers while people look at the page of a service with many feeds.

`python -m benchmarks.web.load [--feeds N] [--interval S] [--seconds S] [--readers N]`

One service polls the feeds and serves the page. How late polls are is seen at its log: the gap
between two polls of a feed, against its interval. First nobody looks, then readers ask for pages
without a pause, then nobody again.
"""

import argparse
import json
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory

import requests

from benchmarks.cycle.parties import Process
from monitor.config import init

_HOSTS = 64
_START_S = 60.0
_PAGES = ("/", "/watches", "/feeds", "/webhooks", "/silences", "/search?q=train", "/metrics")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeds", type=int, default=1_000)
    parser.add_argument("--interval", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--readers", type=int, default=4)
    given = parser.parse_args()
    with TemporaryDirectory() as folder, Process("server", "--feeds", given.feeds) as server:
        root = Path(folder)
        ports = [server.first[n % _HOSTS] for n in range(given.feeds)]
        furnish(root, ports, given.interval)
        with service(root) as process:
            url = address(root)
            time.sleep(1.5 * given.interval)  # the first polls, which store everything, are over
            for name, readers in (("nobody", 0), ("readers", given.readers), ("nobody", 0)):
                since = time.time()
                waits = looked(url, readers, given.seconds)
                used = cpu_s(process.pid)
                tell(name, readers, late(root, since, given.interval), waits, used)


def furnish(root: Path, ports: Sequence[int], interval: int) -> None:
    """The shipped watches over the made-up feeds."""
    config = root / "config"
    init(config)
    for shipped in (config / "feeds").glob("*.toml"):
        shipped.unlink()
    (config / "routes.toml").unlink(missing_ok=True)
    (config / "monitor.toml").write_text(
        '[web]\nlisten = "127.0.0.1:0"\n[fetch]\nhost_gap = "0.001s"\n'
        '[network]\nallow_private = ["127.0.0.0/8"]\n'
        "[alerts]\nwebhooks = []\nhealth_webhooks = []\n"
    )
    (config / "feeds" / "made-up.toml").write_text(
        "".join(
            f'[[feed]]\nid = "feed-{n}"\nurl = "http://127.0.0.1:{port}/{n}.xml"\n'
            f'owner = "owner-{n}"\nlanguage = "en"\ninterval = "{interval}s"\n'
            for n, port in enumerate(ports)
        )
    )


@contextmanager
def service(root: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """`news-monitor run`, until left."""
    with (root / "log").open("wb") as log:
        command = [sys.executable, "-m", "monitor", "--config", str(root / "config"), "run"]
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def lines(root: Path) -> Iterator[dict[str, object]]:
    for line in (root / "log").read_text("utf-8").splitlines():
        if line.startswith("{"):
            yield json.loads(line)


def address(root: Path) -> str:
    """Where the page is served."""
    until = time.monotonic() + _START_S
    while time.monotonic() < until:
        for line in lines(root):
            if line["event"] == "web_served":
                return str(line["address"])
        time.sleep(0.2)
    raise SystemExit("the page was never served")


def looked(url: str, readers: int, seconds: float) -> list[float]:
    """Seconds that each page took while so many asked, one after the other each."""
    waits: list[float] = []
    until = time.monotonic() + seconds

    def look(first: int) -> None:
        with requests.Session() as session:
            for path in islice(cycle(_PAGES), first, None):
                if time.monotonic() >= until:
                    return
                began = time.perf_counter()
                session.get(url + path, timeout=60).raise_for_status()
                waits.append(time.perf_counter() - began)

    threads = [threading.Thread(target=look, args=(n,)) for n in range(readers)]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    for thread in threads:
        thread.join()
    return waits


def late(root: Path, since: float, interval: float) -> list[float]:
    """Seconds that the polls since then came after the interval of their feed."""
    last: dict[object, float] = {}
    found = []
    for line in lines(root):
        if line["event"] != "poll_done":
            continue
        at = datetime.fromisoformat(str(line["timestamp"])).timestamp()
        feed = line["feed"]
        if feed in last and at >= since:
            found.append(at - last[feed] - interval)
        last[feed] = at
    return found


def cpu_s(pid: int) -> float:
    """CPU seconds of the process so far (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def tell(
    name: str, readers: int, lags: Sequence[float], waits: Sequence[float], used: float
) -> None:
    """One line; a poll is up to a tenth of its interval later by design."""
    of = statistics.quantiles(lags, n=20)
    told = f"{name:8s} {len(lags):6,} polls, late by {of[9]:.2f} s (median), {of[18]:.2f} s (p95)"
    if readers:
        pages = statistics.quantiles(waits, n=20)
        told += (
            f"; {readers} readers: {len(waits):,} pages,"
            f" {pages[9] * 1e3:.0f} ms (median), {pages[18] * 1e3:.0f} ms (p95)"
        )
    print(f"{told}; {used:.0f} CPU s of the service so far", flush=True)


if __name__ == "__main__":
    main()
