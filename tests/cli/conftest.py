"""A house for the command line: a configuration folder, a feed and a webhook, all real."""

import os
import shutil
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
import tomli_w
from click.testing import CliRunner, Result
from psycopg.conninfo import conninfo_to_dict
from pytest_httpserver import HTTPServer

from monitor.cli import main
from monitor.listen import Receiver

SECRET = "whsec_" + b64encode(bytes(range(32))).decode()
LOOPBACK = ["127.0.0.0/8"]


def rss(*entries: tuple[str, str, str], age: timedelta = timedelta(minutes=5)) -> str:
    """An RSS document of (guid, title, description), all of one age."""
    date = format_datetime(datetime.now(UTC) - age)
    items = "".join(
        f"<item><guid isPermaLink='false'>{guid}</guid><title>{escape(title)}</title>"
        f"<link>https://pennant.example.org/{guid}</link>"
        f"<description>{escape(text)}</description><pubDate>{date}</pubDate></item>"
        for guid, title, text in entries
    )
    return (
        "<?xml version='1.0' encoding='UTF-8'?><rss version='2.0'><channel><title>Pennant</title>"
        f"<link>https://pennant.example.org/</link><description>d</description>{items}"
        "</channel></rss>"
    )


NEWS = (
    ("p1", "First train leaves Pyongyang", "The express crossed the bridge at noon."),
    ("p2", "Harvest festival opens", "Nothing about railways here."),
)


@dataclass
class House:
    """A configuration folder that can be changed, and commands run on it."""

    root: Path
    feed_url: str
    hook_url: str
    tables: dict[str, Any] = field(default_factory=dict)

    @property
    def config(self) -> Path:
        return self.root / "config"

    def write(self, changes: Mapping[str, Any] | None = None) -> None:
        """Write the folder; `changes` replaces whole files (name → TOML table)."""
        self.tables |= changes or {}
        for name, table in self.tables.items():
            path = self.config / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(tomli_w.dumps(table), encoding="utf-8")

    def run(self, *args: str, stdin: str | None = None) -> Result:
        """A command in this process, on this folder."""
        options = ["--config", str(self.config)]
        return CliRunner().invoke(main, [*options, *args], input=stdin)

    def start(self, *args: str) -> "subprocess.Popen[str]":
        """A command in a process of its own, on this folder, beside it."""
        return subprocess.Popen(
            [sys.executable, "-m", "monitor", *args, "--config", str(self.config)],
            cwd=self.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONIOENCODING": "utf-8"},
        )


def a_house(root: Path, feed_url: str, hook_url: str) -> House:
    house = House(root=root, feed_url=feed_url, hook_url=hook_url)
    house.write(
        {
            "monitor.toml": {
                "service": {"database": "data/monitor.sqlite", "parse_workers": 1},
                "alerts": {"webhooks": ["console", "desk"], "health_webhooks": ["console"]},
                "fetch": {"host_gap": "0.01s", "deadline": "5s"},
                "network": {"allow_private": LOOPBACK},
                "web": {"listen": ""},
            },
            "feeds/press.toml": {
                "feed": [
                    {
                        "id": "pennant",
                        "name": "Pennant Wire",
                        "url": feed_url,
                        "owner": "pennant",
                        "language": "en",
                        "tier": "wire",
                        "interval": "30m",
                    },
                    {
                        "id": "asleep",
                        "name": "Asleep",
                        "url": "https://asleep.example.org/feed",
                        "owner": "asleep",
                        "enabled": False,
                        "disabled_reason": "gone since spring",
                    },
                ]
            },
            "watches/rail.toml": {
                "watch": [{"id": "rail", "name": "Trains", "query": "train", "severity": "high"}]
            },
            "webhooks.toml": {
                "webhooks": {
                    "console": {"kind": "console"},
                    "desk": {"kind": "standard", "url": hook_url, "secrets": ["file:desk.key"]},
                }
            },
        }
    )
    key = house.config / "desk.key"
    key.write_text(SECRET + "\n")
    key.chmod(0o600)
    return house


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Where the webhook `desk` leads; it refuses what is not signed with its secret."""
    with Receiver(secret=SECRET) as receiver:
        yield receiver


@pytest.fixture
def house(tmp_path: Path, httpserver: HTTPServer, receiver: Receiver) -> House:
    """A feed with two items, a watch that takes one of them, a console and a webhook."""
    httpserver.expect_request("/feed.xml").respond_with_data(
        rss(*NEWS), content_type="application/rss+xml"
    )
    return a_house(tmp_path, httpserver.url_for("/feed.xml"), receiver.url)


@pytest.fixture(scope="session")
def _polled_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with HTTPServer() as feeds, Receiver(secret=SECRET) as receiver:
        feeds.expect_request("/feed.xml").respond_with_data(rss(*NEWS), content_type="text/xml")
        root = tmp_path_factory.mktemp("polled")
        house = a_house(root, feeds.url_for("/feed.xml"), receiver.url)
        assert house.run("poll").exit_code == 0
        yield house


@pytest.fixture
def polled(_polled_once: House, tmp_path: Path) -> House:
    """A house after its first poll: both items stored, one alert delivered to both webhooks."""
    shutil.copytree(_polled_once.root, tmp_path / "polled")
    return replace(_polled_once, root=tmp_path / "polled", tables=dict(_polled_once.tables))


@pytest.fixture
def served(house: House, bare_postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> House:
    """A house whose database is named by the environment."""
    parts = conninfo_to_dict(bare_postgres_url)
    host, password = parts["host"], parts.get("password") or "geheim"
    url = f"postgresql://{parts['user']}:{password}@/{parts['dbname']}?host={host}"
    url += f"&port={parts['port']}" if parts.get("port") else ""
    monkeypatch.setenv("DATABASE_URL", url)
    settings = house.tables["monitor.toml"]
    settings["service"]["database"] = "env:DATABASE_URL"
    house.write({"monitor.toml": settings})
    return house
