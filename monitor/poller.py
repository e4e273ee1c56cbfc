"""Polls feeds: fetches and parses in a pool, at most one at a time for a feed and for a host."""

import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import blake2b
from math import inf
from time import monotonic

import structlog

from monitor.core import feed_state, rhythm, schedule
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
from monitor.outlook import Outlook
from monitor.pipeline import Absorbed, Line, absorb
from monitor.ports import Fetcher, Parser, Store, Unit
from monitor.turns import LostTurn, Turn, Turns

log = structlog.get_logger(__name__)

_NEVER = datetime.min.replace(tzinfo=UTC)
_STORE_PAUSE = timedelta(seconds=10)  # before asking a database again that refused
# So often a feed is read as a whole: that renews when each of its entries was last seen.
_READ_WHOLE_EVERY = timedelta(days=1)
_STORIES = 1000  # alerts that are looked at for stories under way
_NOTICED_S = 5  # in which a jump of the clock is noticed
_PATIENCE_S = 30  # beside two deadlines of a fetch, for all else between two signs of life


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """One poll's outcome. `absorbed` is None if nothing changed or nothing came."""

    feed: Feed
    state: FeedState
    absorbed: Absorbed | None = None


class Poller:
    """Polls what is due. Thread-safe.

    Args:
        now: The wall clock, aware UTC.
        jitter: Uniform chance in [0, 1).
        on_alert: Called after a commit that holds something to deliver.
        monotonic: Seconds, to see what hangs.
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
    ) -> None:
        self._settings, self._line, self._store = settings, line, store
        self._fetcher, self._parser = fetcher, parser
        self._now, self._jitter, self._on_alert = now, jitter, on_alert
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._states: dict[str, FeedState] = dict(store.feed_states())
        self._learned_s: dict[str, float] = {}
        self._refit()
        self.outlook = Outlook()
        self.outlook.use(line.feeds, fetcher, settings.host_gap)
        since = now() - rhythm.STORY_LASTS
        self.outlook.hear(store.archive().alerts(since=since, limit=_STORIES))
        self._hung: list[str] = []
        # And when it was read as a whole.
        self._windows: dict[str, tuple[FeedWindow, datetime]] = {}
        self._unsaved: FeedState | None = None  # what the sick database refused last
        self._asked_store_at: datetime | None = None
        self._turns: Turns[Polled] = Turns(settings.fetch_workers, monotonic)
        self._is_offline = False
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
        """Start polling what is due and can be started now; returns how many.

        None while the database refuses: what cannot be kept need not be fetched.
        """
        self._give_up_hung()
        if self._unsaved and not self._store_is_well(self._unsaved):
            return 0
        return sum(self._start(feed) is not None for feed in self.due_feeds())

    def poll(self, feeds: Iterable[Feed]) -> list[Polled]:
        """Poll these feeds once, due or not, and wait for the results."""
        waiting = list(feeds)
        started: list[Turn[Polled]] = []
        while (waiting or not all(t.outcome.done() for t in started)) and self._turns.may_start:
            still = []
            for feed in waiting:
                turn = self._start(feed)
                started += [turn] if turn else []
                still += [] if turn else [feed]
            waiting = still
            self._turns.wait(timeout_s=0.2)
            self._give_up_hung()
        return [turn.outcome.result() for turn in started]

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
            for feed_id in {*told, *told_moved}:
                known = self._states[feed_id]
                self._states[feed_id] = feed_state.as_told(known, told, told_moved)

    def use(self, settings: Settings, line: Line, fetcher: Fetcher) -> None:
        """Take over a new configuration; polls in flight finish with the old one."""
        self._settings, self._line, self._fetcher = settings, line, fetcher
        self.outlook.use(line.feeds, fetcher, settings.host_gap)
        self._turns.limit(settings.fetch_workers)
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

    def _is_of_now(self, state: FeedState, now: datetime) -> bool:
        """Whether it was learned in the moments between a jump of the clock and its discovery."""
        age_s = self._monotonic() - self._learned_s.get(state.feed_id, -inf)
        if state.polled_at is None or age_s > _NOTICED_S:
            return False
        return timedelta() <= now - state.polled_at <= timedelta(seconds=_NOTICED_S)

    def halt(self) -> None:
        """Start nothing more."""
        self._turns.halt()

    def join(self, grace_s: float) -> bool:
        """After `halt`, wait for the polls in flight; True if all finished."""
        return self._turns.join(grace_s)

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

    def _start(self, feed: Feed) -> Turn[Polled] | None:
        host = self._fetcher.host_of(feed_state.addresses(feed, self._state(feed))[0])
        return self._turns.start(feed.id, host, partial(self._poll, feed))

    def _poll(self, feed: Feed, turn: Turn[Polled]) -> Polled:
        state = self._state(feed)
        try:
            polled = self._poll_once(feed, state, turn)
            self._remember(polled.state)
        except StoreError as exc:
            # Nothing is saved: the feed stays due.
            log.error("poll_not_saved", feed=feed.id, problem=str(exc))
            self._unsaved = state
            return Polled(feed=feed, state=state)
        self._report_offline(polled)
        if polled.absorbed and polled.absorbed.deliveries:
            self._on_alert()
        if polled.absorbed and polled.absorbed.alerts:
            self._hasten(self.outlook.hear(polled.absorbed.alerts))
        if self._is_offline and polled.state.health is not Health.UNREACHABLE:
            self._is_offline = False
            self._catch_up()
        return polled

    def _give_up_hung(self) -> None:
        """A poll that shows no sign of life costs its feed a failure, and nobody else anything."""
        patience_s = 2 * self._settings.fetch_deadline.total_seconds() + _PATIENCE_S
        for lost in self._turns.take_hung(patience_s):
            log.error("poll_hung", feed=lost.name, cure="given up; a new worker takes its place")
            self._hung.append(f"feed {lost.name}")
            feed = self._line.feeds.get(lost.name)
            if feed is None:
                lost.outcome.cancel()  # gone from the configuration; nobody waits for it
                continue
            fail = partial(self._fail_hung, feed, lost, patience_s)
            if self._turns.start(feed.id, "", fail) is None:
                # No room, or we are stopping: the feed simply stays due.
                lost.outcome.set_result(Polled(feed=feed, state=self._state(feed)))

    def _fail_hung(
        self, feed: Feed, lost: Turn[Polled], patience_s: float, _: Turn[Polled]
    ) -> Polled:
        state = self._state(feed)
        problem = f"no sign of life for {patience_s:.0f} s: given up"
        try:
            polled = self._failed(feed, state, FetchError(problem, health=Health.UNREACHABLE))
            self._remember(polled.state)
        except StoreError as exc:
            log.error("poll_not_saved", feed=feed.id, problem=str(exc))
            self._unsaved, polled = state, Polled(feed=feed, state=state)
        lost.outcome.set_result(polled)
        return polled

    def _remember(self, state: FeedState) -> None:
        with self._lock:
            self._states[state.feed_id] = state
            self._learned_s[state.feed_id] = self._monotonic()

    def _hasten(self, parties: Collection[str]) -> None:
        """Ask those soon who may speak next in a story; what is under way sees to it itself."""
        now = self._now()

        def sooner(feed: Feed, state: FeedState) -> FeedState:
            return schedule.hastened(state, feed, self.outlook.moment(feed), now)

        if hastened := self._moved_forward(self.outlook.concerned(parties), sooner):
            log.info("story_followed", feeds=hastened)

    def _catch_up(self) -> None:
        """The network is back: what it kept us from is asked soon, whatever the back-off."""
        now = self._now()

        def sooner(_: Feed, state: FeedState) -> FeedState:
            return schedule.after_outage(state, now, jitter=self._jitter())

        caught = self._moved_forward(list(self._line.feeds.values()), sooner)
        log.info("network_recovered", feeds=len(caught))

    def _moved_forward(
        self, feeds: Sequence[Feed], sooner: Callable[[Feed, FeedState], FeedState]
    ) -> list[str]:
        """Give feeds that wait a nearer due time; returns those whose time changed."""
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
                    self._states[state.feed_id] = state
        return [state.feed_id for state in nearer]

    def _poll_once(self, feed: Feed, state: FeedState, turn: Turn[Polled]) -> Polled:
        try:
            return self._ask(feed, state, turn)
        except FetchError as exc:
            return self._failed(feed, state, exc, retry_after=exc.retry_after)
        except (StoreError, LostTurn):
            raise
        except Exception as exc:
            # A bug of ours costs this feed one poll; it is told like any fault of the feed.
            log.exception("poll_crashed", feed=feed.id)
            problem = f"the monitor failed on it ({type(exc).__name__})"
            return self._failed(feed, state, ParseError(problem, health=Health.FAILING))

    def _ask(self, feed: Feed, state: FeedState, turn: Turn[Polled]) -> Polled:
        failpoint("poll.started")
        asked, answer = self._fetch(feed, state, turn)
        self._turns.alive(turn)
        failpoint("poll.fetched")
        self.outlook.compare_clocks(feed, answer.server_at, self._now())
        if isinstance(answer, NotModified):
            return self._unchanged(feed, state, answer, asked)
        body_hash = blake2b(answer.body, digest_size=16).hexdigest()
        if body_hash == state.body_hash:
            return self._unchanged(feed, state, answer, asked)
        window, whole_at = self._window(feed)
        failpoint("poll.before_parse")
        try:
            document = self._parser.parse(answer, window)
        except ParseError as exc:
            wishes = {"fresh_for": answer.fresh_for, "retry_after": answer.retry_after}
            return self._failed(feed, state, exc, **wishes)
        self._turns.alive(turn)
        failpoint("poll.parsed")
        if not document.entries and not document.known and not document.may_be_empty:
            return self._empty(feed, state, answer)
        # Half an entry may lack what identifies it: it would come again as another one.
        whole = tuple(entry for entry in document.entries if not entry.partial)
        document = replace(document, entries=whole)
        polled = self._absorb(feed, state, answer, asked, body_hash, document)
        # Only now is all of it kept.
        if document.window:
            self._windows[feed.id] = document.window, whole_at if document.known else self._now()
        else:
            self._windows.pop(feed.id, None)
        failpoint("poll.remembered")
        return polled

    def _window(self, feed: Feed) -> tuple[FeedWindow | None, datetime]:
        """What is remembered of the feed's last document, and when one was read as a whole."""
        window, whole_at = self._windows.get(feed.id, (None, _NEVER))
        is_fresh = abs(self._now() - whole_at) < _READ_WHOLE_EVERY
        return (window if is_fresh else None), whole_at

    def _fetch(
        self, feed: Feed, state: FeedState, turn: Turn[Polled]
    ) -> tuple[str, Fetched | NotModified]:
        """Ask the address in use, then the mirrors; a mirror's failure counts only as the last."""
        *first, last = feed_state.addresses(feed, state)
        if feed_state.is_stuck(state, self._now()):
            log.info("asked_plainly", feed=feed.id, reason="nothing but 304 for two weeks")
            state = feed_state.without_validators(state)
        for url in first:
            try:
                return url, self._fetcher.fetch(feed, state, url)
            except FetchError as exc:
                log.info("address_failed", feed=feed.id, problem=str(exc), next="mirror")
            self._turns.alive(turn)
        return last, self._fetcher.fetch(feed, state, last)

    def _absorb(
        self,
        feed: Feed,
        state: FeedState,
        fetched: Fetched,
        asked: str,
        body_hash: str,
        document: ParsedFeed,
    ) -> Polled:
        now = self._now()

        def learn(unit: Unit, judged: Sequence[Judged]) -> FeedState:
            after = feed_state.parsed(feed, state, fetched, asked, body_hash, document, judged, now)
            after = self._due_again(feed, after, fetched, now)
            return _of_feed(unit, feed, self._judge(feed, after, now))

        def work(unit: Unit) -> Absorbed:
            return absorb(unit, self._line, feed, document, state, partial(learn, unit), now)

        failpoint("poll.before_absorb")
        absorbed = self._store.write(work)
        failpoint("poll.absorbed")
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
        if absorbed.state.gap_at == now:
            log.warning("feed_gap", feed=feed.id, cure="poll it more often: entries were missed")
        return Polled(feed=feed, state=absorbed.state, absorbed=absorbed)

    def _unchanged(
        self, feed: Feed, state: FeedState, answer: NotModified | Fetched, asked: str
    ) -> Polled:
        now = self._now()
        after = feed_state.unchanged(state, answer, asked, now)
        after = self._due_again(feed, after, answer, now)
        failpoint("poll.unchanged")
        log.info("poll_done", feed=feed.id, unchanged=True)
        return self._save(feed, self._judge(feed, after, now))

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
    ) -> Polled:
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
        log.warning(
            "poll_failed",
            feed=feed.id,
            health=error.health.value,
            problem=str(error),
            failures=after.failures,
        )
        failpoint("poll.failed")
        return self._save(feed, feed_state.with_due(after, due))

    def _save(self, feed: Feed, state: FeedState) -> Polled:
        def work(unit: Unit) -> FeedState:
            after = _of_feed(unit, feed, state)
            unit.save_feed_state(after)
            return after

        polled = Polled(feed=feed, state=self._store.write(work))
        failpoint("poll.saved")
        return polled

    def _empty(self, feed: Feed, state: FeedState, answer: Fetched) -> Polled:
        """Asked again as usual: a list of what is new today may be empty at midnight."""
        now = self._now()
        after = self._due_again(feed, feed_state.empty(state, answer, now), answer, now)
        log.warning("poll_empty", feed=feed.id, problem=after.problem)
        return self._save(feed, after)

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
        if polled.state.health is not Health.UNREACHABLE:
            self._reached = True
        enabled = [feed.id for feed in self._line.feeds.values() if feed.enabled]
        tried = [name for name in enabled if name in self._states and self._states[name].failures]
        if self._reached or len(tried) < min(len(enabled), 10):
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


def _of_feed(unit: Unit, feed: Feed, state: FeedState) -> FeedState:
    """With what was reported of the feed while the poll was under way."""
    stored = unit.feed_state(state.feed_id)
    told = stored or state
    return replace(state, url=feed.url, told=told.told, told_moved=told.told_moved)
