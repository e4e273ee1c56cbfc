"""How things stand, read from the archive when somebody looks; what a run did is counted by it."""

import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from threading import Lock

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from monitor import __version__
from monitor.adapters.metrics import PREFIX
from monitor.core.company import FETCH, PART, QUEUES, held
from monitor.core.delivery import may_send
from monitor.errors import StoreError
from monitor.model import DeliveryState, Health, Queued
from monitor.ports import Archive
from monitor.views.overview import Overview, overview_of
from monitor.web.site import Site

_FRESH_S = 5.0
_WAITING = (DeliveryState.PENDING, DeliveryState.LEASED)
STATES = (*_WAITING, DeliveryState.HELD, DeliveryState.DEAD, DeliveryState.AMBIGUOUS)
_OTHER = "other"


class Standing(Collector):
    """Gauges of a site; looked at no more often than every five seconds."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._lock = Lock()
        self._seen: list[Metric] = []
        self._seen_s = -_FRESH_S

    def describe(self) -> Iterable[Metric]:
        """Nothing is read to be registered."""
        return ()

    def collect(self) -> Iterable[Metric]:
        with self._lock:
            if time.monotonic() - self._seen_s >= _FRESH_S:
                self._seen, self._seen_s = list(self._look()), time.monotonic()
            return self._seen

    def _look(self) -> Iterator[Metric]:
        yield InfoMetricFamily(f"{PREFIX}_build", "The program.", {"version": __version__})
        yield _one("alive", "1: the service that answers is alive, as /healthz says.",
                   not self._site.stuck())  # fmt: skip
        yield from self._files()
        try:
            archive = self._site.archive()
            if archive is None:
                yield _one("ready", _READY, False)
                return
            seen = overview_of(self._site.config(), archive, counted=False)
            found = [
                *_service(seen),
                *_together(seen),
                *_feeds(seen),
                *self._webhooks(archive, seen.now),
            ]
            found += self._queue(archive.queue(), seen.now)
        except StoreError:
            yield _one("ready", _READY, False)
            yield _one("database_trouble", _TROUBLE, True)
            return
        yield from found

    def _files(self) -> Iterator[Metric]:
        settings = self._site.config().settings
        if settings.database_url.reveal():
            return  # a server keeps it, which has meters of its own
        path = Path(settings.database)
        wal = path.with_name(f"{path.name}-wal")
        yield _one("database_size_bytes", "The database file.", _size(path))
        yield _one("database_wal_size_bytes", "Its write-ahead log.", _size(wal))

    def _webhooks(self, archive: Archive, now: datetime) -> Iterator[Metric]:
        states = archive.webhook_states()
        disabled = _many("webhook_disabled", "1: nothing is sent until someone enables it.")
        held = _many("webhook_held", "1: nothing is sent for a while.")
        failures = _many("webhook_consecutive_failures", "Attempts in a row that failed.")
        for name, webhook in self._site.config().webhooks.items():
            if webhook.enabled:
                state = states.get(name)
                is_disabled = bool(state and state.disabled_at)
                is_held = state is not None and not is_disabled and not may_send(state, now)
                disabled.add_metric([name], is_disabled)
                held.add_metric([name], is_held)
                failures.add_metric([name], state.failures if state else 0)
        yield from (disabled, held, failures)

    def _queue(self, rows: Iterable[Queued], now: datetime) -> list[Metric]:
        configured = self._site.config().webhooks
        names = [name for name, webhook in configured.items() if webhook.enabled]
        counts = {(name, state): 0 for name in names for state in STATES}
        oldest_at = due_at = now
        for row in rows:
            key = (row.webhook if row.webhook in names else _OTHER, row.state)
            counts[key] = counts.get(key, 0) + row.count
            if row.state in _WAITING:
                oldest_at, due_at = min(oldest_at, row.oldest_at), min(due_at, row.due_at)
        deliveries = GaugeMetricFamily(
            f"{PREFIX}_deliveries",
            "Deliveries that are not over, or were given up; those that arrived are not counted.",
            labels=("webhook", "state"),
        )
        for (name, state), count in counts.items():
            deliveries.add_metric([name, state], count)
        age, lag = (now - oldest_at).total_seconds(), (now - due_at).total_seconds()
        return [
            deliveries,
            _one("oldest_pending_age_seconds", "Since when the first of them waits.", age),
            _one("queue_lag_seconds", "How late the first is that should have been sent.", lag),
        ]


class Everything(Collector):
    """What a run did, and how things stand; without a run of ours, how this process is."""

    def __init__(self, site: Site) -> None:
        self._meter, self._standing = site.meter, Standing(site)
        self._alone = CollectorRegistry()
        if self._meter is None:
            ProcessCollector(registry=self._alone)
            PlatformCollector(registry=self._alone)

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterator[Metric]:
        if self._meter:
            self._meter.catch_up()
        yield from (self._meter.registry if self._meter else self._alone).collect()
        yield from self._standing.collect()


def registry_of(site: Site) -> CollectorRegistry:
    """All that `/metrics` tells."""
    registry = CollectorRegistry()
    registry.register(Everything(site))
    return registry


_READY = "1: a service runs on this database, polls, and can store, as /readyz says."
_TROUBLE = "1: the database cannot be read or written."


def _service(seen: Overview) -> Iterator[Metric]:
    yield _one("ready", _READY, not (seen.looks_dead or seen.sick))
    yield _one("database_trouble", _TROUBLE, bool(seen.sick))
    for name, says, at in (
        ("last_poll", "When a feed was asked last.", seen.last_poll_at),
        ("last_write", "When the service last noted that it can write.", seen.written_at),
    ):
        if at is not None:
            yield _one(f"{name}_timestamp_seconds", says, at.timestamp())


def _together(seen: Overview) -> Iterator[Metric]:
    company = seen.company
    if not company.processes:
        return
    processes = GaugeMetricFamily(
        f"{PREFIX}_cluster_processes", "Processes that live, by what they do.", labels=("queue",)
    )
    for queue in QUEUES:
        processes.add_metric([queue], sum(queue in one.queues for one in company.processes))
    yield processes
    yield _one("cluster_partitions", "Partitions of hosts.", company.partitions)
    yield _one("cluster_partitions_held", "Those that are polled now.", len(held(company, PART)))
    yield _one("cluster_slots", "Partitions that fetch workers could poll at a time.",
               sum(one.slots for one in company.processes if FETCH in one.queues))  # fmt: skip
    yield _one("inbox_documents", "Fetched documents that wait to be judged.", company.waiting)
    yield _one("inbox_oldest_age_seconds", "How long the first has waited.", company.oldest_s)
    yield _one("cluster_lacking", "Things that somebody must see to.", len(seen.lacking))
    for name, seconds in seen.lag.items():
        yield _one(f"poll_lag_{name}_seconds", f"How late polls are: {name}.", seconds)


def _feeds(seen: Overview) -> Iterator[Metric]:
    health = GaugeMetricFamily(f"{PREFIX}_feeds", "Enabled feeds by health.", labels=("health",))
    for one in Health:
        health.add_metric([one], seen.health[one])
    yield health
    yield _one("feeds_disabled", "Feeds that the configuration leaves out.", seen.disabled)
    yield _one("feeds_overdue", "Feeds that wait for a poll longer than they should.", seen.overdue)


def _one(name: str, says: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"{PREFIX}_{name}", says, value=float(value))


def _many(name: str, says: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"{PREFIX}_{name}", says, labels=("webhook",))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
