"""The page as the service itself serves it."""

import json
import signal
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests

from tests.e2e.world import a_daemon, a_folder, an_entry, rss
from tests.servers import Loopback, Reply, Request

NEWS = rss([an_entry(1, "A train leaves <script>alert(1)</script>")])


def feed(_: Request) -> Reply:
    return Reply(200, NEWS, {"content-type": "application/rss+xml"})


def logged(root: Path, event: str, timeout_s: float = 40) -> Mapping[str, Any]:
    """The first line of the log that tells of this."""
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        path = root / "daemon.log"
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        for line in lines:
            if line.startswith("{") and (said := json.loads(line))["event"] == event:
                found: Mapping[str, Any] = said
                return found
        time.sleep(0.05)
    raise AssertionError(f"{event} was never logged")


def installed(root: Path, feed_url: str, hook_url: str, listen: str) -> Path:
    folder = a_folder(root, feeds={"wire": feed_url}, webhooks={"desk": hook_url})
    settings = folder / "monitor.toml"
    settings.write_text(settings.read_text().replace('listen = ""', f'listen = "{listen}"'))
    return folder


def test_the_service_serves_its_page_and_stops_with_it(tmp_path: Path) -> None:
    with Loopback(feed) as feeds, Loopback(lambda _: Reply(204)) as hook:
        folder = installed(tmp_path, feeds.url, hook.url, "127.0.0.1:0")
        with a_daemon(folder) as process, requests.Session() as asked:
            url = logged(tmp_path, "web_served")["address"]
            assert hook.wait_for(lambda seen: len(seen) >= 1)

            assert asked.get(f"{url}/healthz", timeout=20).text == "ok\n"
            ready = asked.get(f"{url}/readyz", timeout=20)
            assert (ready.status_code, ready.text[:7]) == (200, "running")
            page = asked.get(url, timeout=20).text
            assert "A train leaves &lt;script&gt;" in page
            assert "<script>alert" not in page

            # A listener that stays must not keep the service from ending.
            with asked.get(f"{url}/api/v1/events", stream=True, timeout=20) as events:
                assert events.status_code == 200
                began = time.monotonic()
                process.send_signal(signal.SIGTERM)
                assert process.wait(30) == 0
                assert time.monotonic() - began < 20


def test_an_address_that_is_taken_stops_no_news(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with Loopback(feed) as feeds, Loopback(lambda _: Reply(204)) as hook:
            folder = installed(tmp_path, feeds.url, hook.url, address)
            with a_daemon(folder):
                told = logged(tmp_path, "web_not_served")
                assert told["address"] == address
                assert "web.listen" in told["cure"]
                assert hook.wait_for(lambda seen: len(seen) >= 1)


def test_a_configuration_that_is_refused_is_on_every_page(tmp_path: Path) -> None:
    with Loopback(feed) as feeds, Loopback(lambda _: Reply(204)) as hook:
        folder = installed(tmp_path, feeds.url, hook.url, "127.0.0.1:0")
        with a_daemon(folder):
            url = logged(tmp_path, "web_served")["address"]
            watches = folder / "watches" / "watches.toml"
            right = watches.read_text()
            assert "is not in use" not in requests.get(f"{url}/feeds", timeout=20).text

            watches.write_text(right.replace('query = "train"', 'query = "train AND ("'))
            logged(tmp_path, "reload_refused")
            page = requests.get(f"{url}/feeds", timeout=20).text
            assert "The saved configuration is not in use" in page
            assert "watches/watches.toml" in page

            watches.write_text(right + "# mended\n")
            logged(tmp_path, "reloaded")
            assert "is not in use" not in requests.get(f"{url}/feeds", timeout=20).text
