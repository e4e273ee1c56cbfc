"""Polls feeds: fetches, parses and decides; what was found counts when it is saved."""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import blake2b
from math import inf
from time import monotonic
from typing import Protocol

import structlog

from monitor.core import feed_state, rhythm, schedule
from monitor.core.agenda import Agenda
from monitor.core.evidence import provenance
from monitor.core.mirrors import as_handed_over
from monitor.crew import Crew, LostTurn, Turn
from monitor.errors import Adrift, FetchError, Overtaken, ParseError, StoreError
from monitor.failpoints import failpoint
from monitor.model import (
    Alert,
    Feed,
    FeedState,
    FeedWindow,
    Fetched,
    Health,
    Judged,
    NotModified,
    ParsedFeed,
    PollOutcome,
    Settings,
)
from monitor.outlook import Outlook
from monitor.pipeline import Absorb, Absorbed, Line, absorb, save_polled
from monitor.ports import Fetcher, Meter, NoMeter, Parser, Store, Unit

log = structlog.get_logger(__name__)

_NEVER = datetime.min.replace(tzinfo=UTC)
_STORE_PAUSE = timedelta(seconds=10)  # before asking a database again that refused
# So often a feed is read as a whole: that renews when each of its entries was last seen.
_READ_WHOLE_EVERY = timedelta(days=1)
_STORIES = 1000  # alerts that are looked at for stories under way
_SAVED_WITHIN = timedelta(seconds=5)  # a poll, after it was decided
_NOTICED_S = 5  # in which a jump of the clock is noticed
_PATIENCE_S = 30  # beside two deadlines of a fetch, for all else between two signs of life
_SHARING_S = 0.05  # in which other polls may come to share a commit


@dataclass(slots=True, kw_only=True)
class Trip:
    """What a poll cost, as far as it came.

    Attributes:
        status: Of the HTTP answer; None: there was none.
        size: Of the body as it was unpacked, in bytes.
        fetch_ms: How long the server took; of one that failed, how long it was tried.
        parse_ms: How long the body was read; None: it was not.
    """

    status: int | None = None
    size: int = 0
    fetch_ms: float | None = None
    parse_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """One poll's outcome. `document` and `absorbed` are None if nothing changed or nothing came.

    Attributes:
        unchanged: The server says so, or sent the very bytes we know.
    """

    trip: Trip = field(default_factory=Trip, compare=False)

    feed: Feed
    state: FeedState
    document: ParsedFeed | None = None
    absorbed: Absorbed | None = None
    unchanged: bool = False


class Scope(Protocol):
    """Which feeds are this process's to poll, while others poll the others."""

    def has(self, host: str) -> bool:
        """Whether a host's feeds are, be it that just now it may not be asked."""
        ...

    def may_ask(self, host: str) -> bool:
        """Whether it is, nobody else asks this host now, and its feeds were adopted."""
        ...


Work = Callable[[Unit], Polled]
"""Saves what a poll found; what it returns is true once that is committed."""


class Poller:
    """Polls what is due. Thread-safe.

    Args:
        now: The wall clock, aware UTC.
        jitter: Uniform chance in [0, 1).
        on_alert: Called after a commit that holds something to deliver.
        monotonic: Seconds, to see what hangs.
        meter: Counts what is done.
        absorb: Takes in what a document brought.
        scope: What may be polled; None: all, for ever.
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
        monotonic: Callable[[], float] = monotonic,
        meter: Meter | None = None,
        absorb: Absorb = absorb,
        scope: Scope | None = None,
    ) -> None:
        self._meter = meter or NoMeter()
        self._absorb, self._scope = absorb, scope
        self._settings, self._line, self._store = settings, line, store
        self._fetcher, self._parser = fetcher, parser
        self._now, self._jitter, self._on_alert = now, jitter, on_alert
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._states: dict[str, FeedState] = {} if scope else dict(store.feed_states())
        self._agenda = Agenda()
        self._learned_s: dict[str, float] = {}
        self._refit()
        self.outlook = Outlook()
        self.outlook.use(line.feeds, fetcher, settings.host_gap)
        self.outlook.hear(self._recent_alerts())
        self._hung: list[str] = []
        # And when it was read as a whole.
        self._windows: dict[str, tuple[FeedWindow, datetime]] = {}
        self._unsaved: FeedState | None = None  # what the sick database refused last
        self._asked_store_at: datetime | None = None
        self._crew: Crew[Polled] = Crew(
            threads=settings.fetch_workers,
            patience_s=_patience_s(settings),
            host_of=self._host_of,
            is_due=self._is_due,
            poll=self._poll,
            give_up=self._give_up,
            clock=monotonic,
        )
        self._heard: set[str] = set()  # parties of alerts since due times were moved forward
        self._is_offline, self._is_back = False, False
        self._reached = False
        self._offline_told_at: datetime | None = None

    @property
    def states(self) -> Mapping[str, FeedState]:
        """What is known of each feed that was polled."""
        return dict(self._states)

    def adopt(self, feeds: Iterable[Feed], states: Mapping[str, FeedState]) -> None:
        """Go on with feeds that another process polled until now.

        Args:
            states: Of those that were polled ever.
        """
        now = self._now()
        with self._lock:
            for feed in feeds:
                state, former = states.get(feed.id), self._states.pop(feed.id, None)
                if state is None or former is None or state.poll_seq != former.poll_seq:
                    self._windows.pop(feed.id, None)  # it is of another document than the last
                if state is None:
                    self._agenda.put(feed.id, _NEVER)
                else:
                    self._keep(feed_state.refit(feed, state, now))

    def _keep(self, state: FeedState) -> None:
        """Holds the lock."""
        self._states[state.feed_id] = state
        self._agenda.put(state.feed_id, state.due_at)

    def hosts_under_way(self) -> frozenset[str]:
        """Hosts that are being asked, or whose answer is not saved yet."""
        return self._crew.hosts()

    def hear(self, alerts: Sequence[Alert]) -> None:
        """Stories that other processes told of: those who may speak next are asked sooner."""
        heard = self.outlook.hear(alerts)
        with self._lock:
            self._heard |= heard

    def due_feeds(self) -> list[Feed]:
        """Enabled feeds whose time has come: those never polled, then the longest overdue."""
        now = self._now()
        with self._lock:
            due = self._agenda.due(now)
        return [feed for feed_id in due if (feed := self._of_ours(feed_id))]

    def _of_ours(self, feed_id: str) -> Feed | None:
        """A feed, unless it is not this process's to poll any more; then it is not due again."""
        feed = self._line.feeds.get(feed_id)
        if feed and self._is_ours(feed):
            return feed
        with self._lock:
            if feed and self._is_ours(feed):
                return feed  # it was adopted in this moment
            self._agenda.drop(feed_id)
        return None

    def _is_ours(self, feed: Feed) -> bool:
        return feed.enabled and (not self._scope or self._scope.has(self._host_of(feed)))

    def start_due(self) -> int:
        """Let what is due be polled, as soon as a thread and the host are free; returns how much.

        None while the database refuses: what cannot be kept need not be fetched.
        """
        self._crew.give_up_hung()
        if self._unsaved and not self._store_is_well(self._unsaved):
            return 0
        self._move_forward()
        return self._crew.start(self.due_feeds())

    def poll(self, feeds: Iterable[Feed]) -> list[Polled]:
        """Poll these feeds once, due or not; returns the results in the order of the feeds."""
        feeds = list(feeds)
        polled = self._crew.work_off(feeds)
        self._move_forward()
        return [polled[feed.id] for feed in feeds if feed.id in polled]

    def hung(self) -> list[str]:
        """What was given up since last asked."""
        hung, self._hung = self._hung, []
        return hung

    def expect_network(self) -> None:
        """The network is lost: at the first answer all that it kept us from is caught up on."""
        self._is_offline = True

    def remember_told(
        self, told: Mapping[str, Health], told_moved: Mapping[str, str | None]
    ) -> None:
        """Take over what was reported of feeds: feed id -> health, or the new address."""
        with self._lock:
            for feed_id in {*told, *told_moved} & self._states.keys():
                known = self._states[feed_id]
                self._states[feed_id] = feed_state.as_told(known, told, told_moved)

    def use(self, settings: Settings, line: Line, fetcher: Fetcher) -> None:
        """Take over a new configuration; polls in flight finish with the old one."""
        self._crew.use(settings.fetch_workers, _patience_s(settings))
        self._settings, self._line, self._fetcher = settings, line, fetcher
        self.outlook.use(line.feeds, fetcher, settings.host_gap)
        self._refit()

    def clock_jumped(self, jump: timedelta) -> None:
        """Move due times along with the clock: nobody is asked early, nobody waits too long."""
        now = self._now()
        with self._lock:
            moved = {
                feed_id: feed_state.shifted(state, jump)
                for feed_id, state in self._states.items()
                if not self._is_of_now(state, now)
            }
            self._states |= moved
        self.outlook.clock_jumped(jump)
        self._refit()

        def work(unit: Unit) -> None:
            for feed_id, state in moved.items():
                stored = unit.feed_state(feed_id)
                if stored and stored.polled_at == state.polled_at:  # not polled meanwhile
                    unit.save_feed_state(
                        replace(stored, due_at=state.due_at, earliest_at=state.earliest_at)
                    )

        self._store.write(work)

    def _by_this_clock(self, state: FeedState) -> FeedState:
        """What was decided before the clock jumped and saved after it knows nothing of the jump."""
        now = self._now()
        jump = now - state.polled_at if state.polled_at else timedelta()
        if abs(jump) <= _SAVED_WITHIN:
            return state
        return replace(feed_state.shifted(state, jump), polled_at=now)

    def _is_of_now(self, state: FeedState, now: datetime) -> bool:
        """Whether it was learned in the moments between a jump of the clock and its discovery."""
        age_s = self._monotonic() - self._learned_s.get(state.feed_id, -inf)
        if state.polled_at is None or age_s > _NOTICED_S:
            return False
        return timedelta() <= now - state.polled_at <= timedelta(seconds=_NOTICED_S)

    def halt(self) -> None:
        """Start nothing more."""
        self._crew.halt()

    def join(self, grace_s: float) -> bool:
        """After `halt`, wait for the polls in flight; True if all finished."""
        done = self._crew.join(grace_s)
        self._move_forward()
        return done

    def _refit(self) -> None:
        now = self._now()
        with self._lock:
            for feed in self._line.feeds.values():
                if state := self._states.get(feed.id):
                    self._keep(feed_state.refit(feed, state, now))
                elif self._scope is None:
                    self._agenda.put(feed.id, _NEVER)

    def _store_is_well(self, state: FeedState) -> bool:
        now = self._now()
        if self._asked_store_at and timedelta() <= now - self._asked_store_at < _STORE_PAUSE:
            return False
        self._asked_store_at = now
        try:
            self._store.write(lambda unit: _save_again(unit, state))
        except StoreError as exc:
            log.error("database_refuses", problem=str(exc), cure="polling waits for it")
            return False
        self._unsaved = None
        log.info("database_recovered")
        return True

    def _recent_alerts(self) -> Sequence[Alert]:
        since = self._now() - rhythm.STORY_LASTS
        return self._store.archive().alerts(since=since, limit=_STORIES)

    def _state(self, feed: Feed) -> FeedState:
        return self._states.get(feed.id) or FeedState(feed_id=feed.id, due_at=self._now())

    def _host_of(self, feed: Feed) -> str:
        return self._fetcher.host_of(feed_state.addresses(feed, self._state(feed))[0])

    def _is_due(self, feed: Feed) -> bool:
        if self._scope and not self._scope.may_ask(self._host_of(feed)):
            return False
        return schedule.is_due(self._states.get(feed.id), self._now())

    def _poll(self, turn: Turn[Polled]) -> None:
        """One poll. It ends when it is saved or lost, and that may be later.

        To wait for the commit would cost more than to save what most polls find.
        """
        before = Polled(feed=turn.feed, state=self._state(turn.feed))
        is_bug = False
        try:
            work = self._ask(turn, before.state, before.trip)
        except LostTurn:
            raise
        except Adrift:
            log.warning("poll_put_off", feed=turn.feed.id, cure="it stays due, for whoever may ask")
            self._crew.hand_over(turn)
            self._meter.polled(PollOutcome.LOST, self._took(turn))
            self._crew.end(turn, before)
            return
        except Exception as exc:  # noqa: BLE001 - judged as a fault of the feed
            work, is_bug = self._crashed(before, exc), True
        self._crew.hand_over(turn)
        self._save(turn, before, _after(before.trip, work), is_bug=is_bug)

    def _give_up(self, turn: Turn[Polled]) -> None:
        """A poll that shows no sign of life costs its feed a failure, and nobody else anything."""
        feed = turn.feed
        log.error("poll_hung", feed=feed.id, cure="given up; a new worker takes its place")
        self._hung.append(f"feed {feed.id}")
        problem = f"no sign of life for {self._crew.patience_s:.0f} s: given up"
        before = Polled(feed=feed, state=self._state(feed))
        error = FetchError(problem, health=Health.UNREACHABLE)
        self._save(turn, before, self._blamed(before, error))

    def _crashed(self, before: Polled, error: Exception) -> Work:
        """A bug of ours costs this feed one poll; it is told like any fault of the feed."""
        log.error("poll_crashed", feed=before.feed.id, exc_info=error)
        problem = f"the monitor failed on it ({type(error).__name__})"
        return self._blamed(before, ParseError(problem, health=Health.FAILING))

    def _blamed(self, before: Polled, error: FetchError | ParseError) -> Work:
        """A failure that is not even judged before it is saved: so no error in that is missed."""

        def work(unit: Unit) -> Polled:
            return self._failed(before.feed, before.state, error)(unit)

        return work

    def _save(
        self, turn: Turn[Polled], before: Polled, work: Work, *, is_bug: bool = False
    ) -> None:
        """With the outcomes of other polls, if there are any under way."""
        try:
            patience_s = _SHARING_S if self._crew.is_shared else 0
            again = isinstance(work, _Saving)
            saving = self._store.write_soon(work, patience_s=patience_s, again=again)
        except StoreError as exc:  # it is closed
            saving = Future()
            saving.set_exception(exc)
        saving.add_done_callback(partial(self._finish, turn, before, is_bug))

    def _finish(
        self, turn: Turn[Polled], before: Polled, is_bug: bool, saving: "Future[Polled]"
    ) -> None:
        """After the commit, mostly in the store's thread."""
        polled = before
        try:
            polled = saving.result()
            self._take_over(polled)
            self._count(turn, polled)
        except Overtaken:
            log.warning("poll_overtaken", feed=before.feed.id, cure="what another one saved counts")
            self._meter.polled(PollOutcome.LOST, self._took(turn))
            self._look_again(before.feed)
        except StoreError as exc:
            log.error("poll_not_saved", feed=before.feed.id, problem=str(exc))
            self._meter.polled(PollOutcome.LOST, self._took(turn))
            self._refused(before.state)
        except Exception as exc:
            if not is_bug and polled is before:
                self._save(turn, before, self._crashed(before, exc), is_bug=True)
                return
            log.exception("poll_crashed", feed=before.feed.id)
            self._meter.polled(PollOutcome.LOST, self._took(turn))
            self._refused(before.state)
        self._crew.end(turn, polled)

    def _count(self, turn: Turn[Polled], polled: Polled) -> None:
        absorbed, document, state = polled.absorbed, polled.document, polled.state
        trip = polled.trip
        self._meter.polled(_outcome(polled), self._took(turn))
        if trip.fetch_ms is not None:
            self._meter.fetched(timedelta(milliseconds=trip.fetch_ms), trip.size)
        if trip.parse_ms is not None:
            self._meter.parsed(timedelta(milliseconds=trip.parse_ms))
        if absorbed and document:
            self._meter.absorbed(
                len(document.entries) + document.known,
                absorbed.judged,
                absorbed.judgements,
                baseline=state.baseline_at == state.polled_at,
            )
            self._meter.alerted(absorbed.alerts)

    def _took(self, turn: Turn[Polled]) -> timedelta:
        return timedelta(seconds=self._monotonic() - turn.began_s)

    def _take_over(self, polled: Polled) -> None:
        """Only now is all of it kept."""
        feed, document, absorbed = polled.feed, polled.document, polled.absorbed
        failpoint("poll.absorbed") if absorbed else failpoint("poll.saved")
        _tell(polled)
        if absorbed and document:
            self._remember(feed, document)
            failpoint("poll.remembered")
        self._learn(self._by_this_clock(polled.state))
        self._report_offline(polled)
        if absorbed and absorbed.deliveries:
            self._on_alert()
        if absorbed and absorbed.alerts:
            self.hear(absorbed.alerts)
        if self._is_offline and polled.state.health is not Health.UNREACHABLE:
            self._is_offline, self._is_back = False, True

    def _remember(self, feed: Feed, document: ParsedFeed) -> None:
        if document.window:
            _, whole_at = self._window(feed)
            self._windows[feed.id] = document.window, whole_at if document.known else self._now()
        else:
            self._windows.pop(feed.id, None)

    def _look_again(self, feed: Feed) -> None:
        """Somebody else saved a poll of the feed."""
        with suppress(StoreError):
            self.adopt([feed], self._store.feed_states_of([feed.id]))

    def _learn(self, state: FeedState) -> None:
        with self._lock:
            if known := self._states.get(state.feed_id):  # it was reported of meanwhile
                state = replace(state, told=known.told, told_moved=known.told_moved)
            self._keep(state)
            self._learned_s[state.feed_id] = self._monotonic()

    def _refused(self, state: FeedState) -> None:
        """Nothing is saved: the feed stays due, and nothing is fetched until the store is well."""
        self._unsaved = state
        self._crew.forget()

    def _move_forward(self) -> None:
        """What polls have brought since may give other feeds a nearer due time."""
        with self._lock:
            heard, self._heard = self._heard, set()
            is_back, self._is_back = self._is_back, False
        now = self._now()
        if heard:
            self._hasten(self.outlook.concerned(heard), now)
        if is_back:
            self._catch_up(now)

    def _hasten(self, feeds: Sequence[Feed], now: datetime) -> None:
        """Ask those soon who may speak next in a story; what is under way sees to it itself."""

        def sooner(feed: Feed, state: FeedState) -> FeedState:
            return schedule.hastened(state, feed, self.outlook.moment(feed), now)

        if hastened := self._moved_forward(feeds, sooner):
            log.info("story_followed", feeds=hastened)

    def _catch_up(self, now: datetime) -> None:
        """The network is back: what it kept us from is asked soon, whatever the back-off."""

        def sooner(_: Feed, state: FeedState) -> FeedState:
            return schedule.after_outage(state, now, jitter=self._jitter())

        caught = self._moved_forward(list(self._line.feeds.values()), sooner)
        log.info("network_recovered", feeds=len(caught))

    def _moved_forward(
        self, feeds: Sequence[Feed], sooner: Callable[[Feed, FeedState], FeedState]
    ) -> list[str]:
        """Give feeds that wait a nearer due time; returns those whose time changed."""
        if self._scope:
            feeds = [feed for feed in feeds if feed.id in self._states]
        if not feeds:
            return []

        def work(unit: Unit) -> list[FeedState]:
            stored = [(feed, unit.feed_state(feed.id)) for feed in feeds if feed.enabled]
            pairs = [(state, sooner(feed, state)) for feed, state in stored if state]
            nearer = [after for before, after in pairs if after is not before]
            for state in nearer:
                unit.save_feed_state(state)
            return nearer

        try:
            nearer = self._store.write(work)
        except StoreError as exc:
            log.error("not_moved_forward", problem=str(exc), cure="feeds are asked as planned")
            return []
        with self._lock:
            for state in nearer:
                known = self._states.get(state.feed_id)
                if known and known.polled_at == state.polled_at:  # not polled meanwhile
                    self._keep(state)
        return [state.feed_id for state in nearer]

    def _ask(self, turn: Turn[Polled], state: FeedState, trip: Trip) -> Work:
        feed = turn.feed
        failpoint("poll.started")
        began_s = self._monotonic()
        try:
            asked, answer = self._fetch(turn, state)
        except FetchError as exc:
            trip.status, trip.fetch_ms = exc.status, self._since(began_s)
            return self._failed(feed, state, exc, retry_after=exc.retry_after)
        trip.fetch_ms = _ms(answer.took.total_seconds())
        trip.status = 304
        self._crew.alive(turn)
        failpoint("poll.fetched")
        self.outlook.compare_clocks(feed, answer.server_at, self._now())
        if isinstance(answer, NotModified):
            return self._unchanged(feed, state, answer, asked)
        trip.status, trip.size = answer.status, len(answer.body)
        body_hash = blake2b(answer.body, digest_size=16).hexdigest()
        if body_hash == state.body_hash:
            return self._unchanged(feed, state, answer, asked)
        window, _ = self._window(feed)
        failpoint("poll.before_parse")
        began_s = self._monotonic()
        try:
            document = self._parser.parse(answer, window)
        except ParseError as exc:
            wishes = {"fresh_for": answer.fresh_for, "retry_after": answer.retry_after}
            return self._failed(feed, state, exc, **wishes)
        finally:
            trip.parse_ms = self._since(began_s)
        self._crew.alive(turn)
        failpoint("poll.parsed")
        if not document.entries and not document.known and not document.may_be_empty:
            return self._empty(feed, state, answer)
        # Half an entry may lack what identifies it: it would come again as another one.
        whole = tuple(entry for entry in document.entries if not entry.partial)
        document = replace(document, entries=whole)
        return self._brought(feed, state, answer, asked, body_hash, document)

    def _since(self, began_s: float) -> float:
        return _ms(self._monotonic() - began_s)

    def _window(self, feed: Feed) -> tuple[FeedWindow | None, datetime]:
        """What is remembered of the feed's last document, and when one was read as a whole."""
        window, whole_at = self._windows.get(feed.id, (None, _NEVER))
        is_fresh = abs(self._now() - whole_at) < _READ_WHOLE_EVERY
        return (window if is_fresh else None), whole_at

    def _fetch(self, turn: Turn[Polled], state: FeedState) -> tuple[str, Fetched | NotModified]:
        """Ask the address in use, then the mirrors; a mirror's failure counts only as the last."""
        feed = turn.feed
        *first, last = feed_state.addresses(feed, state)
        if feed_state.is_stuck(state, self._now()):
            log.info("asked_plainly", feed=feed.id, reason="nothing but 304 for two weeks")
            state = feed_state.without_validators(state)
        for url in first:
            try:
                return url, self._fetcher.fetch(feed, state, url)
            except FetchError as exc:
                log.info("address_failed", feed=feed.id, problem=str(exc), next="mirror")
            self._crew.alive(turn)
        return last, self._fetcher.fetch(feed, state, last)

    def _brought(
        self,
        feed: Feed,
        state: FeedState,
        fetched: Fetched,
        asked: str,
        body_hash: str,
        document: ParsedFeed,
    ) -> Work:
        now = self._now()
        named = as_handed_over(feed, asked, self._settings.rsshub)
        source = provenance(fetched, asked, now) if document.entries else None

        def learn(judged: Sequence[Judged]) -> FeedState:
            after = feed_state.parsed(feed, state, fetched, asked, body_hash, document, judged, now)
            after = self._due_again(feed, after, fetched, now)
            return replace(self._judge(feed, after, now), url=feed.url)

        def work(unit: Unit) -> Polled:
            absorbed = self._absorb(unit, self._line, named, document, state, learn, now, source)
            assert absorbed.state
            return Polled(feed=feed, state=absorbed.state, absorbed=absorbed, document=document)

        failpoint("poll.before_absorb")
        return work

    def _unchanged(
        self, feed: Feed, state: FeedState, answer: NotModified | Fetched, asked: str
    ) -> Work:
        now = self._now()
        after = feed_state.unchanged(state, answer, asked, now)
        after = self._judge(feed, self._due_again(feed, after, answer, now), now)
        failpoint("poll.unchanged")
        return _Saving(Polled(feed=feed, state=after, unchanged=True))

    def _due_again(
        self, feed: Feed, state: FeedState, answer: NotModified | Fetched, now: datetime
    ) -> FeedState:
        due = schedule.after_success(
            state,
            feed,
            now,
            fresh_for=answer.fresh_for,
            retry_after=answer.retry_after,
            jitter=self._jitter(),
            moment=self.outlook.moment(feed),
        )
        return feed_state.with_due(state, due)

    def _failed(
        self,
        feed: Feed,
        state: FeedState,
        error: FetchError | ParseError,
        *,
        fresh_for: timedelta | None = None,
        retry_after: timedelta | None = None,
    ) -> Work:
        now = self._now()
        after = feed_state.failed(state, error.health, str(error), now)
        due = schedule.after_failure(
            after,
            feed,
            now,
            fresh_for=fresh_for,
            retry_after=retry_after,
            jitter=self._jitter(),
        )
        failpoint("poll.failed")
        return _Saving(Polled(feed=feed, state=feed_state.with_due(after, due)))

    def _empty(self, feed: Feed, state: FeedState, answer: Fetched) -> Work:
        """Asked again as usual: a list of what is new today may be empty at midnight."""
        now = self._now()
        after = self._due_again(feed, feed_state.empty(state, answer, now), answer, now)
        return _Saving(Polled(feed=feed, state=after))

    def _judge(self, feed: Feed, state: FeedState, now: datetime) -> FeedState:
        """With what is odd about a feed that answers."""
        if schedule.is_stale(feed, state, now):
            days = schedule.longest_silence(feed, state) / timedelta(days=1)
            problem = f"answers, but has brought nothing new for more than {days:.3g} days"
            return replace(state, health=Health.STALE, problem=problem)
        if feed_state.is_slow(state, self._settings.fetch_deadline, now):
            problem = f"takes {state.answer_s:.0f} s to answer, which is most of its deadline"
            return replace(state, health=Health.SLOW, problem=problem)
        return state

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


def _outcome(polled: Polled) -> PollOutcome:
    if polled.absorbed:
        return PollOutcome.OK
    if polled.unchanged:
        return PollOutcome.UNCHANGED
    return PollOutcome.EMPTY if polled.state.health is Health.EMPTY else PollOutcome.FAILED


def _patience_s(settings: Settings) -> float:
    return 2 * settings.fetch_deadline.total_seconds() + _PATIENCE_S


def _tell(polled: Polled) -> None:
    """The one line of a poll; its keys are part of the interface (docs/operating.md)."""
    feed, state, trip = polled.feed, polled.state, polled.trip
    document, absorbed = polled.document, polled.absorbed
    say = log.info if absorbed or polled.unchanged else log.warning
    say(
        "poll_done",
        feed=feed.id,
        status=trip.status,
        unchanged=polled.unchanged,
        bytes=trip.size,
        fetch_ms=trip.fetch_ms,
        parse_ms=trip.parse_ms,
        entries=len(document.entries) + document.known if document else 0,
        **(absorbed or Absorbed(judged=())).counts(),
        health=state.health.value,
        failures=state.failures,
        next_due=f"{state.due_at:%Y-%m-%dT%H:%M:%SZ}",
        due_reason=state.due_reason.value,
        problem=state.problem,
        flaw=document.flaw if document else "",
    )
    if absorbed:
        tell_stopped(feed.id, absorbed)
    if absorbed and state.gap_at == state.polled_at:
        log.warning("feed_gap", feed=feed.id, cure="poll it more often: entries were missed")


def tell_stopped(feed_id: str, absorbed: Absorbed) -> None:
    """Warn of patterns that a text made too slow."""
    if absorbed.stopped:
        cure = "make them simpler: here they counted as not found"
        log.warning("pattern_stopped", feed=feed_id, patterns=absorbed.stopped, cure=cure)


@dataclass(frozen=True, slots=True)
class _Saving:
    """The work of a poll that changed nothing but the feed's state."""

    polled: Polled

    def __call__(self, unit: Unit) -> Polled:
        after = save_polled(unit, replace(self.polled.state, url=self.polled.feed.url))
        return replace(self.polled, state=after)


def _after(trip: Trip, work: Work) -> Work:
    """Work whose outcome knows what it took to come to it."""
    if isinstance(work, _Saving):
        return _Saving(replace(work.polled, trip=trip))
    return lambda unit: replace(work(unit), trip=trip)


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def _save_again(unit: Unit, state: FeedState) -> None:
    """As it is stored, perhaps by another process."""
    unit.save_feed_state(unit.feed_state(state.feed_id) or state)
