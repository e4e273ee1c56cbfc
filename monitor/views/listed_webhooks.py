"""The webhooks, and how each stands, as JSON."""

from datetime import datetime
from typing import Any

from monitor.core.delivery import may_send
from monitor.model import WebhookConfig, WebhookState


def listed(webhook: WebhookConfig, state: WebhookState | None, now: datetime) -> dict[str, Any]:
    """A webhook in a list; nothing of its options, which may be secrets."""
    return {
        "webhook": webhook.id,
        "kind": webhook.kind,
        "enabled": webhook.enabled,
        "open": webhook.enabled and (state is None or may_send(state, now)),
        "state": state,
    }
