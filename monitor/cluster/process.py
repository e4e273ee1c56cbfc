"""One of several processes that run one configuration over one database."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from time import monotonic
from typing import Protocol

import structlog

from monitor.cluster.delivering import WEBHOOK, Delivering
from monitor.cluster.fetching import Fetching, Hosts
from monitor.cluster.judging import Judging
from monitor.cluster.leases import Leases
from monitor.core.company import CONTROL, DELIVER, FETCH, PART, STORY, held, lacks
from monitor.core.heartbeat import stuck
from monitor.core.machine import lost_since
from monitor.courier import Courier
from monitor.engine import Context, Engine, Kind
from monitor.heartbeat import Ping
from monitor.house import House
from monitor.model import FeedState, Settings
from monitor.pipeline import Line, hand_in
from monitor.poller import Poller
from monitor.ports import Fetcher, LeaseBook, Meter, Parser, Store
from monitor.ticking import Tick, guarded

log = structlog.get_logger(__name__)

POLL, SEND, JUDGE, WAKE, HEALTH, PRUNE = "poll", "deliver", "story", "wake", "health", "prune"
"""Kinds of jobs."""

_STATES_FOR_S = 30.0  # what is known of all feeds is not asked for more often than so


class Fetches(Fetcher, Hosts, Protocol):
    """Gets documents, and knows whom it asked."""


class Process(House):
    """What its queues say of the line: control, fetch, story, deliver.

    Args:
        queues: What it does.
        book: Where its leases are kept.
        partitions: Of hosts; the same in all processes.
        jitter: Uniform chance in [0, 1).
        on_use: Told when another configuration is in use.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        line: Line,
        store: Store,
        fetcher: Fetches,
        parser: Parser,
        queues: Collection[str],
        book: LeaseBook,
        partitions: int,
        now: Callable[[], datetime],
        jitter: Callable[[], float],
        ping: Ping | None = None,
        meter: Meter | None = None,
        on_use: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(
            settings=settings,
            line=line,
            store=store,
            now=now,
            on_trouble=self._note_trouble,
            ping=ping if CONTROL in queues else None,
            meter=meter,
        )
        self.queues, self._on_use = tuple(queues), on_use
        self._trouble = ""
        self.leases = Leases(book)
        self._engine: Engine | None = None
        self._known: tuple[float, Mapping[str, FeedState]] = (-_STATES_FOR_S, {})
        self._fetching = Fetching(self.leases, store, partitions, partial(self._wake, POLL))
        self._poller = Poller(
            settings=settings,
            line=line,
            store=store,
            fetcher=fetcher,
            parser=parser,
            now=now,
            jitter=jitter,
            on_alert=self._alerted.set,
            meter=self.meter,
            absorb=hand_in,
            scope=self._fetching,
        )
        self._fetching.serve(self._poller)
        self._fetching.use(line.feeds, fetcher)
        self._delivering = Delivering(self.leases, store, partial(self._wake, SEND), now)
        self._courier = Courier(
            settings=settings,
            line=line,
            store=store,
            now=now,
            jitter=jitter,
            meter=self.meter,
            is_ours=self._delivering.holds,
        )
        self._delivering.serve(self._courier)
        self._judging = Judging(
            self.leases,
            store,
            line,
            partial(self._wake, JUDGE),
            partial(self._wake, SEND),
            self.meter,
        )

    # --- what the engines run ---

    def kinds(self) -> dict[str, Kind]:
        """Jobs of the cluster: all that any of its processes may wake."""

        def control(work: Callable[[], object]) -> Callable[[str, Context], None]:
            def job(_key: str, _context: Context) -> None:
                guarded(work)

            return job

        return {
            WAKE: Kind(queue=CONTROL, work=control(self.wake_all)),
            HEALTH: Kind(queue=CONTROL, work=control(self.report_health)),
            PRUNE: Kind(queue=CONTROL, work=control(self.prune)),
            POLL: Kind(queue=FETCH, work=self._fetching.call, has_room=self._fetching.has_room),
            SEND: Kind(queue=DELIVER, work=self._delivering.call),
            JUDGE: Kind(queue=STORY, work=self._judging.call),
        }

    def serve(self, engine: Engine) -> None:
        """Once, before all else: what wakes the cluster's jobs; told when to do some of them."""
        self._engine = engine
        engine.every(timedelta(seconds=max(int(self._quarter_s), 1)), WAKE)
        engine.every(timedelta(minutes=1), HEALTH)
        engine.every(timedelta(hours=6), PRUNE)

    def ticks(self) -> dict[str, Tick]:
        """What this process does every so often for what it holds."""

        def often(work: Callable[[], object], seconds: float) -> Tick:
            return Tick(work=work, every=timedelta(seconds=seconds))

        ticks = {"leases": often(self._renew, self.leases.every_s)}
        if CONTROL not in self.queues:
            ticks["hung"] = often(self.report_hung, 60)
        if FETCH in self.queues:
            ticks["polls"] = often(self._poll, 0.5)
            ticks["listen"] = often(self._if_well(self._fetching.listen), 2)
            ticks["moved"] = often(self._if_well(self._fetching.look_for_moved), 10)
            ticks["network"] = often(self._look_for_network, 60)
        if DELIVER in self.queues:
            ticks["deliveries"] = often(self._send, 0.5)
        if STORY in self.queues:
            ticks["story"] = often(self._judge, 0.25)
        return ticks

    def wake_all(self) -> None:
        """See to it that somebody does all that there is to do."""
        if not self._sickbed.is_well():
            return
        seen = self.store.archive().company()
        polled = held(seen, PART)
        self._wake(POLL, [one for one in self._fetching.parts() if one not in polled])
        if not held(seen, STORY):
            self._wake(JUDGE, [""])
        self.release_held()
        self._wake_due(held(seen, WEBHOOK))
        self.report_stories()
        self.beat()

    def _wake_due(self, working: Collection[str]) -> None:
        due = self.store.due_webhooks(self._now())
        self._wake(SEND, [one for one in due if one not in working and one in self.line.webhooks])

    def _wake(self, kind: str, keys: Collection[str]) -> None:
        if self._engine and keys:
            self._engine.wake(kind, keys)

    def _if_well(self, work: Callable[[], object]) -> Callable[[], object]:
        """Work that is left alone while the database refuses."""
        return lambda: self._sickbed.is_well() and work()

    def _poll(self) -> None:
        self._fetching.tick()
        if self._sickbed.is_well():
            self._poller.start_due()

    def _send(self) -> None:
        self._delivering.tick()
        if self._sickbed.is_well():
            self._delivering.send()

    def _judge(self) -> None:
        self._judging.tick()
        if self._sickbed.is_well():
            self._judging.judge()

    def _renew(self) -> None:
        if self.leases.renew(self._trouble) and FETCH in self.queues:
            self._fetching.share()

    def _note_trouble(self, trouble: str) -> None:
        self._trouble = trouble

    def _look_for_network(self) -> None:
        feeds = {feed.id: feed for feed in self._fetching.feeds()}
        if lost_since(feeds, self._poller.states):
            self._poller.expect_network()

    @property
    def _quarter_s(self) -> float:
        return self.settings.stall.total_seconds() / 4

    # --- daemon.Service ---

    @property
    def house(self) -> House:
        return self

    def recover(self) -> None:
        """Be seen; what a process left that died is taken over with its leases."""
        self._renew()

    def start(self) -> None:
        """Have all that waits be done."""
        if CONTROL in self.queues:
            self.wake_all()

    def turn(self, timeout_s: float) -> None:
        """Have sent what was told a moment ago."""
        if self._alerted.wait(timeout_s):
            self._alerted.clear()
            self._wake_due(())

    def clock_jumped(self, jump: timedelta) -> None:
        """Of feeds that are held; what others hold goes by their clocks."""
        self._poller.clock_jumped(jump)

    def use(
        self, settings: Settings, line: Line, fetcher: Fetches, ping: Ping | None = None
    ) -> None:
        """Take over a new configuration; what is in flight finishes with the old one."""
        self.use_line(settings, line, ping if CONTROL in self.queues else None)
        self._courier.use(settings, line)
        self._judging.use(line)
        self._poller.use(settings, line, fetcher)
        self._fetching.use(line.feeds, fetcher)
        self._on_use()

    def halt(self) -> None:
        """Begin nothing more; what is held is given back as soon as nothing of it is under way."""
        for runner in (self._fetching, self._delivering, self._judging):
            runner.halt()
        self._poller.halt()
        self._courier.halt()

    # --- House ---

    @property
    def states(self) -> Mapping[str, FeedState]:
        """What is known of each feed that was polled, be it a moment ago."""
        at_s, known = self._known
        if monotonic() - at_s > _STATES_FOR_S:
            known = self.store.feed_states()
            self._known = monotonic(), known
        return known

    def stuck(self) -> str:
        """Why only another start may help; empty: nothing says so."""
        return stuck(
            (),
            {},
            since_turn=self._heartbeat.since_turn(),
            since_answer=timedelta(seconds=monotonic() - self._answered_s),
            since_poll=timedelta(),
            trouble=self.store.trouble,
            now=self._now(),
        )

    def in_a_line(self) -> str:
        """How it is, in a line."""
        parts = len(self._fetching.keys)
        feeds = sum(1 for _ in self._fetching.feeds())
        webhooks = len(self._delivering.keys)
        told = [
            " ".join(self.queues),
            f"{parts} partitions with {feeds} feeds" if FETCH in self.queues else "",
            f"{webhooks} webhooks" if DELIVER in self.queues else "",
            "judging" if self._judging.keys else "",
            f"the database refuses to be written: {self._trouble}" if self._trouble else "",
        ]
        return ", ".join(filter(None, told))

    def _silence(self, since_turn: timedelta) -> str:
        lacking = self._lacks()
        return lacking[0] if lacking else super()._silence(since_turn)

    def _lacks(self) -> Sequence[str]:
        return lacks(self.store.archive().company(), self.settings.stall)
