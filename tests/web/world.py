"""Databases for the page."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor import bootstrap
from monitor.adapters.sqlite import SqliteStore
from monitor.core.delivery import delivery_id
from monitor.demo.folder import Folder, furnish, new_secret, record
from monitor.demo.story import Story
from monitor.model import (
    Alert,
    Answer,
    Attempt,
    Delivery,
    DeliveryState,
    FeedState,
    Health,
    Silence,
    Verdict,
    WebhookState,
)
from monitor.ports import Unit
from monitor.replay import replay

TOKEN = "correct horse battery staple"
NOW = datetime.now(UTC).replace(microsecond=0)


def a_told_folder(root: Path, story: Story) -> Path:
    """The seed story as the shipped watches told it, sent to `desk` with mishaps.

    The first alert was refused for good, the second is still tried, all others arrived; one feed
    is ill, and a silence holds.
    """
    folder = Folder(root=root)
    furnish(
        folder,
        story.outlets.values(),
        lambda feed: f"http://127.0.0.1:9/{feed}.xml",
        webhook_url="http://127.0.0.1:9/hook",
        secret=new_secret(),
    )
    token = root / "config" / "secrets" / "web"
    token.write_text(TOKEN)
    token.chmod(0o600)
    settings = root / "config" / "monitor.toml"
    settings.write_text(
        settings.read_text().replace('listen = ""', 'listen = ""\ntoken = "file:secrets/web"')
    )
    record(folder, story.items)
    config = bootstrap.load(folder.config)
    database = Path(config.settings.database)
    database.parent.mkdir(exist_ok=True)
    for _ in replay(folder.recording, config, db=database):
        pass
    with SqliteStore(database) as store:
        alerts = store.archive().alerts(limit=1000)[::-1]
        ill = min(config.feeds)
        store.write(lambda unit: _mishaps(unit, alerts, ill))
    return folder.config


def _mishaps(unit: Unit, alerts: Sequence[Alert], ill: str) -> None:
    for number, alert in enumerate(alerts):
        state = {0: DeliveryState.DEAD, 1: DeliveryState.PENDING}.get(
            number, DeliveryState.DELIVERED
        )
        row = Delivery(
            id=delivery_id("told", alert.id, "desk"),
            alert_id=alert.id,
            webhook="desk",
            payload=b'{"text": "as it was sent"}',
            created_at=alert.created_at,
            due_at=NOW,
            state=DeliveryState.PENDING,
        )
        unit.save_deliveries([row])
        claimed = unit.claim("desk", NOW, NOW + timedelta(minutes=1), f"lease-{number}")
        assert claimed is not None
        assert claimed.id == row.id
        verdict, status, text = {
            DeliveryState.DEAD: (Verdict.REFUSED, 400, "400 Bad Request"),
            DeliveryState.PENDING: (Verdict.RETRY, 503, "503 Service Unavailable"),
            DeliveryState.DELIVERED: (Verdict.DELIVERED, 204, "204 No Content"),
        }[state]
        answer = Answer(verdict=verdict, status=status, text=text, excerpt="<b>said the receiver")
        attempt = Attempt(
            delivery_id=row.id, at=NOW, took=timedelta(milliseconds=31), answer=answer
        )
        settled = _settled(claimed, state, "" if state is DeliveryState.DELIVERED else text)
        assert unit.settle(settled, attempt)
    unit.save_silence(
        Silence(
            id="q_planned",
            matchers=("watch=kp-sanctions", "severity<=medium"),
            author="desk",
            comment="a planned drill",
            created_at=NOW,
            starts_at=NOW - timedelta(hours=1),
            ends_at=NOW + timedelta(days=30),
        )
    )
    unit.save_webhook_state(
        WebhookState(
            webhook="desk", failures=1, failing_since=NOW, problem="503 Service Unavailable"
        )
    )
    unit.save_feed_state(
        FeedState(
            feed_id=ill,
            due_at=NOW + timedelta(minutes=5),
            polled_at=NOW,
            failures=3,
            failing_since=NOW - timedelta(hours=2),
            health=Health.UNREACHABLE,
            problem="the name cannot be looked up",
        )
    )


def _settled(claimed: Delivery, state: DeliveryState, problem: str) -> Delivery:
    pending = state is DeliveryState.PENDING
    return replace(
        claimed,
        state=state,
        attempts=claimed.attempts + 1,
        problem=problem,
        due_at=NOW + timedelta(days=30) if pending else claimed.due_at,
        settled_at=None if pending else NOW,
        tried_since=NOW,
    )
