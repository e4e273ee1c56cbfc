"""Delivers outbox rows: leased, sent outside any transaction, settled under the same lease."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from time import monotonic

import structlog

from monitor import ledger
from monitor.core.delivery import ATTEMPT_DEADLINE, no_answer, noted, together_id
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
from monitor.ports import Combines, Meter, NoMeter, Plain, Store, Unit

log = structlog.get_logger(__name__)

_SHORT = timedelta(seconds=2)  # a wait that is not worth being asked again for
# What somebody must look at.
_FOR_SOMEONE = {
    DeliveryState.DEAD: "delivery_dead",
    DeliveryState.AMBIGUOUS: "delivery_ambiguous",
}
_WELL = (Verdict.DELIVERED, Verdict.ACCEPTED, Verdict.UNVERIFIED)
_MOST_THREADS = 512  # made as they are needed; how many are at work the connections say
_HANGS_AFTER_S = 100  # an attempt's deadline is 20 s, its lease 90 s


@dataclass(eq=False, slots=True)
class _Turn:
    """A thread that works for a webhook.

    Attributes:
        alive_s: Last sign of life, on the monotonic clock.
        lost: It was given up as hung; another one is in its place.
        flying: Loads that it claimed and did not settle.
        connection: What it occupies.
    """

    name: str
    alive_s: float
    lost: bool = False
    flying: int = 0
    connection: threading.Semaphore | None = None


class Courier:
    """Sends what is due; each webhook has connections of its own. Thread-safe.

    A webhook that is slow or fails keeps its own connections busy and nobody else's: each has one
    at least, and beyond that they share `deliver_workers`.

    Args:
        is_ours: Whether this process sends to a webhook now, while others send to others.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        line: Line,
        store: Store,
        now: Callable[[], datetime],
        jitter: Callable[[], float],
        monotonic: Callable[[], float] = monotonic,
        meter: Meter | None = None,
        is_ours: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self._is_ours = is_ours
        self._meter = meter or NoMeter()
        self._settings, self._line, self._store = settings, line, store
        self._now, self._jitter = now, jitter
        self._monotonic = monotonic
        self._turns: list[_Turn] = []  # threads that are at work
        self._hung: list[str] = []
        self._flying: Counter[str] = Counter()  # webhook -> loads claimed and not settled
        self._connections: dict[str, tuple[int, threading.Semaphore]] = {}
        self._late: list[Sent] = []  # answers that the store did not take yet
        self._doubtful: list[Load] = []  # claims of which nobody knows whether they were committed
        self._missed: frozenset[str] = frozenset()
        self._stopping = False
        self._change = threading.Condition()
        self._pool = _new_pool()

    def start_due(self) -> int:
        """Start sending to each webhook that has something due; returns to how many."""
        self._give_up_hung()
        self._settle_late()
        return sum(self._start(name) for name in self._due())

    def start(self, name: str) -> None:
        """Start sending to one webhook, should something be due to it."""
        if name in self._line.webhooks:
            self._start(name)

    def is_busy(self, name: str) -> bool:
        """Whether a thread works for the webhook, or did and the store has not taken all of it."""
        with self._change:
            late = [sent.load for sent in self._late] + self._doubtful
            return any(load.first.webhook == name for load in late) or any(
                turn.name == name for turn in self._turns
            )

    def hung(self) -> list[str]:
        """What was given up since last asked."""
        hung, self._hung = self._hung, []
        return hung

    def _give_up_hung(self) -> None:
        """A thread that hangs is replaced; its delivery is claimed again once its lease ends."""
        with self._change:
            late_s = self._monotonic() - _HANGS_AFTER_S
            lost = [turn for turn in self._turns if turn.alive_s < late_s]
            if not lost or self._stopping:
                return
            for turn in lost:
                turn.lost = True
                self._turns.remove(turn)
                self._flying[turn.name] -= turn.flying
                _let_go(turn)
                log.error("delivery_hung", webhook=turn.name, cure="a new worker takes its place")
            self._hung += [f"webhook {name}" for name in dict.fromkeys(t.name for t in lost)]
            self._pool.shutdown(wait=False)
            self._pool = _new_pool()

    def _alive(self, turn: _Turn) -> bool:
        """Show a sign of life; False if it comes too late."""
        with self._change:
            turn.alive_s = self._monotonic()
            return not turn.lost

    def deliver(self) -> int:
        """Send all that is due and wait; returns how many attempts were made."""
        self._settle_late()
        return sum(self._drain(name) for name in self._due())

    def use(self, settings: Settings, line: Line) -> None:
        """Take over a new configuration; sends in flight finish with the old one."""
        self._settings, self._line = settings, line

    def recover(self, webhook: str | None = None) -> int:
        """Take over what a dead instance was sending; returns how many deliveries.

        Args:
            webhook: To this one alone.
        """
        now, line = self._now(), self._line
        unsure = [n for n in line.webhooks if line.policy(n).ambiguous is Ambiguous.HOLD]
        if webhook is None:
            return self._store.write(lambda unit: unit.release_leases(now, unsure))
        unsure = [name for name in unsure if name == webhook]

        def work(unit: Unit) -> int:
            # Who waited long for this transaction may have lost the webhook to somebody who sends.
            return unit.release_leases(now, unsure, webhook) if self._is_ours(webhook) else 0

        return self._store.write(work)

    def halt(self) -> None:
        """Claim nothing more."""
        with self._change:
            self._stopping = True
            self._change.notify_all()

    def join(self, grace_s: float) -> bool:
        """After `halt`, wait for the attempts in flight; True if all finished."""
        with self._change:
            done = self._change.wait_for(lambda: not self._turns, grace_s)
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
        return [name for name in due if name not in absent and self._is_ours(name)]

    def _start(self, name: str) -> bool:
        """Another thread for the webhook, if it may have one."""
        with self._change:
            at_work = Counter(turn.name for turn in self._turns)
            busy, extra = at_work[name], at_work.total() - len(at_work)
            full = busy and (
                busy >= _threads(self._line.policy(name).connections)
                or extra >= self._settings.deliver_workers
            )
            if self._stopping or full:
                return False
            turn = _Turn(name=name, alive_s=self._monotonic())
            self._turns.append(turn)
            self._pool.submit(self._serve, turn)
        return True

    def _serve(self, turn: _Turn) -> None:
        """Send to one webhook until nothing is due to it, or it wants a longer pause."""
        try:
            load = self._next(turn) if self._alive(turn) else None
            while isinstance(load, Load):
                self._start(turn.name)  # where one is due there may be more
                load = self._pausing(turn, self._attempt(turn, load, then=True))
        except StoreError as exc:
            log.error("delivery_not_saved", webhook=turn.name, problem=str(exc))
        except Exception:
            log.exception("delivery_crashed", webhook=turn.name)
            raise
        finally:
            with self._change:
                if not turn.lost:
                    self._turns.remove(turn)
                    self._change.notify_all()

    def _drain(self, name: str) -> int:
        """Send what is due to one webhook, one by one, until nothing is or it wants a pause."""
        turn, attempts = _Turn(name=name, alive_s=self._monotonic()), 0
        load = self._next(turn)
        while isinstance(load, Load):
            attempts += len(load.rows)
            self._attempt(turn, load)
            load = self._next(turn)
        return attempts

    def _next(self, turn: _Turn) -> Load | None:
        return self._pausing(turn, self._claim(turn))

    def _pausing(self, turn: _Turn, load: Load | timedelta | None) -> Load | None:
        """The next load, after the short pause that the rate or the webhook asks for."""
        while isinstance(load, timedelta):
            if load > _SHORT or self._stopping or not self._alive(turn):
                return None
            with self._change:
                self._change.wait_for(lambda: self._stopping, load.total_seconds())
            load = self._claim(turn)
        return load

    # --- transactions ---

    def _claim(self, turn: _Turn) -> Load | timedelta | None:
        failpoint("delivery.before_claim")
        load = self._write(turn, partial(self._take, turn=turn))
        if isinstance(load, Load):
            failpoint("delivery.claimed")
        return load

    def _take(self, unit: Unit, turn: _Turn) -> Load | timedelta | None:
        """Runs in the store's writer thread, so what is in flight is counted exactly."""
        name = turn.name
        gone = name not in self._line.webhooks or not self._is_ours(name)
        if self._stopping or turn.lost or gone:
            return None
        flying, now = self._flying[name], self._now()
        load = ledger.take(unit, self._settings, self._line, name, flying, now)
        if isinstance(load, Load):
            self._fly(turn, 1)
        return load

    def _fly(self, turn: _Turn, change: int) -> None:
        with self._change:
            if not turn.lost:  # else it is not counted any more
                self._flying[turn.name] += change
                turn.flying += change

    def _write(
        self, turn: _Turn, work: Callable[[Unit], Load | timedelta | None]
    ) -> Load | timedelta | None:
        taken: list[Load | timedelta | None] = []

        def remembered(unit: Unit) -> Load | timedelta | None:
            taken.append(work(unit))
            return taken[-1]

        try:
            return self._store.write(remembered)
        except StoreError:
            # Claimed in a transaction that is not there: nothing of it flies. Should it be there
            # all the same (the answer was lost with the server), it is given back.
            lost = [one for one in taken if isinstance(one, Load)]
            self._fly(turn, -len(lost))
            with self._change:
                self._doubtful += lost
            raise

    def _attempt(self, turn: _Turn, load: Load, *, then: bool = False) -> Load | timedelta | None:
        """Send and settle; `then` claim what is next, in the same transaction."""
        with self._connection(turn):
            started_at = self._now()
            if not self._alive(turn):
                return None
            if not _outlasts(load, started_at) or not self._is_ours(turn.name):
                return self._give_back(turn, load)
            failpoint("delivery.before_send")
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
            self._fly(turn, -1)
            return self._take(unit, turn) if then else None

        failpoint("delivery.before_settle")
        try:
            after = self._write(turn, work)
        except StoreError:
            if not landed.is_set():
                self._fly(turn, -1)
            with self._change:  # it is known what became of it: kept until the store takes it
                self._late.append(sent)
            raise
        failpoint("delivery.settled")
        if isinstance(after, Load):
            failpoint("delivery.claimed")
        self._alive(turn)
        _log(sent, settled)
        self._count(sent, settled)
        return after

    def _count(self, sent: Sent, settled: Sequence[Delivery]) -> None:
        rows = settled or sent.load.rows
        self._meter.attempted(sent.answer, sent.started_at, sent.ended_at, rows)

    def _give_back(self, turn: _Turn, load: Load) -> Load | timedelta | None:
        """It waited too long for a connection: claim anew."""

        def work(unit: Unit) -> Load | timedelta | None:
            ledger.give_back(unit, load)
            return None

        try:
            self._write(turn, work)
        finally:
            self._fly(turn, -1)
        return self._claim(turn)

    @contextmanager
    def _connection(self, turn: _Turn) -> Iterator[None]:
        """One of the webhook's connections, as soon as one is free."""
        connections = self._line.policy(turn.name).connections
        with self._change:
            kept = self._connections.get(turn.name)
            if kept is None or kept[0] != connections:
                kept = connections, threading.Semaphore(connections)
                self._connections[turn.name] = kept
        kept[1].acquire()
        with self._change:
            turn.connection = kept[1]
        try:
            yield
        finally:
            with self._change:
                _let_go(turn)

    def _settle_late(self) -> None:
        """Save the answers that a sick database refused: else they would be sent once more.

        What was claimed when it fell sick goes back under its lease, if it was claimed at all.
        """
        self._return_doubtful()
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
            self._count(sent, settled)

    def _return_doubtful(self) -> None:
        with self._change:
            loads, self._doubtful = self._doubtful, []
        if not loads:
            return

        def work(unit: Unit) -> None:
            for load in loads:
                ledger.give_back(unit, load)

        try:
            self._store.write(work)
        except StoreError:
            with self._change:
                self._doubtful += loads
            raise

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
                # Of many stories: it belongs into the thread of none.
                body = webhook.combine(alerts, ids, load.more)
                row = replace(row, id=together_id(ids), payload=body, root="", prior="")
        except Exception as exc:  # noqa: BLE001 - a plugin's bug: each goes out by itself
            problem = f"could not be put into one message: {type(exc).__name__}"
            return Answer(verdict=Verdict.REFUSED, text=problem)
        try:
            answer = webhook.send(row, now)
        except Exception as exc:  # noqa: BLE001 - the one place: a plugin's bug stops nobody else
            # No traceback: a plugin's error text may hold its URL, which is a secret.
            answer = no_answer(exc)
        return answer if load.is_combined else noted(row, answer)

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


def _new_pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_MOST_THREADS, thread_name_prefix="deliver")


def _let_go(turn: _Turn) -> None:
    """Of the connection, if it still has one."""
    connection, turn.connection = turn.connection, None
    if connection is not None:
        connection.release()


def _outlasts(load: Load, now: datetime) -> bool:
    """Whether the lease holds until the attempt must have ended."""
    until = load.first.leased_until
    return until is not None and until - now >= ATTEMPT_DEADLINE


def _threads(connections: int) -> int:
    """More than connections: while some wait for the disk to commit, others keep them busy."""
    return connections if connections == 1 else connections + max(connections // 2, 2)


def _log(sent: Sent, settled: Sequence[Delivery]) -> None:
    """The one line of an attempt; its keys are part of the interface (docs/operating.md)."""
    load, answer = sent.load, sent.answer
    ours = {row.id: row for row in settled}
    say = log.info if answer.verdict in _WELL else log.warning
    took = max(sent.ended_at - sent.started_at, timedelta())
    for row in load.rows:
        became = ours.get(row.id)
        waits = became is not None and became.state is DeliveryState.PENDING
        say(
            "delivery_attempted",
            webhook=row.webhook,
            delivery=row.id,
            alert=row.alert_id,
            verdict=answer.verdict.value,
            status=answer.status,
            attempt=row.attempts + 1,
            took_ms=round(took / timedelta(milliseconds=1), 1),
            # None: its lease ended meanwhile, and somebody else decides.
            state=became.state.value if became else None,
            next_attempt=f"{became.due_at:%Y-%m-%dT%H:%M:%SZ}" if became and waits else None,
            together=len(load.rows),
            answer=answer.text,
        )
        if became and (event := _FOR_SOMEONE.get(became.state)):
            log.error(event, delivery=row.id, webhook=row.webhook, problem=became.problem)
