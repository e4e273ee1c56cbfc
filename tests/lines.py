"""A line on a real store, without feeds and webhooks that are real."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from monitor.adapters.sqlite import SqliteStore
from monitor.core.query import compile_watches
from monitor.model import (
    Alert,
    Answer,
    Delivery,
    Feed,
    FeedState,
    Judged,
    Lexicon,
    ParsedFeed,
    RawEntry,
    Verdict,
    Watch,
)
from monitor.pipeline import Absorbed, Line, absorb
from tests.builders import NOW, a_feed

TEXT = "Two people briefed on the plan said the Pyongyang service would return within weeks."


class Plain:
    """A webhook that writes the headline and never sends."""

    def render(self, alert: Alert, webhook_id: str) -> bytes:
        return f"{webhook_id} {alert.title}".encode()

    def send(self, delivery: Delivery, now: datetime) -> Answer:
        return Answer(verdict=Verdict.DELIVERED)


class Broken(Plain):
    def render(self, alert: Alert, webhook_id: str) -> bytes:
        raise ZeroDivisionError


class World:
    """A store and a line; `poll` absorbs entries as a poll of a feed would."""

    def __init__(self, store: SqliteStore, watches: Sequence[Watch], **webhooks: Any) -> None:
        self.store = store
        self.feeds: dict[str, Feed] = {}
        self.line = Line(
            feeds=self.feeds,
            watches={watch.id: watch for watch in watches},
            percolator=compile_watches(watches, Lexicon(), {}),
            publishers={},
            webhooks=webhooks or {"desk": Plain()},
            default_webhooks=tuple(webhooks) or ("desk",),
            instance=store.instance,
        )

    def poll(self, *entries: RawEntry, feed: Feed | None = None, now: datetime = NOW) -> Absorbed:
        feed = feed or a_feed()
        state = self.store.feed_states().get(feed.id) or FeedState(feed_id=feed.id, due_at=now)

        def learn(_judged: Sequence[Judged]) -> FeedState:
            return replace(state, baseline_at=state.baseline_at or now)

        document = ParsedFeed(version="rss20", entries=entries)
        return self.store.write(
            lambda unit: absorb(unit, self.line, feed, document, state, learn, now)
        )


def an_entry(number: int = 1, title: str = "Train leaves Pyongyang", **changes: Any) -> RawEntry:
    given: dict[str, Any] = {
        "guid": f"tag:x.example.org,2025:{number}",
        "link": f"https://x.example.org/a/{number}",
        "title": title,
        "paragraphs": (TEXT,),
        "published_at": NOW - timedelta(minutes=5),
    }
    return RawEntry(**(given | changes))
