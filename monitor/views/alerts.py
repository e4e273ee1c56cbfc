"""An alert, and what became of it at each webhook, in words and as JSON."""

import json
from collections.abc import Sequence
from typing import Any

from monitor.core.inert import one_line
from monitor.model import (
    Alert,
    Attempt,
    Delivery,
    DeliveryState,
    Hold,
    Intervened,
    Intervention,
    Rated,
    WebhookState,
)
from monitor.ports import Archive
from monitor.views.nouns import as_json
from monitor.views.words import plural, second


def place(alert: Alert, archive: Archive) -> tuple[int, int] | None:
    """Which of the story's alerts to the watch it is, from 1, and how many there are."""
    told = [one.id for one in archive.alerts_of(alert.story_id) if one.watch_id == alert.watch_id]
    return (told.index(alert.id) + 1, len(told)) if alert.id in told else None


def held(hold: Hold) -> str:
    """A decision in words."""
    until = f", until {second(hold.until)}" if hold.until else ""
    text = f": {one_line(hold.text)}" if hold.text else ""
    return f"{hold.cause.value.replace('_', ' ')}{text}{until}"


def by_hand(one: Intervened) -> str:
    """What a person did, in words."""
    what = "redelivered" if one.kind is Intervention.REDELIVERY else one.kind.value
    before = f"; it was {one_line(one.before)}" if one.before else ""
    return f"{what} by hand{before}"


def unseen_told(attempt: Attempt) -> str:
    """Of an attempt of which nobody saw the answer."""
    return f"may have arrived: {one_line(attempt.answer.text)}"


def outcome(delivery: Delivery, bundle: Delivery | None, state: WebhookState | None = None) -> str:
    """How a delivery stands.

    Args:
        bundle: The one that tells of it.
        state: Of the webhook.
    """
    problem = f" ({one_line(delivery.problem)})" if delivery.problem else ""
    if delivery.state is DeliveryState.HELD:
        return f"held until {second(delivery.due_at)}{problem}"
    if delivery.state is DeliveryState.MUTED:
        return f"not sent{problem}"
    if bundle is not None:
        return f"{bundle.state.value} as part of {bundle.id}"
    tries = plural(delivery.attempts, "attempt")
    if delivery.state is DeliveryState.PENDING:
        return f"pending, {_due(delivery, state)}, after {tries}{problem}"
    return f"{delivery.state.value} after {tries}{problem}"


def _due(delivery: Delivery, state: WebhookState | None) -> str:
    if state is not None and state.disabled_at is not None:
        return "not before 'news-monitor webhook enable'"
    held = state.held_until if state else None
    if held is not None and held > delivery.due_at:
        return f"next attempt not before {second(held)}, for the webhook is held"
    return f"next attempt due {second(delivery.due_at)}"


def document(alert: Alert) -> dict[str, Any]:
    """All of an alert; its story in the shape of the message of kind "standard"."""
    from monitor.adapters.webhooks.payload import message

    document: dict[str, Any] = as_json(alert)
    del document["situation"]
    return document | {"story_now": json.loads(message(alert))["data"]["story_now"]}


def way(delivery: Delivery, holds: Sequence[Hold], done: Sequence[Intervened]) -> dict[str, object]:
    """What became of it at one webhook, as JSON."""
    names = ("id", "webhook", "state", "attempts", "due_at", "settled_at", "problem", "bundle")
    told = {"holds": as_json(holds), "interventions": as_json(done)}
    return {name: getattr(delivery, name) for name in names} | told


def shown(
    alert: Alert, archive: Archive, sent: Sequence[Delivery], rated: Rated | None
) -> dict[str, Any]:
    """All that is known of an alert, as JSON.

    Args:
        sent: Its deliveries, newest first.
        rated: What a person said of it.
    """
    place_ = place(alert, archive) if alert.story_id else None
    ways = [way(one, archive.holds(one.id), archive.interventions(one.id)) for one in sent]
    return document(alert) | {
        "of_story": {"number": place_[0], "alerts": place_[1]} if place_ else None,
        "rated": {"rating": rated.rating, "note": rated.note} if rated else None,
        "deliveries": ways,
    }


def sent_to(alert: Alert, archive: Archive) -> Sequence[Delivery]:
    """Its deliveries, newest first."""
    return archive.deliveries(alert_id=alert.id, limit=MANY)


MANY = 1000
