"""Polls feeds: fetches and parses in a pool, at most one at a time for a feed and for a host."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import blake2b

import structlog

from monitor.core import feed_state, schedule
from monitor.crew import Crew
from monitor.errors import FetchError, ParseError, StoreError
from monitor.failpoints import failpoint
from monitor.model import (
    Feed,
    FeedState,
    FeedWindow,
    Fetched,
    Health,
    Judged,
    NotModified,
    ParsedFeed,
    Settings,
    Status,
)
from monitor.pipeline import Absorbed, Line, absorb
from monitor.ports import Fetcher, Parser, Store, Unit

log = structlog.get_logger(__name__)

_NEVER = datetime.min.replace(tzinfo=UTC)
_PATIENCE_S = 0.05  # in which other polls may come to share a commit
_STORE_PAUSE = timedelta(seconds=10)  # before asking a database again that refused
# So often a feed is read as a whole: that renews when each of its entries was last seen.
_READ_WHOLE_EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """One poll's outcome. `document` and `absorbed` are None if nothing changed or nothing came.

    Attributes:
        unchanged: The server says so, or sent the very bytes we know.
    """

    feed: Feed
    state: FeedState
    document: ParsedFeed | None = None
    absorbed: Absorbed | None = None
    unchanged: bool = False


class Poller:
    """Polls what is due. Thread-safe.

    Args:
        now: The wall clock, aware UTC.
        jitter: Uniform chance in [0, 1).
        on_alert: Called after a commit that holds something to deliver.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        line: Line,
        store: Store,
        fetcher: Fetcher,
        parser: Parser,
        now: Callable[[], datetime],
        jitter: Callable[[], float],
        on_alert: Callable[[], None],
    ) -> None:
        self._settings, self._line, self._store = settings, line, store
        self._fetcher, self._parser = fetcher, parser
        self._now, self._jitter, self._on_alert = now, jitter, on_alert
        self._states: dict[str, FeedState] = dict(store.feed_states())
        self._refit()
        self._windows: dict[
            str, tuple[FeedWindow, datetime]
        ] = {}  # and when it was read as a whole
        self._unsaved: FeedState | None = None  # what the sick database refused last
        self._asked_store_at: datetime | None = None
        self._crew = Crew(
            threads=settings.fetch_workers, host_of=self._host_of, is_due=self._is_due
        )
        self._reached = False
        self._offline_told_at: datetime | None = None

    @property
    def states(self) -> Mapping[str, FeedState]:
        """What is known of each feed that was polled."""
        return dict(self._states)

    def due_feeds(self) -> list[Feed]:
        """Enabled feeds whose time has come: those never polled, then the longest overdue."""
        now = self._now()
        due = [
            feed
            for feed in self._line.feeds.values()
            if feed.enabled and schedule.is_due(self._states.get(feed.id), now)
        ]
        return sorted(due, key=self._due_since)

    def start_due(self) -> int:
        """Let what is due be polled, as soon as a thread and the host are free; returns how much.

        None while the database refuses: what cannot be kept need not be fetched.
        """
        if self._unsaved and not self._store_is_well(self._unsaved):
            return 0
        return self._crew.start(
            self.due_feeds(), lambda feed, end: self._poll(feed, lambda _: end())
        )

    def poll(self, feeds: Iterable[Feed]) -> list[Polled]:
        """Poll these feeds once, due or not; returns the results in the order of the feeds."""
        feeds, polled = list(feeds), dict[str, Polled]()

        def poll(feed: Feed, end: Callable[[], None]) -> None:
            def keep(one: Polled) -> None:
                polled[feed.id] = one
                end()

            self._poll(feed, keep)

        self._crew.work_off(feeds, poll)
        return [polled[feed.id] for feed in feeds if feed.id in polled]

    def remember_told(self, told: Mapping[str, Health]) -> None:
        """Take over what was reported of feeds: feed id -> health."""
        for feed_id, health in told.items():
            self._states[feed_id] = replace(self._states[feed_id], told=health)

    def use(self, settings: Settings, line: Line, fetcher: Fetcher) -> None:
        """Take over a new configuration; polls in flight finish with the old one."""
        self._crew.use(settings.fetch_workers)
        self._settings, self._line, self._fetcher = settings, line, fetcher
        self._refit()

    def clock_jumped(self, jump: timedelta) -> None:
        """Move due times along with a clock that went back, and let no feed wait too long."""
        if jump < timedelta():
            for feed_id, state in self.states.items():
                if state.health is not Health.GONE:
                    self._states[feed_id] = replace(state, due_at=state.due_at + jump)
        self._refit()

    def halt(self) -> None:
        """Start nothing more."""
        self._crew.halt()

    def join(self, grace_s: float) -> bool:
        """After `halt`, wait for the polls in flight; True if all finished."""
        return self._crew.join(grace_s)

    def _refit(self) -> None:
        now = self._now()
        for feed in self._line.feeds.values():
            if state := self._states.get(feed.id):
                self._states[feed.id] = feed_state.refit(feed, state, now)

    def _store_is_well(self, state: FeedState) -> bool:
        now = self._now()
        if self._asked_store_at and timedelta() <= now - self._asked_store_at < _STORE_PAUSE:
            return False
        self._asked_store_at = now
        try:
            self._store.write(lambda unit: unit.save_feed_state(state))
        except StoreError as exc:
            log.error("database_refuses", problem=str(exc), cure="polling waits for it")
            return False
        self._unsaved = None
        log.info("database_recovered")
        return True

    def _due_since(self, feed: Feed) -> datetime:
        state = self._states.get(feed.id)
        return state.due_at if state else _NEVER

    def _state(self, feed: Feed) -> FeedState:
        return self._states.get(feed.id) or FeedState(feed_id=feed.id, due_at=self._now())

    def _host_of(self, feed: Feed) -> str:
        return self._fetcher.host_of(feed_state.addresses(feed, self._state(feed))[0])

    def _is_due(self, feed: Feed) -> bool:
        return schedule.is_due(self._states.get(feed.id), self._now())

    def _poll(self, feed: Feed, end: Callable[[Polled], None]) -> None:
        """One poll; `end` is called when it is saved or lost, and that may be later.

        To wait for the commit would cost more than to save what most polls find.
        """
        before = Polled(feed=feed, state=self._state(feed))
        saving = _started(partial(self._poll_once, feed, before.state))
        saving.add_done_callback(partial(self._finish, before, end, is_bug=False))

    def _finish(
        self,
        before: Polled,
        end: Callable[[Polled], None],
        saving: "Future[Polled]",
        *,
        is_bug: bool,
    ) -> None:
        """After the commit, mostly in the store's thread."""
        polled = before
        try:
            polled = saving.result()
            self._take_over(polled)
        except StoreError as exc:
            log.error("poll_not_saved", feed=before.feed.id, problem=str(exc))
            self._refused(before.state)
        except Exception as exc:
            # A bug of ours costs this feed one poll; it is told like any fault of the feed.
            log.exception("poll_crashed", feed=before.feed.id)
            if not is_bug and polled is before:
                saving = _started(partial(self._crashed, before, exc))
                saving.add_done_callback(partial(self._finish, before, end, is_bug=True))
                return
            self._refused(before.state)
        end(polled)

    def _crashed(self, before: Polled, error: Exception) -> "Future[Polled]":
        problem = f"the monitor failed on it ({type(error).__name__})"
        return self._failed(before.feed, before.state, ParseError(problem, health=Health.FAILING))

    def _take_over(self, polled: Polled) -> None:
        """Only now is all of it kept."""
        feed, state, absorbed = polled.feed, polled.state, polled.absorbed
        if absorbed:
            failpoint("poll.absorbed")
        self._states[feed.id] = state
        if polled.document:
            self._remember(feed, polled.document)
        if polled.unchanged:
            log.info("poll_done", feed=feed.id, unchanged=True)
        elif absorbed and polled.document:
            _tell(feed, polled.document, absorbed)
        self._report_offline(polled)
        if absorbed and absorbed.deliveries:
            self._on_alert()

    def _remember(self, feed: Feed, document: ParsedFeed) -> None:
        if document.window:
            _, whole_at = self._window(feed)
            self._windows[feed.id] = document.window, whole_at if document.known else self._now()
        else:
            self._windows.pop(feed.id, None)

    def _refused(self, state: FeedState) -> None:
        """Nothing is saved: the feed stays due, and nothing is fetched until the store is well."""
        self._unsaved = state
        self._crew.forget()

    def _poll_once(self, feed: Feed, state: FeedState) -> "Future[Polled]":
        try:
            return self._ask(feed, state)
        except (FetchError, ParseError) as exc:
            return self._failed(feed, state, exc)

    def _ask(self, feed: Feed, state: FeedState) -> "Future[Polled]":
        asked, answer = self._fetch(feed, state)
        failpoint("poll.fetched")
        if isinstance(answer, NotModified):
            return self._unchanged(feed, state, answer, asked)
        body_hash = blake2b(answer.body, digest_size=16).hexdigest()
        if body_hash == state.body_hash:
            return self._unchanged(feed, state, answer, asked)
        window, _ = self._window(feed)
        document = self._parser.parse(answer, window)
        failpoint("poll.parsed")
        if not document.entries and not document.known:
            return self._empty(feed, state)
        # Half an entry may lack what identifies it: it would come again as another one.
        whole = tuple(entry for entry in document.entries if not entry.partial)
        document = replace(document, entries=whole)
        return self._absorb(feed, state, answer, asked, body_hash, document)

    def _window(self, feed: Feed) -> tuple[FeedWindow | None, datetime]:
        """What is remembered of the feed's last document, and when one was read as a whole."""
        window, whole_at = self._windows.get(feed.id, (None, _NEVER))
        is_fresh = abs(self._now() - whole_at) < _READ_WHOLE_EVERY
        return (window if is_fresh else None), whole_at

    def _fetch(self, feed: Feed, state: FeedState) -> tuple[str, Fetched | NotModified]:
        """Ask the address in use, then the mirrors; a mirror's failure counts only as the last."""
        *first, last = feed_state.addresses(feed, state)
        for url in first:
            try:
                return url, self._fetcher.fetch(feed, state, url)
            except FetchError as exc:
                log.info("address_failed", feed=feed.id, problem=str(exc), next="mirror")
        return last, self._fetcher.fetch(feed, state, last)

    def _absorb(
        self,
        feed: Feed,
        state: FeedState,
        fetched: Fetched,
        asked: str,
        body_hash: str,
        document: ParsedFeed,
    ) -> "Future[Polled]":
        now = self._now()
        due_at = schedule.after_success(
            state,
            feed,
            now,
            fresh_for=fetched.fresh_for,
            ttl=document.ttl,
            jitter=self._jitter(),
        )

        def learn(unit: Unit, judged: Sequence[Judged]) -> FeedState:
            after = feed_state.parsed(
                feed, state, fetched, asked, body_hash, document, judged, now, due_at
            )
            return _of_feed(unit, feed, self._judge_staleness(feed, after, now))

        def work(unit: Unit) -> Polled:
            absorbed = absorb(unit, self._line, feed, document, state, partial(learn, unit), now)
            return Polled(feed=feed, state=absorbed.state, absorbed=absorbed, document=document)

        return self._write(work)

    def _unchanged(
        self, feed: Feed, state: FeedState, answer: NotModified | Fetched, asked: str
    ) -> "Future[Polled]":
        now = self._now()
        due_at = schedule.after_success(
            state,
            feed,
            now,
            fresh_for=answer.fresh_for,
            ttl=timedelta(seconds=state.ttl_s) if state.ttl_s else None,
            jitter=self._jitter(),
        )
        after = feed_state.unchanged(state, answer, asked, now, due_at)
        after = self._judge_staleness(feed, after, now)
        return self._save(Polled(feed=feed, state=after, unchanged=True))

    def _failed(
        self, feed: Feed, state: FeedState, error: FetchError | ParseError
    ) -> "Future[Polled]":
        now = self._now()
        retry_after = error.retry_after if isinstance(error, FetchError) else None
        due_at = schedule.after_failure(
            feed, state.failures + 1, now, retry_after=retry_after, jitter=self._jitter()
        )
        if error.health is Health.GONE:
            due_at = datetime.max.replace(tzinfo=now.tzinfo)  # 410: told once, asked no more
        log.warning(
            "poll_failed",
            feed=feed.id,
            health=error.health.value,
            problem=str(error),
            failures=state.failures + 1,
        )
        after = feed_state.failed(state, error.health, str(error), now, due_at)
        return self._save(Polled(feed=feed, state=after))

    def _empty(self, feed: Feed, state: FeedState) -> "Future[Polled]":
        now = self._now()
        due_at = schedule.after_success(state, feed, now, jitter=self._jitter())
        after = feed_state.empty(state, now, due_at)
        log.warning("poll_empty", feed=feed.id, problem=after.problem)
        return self._save(Polled(feed=feed, state=after))

    def _save(self, polled: Polled) -> "Future[Polled]":
        def work(unit: Unit) -> Polled:
            after = _of_feed(unit, polled.feed, polled.state)
            unit.save_feed_state(after)
            return replace(polled, state=after)

        return self._write(work)

    def _write(self, work: Callable[[Unit], Polled]) -> "Future[Polled]":
        """With the outcomes of other polls, if there are any under way."""
        return self._store.write_soon(work, patience_s=_PATIENCE_S if self._crew.is_shared else 0)

    def _judge_staleness(self, feed: Feed, state: FeedState, now: datetime) -> FeedState:
        if not schedule.is_stale(feed, state, now):
            return state
        return replace(state, health=Health.STALE, problem="answers, but brings nothing new")

    def _report_offline(self, polled: Polled) -> None:
        """Says plainly, at most once an hour, that no feed at all could be reached yet.

        Ten feeds are proof enough: one host with many feeds takes its time.
        """
        self._reached = self._reached or polled.state.health is not Health.UNREACHABLE
        if self._reached:
            return
        enabled = [feed.id for feed in self._line.feeds.values() if feed.enabled]
        tried = [name for name in enabled if name in self._states and self._states[name].failures]
        if len(tried) < min(len(enabled), 10):
            return
        now = self._now()
        if self._offline_told_at and now - self._offline_told_at < timedelta(hours=1):
            return
        self._offline_told_at = now
        log.error(
            "machine_seems_offline",
            problem=f"none of {len(tried)} feeds could be reached",
            cure="check this machine's network; polling goes on by itself. "
            "To see the monitor work without a network: news-monitor demo",
        )


def _started(work: "Callable[[], Future[Polled]]") -> "Future[Polled]":
    """What `work` is saving; an error of its own is the future's."""
    try:
        return work()
    except Exception as exc:  # noqa: BLE001 - judged when it is over
        failed: Future[Polled] = Future()
        failed.set_exception(exc)
        return failed


def _tell(feed: Feed, document: ParsedFeed, absorbed: Absorbed) -> None:
    fresh = sum(1 for judged in absorbed.judged if judged.status is not Status.KNOWN)
    log.info(
        "poll_done",
        feed=feed.id,
        entries=len(document.entries) + document.known,
        fresh=fresh,
        matches=len(absorbed.judgements),
        alerts=len(absorbed.alerts),
        **({"flaw": document.flaw} if document.flaw else {}),
    )
    if absorbed.stopped:
        cure = "make them simpler: here they counted as not found"
        log.warning("pattern_stopped", feed=feed.id, patterns=absorbed.stopped, cure=cure)
    if absorbed.state.gap_at == absorbed.state.polled_at:
        log.warning("feed_gap", feed=feed.id, cure="poll it more often: entries were missed")


def _of_feed(unit: Unit, feed: Feed, state: FeedState) -> FeedState:
    """With what was reported of the feed while the poll was under way."""
    stored = unit.feed_state(state.feed_id)
    return replace(state, url=feed.url, told=stored.told if stored else state.told)
