"""What the daemon is given: the shipped watches and lexicon over the story's feeds."""

import json
import os
import shutil
from base64 import b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w

from monitor.config import default_folder
from monitor.demo.story import Outlet, StoryItem

_LOOPBACK = ["127.0.0.0/8"]
_WEBHOOK = "desk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """Where everything of a run is kept."""

    root: Path

    @property
    def config(self) -> Path:
        return self.root / "config"

    @property
    def log(self) -> Path:
        return self.root / "daemon.log"

    @property
    def recording(self) -> Path:
        return self.root / "items.jsonl"


def new_secret() -> str:
    """A fresh signing secret (Standard Webhooks 1.0.0: 24 to 64 random bytes)."""
    return "whsec_" + b64encode(os.urandom(32)).decode()


def furnish(
    folder: Folder,
    outlets: Iterable[Outlet],
    address: Callable[[str], str],
    *,
    webhook_url: str,
    secret: str,
) -> None:
    """Write the configuration.

    Args:
        address: Feed id -> where the feed is served.
    """
    for part in ("watches", "lexicon"):
        # The broad watches are left out: of the story they only repeat what the narrow ones tell.
        shutil.copytree(
            default_folder() / part,
            folder.config / part,
            ignore=shutil.ignore_patterns("broad.toml"),
        )
    (folder.config / "feeds").mkdir()
    (folder.config / "secrets").mkdir(mode=0o700)
    key = os.open(folder.config / "secrets" / _WEBHOOK, os.O_WRONLY | os.O_CREAT, 0o600)
    with os.fdopen(key, "w") as file:
        file.write(secret + "\n")
    feeds = [_feed(outlet, address(outlet.id)) for outlet in outlets]
    _write(folder.config / "feeds" / "story.toml", {"feed": feeds})
    _write(folder.config / "webhooks.toml", {"webhooks": {_WEBHOOK: _webhook(webhook_url)}})
    _write(folder.config / "monitor.toml", _settings(len(feeds)))


def record(folder: Folder, items: Iterable[StoryItem]) -> None:
    """Write the items as `news-monitor replay` reads them, with the story's own dates."""
    with folder.recording.open("w", encoding="utf-8") as file:
        for item in items:
            file.write(json.dumps(_recorded(item), ensure_ascii=False) + "\n")


def _feed(outlet: Outlet, url: str) -> dict[str, Any]:
    feed = {
        "id": outlet.id,
        "name": outlet.name,
        "url": url,
        "owner": outlet.owner,
        "tier": outlet.tier.value,
        "language": outlet.language,
        "authority_for": list(outlet.authority_for),
        "implied_groups": list(outlet.implied_groups),
        # The timetable asks every second; a feed must be due by then.
        "interval": "0.5s",
        "allow_private": _LOOPBACK,
    }
    return {key: value for key, value in feed.items() if value}


def _webhook(url: str) -> dict[str, Any]:
    return {
        "kind": "standard",
        "url": url,
        "secrets": [f"file:secrets/{_WEBHOOK}"],
        "allow_private": _LOOPBACK,
    }


def _settings(feeds: int) -> dict[str, Any]:
    return {
        # All feeds are due in every second.
        "service": {"database": "data/monitor.sqlite", "fetch_workers": feeds},
        # Three weeks pass in a minute: nothing can wait for half an hour.
        "alerts": {"webhooks": [_WEBHOOK], "health_webhooks": [_WEBHOOK], "cooldown": "0.000001s"},
        "fetch": {"host_gap": "0.01s"},
        "web": {"listen": ""},
    }


def _recorded(item: StoryItem) -> dict[str, str]:
    record = {
        "feed": item.feed,
        "guid": item.guid,
        "link": item.link,
        "title": item.title,
        "summary": item.summary,
        "published": item.published_at.isoformat().replace("+00:00", "Z"),
        "lang": item.language,
        "publisher": item.source_title,
        "source_url": item.source_url,
    }
    return {key: value for key, value in record.items() if value}


def _write(path: Path, table: dict[str, Any]) -> None:
    path.write_bytes(tomli_w.dumps(table).encode())
