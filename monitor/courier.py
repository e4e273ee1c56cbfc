"""Delivers outbox rows: leased, sent outside any transaction, settled under the same lease."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from monitor import ledger
from monitor.core.delivery import no_answer
from monitor.errors import StoreError
from monitor.failpoints import failpoint
from monitor.ledger import Load, Sent
from monitor.model import (
    Alert,
    Ambiguous,
    Answer,
    Delivery,
    DeliveryState,
    Form,
    Settings,
    Verdict,
)
from monitor.pipeline import Line
from monitor.ports import Combines, Plain, Store, Unit

log = structlog.get_logger(__name__)

_SHORT = timedelta(seconds=2)  # a wait that is not worth being asked again for
# What somebody must look at.
_FOR_SOMEONE = {
    DeliveryState.DEAD: "delivery_dead",
    DeliveryState.AMBIGUOUS: "delivery_ambiguous",
}
_MOST_THREADS = 512  # made as they are needed; how many are at work the connections say


class Courier:
    """Sends what is due; each webhook has connections of its own. Thread-safe.

    A webhook that is slow or fails keeps its own connections busy and nobody else's: each has one
    at least, and beyond that they share `deliver_workers`.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        line: Line,
        store: Store,
        now: Callable[[], datetime],
        jitter: Callable[[], float],
    ) -> None:
        self._settings, self._line, self._store = settings, line, store
        self._now, self._jitter = now, jitter
        self._busy: Counter[str] = Counter()  # webhook -> threads that work for it
        self._flying: Counter[str] = Counter()  # webhook -> loads claimed and not settled
        self._connections: dict[str, tuple[int, threading.Semaphore]] = {}
        self._late: list[Sent] = []  # answers that the store did not take yet
        self._missed: frozenset[str] = frozenset()
        self._stopping = False
        self._change = threading.Condition()
        self._pool = ThreadPoolExecutor(_MOST_THREADS, thread_name_prefix="deliver")

    def start_due(self) -> int:
        """Start sending to each webhook that has something due; returns to how many."""
        self._settle_late()
        return sum(self._start(name) for name in self._due())

    def deliver(self) -> int:
        """Send all that is due and wait; returns how many attempts were made."""
        self._settle_late()
        return sum(self._drain(name) for name in self._due())

    def use(self, settings: Settings, line: Line) -> None:
        """Take over a new configuration; sends in flight finish with the old one."""
        self._settings, self._line = settings, line

    def recover(self) -> int:
        """Take over what a dead instance was sending; returns how many deliveries."""
        now, line = self._now(), self._line
        unsure = [n for n in line.webhooks if line.policy(n).ambiguous is Ambiguous.HOLD]
        return self._store.write(lambda unit: unit.release_leases(now, unsure))

    def halt(self) -> None:
        """Claim nothing more."""
        with self._change:
            self._stopping = True
            self._change.notify_all()

    def join(self, grace_s: float) -> bool:
        """After `halt`, wait for the attempts in flight; True if all finished."""
        with self._change:
            done = self._change.wait_for(lambda: not self._busy.total(), grace_s)
        self._pool.shutdown(wait=done, cancel_futures=True)
        try:
            self._settle_late()
        except StoreError as exc:
            log.error("delivery_not_saved", problem=str(exc))
            return False
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

    def _start(self, name: str) -> bool:
        """Another thread for the webhook, if it may have one."""
        with self._change:
            busy = self._busy[name]
            extra = self._busy.total() - len(+self._busy)
            full = busy and (
                busy >= _threads(self._line.policy(name).connections)
                or extra >= self._settings.deliver_workers
            )
            if self._stopping or full:
                return False
            self._busy[name] += 1
            self._pool.submit(self._serve, name)
        return True

    def _serve(self, name: str) -> None:
        """Send to one webhook until nothing is due to it, or it wants a longer pause."""
        try:
            load = self._next(name)
            while isinstance(load, Load):
                self._start(name)  # where one is due there may be more
                load = self._pausing(name, self._attempt(load, then=True))
        except StoreError as exc:
            log.error("delivery_not_saved", webhook=name, problem=str(exc))
        except Exception:
            log.exception("delivery_crashed", webhook=name)
            raise
        finally:
            with self._change:
                self._busy[name] -= 1
                self._change.notify_all()

    def _drain(self, name: str) -> int:
        """Send what is due to one webhook, one by one, until nothing is or it wants a pause."""
        attempts, load = 0, self._next(name)
        while isinstance(load, Load):
            attempts += len(load.rows)
            self._attempt(load)
            load = self._next(name)
        return attempts

    def _next(self, name: str) -> Load | None:
        return self._pausing(name, self._claim(name))

    def _pausing(self, name: str, load: Load | timedelta | None) -> Load | None:
        """The next load, after the short pause that the rate or the webhook asks for."""
        while isinstance(load, timedelta):
            if load > _SHORT or self._stopping:
                return None
            with self._change:
                self._change.wait_for(lambda: self._stopping, load.total_seconds())
            load = self._claim(name)
        return load

    # --- transactions ---

    def _claim(self, name: str) -> Load | timedelta | None:
        load = self._write(name, partial(self._take, name=name))
        if isinstance(load, Load):
            failpoint("delivery.claimed")
        return load

    def _take(self, unit: Unit, name: str) -> Load | timedelta | None:
        """Runs in the store's writer thread, so what is in flight is counted exactly."""
        if self._stopping or name not in self._line.webhooks:
            return None
        flying, now = self._flying[name], self._now()
        load = ledger.take(unit, self._settings, self._line, name, flying, now)
        if isinstance(load, Load):
            self._fly(name, 1)
        return load

    def _fly(self, name: str, change: int) -> None:
        with self._change:
            self._flying[name] += change

    def _write(
        self, name: str, work: Callable[[Unit], Load | timedelta | None]
    ) -> Load | timedelta | None:
        taken: list[Load | timedelta | None] = []

        def noted(unit: Unit) -> Load | timedelta | None:
            taken.append(work(unit))
            return taken[-1]

        try:
            return self._store.write(noted)
        except StoreError:
            # Claimed in a transaction that is not there: nothing of it flies.
            self._fly(name, -sum(isinstance(one, Load) for one in taken))
            raise

    def _attempt(self, load: Load, *, then: bool = False) -> Load | timedelta | None:
        """Send and settle; `then` claim what is next, in the same transaction."""
        name = load.first.webhook
        with self._connection(name):
            started_at = self._now()
            answer = self._send(load, started_at)
        failpoint("delivery.sent")
        sent = Sent(
            load=load,
            answer=answer,
            started_at=started_at,
            ended_at=self._now(),
            jitter=tuple(self._jitter() for _ in load.rows),
            plain=self._plain(load) if answer.verdict is Verdict.REFUSED else None,
        )
        settled: list[Delivery] = []
        landed = threading.Event()

        def work(unit: Unit) -> Load | timedelta | None:
            settled[:] = ledger.settle(unit, self._settings, self._line, sent)
            landed.set()
            self._fly(name, -1)
            return self._take(unit, name) if then else None

        try:
            after = self._write(name, work)
        except StoreError:
            if not landed.is_set():
                self._fly(name, -1)
            with self._change:  # it is known what became of it: kept until the store takes it
                self._late.append(sent)
            raise
        failpoint("delivery.settled")
        if isinstance(after, Load):
            failpoint("delivery.claimed")
        _log(sent, settled)
        return after

    @contextmanager
    def _connection(self, name: str) -> Iterator[None]:
        """One of the webhook's connections, as soon as one is free."""
        connections = self._line.policy(name).connections
        with self._change:
            kept = self._connections.get(name)
            if kept is None or kept[0] != connections:
                kept = self._connections[name] = connections, threading.Semaphore(connections)
        with kept[1]:
            yield

    def _settle_late(self) -> None:
        """Save the answers that a sick database refused: else they would be sent once more."""
        while True:
            with self._change:
                if not self._late:
                    return
                sent = self._late.pop(0)
            work = partial(ledger.settle, settings=self._settings, line=self._line, sent=sent)
            try:
                settled = self._store.write(work)
            except StoreError:
                with self._change:
                    self._late.insert(0, sent)
                raise
            _log(sent, settled)

    # --- messages ---

    def _send(self, load: Load, now: datetime) -> Answer:
        row = load.first
        webhook = self._line.webhooks.get(row.webhook)
        if webhook is None:
            problem = f"the configuration has no webhook named '{row.webhook}' any more"
            return Answer(verdict=Verdict.HELD, text=problem)  # gone since it was claimed: it waits
        try:
            if load.is_combined:
                assert isinstance(webhook, Combines)
                alerts = [self._alert(one) for one in load.rows]
                ids = [one.id for one in load.rows]
                row = replace(row, payload=webhook.combine(alerts, ids, load.more))
        except Exception as exc:  # noqa: BLE001 - a plugin's bug: each goes out by itself
            problem = f"could not be put into one message: {type(exc).__name__}"
            return Answer(verdict=Verdict.REFUSED, text=problem)
        try:
            return webhook.send(row, now)
        except Exception as exc:  # noqa: BLE001 - the one place: a plugin's bug stops nobody else
            # No traceback: a plugin's error text may hold its URL, which is a secret.
            return no_answer(exc)

    def _plain(self, load: Load) -> bytes | None:
        row = load.first
        webhook = self._line.webhooks.get(row.webhook)
        if webhook is None or load.is_combined or row.form is Form.PLAIN:
            return None
        try:
            return webhook.plain(self._alert(row), row.id) if isinstance(webhook, Plain) else None
        except Exception as exc:  # noqa: BLE001 - a plugin's bug: the refusal stands
            log.error("webhook_render_failed", webhook=row.webhook, problem=type(exc).__name__)
            return None

    def _alert(self, row: Delivery) -> Alert:
        alert = self._store.archive().alert(row.alert_id)
        if alert is None:
            raise StoreError(f"there is no alert {row.alert_id}")
        return alert


def _threads(connections: int) -> int:
    """More than connections: while some wait for the disk to commit, others keep them busy."""
    return connections if connections == 1 else connections + max(connections // 2, 2)


def _log(sent: Sent, settled: Sequence[Delivery]) -> None:
    load, answer = sent.load, sent.answer
    ours = {row.id: row for row in settled}
    say = log.info if answer.verdict in (Verdict.DELIVERED, Verdict.ACCEPTED) else log.warning
    for row in load.rows:
        became = ours.get(row.id)
        say(
            "delivery_attempted",
            delivery=row.id,
            webhook=row.webhook,
            verdict=answer.verdict.value,
            status=answer.status,
            **({"state": became.state.value} if became else {"lease": "lost"}),
            attempts=became.attempts if became else row.attempts,
            **({"together": len(load.rows)} if load.is_combined else {}),
            answer=answer.text,
        )
        if became and (event := _FOR_SOMEONE.get(became.state)):
            log.error(event, delivery=row.id, webhook=row.webhook, problem=became.problem)
