"""A monitor in this process: real store, fetcher and parser on loopback; the clock is ours."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any, Self

from monitor.adapters.http.fetcher import HttpFetcher
from monitor.adapters.http.politeness import HostRules
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
from tests.servers import trust

LOOPBACK = ("127.0.0.0/8",)


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
        now: datetime | None = None,
        jitter: Callable[[], float] = lambda: 0.0,
        monotonic: Callable[[], float] = monotonic,
        fetcher: type[HttpFetcher] = HttpFetcher,
        fetch_workers: int = 16,
        webhook: type[StandardWebhook] = StandardWebhook,
        fetch_deadline: timedelta = timedelta(seconds=30),
        policies: Mapping[str, Policy] | None = None,
        kinds: Mapping[str, Callable[[str, str, Session], Webhook]] | None = None,
    ) -> None:
        self.now = now or datetime.now(UTC).replace(microsecond=0)
        self.ticking = False  # True: the time is that of the machine
        self.store = SqliteStore(root / "m.sqlite")
        self.session = Session(tls=trust(), user_agent="test", allow_private=LOOPBACK)
        self.fetcher = fetcher(
            user_agent="test",
            deadline=fetch_deadline,
            max_body_bytes=1_000_000,
            allow_private=LOOPBACK,
            hosts=HostRules(gap_s=0),
            tls=trust(),
        )
        watches = list(watches)

        def standard(name: str, url: str, session: Session) -> Webhook:
            return webhook(name, StandardWebhook.Options(url=Secret(url)), session)

        self.feeds = by_id = {feed.id: feed for feed in feeds}
        line = Line(
            feeds=by_id,
            watches={watch.id: watch for watch in watches},
            percolator=compile_watches(watches, Lexicon(), by_id),
            publishers={host_of(feed.url): feed for feed in by_id.values()},
            webhooks={
                name: (kinds or {}).get(name, standard)(name, url, self.session)
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
                fetch_workers=fetch_workers,
            ),
            line=line,
            store=self.store,
            fetcher=self.fetcher,
            parser=parser,
            now=self.clock,
            jitter=jitter,
            monotonic=monotonic,
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
