"""What is known beyond single feeds: stories under way, shared hosts, the clocks of servers."""

import threading
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from monitor.core import rhythm
from monitor.model import Alert, Feed
from monitor.ports import Fetcher


class Outlook:
    """Answers what weighs on a feed at the moment. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._feeds: Mapping[str, Feed] = {}
        self._gap = timedelta()
        self._hosts: Mapping[str, str] = {}
        self._crowds: Mapping[str, int] = {}
        self._spoken: dict[str, datetime] = {}  # party -> newest alert of a story of it
        self._skews: dict[str, timedelta] = {}

    def use(self, feeds: Mapping[str, Feed], fetcher: Fetcher, host_gap: timedelta) -> None:
        """Take over a new configuration."""
        self._hosts = {feed.id: fetcher.host_of(feed.url) for feed in feeds.values()}
        self._crowds = Counter(self._hosts[feed.id] for feed in feeds.values() if feed.enabled)
        self._feeds, self._gap = feeds, host_gap

    def hear(self, alerts: Iterable[Alert]) -> frozenset[str]:
        """Note whom stories under way concern; returns the parties."""
        heard: set[str] = set()
        with self._lock:
            for alert in alerts:
                for party in rhythm.parties(alert):
                    heard.add(party)
                    known_at = self._spoken.get(party, alert.created_at)
                    self._spoken[party] = max(known_at, alert.created_at)
        return frozenset(heard)

    def concerned(self, parties: Collection[str]) -> list[Feed]:
        """Adaptive feeds that speak for one of these parties."""
        return [
            feed
            for feed in self._feeds.values()
            if feed.enabled and feed.adaptive and not rhythm.speaks_for(feed).isdisjoint(parties)
        ]

    def moment(self, feed: Feed) -> rhythm.Moment:
        """What weighs on how often the feed is asked."""
        crowd = self._crowds.get(self._hosts.get(feed.id, ""), 1)
        stories = [at for party in rhythm.speaks_for(feed) if (at := self._spoken.get(party))]
        # Half of a host's time is left to its answers, and to those who ask again.
        return rhythm.Moment(floor=2 * crowd * self._gap, story_at=max(stories, default=None))

    def compare_clocks(self, feed: Feed, server_at: datetime | None, now: datetime) -> None:
        """Note what the clock of a feed's host shows."""
        if server_at is not None:
            with self._lock:
                self._skews[self._hosts.get(feed.id, "")] = server_at - now

    @property
    def skews(self) -> Mapping[str, timedelta]:
        """Host -> how far its clock was ahead of ours when it answered last."""
        with self._lock:
            return dict(self._skews)

    def clock_jumped(self, jump: timedelta) -> None:
        """Stories stay as old as they are; what was known of other clocks is not true any more."""
        with self._lock:
            self._spoken = {party: at + jump for party, at in self._spoken.items()}
            self._skews.clear()
