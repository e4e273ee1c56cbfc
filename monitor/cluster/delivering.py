"""A process that sends to some webhooks, as long as it holds them."""

from collections.abc import Callable, Collection
from datetime import datetime

import structlog

from monitor.cluster.leases import Leases
from monitor.cluster.runner import Runner
from monitor.courier import Courier
from monitor.model import Lease
from monitor.ports import Store

log = structlog.get_logger(__name__)

WEBHOOK = "webhook"


class Delivering(Runner):
    """One process at a time for a webhook: so its order, rate and pauses are kept.

    Args:
        wake: Has some process send to these webhooks.
        now: The wall clock, aware UTC.
    """

    def __init__(
        self,
        leases: Leases,
        store: Store,
        wake: Callable[[Collection[str]], None],
        now: Callable[[], datetime],
    ) -> None:
        super().__init__(WEBHOOK, leases, wake)
        self._store, self._now = store, now
        self._due: frozenset[str] = frozenset()
        self._courier: Courier | None = None

    def serve(self, courier: Courier) -> None:
        """Once, before all else: who sends."""
        self._courier = courier

    def send(self) -> int:
        """Start sending what is due to the webhooks that are held; returns to how many."""
        if not self.keys:
            return 0
        self._due = frozenset(self._store.due_webhooks(self._now()))
        return self._courier.start_due() if self._courier else 0

    def _begin(self, key: str, lease: Lease) -> None:
        assert self._courier
        if lease.was_lost and (released := self._courier.recover(key)):
            log.info("leases_released", webhook=key, deliveries=released)
        self._due |= {key}
        self._courier.start(key)

    def _is_idle(self, key: str) -> bool:
        return self._courier is None or not self._courier.is_busy(key)

    def _has_more(self, key: str) -> bool:
        return key in self._due
