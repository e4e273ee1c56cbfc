"""A whole installation on loopback: feed documents, a configuration folder, the real process."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from pathlib import Path


def rss(entries: Iterable[Mapping[str, str]]) -> bytes:
    """An RSS 2.0 document; entries give guid, link, title, description, date (all optional)."""
    items = "".join(
        "<item>"
        + "".join(
            f"<{tag}>{escape(entry[key])}</{tag}>"
            for tag, key in (
                ("guid", "guid"),
                ("link", "link"),
                ("title", "title"),
                ("description", "description"),
                ("pubDate", "date"),
            )
            if key in entry
        )
        + "</item>"
        for entry in entries
    )
    return f"<rss version='2.0'><channel><title>T</title>{items}</channel></rss>".encode()


def an_entry(number: int, title: str = "", **changes: str) -> dict[str, str]:
    return {
        "guid": f"tag:x.example.org,2025:{number}",
        "link": f"https://x.example.org/a/{number}",
        "title": title or f"Train number {number} leaves",
        "description": f"Report {number} on the departure of train {number}.",
        "date": format_datetime(datetime.now(UTC)),
    } | changes


def a_folder(
    root: Path,
    *,
    feeds: Mapping[str, str],
    webhooks: Mapping[str, str],
    query: str = "train",
    interval: str = "1s",
    extra_watch: str = "",
) -> Path:
    """A configuration folder: feed id -> url, webhook id -> url."""
    folder = root / "config"
    for name in ("feeds", "watches", "lexicon"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    names = ", ".join(f'"{name}"' for name in webhooks)
    (folder / "monitor.toml").write_text(
        f"""
[alerts]
webhooks = [{names}]
health_webhooks = []
[network]
allow_private = ["127.0.0.0/8"]
[web]
listen = ""
[fetch]
host_gap = "0.01s"
deadline = "5s"
"""
    )
    (folder / "feeds" / "feeds.toml").write_text(
        "".join(
            f'[[feed]]\nid = "{feed_id}"\nurl = "{url}"\nname = "{feed_id}"\nowner = "{feed_id}"\n'
            f'tier = "press"\nlanguage = "en"\ninterval = "{interval}"\n'
            for feed_id, url in feeds.items()
        )
    )
    (folder / "watches" / "watches.toml").write_text(
        f'[[watch]]\nid = "rail"\nname = "Rail"\nquery = "{query}"\n'
        f'grouping = "none"\n{extra_watch}\n'
    )
    (folder / "webhooks.toml").write_text(
        "".join(
            f'[webhooks.{name}]\nkind = "standard"\nurl = "{url}"\n'
            for name, url in webhooks.items()
        )
    )
    return folder


@contextmanager
def a_daemon(folder: Path, **env: str) -> Iterator["subprocess.Popen[bytes]"]:
    """`news-monitor run` as a process of its own; ended at the latest when left."""
    log = (folder.parent / "daemon.log").open("ab")
    process = subprocess.Popen(
        [sys.executable, "-m", "monitor", "--config", str(folder), "run"],
        env={**os.environ, **env},
        stdout=log,
        stderr=log,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(35)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        log.close()
