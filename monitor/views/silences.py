"""Silences as JSON."""

from datetime import datetime
from typing import Any

from monitor.model import Silence
from monitor.ports import Archive
from monitor.views.nouns import as_json


def listed(one: Silence, archive: Archive, now: datetime) -> dict[str, Any]:
    """A silence in a list: whether it holds, and how many deliveries it kept from being sent."""
    document: dict[str, Any] = as_json(one)
    return document | {"active": one.is_active(now), "muted": archive.muted_by(one.id)}
