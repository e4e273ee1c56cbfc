"""What is done beside polling and sending: holds end, silence and health are told, old rows go."""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from monitor.core import expectations
from monitor.core.feed_state import as_told
from monitor.core.health import (
    HealthReport,
    database_refused,
    feed_reports,
    moved_reports,
    watch_reports,
    watches_awake,
    watches_in_use,
    webhook_reports,
)
from monitor.core.heartbeat import in_a_line, silence, stuck
from monitor.core.machine import (
    clock_report,
    hung_report,
    lacking_report,
    lost_since,
    network_report,
    refused_report,
    skew_of,
)
from monitor.core.voices import voice_reports
from monitor.courier import Courier
from monitor.errors import StoreError
from monitor.failpoints import failpoint
from monitor.heartbeat import Heartbeat, Ping
from monitor.model import Alert, Feed, FeedState, Pruned, Settings
from monitor.outbox import release
from monitor.pipeline import Line, tell_health, tell_silence
from monitor.poller import Poller
from monitor.ports import Meter, NoMeter, Store, Unit
from monitor.reporter import send_due
from monitor.sickbed import Sickbed

log = structlog.get_logger(__name__)

_HEALTH_PAUSE = timedelta(hours=1)
_PRUNED_AT_ONCE = 500


def prune_all(store: Store, settings: Settings, now: datetime, pause_s: float = 0) -> Pruned:
    """Delete all that is past its time, little by little: others have their turn in between.

    Args:
        pause_s: Between two transactions, for writers in other processes.
    """
    pruned, before = Pruned(more=True), (now - settings.keep_items, now - settings.keep_dead)
    while pruned.more:
        pruned += store.write(lambda unit: unit.prune(*before, at_most=_PRUNED_AT_ONCE))
        if pruned.more and pause_s:
            time.sleep(pause_s)
    return pruned


def _is_told(unit: Unit, report: HealthReport) -> bool:
    """Whether it stands as it was told last, by this process or another one."""
    return bool(report.subject) and unit.remember(report.subject, report.state) == report.state


class House(ABC):
    """A configuration at work, but for what says when to poll and to send. Thread-safe.

    Who extends it sets who polls (`_poller`) and who sends (`_courier`).

    Args:
        now: The wall clock, aware UTC.
        on_trouble: Told what is wrong with the database, and when it is over (an empty text).
        ping: Tells a dead man's switch that all is well; None: there is no such.
        meter: Counts what is done; None: nobody does.
    """

    _poller: Poller
    _courier: Courier

    def __init__(
        self,
        *,
        settings: Settings,
        line: Line,
        store: Store,
        now: Callable[[], datetime],
        on_trouble: Callable[[str], None] = lambda _: None,
        ping: Ping | None = None,
        meter: Meter | None = None,
    ) -> None:
        self.meter = meter or NoMeter()
        self.meter.knows(line.watches, line.webhooks)
        self.settings, self.line, self.store = settings, line, store
        self._now = now
        self._alerted = threading.Event()
        self._sickbed = Sickbed(store, now, on_trouble)
        self._heartbeat, self._ping = Heartbeat(self._silence), ping
        self._answered_s = self._polled_s = time.monotonic()
        self._polled_at: datetime | None = None
        self._health_told_at: datetime | None = None
        self._watches_told_at: datetime | None = None
        self._kept_versions_of: Line | None = None
        self._skew_told = False
        self._hung: list[str] = []
        self._lacked: tuple[str, ...] = ()
        self._refused: tuple[str, ...] = ()

    @property
    @abstractmethod
    def states(self) -> Mapping[str, FeedState]:
        """What is known of each feed that was polled."""

    def _lacks(self) -> Sequence[str] | None:
        """What is not there of the processes that share the work; None: one does all."""
        return None

    # --- what is told ---

    def report_stories(self) -> int:
        """Make the reports of watches that are due; returns how many."""
        return send_due(self.store, self.line, self._now())

    def release_held(self) -> int:
        """Decide again on what was held until now; returns how many messages are to be sent."""
        now = self._now()
        if not self.store.has_due_groups(now):
            return 0
        failpoint("holds.before_release")
        released = self.store.write(lambda unit: release(unit, self.line.outbox, now))
        failpoint("holds.released")
        return released

    def tell_silence(self) -> list[Alert]:
        """Alert about what stories have not come to in time."""
        now, states = self._now(), self.states

        def was_well(feed: Feed, since: datetime) -> bool:
            return expectations.was_well(feed, states.get(feed.id), since, now)

        alerts = self.store.write(lambda unit: tell_silence(unit, self.line, was_well, now))
        self.meter.alerted(alerts)
        if alerts:
            self._alerted.set()
        return alerts

    def report_health(self) -> list[HealthReport]:
        """Alert about feeds and webhooks that turned bad or recovered, through other webhooks."""
        now = self._now()
        if self.store.trouble:
            return []
        self._report_sickness(now)
        self.tell_silence()
        feeds = self._feed_reports(now)
        moved = moved_reports(self.line.feeds, self.states, now)
        webhooks = webhook_reports(self.store.webhook_states(), now)
        watches = self._watch_reports(now)
        reports = [*feeds, *moved, *webhooks, *watches, *self._machine_reports(now)]
        told = {state.feed_id: state.told for report in feeds for state in report.feed_states}
        told_moved = {
            state.feed_id: state.told_moved for report in moved for state in report.feed_states
        }

        def work(unit: Unit) -> list[HealthReport]:
            fresh = self._tell(unit, reports, now)
            unit.save_watch_states([one.watch_state for one in watches if one.watch_state])
            for feed_id in {*told, *told_moved}:
                if state := unit.feed_state(feed_id):
                    unit.save_feed_state(as_told(state, told, told_moved))
            for report in webhooks:
                webhook = unit.webhook_state(report.webhook)
                if webhook and report.webhook_state:
                    unit.save_webhook_state(replace(webhook, told=report.webhook_state.told))
            return fresh

        failpoint("health.before_save")
        reports = self.store.write(work)
        failpoint("health.saved")
        self._poller.remember_told(told, told_moved)
        self._note(reports)
        return reports

    def report_hung(self) -> list[HealthReport]:
        """Alert about what hung in this process, where another one reports all else."""
        now, hung = self._now(), self._all_hung()
        self._hung = hung
        if not hung or self.store.trouble:
            return []
        reports = [hung_report(hung, now)]
        self.store.write(lambda unit: self._tell(unit, reports, now))
        self._hung = []
        self._note(reports)
        return reports

    def _tell(
        self, unit: Unit, reports: Sequence[HealthReport], now: datetime
    ) -> list[HealthReport]:
        """Those that nobody told yet."""
        to = self.settings.health_webhooks
        fresh = [one for one in reports if not _is_told(unit, one)]
        for report in fresh:
            tell_health(unit, self.line, report.alert, to, report.webhook, now)
        return fresh

    def _note(self, reports: Sequence[HealthReport]) -> None:
        if not reports:
            return
        self.meter.alerted([report.alert for report in reports])
        for report in reports:
            log.warning("health_changed", title=report.alert.title)
        self._alerted.set()

    def _report_sickness(self, now: datetime) -> None:
        """What could not be told while it lasted, for it goes through the database."""
        spell = self._sickbed.spell()
        if spell is None:
            return
        alert, to = database_refused(spell.problem, spell.since, spell.until, now), self.settings
        begun, ended = spell.since.isoformat(), spell.until.isoformat()

        def work(unit: Unit) -> None:
            if unit.remember("database", ended) < begun:  # no other process told of it
                tell_health(unit, self.line, alert, to.health_webhooks, "", now)

        self.store.write(work)
        self._sickbed.told(spell)
        self._alerted.set()

    def _feed_reports(self, now: datetime) -> list[HealthReport]:
        """At most once an hour: feeds that fail or recover one after the other are one report.

        A lost network is told at once, and in place of what it did to the feeds.
        """
        if lost_since(self.line.feeds, self.states):
            self._poller.expect_network()
        if network := network_report(self.line.feeds, self.states, now):
            return [network]
        if self._health_told_at and timedelta() <= now - self._health_told_at < _HEALTH_PAUSE:
            return []
        reports = feed_reports(self.line.feeds, self.states, now)
        if reports:
            self._health_told_at = now
        return reports

    def _machine_reports(self, now: datetime) -> list[HealthReport]:
        reports = []
        hung, self._hung = self._all_hung(), []
        if hung:
            reports.append(hung_report(hung, now))
        reports.append(refused_report(self._refused, now))
        reports += self._lacking_reports(now)
        skews = self._poller.outlook.skews
        skew = skew_of(skews)
        self.meter.compared_clocks(skew)
        if skew is not None and not self._skew_told:
            reports.append(clock_report(skew, len(skews), now))
        self._skew_told = skew is not None
        return reports

    def _all_hung(self) -> list[str]:
        return [*self._hung, *self._poller.hung(), *self._courier.hung()]

    def _lacking_reports(self, now: datetime) -> list[HealthReport]:
        """What is found in two looks: a process that starts anew is missed by one."""
        if (lacking := self._lacks()) is None:
            return []
        found = tuple(sorted(lacking))
        kept = tuple(one for one in found if one in self._lacked)
        self._lacked = found
        return [lacking_report(kept, now)] if kept or not found else []

    def _watch_reports(self, now: datetime) -> list[HealthReport]:
        """At most once an hour: a watch that is silent for 30 days is not in a hurry."""
        if self._watches_told_at and timedelta() <= now - self._watches_told_at < _HEALTH_PAUSE:
            return []
        self._watches_told_at = now
        watches, states = self.line.watches.values(), self.store.watch_states()
        last = self.store.archive().last_matches()
        self._keep_versions(now)
        changed = [*watches_in_use(watches, states, now), *watches_awake(states, last, now)]
        if changed:
            self.store.write(lambda unit: unit.save_watch_states(changed))
            states = {**states, **{state.watch_id: state for state in changed}}
        silent = watch_reports(watches, states, last, now)
        # Both may be told of one watch: the second knows what the first remembers.
        known = {
            **states,
            **{r.watch_state.watch_id: r.watch_state for r in silent if r.watch_state},
        }
        return [*silent, *voice_reports(watches, known, self.line.feeds, self.states, now)]

    def _keep_versions(self, now: datetime) -> None:
        """What watches and lexicon are, once a configuration is in use."""
        line = self.line
        if line is not self._kept_versions_of:
            named = tuple(line.versions.values())
            self.store.write(lambda unit: unit.save_versions(named, line.lexicon, now))
            self._kept_versions_of = line

    def loop_turned(self) -> None:
        """To be called by whoever runs the monitor, every few seconds at least."""
        self._heartbeat.turned()
        self.meter.turned(self._now())

    def beat(self) -> None:
        """Ping the dead man's switch, if it is time and all is well."""
        self._heartbeat.beat(self._ping, self.settings.heartbeat_interval)

    def pulse(self) -> None:
        """Have the database answer, be it that it refuses."""
        now = self._now()
        try:
            self.store.write(lambda unit: unit.beat(now))
        except StoreError as exc:
            log.debug("pulse_refused", problem=str(exc))
        self._answered_s = time.monotonic()

    def stuck(self) -> str:
        """Why only another start may help; empty: nothing says so. For who calls `pulse`."""
        now_s, states = time.monotonic(), self.states
        polled_at = max((s.polled_at for s in states.values() if s.polled_at), default=None)
        if polled_at != self._polled_at:
            self._polled_at, self._polled_s = polled_at, now_s
        return stuck(
            self.line.feeds.values(),
            states,
            since_turn=self._heartbeat.since_turn(),
            since_answer=timedelta(seconds=now_s - self._answered_s),
            since_poll=timedelta(seconds=now_s - self._polled_s),
            trouble=self.store.trouble,
            now=self._now(),
        )

    def in_a_line(self) -> str:
        """How it is, in a line."""
        return in_a_line(self.line.feeds.values(), self.states, self.store.trouble)

    def _silence(self, since_turn: timedelta) -> str:
        now, feeds = self._now(), self.line.feeds.values()
        reason = silence(feeds, self.states, since_turn, self.store.trouble, now)
        if not reason:
            self.store.write(lambda unit: unit.beat(now))  # the proof that it can
        return reason

    def prune(self) -> Pruned:
        """Delete what is past its time; what was seen stays known."""
        now = self._now()
        failpoint("prune.started")
        pruned = prune_all(self.store, self.settings, now)
        failpoint("prune.committed")
        log.info(
            "pruned",
            items=pruned.items,
            alerts=pruned.alerts,
            dead_letters=pruned.dead_letters,
            stories=pruned.stories,
        )
        return pruned

    @property
    def refused(self) -> Sequence[str]:
        """Mistakes for which the saved configuration is not in use; none: it is."""
        return self._refused

    def note_refused(self, problems: Sequence[str]) -> None:
        """Have it told that the saved configuration is refused, or (none) that it is in use."""
        self._refused = tuple(problems)

    def note_hung(self, jobs: Iterable[str]) -> None:
        """Have it told that these jobs of the timetable hung."""
        self._hung += [f"job {name}" for name in jobs]

    def join(self, grace_s: float) -> bool:
        """After `halt`, wait for what is in flight; True if all of it finished."""
        until_s = time.monotonic() + grace_s
        delivered = self._courier.join(grace_s)
        return self._poller.join(max(until_s - time.monotonic(), 0)) and delivered

    def use_line(self, settings: Settings, line: Line, ping: Ping | None) -> None:
        """Take over a new configuration."""
        self.settings, self.line, self._ping = settings, line, ping
        self._watches_told_at = None  # a changed query is in use from now on
        self.meter.knows(line.watches, line.webhooks)
