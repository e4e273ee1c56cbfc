"""All that is known of a delivery, as JSON."""

from typing import Any

from monitor.model import Delivery
from monitor.ports import Archive
from monitor.views.nouns import as_json


def shown(delivery: Delivery, archive: Archive) -> dict[str, Any]:
    """With what is sent, its attempts, what was decided before, and what people did to it."""
    document: dict[str, Any] = as_json(delivery)
    return document | {
        "holds": as_json(archive.holds(delivery.id)),
        "history": as_json(archive.attempts(delivery.id)),
        "interventions": as_json(archive.interventions(delivery.id)),
    }
