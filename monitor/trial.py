"""An alert to try a webhook with."""

from datetime import UTC, datetime
from secrets import token_hex

from monitor.core.delivery import delivery_id, no_answer
from monitor.errors import DeliveryError
from monitor.model import Alert, AlertKind, Answer, Delivery, Severity
from monitor.ports import Webhook


def send_test(target: Webhook, name: str) -> Answer:
    """Send an alert that is marked as a test, at once; nothing is stored."""
    now = datetime.now(UTC)
    alert = _test_alert(name, now)
    webhook_id = delivery_id("test", alert.id, name)
    delivery = Delivery(
        id=webhook_id,
        alert_id=alert.id,
        webhook=name,
        payload=target.render(alert, webhook_id),
        created_at=now,
        due_at=now,
    )
    try:
        return target.send(delivery, now)
    except DeliveryError as exc:
        return no_answer(exc)


def _test_alert(name: str, now: datetime) -> Alert:
    return Alert(
        id=f"a_test_{token_hex(8)}",
        kind=AlertKind.NEW,
        severity=Severity.LOW,
        reason="a test that somebody asked for",
        watch_id="test",
        watch_name="TEST",
        created_at=now,
        title="Test alert of news-monitor: nothing has happened",
        snippet=f"If you can read this, alerts for the webhook '{name}' arrive here.",
        language="en",
        publisher="news-monitor",
        seen_at=now,
    )
