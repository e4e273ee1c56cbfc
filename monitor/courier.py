"""Delivers outbox rows: leased, sent outside any transaction, settled under the same lease."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import monotonic
from uuid import uuid4

import structlog

from monitor.core.delivery import (
    LEASE,
    after_attempt,
    may_send,
    no_answer,
    noted,
    webhook_after,
)
from monitor.core.health import dead_letter
from monitor.errors import StoreError
from monitor.failpoints import failpoint
from monitor.model import (
    Answer,
    Attempt,
    Delivery,
    DeliveryState,
    Settings,
    Verdict,
    WebhookState,
)
from monitor.pipeline import Line, tell_health
from monitor.ports import Store, Unit

log = structlog.get_logger(__name__)


_HANGS_AFTER_S = 100  # an attempt's deadline is 20 s, its lease 90 s


@dataclass(eq=False, slots=True)
class _Turn:
    """One webhook's time with a worker."""

    since_s: float


class Courier:
    """Sends what is due, webhooks taking turns, so that none delays another. Thread-safe."""

    def __init__(
        self,
        *,
        settings: Settings,
        line: Line,
        store: Store,
        now: Callable[[], datetime],
        jitter: Callable[[], float],
        monotonic: Callable[[], float] = monotonic,
    ) -> None:
        self._settings, self._line, self._store = settings, line, store
        self._now, self._jitter = now, jitter
        self._monotonic = monotonic
        self._draining: dict[str, _Turn] = {}
        self._hung: list[str] = []
        self._missed: frozenset[str] = frozenset()
        self._stopping = False
        self._change = threading.Condition()
        # A worker for each webhook at least: slow ones together must not starve a quick one.
        self._workers = max(settings.deliver_workers, len(line.webhooks))
        self._pool = self._new_pool()

    def start_due(self) -> int:
        """Start sending for each webhook that has something due; returns how many."""
        self._give_up_hung()
        started = 0
        for name in self._due():
            with self._change:
                if self._stopping or name in self._draining:
                    continue
                turn = self._draining[name] = _Turn(since_s=self._monotonic())
                self._pool.submit(self._take_turn, name, turn)
                started += 1
        return started

    def hung(self) -> list[str]:
        """What was given up since last asked."""
        hung, self._hung = self._hung, []
        return hung

    def _give_up_hung(self) -> None:
        """A thread that hangs is replaced; its delivery is claimed again once its lease ends."""
        with self._change:
            late_s = self._monotonic() - _HANGS_AFTER_S
            lost = [name for name, turn in self._draining.items() if turn.since_s < late_s]
            if not lost or self._stopping:
                return
            for name in lost:
                del self._draining[name]
                log.error("delivery_hung", webhook=name, cure="a new worker takes its place")
            self._hung += [f"webhook {name}" for name in lost]
            self._pool.shutdown(wait=False)
            self._pool = self._new_pool()

    def _new_pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._workers, thread_name_prefix="deliver")

    def deliver(self) -> int:
        """Send all that is due and wait; returns how many attempts were made."""
        return sum(self._drain(name) for name in self._due())

    def use(self, settings: Settings, line: Line) -> None:
        """Take over a new configuration; sends in flight finish with the old one."""
        self._settings, self._line = settings, line

    def halt(self) -> None:
        """Claim nothing more."""
        with self._change:
            self._stopping = True

    def join(self, grace_s: float) -> bool:
        """After `halt`, wait for the attempts in flight; True if all finished."""
        with self._change:
            done = self._change.wait_for(lambda: not self._draining, grace_s)
        self._pool.shutdown(wait=done, cancel_futures=True)
        return done

    def _due(self) -> list[str]:
        """Rows of a webhook that is disabled or gone from the configuration wait for its return."""
        due = self._store.due_webhooks(self._now())
        absent = frozenset(due) - self._line.webhooks.keys()
        if absent - self._missed:
            cure = "they wait; configure it again, or send them elsewhere"
            log.warning("webhook_missing", webhooks=sorted(absent), cure=cure)
        self._missed = absent
        return [name for name in due if name not in absent]

    def _take_turn(self, name: str, turn: "_Turn") -> None:
        """One attempt, then to the end of the queue: slow webhooks must not keep the workers."""
        again, turn.since_s = False, self._monotonic()
        try:
            again = self._attempt_next(name)
        except StoreError as exc:
            log.error("delivery_not_saved", webhook=name, problem=str(exc))
        except Exception:
            log.exception("delivery_crashed", webhook=name)
            raise
        finally:
            with self._change:
                if self._draining.get(name) is not turn:
                    pass  # given up meanwhile
                elif again and not self._stopping:
                    self._pool.submit(self._take_turn, name, turn)
                else:
                    del self._draining[name]
                    self._change.notify_all()

    def _drain(self, name: str) -> int:
        """Send what is due to one webhook, one by one, until nothing is or it wants a pause."""
        attempts = 0
        while self._attempt_next(name):
            attempts += 1
        return attempts

    def _attempt_next(self, name: str) -> bool:
        """False if nothing was due, or nothing may be sent any more."""
        if self._stopping or name not in self._line.webhooks:
            return False
        failpoint("delivery.before_claim")
        row = self._claim(name)
        if row is None:
            return False
        failpoint("delivery.claimed")
        self._attempt(row)
        return True

    def _claim(self, name: str) -> Delivery | None:
        now, lease = self._now(), uuid4().hex

        def work(unit: Unit) -> Delivery | None:
            state = unit.webhook_state(name)
            if not may_send(state, now):
                return None
            return unit.claim(name, now, now + LEASE, lease)

        return self._store.write(work)

    def _attempt(self, row: Delivery) -> None:
        started_at = self._now()
        failpoint("delivery.before_send")
        answer = noted(row, self._send(row, started_at))
        failpoint("delivery.sent")
        now = self._now()
        settled = after_attempt(row, answer, now, self._jitter())
        attempt = Attempt(
            delivery_id=row.id,
            at=started_at,
            took=max(now - started_at, timedelta()),
            answer=answer,
        )

        def work(unit: Unit) -> bool:
            before = unit.webhook_state(row.webhook) or WebhookState(webhook=row.webhook)
            unit.save_webhook_state(webhook_after(before, answer, now))
            # Settled under the lease it was sent under, or not at all.
            ours = unit.settle(replace(settled, lease=row.lease), attempt)
            if ours and settled.state is DeliveryState.DEAD:
                alert = dead_letter(row.webhook, settled.problem, now)
                to = self._settings.health_webhooks
                tell_health(unit, self._line, alert, to, row.webhook, now)
            return ours

        failpoint("delivery.before_settle")
        ours = self._store.write(work)
        failpoint("delivery.settled")
        well = (Verdict.DELIVERED, Verdict.ACCEPTED, Verdict.UNVERIFIED)
        say = log.info if answer.verdict in well else log.warning
        say(
            "delivery_attempted",
            delivery=row.id,
            webhook=row.webhook,
            verdict=answer.verdict.value,
            status=answer.status,
            state=settled.state.value,
            attempts=settled.attempts,
            **({} if ours else {"lease": "lost"}),
            answer=answer.text,
        )
        if ours and settled.state is DeliveryState.DEAD:
            log.error(
                "delivery_dead", delivery=row.id, webhook=row.webhook, problem=settled.problem
            )

    def _send(self, row: Delivery, now: datetime) -> Answer:
        webhook = self._line.webhooks.get(row.webhook)
        if webhook is None:
            problem = f"the configuration has no webhook named '{row.webhook}' any more"
            return Answer(verdict=Verdict.HELD, text=problem)  # gone since it was claimed: it waits
        try:
            return webhook.send(row, now)
        except Exception as exc:  # noqa: BLE001 - the one place: a plugin's bug stops nobody else
            # No traceback: a plugin's error text may hold its URL, which is a secret.
            return no_answer(exc)
