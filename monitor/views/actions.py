"""What people do, whichever way they ask for it: each a work for one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.core.delivery import may_send
from monitor.model import Delivery, WebhookState
from monitor.ports import Unit

# --- deliveries ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Requeued:
    """What sending again did.

    Attributes:
        left: Deliveries that wait to be sent as it is.
        enabled: Webhooks that were disabled until now.
        held_until: Webhook -> when it will be sent to again.
    """

    queued: int
    left: int
    enabled: tuple[str, ...]
    held_until: Mapping[str, datetime]


def requeue(unit: Unit, found: Sequence[Delivery], now: datetime) -> Requeued:
    """Have deliveries sent again, the oldest first; what waits anyway is left alone.

    Args:
        found: Newest first.
    """
    wanted = [one.id for one in reversed(found)]
    states = [unit.webhook_state(name) for name in sorted({one.webhook for one in found})]
    known = [state for state in states if state]
    disabled = tuple(state.webhook for state in known if state.disabled_at)
    for name in disabled:
        unit.enable(name, now)
    queued = unit.requeue(wanted, now)
    return Requeued(
        queued=queued,
        left=len(set(wanted)) - queued,
        enabled=disabled,
        held_until=held_until(known, now),
    )


def held_until(states: Iterable[WebhookState], now: datetime) -> dict[str, datetime]:
    """Webhook -> when those that are held will be sent to again."""
    return {
        state.webhook: state.held_until
        for state in states
        if not state.disabled_at and not may_send(state, now) and state.held_until
    }
