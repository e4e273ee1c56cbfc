"""A monitor in this process: real store, fetcher and parser on loopback; the clock is ours."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from monitor.adapters.http.fetcher import HttpFetcher
from monitor.adapters.http.session import Session
from monitor.adapters.sqlite import SqliteArchive, SqliteStore
from monitor.adapters.webhooks.standard import StandardWebhook
from monitor.core.query import compile_watches
from monitor.core.urls import host_of
from monitor.model import Feed, FeedState, Lexicon, Policy, Secret, Settings, Watch
from monitor.pipeline import Line
from monitor.poller import Polled
from monitor.ports import Parser, Webhook
from monitor.service import Monitor

LOOPBACK = ("127.0.0.0/8",)


def a_standard_webhook(name: str, url: str, session: Session) -> Webhook:
    return StandardWebhook(name, StandardWebhook.Options(url=Secret(url)), session)


class Installation:
    """Polls `feeds` whenever told; `now` may be set.

    Args:
        kinds: How to make the webhooks that are not of the kind "standard".
    """

    def __init__(
        self,
        root: Path,
        parser: Parser,
        *,
        feeds: Iterable[Feed],
        watches: Iterable[Watch],
        hooks: Mapping[str, str] | None = None,
        deliver_workers: int = 8,
        policies: Mapping[str, Policy] | None = None,
        kinds: Mapping[str, Callable[[str, str, Session], Webhook]] | None = None,
    ) -> None:
        self.now = datetime.now(UTC).replace(microsecond=0)
        self.ticking = False  # True: the time is that of the machine
        self.store = SqliteStore(root / "m.sqlite")
        self.session = Session(user_agent="test", allow_private=LOOPBACK)
        self.fetcher = HttpFetcher(
            user_agent="test",
            deadline=timedelta(seconds=5),
            max_body_bytes=1_000_000,
            allow_private=LOOPBACK,
            host_gap=timedelta(),
        )
        watches = list(watches)
        self.feeds = by_id = {feed.id: feed for feed in feeds}
        line = Line(
            feeds=by_id,
            watches={watch.id: watch for watch in watches},
            percolator=compile_watches(watches, Lexicon(), by_id),
            publishers={host_of(feed.url): feed for feed in by_id.values()},
            webhooks={
                name: (kinds or {}).get(name, a_standard_webhook)(name, url, self.session)
                for name, url in (hooks or {}).items()
            },
            default_webhooks=tuple(hooks or ()),
            instance=self.store.instance,
            policies=policies or {},
        )
        self.monitor = Monitor(
            settings=Settings(
                webhooks=tuple(hooks or ()),
                health_webhooks=tuple(hooks or ()),
                deliver_workers=deliver_workers,
            ),
            line=line,
            store=self.store,
            fetcher=self.fetcher,
            parser=parser,
            now=self.clock,
            jitter=lambda: 0.0,
        )

    def clock(self) -> datetime:
        return datetime.now(UTC) if self.ticking else self.now

    def poll(self, after: timedelta = timedelta(), only: str = "") -> Polled:
        """Let time pass, then poll every feed (or one); the last one's outcome."""
        self.now += after
        return self.monitor.poll(force=True, only=[only] if only else [])[-1]

    def state(self, feed_id: str = "pennant") -> FeedState:
        return self.monitor.states[feed_id]

    @property
    def archive(self) -> SqliteArchive:
        archive: Any = self.store.archive()
        assert isinstance(archive, SqliteArchive)
        return archive

    @property
    def titles(self) -> list[str]:
        """Headlines of all alerts, oldest first."""
        return [alert.title for alert in reversed(self.archive.alerts(limit=1000))]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.monitor.stop(5)
        self.fetcher.close()
        self.session.close()
        self.store.close()
