"""Feeds that always have something new: published, edited, repeated elsewhere, cut short."""

import hashlib
import random
from collections import Counter
from collections.abc import Container, Iterable
from datetime import datetime, timedelta
from email.utils import format_datetime
from threading import Lock

from tests.e2e.world import rss
from tests.servers import Reply, Request

WINDOW = 40
_SYLLABLES = ("ba", "do", "fi", "gu", "ka", "le", "mo", "nu", "pe", "ri", "so", "tu", "vy", "za")


class Newsroom:
    """Answers for several feeds at /<name>, with validators.

    Args:
        copies: Whether other feeds repeat entries, under ids of their own.
        cut_short: Share of documents that end in the middle, though all looks well, when they are
            asked for the first time.
    """

    def __init__(
        self, feeds: Iterable[str], *, copies: bool, cut_short: float = 0.0, seed: int = 1
    ) -> None:
        self.feeds = tuple(feeds)
        self.published = 0
        self.polls: Counter[str] = Counter()
        self._copies, self._cut_short = copies, cut_short
        self._dice = random.Random(seed)
        self._entries: dict[str, list[dict[str, str]]] = {name: [] for name in self.feeds}
        self._bodies = {name: rss([]) for name in self.feeds}
        self._shown: set[bytes] = set()
        self._lock = Lock()

    def publish(self, count: int, now: datetime, told: Container[int]) -> None:
        """New entries, one edit of these, and a copy of one of them in another feed.

        Args:
            told: Entries that may leave their feed: what nobody could read yet is not lost.
        """
        with self._lock:
            fresh = [self._publish(now) for _ in range(count)]
            if fresh:
                edited = self._dice.choice(fresh)
                if self._dice.random() < 0.5:
                    edited["title"] += " (updated)"
                if self._copies:
                    self._copy(self._dice.choice(fresh))
            for name, entries in self._entries.items():
                while len(entries) > WINDOW and _number_of(entries[0]) in told:
                    del entries[0]
                self._bodies[name] = rss(reversed(entries))

    def shown(self) -> list[int]:
        """The entries that stand in some feed."""
        with self._lock:
            return [_number_of(entry) for feed in self._entries.values() for entry in feed]

    def withdraw(self, numbers: Container[int]) -> None:
        """These are in no feed any more, from the next publication on."""
        with self._lock:
            for entries in self._entries.values():
                entries[:] = [entry for entry in entries if _number_of(entry) not in numbers]

    def __call__(self, request: Request) -> Reply:
        name = request.path.strip("/")
        with self._lock:
            self.polls[name] += 1
            body = self._bodies.get(name, b"")
            chance = self._dice.random() if body not in self._shown else 1.0
        etag = f'"{hashlib.sha1(body).hexdigest()}"'
        if request.headers.get("if-none-match") == etag:
            return Reply(304, headers={"etag": etag})
        self._shown.add(body)
        if chance < self._cut_short:
            body = body[: len(body) * 2 // 3]
        return Reply(200, body, {"etag": etag, "content-type": "application/rss+xml"})

    def _publish(self, now: datetime) -> dict[str, str]:
        self.published += 1
        number, words = self.published, random.Random(self.published)
        name = self.feeds[number % len(self.feeds)]
        entry = {
            "guid": f"tag:{name}.example.org,2025:{number}",
            "link": f"https://{name}.example.org/{number}",
            "title": f"Train {number}: {_made_up(words, 5)}",
            "description": f"{_made_up(words, 12)} train {number}.",
            "date": format_datetime(now + timedelta(milliseconds=number % 1000)),
        }
        self._entries[name].append(entry)
        return entry

    def _copy(self, entry: dict[str, str]) -> None:
        others = [name for name in self.feeds if f"//{name}." not in entry["link"]]
        if others:
            name = self._dice.choice(others)
            link = entry["link"].replace("//", f"//{name}.")
            self._entries[name].append({**entry, "guid": f"{entry['guid']}:copy", "link": link})


def _number_of(entry: dict[str, str]) -> int:
    return int(entry["title"].partition(":")[0].removeprefix("Train "))


def _made_up(dice: random.Random, count: int) -> str:
    """Words that no two entries share, so that each is a story of its own."""
    return " ".join("".join(dice.choices(_SYLLABLES, k=4)) for _ in range(count))
