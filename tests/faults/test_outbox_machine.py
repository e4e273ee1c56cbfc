"""The store against a model of it, through any order of events, by a clock of our own."""

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

from monitor.adapters.sqlite import SqliteStore
from monitor.core.delivery import LEASE, after_attempt, may_send, webhook_after
from monitor.model import (
    Alert,
    Answer,
    Attempt,
    Delivery,
    DeliveryState,
    RawEntry,
    Verdict,
    WebhookState,
)
from monitor.ports import Unit
from tests.builders import NOW, a_watch
from tests.lines import Plain, World, an_entry

pytestmark = pytest.mark.timeout(1800 if os.environ.get("FULL") else 300)

EXAMPLES, STEPS = (300, 50) if os.environ.get("FULL") else (40, 40)
WEBHOOKS = ("desk", "night", "ops")
OPEN = (DeliveryState.PENDING, DeliveryState.LEASED)
KEEP_ITEMS, KEEP_DEAD = timedelta(days=30), timedelta(days=10)
spans = st.sampled_from([timedelta(seconds=s) for s in (0, 1, 7, 61, 91, 3600, 90_000, 40 * 86400)])
outcomes: dict[str, Any] = {
    "verdict": st.sampled_from([*Verdict, Verdict.DELIVERED, Verdict.DELIVERED, Verdict.RETRY]),
    "wait": st.none() | spans,
    "jitter": st.floats(0, 0.99),
    "arrives": st.booleans(),
}


class Rotated(Plain):
    """The same webhook after its secret or its form was changed."""

    def __init__(self, version: int) -> None:
        self.version = version

    def render(self, alert: Alert, webhook_id: str) -> bytes:
        return f"{self.version} {webhook_id} {alert.title}".encode()


class KilledError(Exception):
    """Stands for the end of the process inside a transaction."""


@dataclass
class Memory:
    """What the database should hold."""

    rows: dict[str, Delivery] = field(default_factory=dict)
    webhooks: dict[str, WebhookState] = field(default_factory=dict)
    told: set[int] = field(default_factory=set)

    def copy(self) -> "Memory":
        return Memory(dict(self.rows), dict(self.webhooks), set(self.told))


class Outbox(RuleBasedStateMachine):
    """What a process, its operator and the world may do to an outbox."""

    claims = Bundle("claims")

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="outbox-"))
        self.path = self.folder / "m.sqlite"
        self.now = NOW
        self.leases = (f"lease {n}" for n in count())
        self.versions = count(1)
        self.entries: list[RawEntry] = []
        self.memory = Memory()
        self.saved: Memory | None = None
        self.received: set[str] = set()
        self.ids: dict[tuple[int, str], str] = {}  # entry and webhook -> webhook-id, for ever
        self.open_store()
        self.world.poll(now=self.now)
        self.publish(2)
        self.poll()

    def open_store(self) -> None:
        # Always the same identity: webhook-ids come from it, and what is drawn from their order.
        self.store = SqliteStore(self.path, durable=False, instance="outbox")
        watch = a_watch("train", max_age=timedelta(days=10_000))
        self.world = World(self.store, [watch], **{name: Plain() for name in WEBHOOKS})

    # --- the line ---

    @rule(fresh=st.integers(1, 2), polled=st.booleans())
    def publish(self, fresh: int, polled: bool = False) -> None:
        for _ in range(fresh):
            number = len(self.entries)
            text = f"Train {number} is the only one that was ever called so: {number * 7919}."
            self.entries.append(
                an_entry(number, f"Train {number}", paragraphs=(text,), published_at=self.now)
            )
        if polled:
            self.poll()

    @precondition(lambda self: self.entries)
    @rule(data=st.data())
    def edit(self, data: st.DataObject) -> None:
        number = data.draw(st.integers(0, len(self.entries) - 1))
        entry = self.entries[number]
        self.entries[number] = replace(entry, title=f"{entry.title}, again")

    @rule()
    def poll(self) -> None:
        fresh = set(range(len(self.entries))) - self.memory.told

        absorbed = self.world.poll(*self.entries, now=self.now)

        names = self.world.line.default_webhooks
        found = {(number_of(row), row.webhook): row for row in absorbed.deliveries}
        assert len(found) == len(absorbed.deliveries)
        assert found.keys() == {(number, name) for number in fresh for name in names}
        for what, row in found.items():
            assert self.ids.setdefault(what, row.id) == row.id
            self.memory.rows[row.id] = row
        self.memory.told |= fresh

    @rule()
    def killed_while_it_polls(self) -> None:
        def work(unit: Unit) -> None:
            unit.save_deliveries([replace(row, id="x") for row in self.memory.rows.values()][:1])
            unit.release_leases(self.now)
            raise KilledError

        with suppress(KilledError):
            self.store.write(work)

    # --- the courier ---

    @rule(target=claims, name=st.sampled_from(WEBHOOKS))
    def claim(self, name: str) -> object:
        lease, now = next(self.leases), self.now

        def work(unit: Unit) -> Delivery | None:
            if not may_send(unit.webhook_state(name), now):
                return None
            return unit.claim(name, now, now + LEASE, lease)

        row = self.store.write(work)

        due = self.due(name)
        if row is None:
            assert not due
            return multiple()
        assert row.id in due
        assert row.created_at == min(one.created_at for one in due.values())
        assert row.payload == self.memory.rows[row.id].payload
        self.memory.rows[row.id] = replace(
            due[row.id], state=DeliveryState.LEASED, lease=lease, leased_until=now + LEASE
        )
        return row

    @rule(
        names=st.sets(st.sampled_from(WEBHOOKS), min_size=1),
        rounds=st.integers(1, 3),
        by=spans,
        **outcomes,
    )
    def attempt(
        self,
        names: set[str],
        rounds: int,
        by: timedelta,
        verdict: Verdict,
        wait: timedelta | None,
        jitter: float,
        arrives: bool,
    ) -> None:
        """The usual course: claimed, sent, settled."""
        for name in sorted(names) * rounds:
            row = self.claim(name)
            if isinstance(row, Delivery):
                self.now += min(by, timedelta(seconds=61))
                self.settle(row, verdict, wait, jitter, arrives)

    @rule(row=claims, **outcomes)
    def settle(
        self, row: Delivery, verdict: Verdict, wait: timedelta | None, jitter: float, arrives: bool
    ) -> None:
        answer = Answer(verdict=verdict, text=str(verdict), retry_after=wait)
        if verdict in (Verdict.DELIVERED, Verdict.ACCEPTED) or (
            verdict is Verdict.AMBIGUOUS and arrives
        ):
            self.received.add(row.id)
        settled = after_attempt(row, answer, self.now, jitter)
        before = self.memory.webhooks.get(row.webhook) or WebhookState(webhook=row.webhook)
        after = webhook_after(before, answer, self.now)
        attempt = Attempt(delivery_id=row.id, at=self.now, took=timedelta(), answer=answer)

        def work(unit: Unit) -> bool:
            unit.save_webhook_state(after)
            return unit.settle(replace(settled, lease=row.lease), attempt)

        ours = self.store.write(work)

        known = self.memory.rows.get(row.id)
        assert ours is (known is not None and known.lease == row.lease)
        self.memory.webhooks[row.webhook] = after
        if ours:
            self.memory.rows[row.id] = settled

    # --- the process and its clock ---

    @rule()
    def crash(self) -> None:
        self.store.close()
        names = self.world.line.default_webhooks
        self.open_store()
        self.configure(names)
        self.recover()

    def recover(self) -> None:
        self.store.write(lambda unit: unit.release_leases(self.now))
        for name, row in self.memory.rows.items():
            if row.state is DeliveryState.LEASED:
                self.memory.rows[name] = replace(
                    row,
                    state=DeliveryState.PENDING,
                    lease=None,
                    leased_until=None,
                    due_at=min(row.due_at, self.now),
                )

    @rule(by=spans)
    def time_passes(self, by: timedelta) -> None:
        self.now += by

    @rule(by=spans)
    def clock_goes_back(self, by: timedelta) -> None:
        self.now -= by
        self.store.write(lambda unit: unit.make_due(self.now))
        for name, row in self.memory.rows.items():
            if row.state is DeliveryState.PENDING:
                self.memory.rows[name] = replace(row, due_at=min(row.due_at, self.now))
        for name, state in self.memory.webhooks.items():
            if state.held_until and state.held_until > self.now:
                self.memory.webhooks[name] = replace(state, held_until=None)

    # --- the operator ---

    @rule(names=st.sets(st.sampled_from(WEBHOOKS), min_size=1))
    def configure(self, names: set[str] | tuple[str, ...]) -> None:
        webhooks = {name: self.world.line.webhooks.get(name, Plain()) for name in sorted(names)}
        self.world.line = replace(
            self.world.line, webhooks=webhooks, default_webhooks=tuple(webhooks)
        )

    @rule()
    def rotate(self) -> None:
        version = next(self.versions)
        webhooks = {name: Rotated(version) for name in self.world.line.webhooks}
        self.world.line = replace(self.world.line, webhooks=webhooks)

    @rule(name=st.sampled_from(WEBHOOKS))
    def enable(self, name: str) -> None:
        state = WebhookState(webhook=name)
        self.store.write(lambda unit: unit.save_webhook_state(state))
        self.memory.webhooks[name] = state

    @precondition(lambda self: self.memory.rows)
    @rule(data=st.data())
    def redeliver(self, data: st.DataObject) -> None:
        settled = sorted(i for i, row in self.memory.rows.items() if row.state not in OPEN)
        some = st.sampled_from(settled or sorted(self.memory.rows))
        self.send_again(data.draw(st.sets(some | st.sampled_from(sorted(self.memory.rows)))))

    def send_again(self, ids: set[str]) -> None:
        settled = {name for name in ids if self.memory.rows[name].state not in OPEN}

        assert self.store.write(lambda unit: unit.requeue(ids, self.now)) == len(settled)

        for name in settled:
            self.memory.rows[name] = replace(
                self.memory.rows[name],
                state=DeliveryState.PENDING,
                due_at=self.now,
                tried_since=None,
                attempts=0,
                settled_at=None,
                problem="",
            )

    @rule(after=spans)
    def purge(self, after: timedelta) -> None:
        self.now += after
        items_before, dead_before = self.now - KEEP_ITEMS, self.now - KEEP_DEAD

        would = self.store.archive().prunable(items_before, dead_before)
        pruned = self.store.write(lambda unit: unit.prune(items_before, dead_before))
        assert pruned == would

        rows = {
            name: row
            for name, row in self.memory.rows.items()
            if row.state is not DeliveryState.DEAD or settled_at(row) >= dead_before
        }
        kept = {
            row.alert_id
            for row in rows.values()
            if row.state in (*OPEN, DeliveryState.DEAD)
            or settled_at(row) >= items_before
            or row.created_at >= items_before
        }
        self.memory.rows = {name: row for name, row in rows.items() if row.alert_id in kept}

    @rule()
    def back_up(self) -> None:
        with (
            closing(sqlite3.connect(self.path)) as source,
            closing(sqlite3.connect(self.folder / "backup")) as copy,
        ):
            source.backup(copy)
        self.saved = self.memory.copy()

    @precondition(lambda self: self.saved)
    @rule()
    def restore(self) -> None:
        self.store.close()
        for left in self.folder.glob("m.sqlite*"):
            left.unlink()
        shutil.copy(self.folder / "backup", self.path)
        assert self.saved
        self.memory = self.saved.copy()
        names = self.world.line.default_webhooks
        self.open_store()
        self.configure(names)
        self.recover()

    # --- what must always be true ---

    @invariant()
    def store_and_model_agree(self) -> None:
        if not hasattr(self, "store"):
            return
        rows = self.store.archive().deliveries(limit=100_000)
        assert {row.id: row for row in rows} == self.memory.rows
        assert len({(row.alert_id, row.webhook) for row in rows}) == len(rows)
        assert dict(self.store.webhook_states()) == self.memory.webhooks
        assert set(self.store.due_webhooks(self.now)) == {n for n in WEBHOOKS if self.due(n)}
        done = {row.id for row in rows if row.state in (DeliveryState.DELIVERED, "accepted")}
        assert done <= self.received

    def due(self, name: str) -> dict[str, Delivery]:
        """What the webhook is to be sent now."""
        if not may_send(self.memory.webhooks.get(name), self.now):
            return {}
        return {
            row.id: row
            for row in self.memory.rows.values()
            if row.webhook == name and row.state in OPEN and due_at(row) <= self.now
        }

    def teardown(self) -> None:
        """In the end every alert arrives."""
        if not hasattr(self, "store"):
            return
        self.crash()
        self.poll()
        for name in WEBHOOKS:
            self.enable(name)
        self.send_again({i for i, row in self.memory.rows.items() if row.state not in OPEN})
        self.now += timedelta(days=365)
        for name in WEBHOOKS:
            while self.due(name):
                row = self.claim(name)
                assert isinstance(row, Delivery)
                self.settle(row, Verdict.DELIVERED, None, 0.5, arrives=True)
        self.store_and_model_agree()
        assert self.memory.rows.keys() <= self.received
        assert set(range(len(self.entries))) == self.memory.told
        self.store.close()
        shutil.rmtree(self.folder)


def number_of(row: Delivery) -> int:
    return int(row.payload.rpartition(b"Train ")[2].partition(b",")[0])


def due_at(row: Delivery) -> datetime:
    return row.leased_until or row.due_at


def settled_at(row: Delivery) -> datetime:
    assert row.settled_at
    return row.settled_at


Outbox.TestCase.settings = settings(max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None)
TestOutbox = Outbox.TestCase
