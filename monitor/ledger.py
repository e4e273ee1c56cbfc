"""What one write transaction does for the courier: take what is to be sent next, settle an answer.

A load is what leaves in one message: a delivery, or those of a storm together.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

from monitor.core import rates
from monitor.core.delivery import (
    LEASE,
    after_attempt,
    is_on_trial,
    may_send,
    webhook_after,
)
from monitor.core.health import dead_letter, may_have_arrived
from monitor.model import (
    Ambiguous,
    Answer,
    Attempt,
    Delivery,
    DeliveryState,
    Form,
    Settings,
    WebhookState,
)
from monitor.pipeline import Line, tell_health
from monitor.ports import Combines, Unit

STORM = 10
"""More than this waiting for one chat are put together."""

_LOST = "the service lost track of it while it was being sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Leased rows of one webhook that leave in one message.

    Attributes:
        more: How many wait behind them.
    """

    rows: tuple[Delivery, ...]
    more: int = 0

    @property
    def first(self) -> Delivery:
        return self.rows[0]

    @property
    def is_combined(self) -> bool:
        return len(self.rows) > 1


def take(
    unit: Unit, settings: Settings, line: Line, name: str, flying: int, now: datetime
) -> Load | timedelta | None:
    """Lease what the webhook is to get next.

    Args:
        flying: Messages to it that are being sent.

    Returns:
        How long to wait, if it is only a matter of time; None: nothing is due, or an answer to
        what is being sent decides.
    """
    state, policy = unit.webhook_state(name), line.policy(name)
    if not may_send(state, now):
        held = state and not state.disabled_at and state.held_until
        return held - now if held else None
    if flying and is_on_trial(state):
        return None
    wait = rates.wait(policy.rate, state.sent if state else (), flying, now)
    if wait is None or wait:
        return wait
    if policy.ambiguous is Ambiguous.HOLD and unit.hold_expired(name, _LOST, now):
        tell_health(
            unit, line, may_have_arrived(name, _LOST, now), settings.health_webhooks, name, now
        )
    lease = uuid4().hex
    row = unit.claim(name, now, now + LEASE, lease)
    if row is None:
        return None
    webhook = line.webhooks[name]
    if row.form is not Form.FULL or not isinstance(webhook, Combines) or is_on_trial(state):
        return Load(rows=(row,))
    waiting = unit.count_due(name, now)
    if waiting < STORM:
        return Load(rows=(row,))
    room = webhook.combined_at_most - 1
    rows = (row, *unit.claim_more(name, now, now + LEASE, lease, room))
    return Load(rows=rows, more=waiting - len(rows) + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A load with its answer.

    Attributes:
        plain: What may be tried if it was refused; see `core.delivery.after_attempt`.
        jitter: A chance for each row.
    """

    load: Load
    answer: Answer
    started_at: datetime
    ended_at: datetime
    jitter: tuple[float, ...]
    plain: bytes | None = None


def settle(unit: Unit, settings: Settings, line: Line, sent: Sent) -> list[Delivery]:
    """Save what became of each row, under the lease that it was sent under or not at all.

    Returns:
        The rows that were still ours, as they are now.
    """
    load, answer, now = sent.load, sent.answer, sent.ended_at
    name = load.first.webhook
    policy = line.policy(name)
    before = unit.webhook_state(name) or WebhookState(webhook=name)
    after = webhook_after(before, answer, now)
    unit.save_webhook_state(replace(after, sent=rates.remember(policy.rate, before.sent, now)))
    ids = tuple(row.id for row in load.rows)
    settled = []
    for row, jitter in zip(load.rows, sent.jitter, strict=True):
        became = after_attempt(
            row, answer, now, jitter, policy, plain=sent.plain, together=load.is_combined
        )
        attempt = Attempt(
            delivery_id=row.id,
            at=sent.started_at,
            took=max(now - sent.started_at, timedelta()),
            answer=answer,
            together=tuple(other for other in ids if other != row.id),
        )
        if unit.settle(replace(became, lease=row.lease), attempt):
            settled.append(became)
    _tell(unit, settings, line, name, settled, now)
    return settled


def give_back(unit: Unit, load: Load) -> None:
    """Rows that were claimed and not sent wait on, as before."""
    for row in load.rows:
        unit.settle(replace(row, state=DeliveryState.PENDING), None)


def _tell(
    unit: Unit,
    settings: Settings,
    line: Line,
    name: str,
    settled: Sequence[Delivery],
    now: datetime,
) -> None:
    for state, alert_of in (
        (DeliveryState.DEAD, dead_letter),
        (DeliveryState.AMBIGUOUS, may_have_arrived),
    ):
        row = next((one for one in settled if one.state is state), None)
        if row is not None:
            alert = alert_of(name, row.problem, now)
            tell_health(unit, line, alert, settings.health_webhooks, name, now)
