"""What a run does, counted for Prometheus.

Sources: Prometheus, "Metric and label naming" and "Instrumentation".
"""

from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from threading import Lock

import prometheus_client
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)

from monitor.errors import StoreError
from monitor.model import (
    Alert,
    Answer,
    Delivery,
    DeliveryState,
    Judged,
    Judgement,
    PollOutcome,
    Status,
    Verdict,
)

PREFIX = "news_monitor"
_OTHER = "other"
"""What is not configured (any more): names are bounded by the configuration."""

_QUICK_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86_400
LATENCY_S = (
    *(1, 2, 5, 10, 30, _MINUTE_S, 2 * _MINUTE_S, 5 * _MINUTE_S, 10 * _MINUTE_S, 30 * _MINUTE_S),
    *(_HOUR_S, 2 * _HOUR_S, 6 * _HOUR_S, 12 * _HOUR_S, _DAY_S),
)
_ARRIVED = (DeliveryState.DELIVERED, DeliveryState.ACCEPTED, DeliveryState.UNVERIFIED)
_SETTLED = (*_ARRIVED, DeliveryState.DEAD, DeliveryState.AMBIGUOUS)
_NEWS = (Status.NEW, Status.REVISION, Status.COPY)
_ASKED_AT_ONCE = 500

prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]


class PrometheusMeter:
    """Implements `ports.Meter`.

    Args:
        published_at: Ids of alerts -> when what they tell of was published. Asked when somebody
            looks, or for many alerts together.
    """

    def __init__(
        self, published_at: Callable[[Sequence[str]], Mapping[str, datetime]] = lambda _: {}
    ) -> None:
        self.registry = registry = CollectorRegistry()
        self._published_at = published_at
        self._sent: deque[tuple[str, datetime]] = deque()
        self._lock = Lock()
        self._watches: frozenset[str] = frozenset()
        self._webhooks: frozenset[str] = frozenset()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)

        def counter(name: str, says: str, *labels: str) -> Counter:
            return Counter(f"{PREFIX}_{name}", says, labels, registry=registry)

        def seconds(
            name: str, says: str, *labels: str, buckets: Sequence[float] = _QUICK_S
        ) -> Histogram:
            return Histogram(
                f"{PREFIX}_{name}_seconds", says, labels, registry=registry, buckets=buckets
            )

        self._polls = counter("polls", "Polls by how they ended.", "outcome")
        self._poll_s = seconds("poll_duration", "A poll, from its turn until it is saved.")
        self._fetch_s = seconds("fetch_duration", "A feed's server, from question to last byte.")
        self._parse_s = seconds("parse_duration", "Reading a document.")
        self._bytes = counter("fetched_bytes", "Bodies of feeds, unpacked.")
        self._entries = counter("entries", "Entries in the documents that were read.")
        self._items = counter("items", "Entries that were not known, by what they are.", "status")
        self._matches = counter(
            "matches", "Texts that a watch matched, by what became of them.", "watch", "outcome"
        )
        self._alerts = counter(
            "alerts", "Alerts, the monitor's own included.", "watch", "severity", "kind"
        )
        self._attempts = counter(
            "delivery_attempts", "Messages sent, by what was answered.", "webhook", "verdict"
        )
        self._attempt_s = seconds("delivery_attempt_duration", "One attempt.", "webhook")
        self._settled = counter(
            "deliveries_settled", "Deliveries that are over, by how.", "webhook", "state"
        )
        self._published_seen = seconds(
            "published_to_seen",
            "New items, from the date in the feed until we had them; first polls left out.",
            buckets=LATENCY_S,
        )
        self._seen_sent = seconds(
            "seen_to_sent", "Alerts, from when they were raised until taken.", buckets=LATENCY_S
        )
        self._published_sent = seconds(
            "published_to_sent", "Alerts, from the date in the feed until taken.", buckets=LATENCY_S
        )
        self._reloads = counter(
            "config_reloads", "Configurations that were taken over, or refused.", "outcome"
        )
        self._turned = Gauge(
            f"{PREFIX}_last_turn_timestamp_seconds",
            "When the main loop turned last.",
            registry=registry,
        )
        self._skew = Gauge(
            f"{PREFIX}_clock_skew_seconds",
            "How far our clock is behind those of most servers; 0: they do not say that it is.",
            registry=registry,
        )
        for outcome in PollOutcome:
            self._polls.labels(outcome)
        for status in _NEWS:
            self._items.labels(status)
        for word in ("taken", "refused"):
            self._reloads.labels(word)

    def knows(self, watches: Collection[str], webhooks: Collection[str]) -> None:
        """What can happen begins at 0: what was never there has no rate."""
        self._watches, self._webhooks = frozenset(watches), frozenset(webhooks)
        for watch in watches:
            for outcome in ("told", "held"):
                self._matches.labels(watch, outcome)
        for webhook in webhooks:
            self._attempt_s.labels(webhook)
            for verdict in Verdict:
                self._attempts.labels(webhook, verdict)
            for state in _SETTLED:
                self._settled.labels(webhook, state)

    def fetched(self, took: timedelta, size: int) -> None:
        self._fetch_s.observe(took.total_seconds())
        self._bytes.inc(size)

    def parsed(self, took: timedelta) -> None:
        self._parse_s.observe(took.total_seconds())

    def polled(self, outcome: PollOutcome, took: timedelta) -> None:
        self._polls.labels(outcome).inc()
        self._poll_s.observe(took.total_seconds())

    def absorbed(
        self,
        entries: int,
        judged: Sequence[Judged],
        judgements: Sequence[Judgement],
        *,
        baseline: bool,
    ) -> None:
        self._entries.inc(entries)
        for one in judged:
            if one.status in _NEWS:
                self._items.labels(one.status).inc()
            item = one.item
            if one.status is Status.NEW and item.published_at and not baseline:
                self._published_seen.observe(_s(item.seen_at - item.published_at))
        for made in judgements:
            outcome = "told" if made.alert else "held"
            self._matches.labels(self._watch(made.match.watch_id), outcome).inc()

    def alerted(self, alerts: Sequence[Alert]) -> None:
        for alert in alerts:
            self._alerts.labels(self._watch(alert.watch_id), alert.severity, alert.kind).inc()

    def attempted(
        self, answer: Answer, began_at: datetime, ended_at: datetime, rows: Sequence[Delivery]
    ) -> None:
        for webhook in {self._webhook(row.webhook) for row in rows[:1]}:
            self._attempts.labels(webhook, answer.verdict).inc()
            self._attempt_s.labels(webhook).observe(_s(ended_at - began_at))
        for row in rows:
            if row.state in _SETTLED:
                self._settled.labels(self._webhook(row.webhook), row.state).inc()
            if row.state in _ARRIVED:
                self._seen_sent.observe(_s(ended_at - row.created_at))
                self._sent.append((row.alert_id, ended_at))
        if len(self._sent) >= _ASKED_AT_ONCE:
            self.catch_up()

    def reloaded(self, *, taken: bool) -> None:
        self._reloads.labels("taken" if taken else "refused").inc()

    def turned(self, at: datetime) -> None:
        self._turned.set(at.timestamp())

    def compared_clocks(self, skew: timedelta | None) -> None:
        self._skew.set(skew.total_seconds() if skew else 0)

    def catch_up(self) -> None:
        """Look up when what was sent had been published; if nobody can say, it is not counted."""
        with self._lock:
            sent = [self._sent.popleft() for _ in range(len(self._sent))]
        try:
            published = self._published_at([alert_id for alert_id, _ in sent]) if sent else {}
        except StoreError:
            return
        for alert_id, at in sent:
            if alert_id in published:
                self._published_sent.observe(_s(at - published[alert_id]))

    def _watch(self, name: str) -> str:
        return name if name in self._watches or name == "health" else _OTHER

    def _webhook(self, name: str) -> str:
        return name if name in self._webhooks else _OTHER


def _s(length: timedelta) -> float:
    """Clocks differ: what was before its cause took no time."""
    return max(length.total_seconds(), 0.0)
