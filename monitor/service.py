"""Everything that command line, daemon and page may ask for."""

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

import structlog

from monitor.courier import Courier
from monitor.failpoints import failpoint
from monitor.heartbeat import Ping
from monitor.house import House
from monitor.intake import judge_some, tell
from monitor.model import Feed, FeedState, Settings
from monitor.pipeline import Line
from monitor.poller import Polled, Poller
from monitor.ports import Fetcher, Meter, Parser, Store

log = structlog.get_logger(__name__)


class Monitor(House):
    """A configuration at work: feeds are polled, alerts delivered, silence reported.

    Polls and deliveries have their own pools; the store is all they share. Thread-safe.

    Args:
        jitter: Uniform chance in [0, 1).
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
        monotonic: Callable[[], float] = time.monotonic,
        on_trouble: Callable[[str], None] = lambda _: None,
        ping: Ping | None = None,
        meter: Meter | None = None,
    ) -> None:
        super().__init__(
            settings=settings,
            line=line,
            store=store,
            now=now,
            on_trouble=on_trouble,
            ping=ping,
            meter=meter,
        )
        self._courier = Courier(
            settings=settings,
            line=line,
            store=store,
            now=now,
            jitter=jitter,
            monotonic=monotonic,
            meter=self.meter,
        )
        self._poller = Poller(
            settings=settings,
            line=line,
            store=store,
            fetcher=fetcher,
            parser=parser,
            now=now,
            jitter=jitter,
            on_alert=self._alerted.set,
            monotonic=monotonic,
            meter=self.meter,
        )

    @property
    def states(self) -> Mapping[str, FeedState]:
        """What is known of each feed that was polled."""
        return self._poller.states

    def start_polls(self) -> int:
        """Start polling the feeds that are due; returns how many."""
        return self._poller.start_due() if self._sickbed.is_well() else 0

    def poll(self, *, force: bool = False, only: Iterable[str] = ()) -> list[Polled]:
        """Poll once what is due and wait for the results.

        Args:
            force: Whatever its time.
            only: Ids of the feeds to poll (even disabled ones, if forced); empty: all enabled.
        """
        chosen = set(only)
        candidates: list[Feed] = self._poller.due_feeds()
        if force:
            candidates = [f for f in self.line.feeds.values() if f.enabled or f.id in chosen]
        return self._poller.poll(f for f in candidates if not chosen or f.id in chosen)

    def start_deliveries(self) -> int:
        """Start sending to the webhooks that have something due; returns to how many."""
        if not self._sickbed.is_well():
            return 0
        self.release_held()
        started = self._courier.start_due()
        if self.report_stories():  # last: what is to be sent waits for no report
            self._alerted.set()
        return started

    def deliver(self) -> int:
        """Send all that is due and wait; returns how many attempts were made."""
        self.report_stories()
        self.release_held()
        return self._courier.deliver()

    def wait_for_alert(self, timeout_s: float) -> bool:
        """Sleep until an alert was committed; False after the timeout."""
        woken = self._alerted.wait(timeout_s)
        self._alerted.clear()
        return woken

    def recover(self) -> int:
        """Take over what an instance that died was sending; only for the holder of the lock."""
        now = self._now()
        failpoint("leases.before_release")
        self.store.write(lambda unit: unit.beat(now))
        released = self._courier.recover()
        failpoint("leases.released")
        if released:
            log.info("leases_released", deliveries=released)
        if judged := self._judge_leftovers():
            log.info("intakes_judged", documents=judged)
        return released

    def _judge_leftovers(self) -> int:
        """What a cluster fetched that ran on this database before and did not judge."""
        judged = 0
        while some := judge_some(self.store, self.line, tell).judged:
            judged += some
        return judged

    def clock_jumped(self, jump: timedelta) -> None:
        """Make good what a jump of the wall clock did to due times."""
        self._poller.clock_jumped(jump)
        now = self._now()
        if jump < timedelta():
            self.store.write(lambda unit: unit.make_due(now))

    def use(
        self, settings: Settings, line: Line, fetcher: Fetcher, ping: Ping | None = None
    ) -> None:
        """Take over a new configuration; what is in flight finishes with the old one."""
        self.use_line(settings, line, ping)
        failpoint("reload.before_swap")
        self._courier.use(settings, line)  # first: a poll may address a new webhook at once
        failpoint("reload.between_swaps")
        self._poller.use(settings, line, fetcher)
        failpoint("reload.swapped")

    def halt(self) -> None:
        """Start nothing more."""
        self._poller.halt()
        failpoint("stop.polls_halted")
        self._courier.halt()
        failpoint("stop.halted")

    def stop(self, grace_s: float = 25) -> bool:
        """Start nothing more and wait for what is in flight; True if all of it finished."""
        self.halt()
        return self.join(grace_s)

    def nudge(self) -> None:
        """Something is to be sent now."""
        self._alerted.set()

    @property
    def house(self) -> House:
        return self

    def start(self) -> None:
        """Take up the work: what waits is judged, and what is due is polled."""
        self.start_polls()

    def turn(self, timeout_s: float) -> None:
        """Send what was told a moment ago, without waiting for the next tick."""
        if self.wait_for_alert(timeout_s):
            self.start_deliveries()
