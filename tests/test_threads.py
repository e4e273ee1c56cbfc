"""Outbox, courier and a service together: threads, and what is kept of a template that failed."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor.adapters.http.session import Session
from monitor.adapters.sqlite import SqliteStore
from monitor.adapters.webhooks.telegram import TelegramOptions, TelegramWebhook
from monitor.courier import Courier
from monitor.model import Alert, DeliveryState, Secret, Settings, Template
from monitor.pipeline import Line, tell_health
from tests.adapters.webhooks.services import TOKEN, Telegram
from tests.builders import NOW, an_alert
from tests.lines import World
from tests.servers import Loopback, trust


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore(tmp_path / "m.sqlite") as opened:
        yield opened


@pytest.fixture
def service() -> Telegram:
    return Telegram()


@pytest.fixture
def line(store: SqliteStore, service: Telegram) -> Iterator[Line]:
    session = Session(tls=trust(), user_agent="news-monitor-test", allow_private=("127.0.0.0/8",))
    template = Template(text="{{ headline }}{% if headline == 'Boom' %}{{ x.y }}{% endif %}")
    with Loopback(service) as server:
        options = TelegramOptions(
            token=Secret(TOKEN), chat="-1001", server=server.url, template=template
        )
        yield World(store, [], phone=TelegramWebhook("phone", options, session)).line
    session.close()


def deliver(store: SqliteStore, line: Line, *alerts: Alert) -> None:
    """Each alert is delivered before the next is raised, a minute later."""
    for number, alert in enumerate(alerts):
        _deliver(store, line, alert, NOW + timedelta(minutes=number))


def _deliver(store: SqliteStore, line: Line, alert: Alert, now: datetime) -> None:
    store.write(lambda unit: tell_health(unit, line, alert, ["phone"], "", now))
    settings = Settings()
    courier = Courier(
        settings=settings, line=line, store=store, now=lambda: now, jitter=lambda: 0.0
    )
    courier.deliver()
    courier.halt()
    courier.join(5)


def test_alerts_of_a_story_hang_on_its_first_message(
    store: SqliteStore, line: Line, service: Telegram
) -> None:
    deliver(
        store,
        line,
        an_alert("One", id="a1"),
        an_alert("Other", id="b1", story_id="s_2"),
        an_alert("Two", id="a2", seq=2, supersedes="a1"),
        an_alert("Three", id="a3", seq=3, supersedes="a2"),
    )

    replies = [message.get("reply_parameters", {}).get("message_id") for message in service.taken]
    assert replies == [None, None, 101, 101]
    assert {row.state for row in store.archive().deliveries()} == {DeliveryState.DELIVERED}


def test_failed_template_stands_in_the_ledger(store: SqliteStore, line: Line) -> None:
    deliver(store, line, an_alert("Fine", id="a1"), an_alert("Boom", id="a2"))

    archive = store.archive()
    texts = {row.alert_id: archive.attempts(row.id)[0].answer.text for row in archive.deliveries()}
    assert texts == {
        "a1": "answered 200 OK",
        "a2": "answered 200 OK; built-in form: the template, line 1: 'x' is undefined",
    }
