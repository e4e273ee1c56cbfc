"""What it costs to know whose turn it is: no request, no parser, no database."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from monitor.adapters.feeds import ChildParser
from monitor.adapters.http.fetcher import HttpFetcher
from monitor.adapters.http.politeness import HostRules
from monitor.adapters.sqlite import SqliteStore
from monitor.core.query import compile_watches
from monitor.model import Feed, FeedState, Lexicon, Settings
from monitor.pipeline import Line
from monitor.poller import Poller

_MINUTE = timedelta(minutes=1)


def share_of_a_core(feeds: int) -> float:
    """Of a minute in which each feed is due once, and the timetable is asked every second."""
    with TemporaryDirectory() as folder, SqliteStore(Path(folder) / "m.sqlite") as store:
        clock = _Clock()
        poller = _poller(store, feeds, clock)
        poller.halt()  # nobody sets out: what is due is taken here
        for number, name in enumerate(poller._line.feeds):  # noqa: SLF001
            due_at = clock.now + timedelta(seconds=59) * number / feeds
            poller._learn(FeedState(feed_id=name, due_at=due_at))  # noqa: SLF001
        before, taken = time.process_time(), 0
        for _ in range(60):
            poller.start_due()
            while found := poller._crew._due.feeds.take((), ()):  # noqa: SLF001
                feed, _ = found
                state = FeedState(feed_id=feed.id, due_at=clock.now + _MINUTE)
                poller._learn(state)  # noqa: SLF001
                taken += 1
            clock.now += timedelta(seconds=1)
        took = time.process_time() - before
        assert taken == feeds
        poller.join(0)
    return took / 60


class _Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 6, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def _poller(store: SqliteStore, feeds: int, clock: _Clock) -> Poller:
    listed = {
        f"feed-{n}": Feed(id=f"feed-{n}", url=f"http://{n % 500}.example/{n}", name="", owner="")
        for n in range(feeds)
    }
    return Poller(
        settings=Settings(),
        line=Line(
            feeds=listed,
            watches={},
            percolator=compile_watches([], Lexicon(), {}),
            publishers={},
            webhooks={},
            default_webhooks=(),
            instance="",
        ),
        store=store,
        fetcher=HttpFetcher(
            user_agent="", deadline=_MINUTE, max_body_bytes=1, hosts=HostRules(gap_s=0)
        ),
        parser=ChildParser(),
        now=clock,
        jitter=lambda: 0.0,
        on_alert=lambda: None,
    )
