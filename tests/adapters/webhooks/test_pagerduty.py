"""Kind "pagerduty"."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from pytest_httpserver import HTTPServer

from monitor.adapters.http.session import Session
from monitor.adapters.webhooks.pagerduty import PagerdutyOptions, PagerdutyWebhook
from monitor.model import Alert, Answer, Secret, Severity, Verdict
from tests.adapters.webhooks.alerts import HOSTILE, a_huge_alert, alerts
from tests.adapters.webhooks.services import Pagerduty
from tests.builders import NOW, a_delivery, an_alert
from tests.servers import Loopback, trust

SESSION = Session(tls=trust(), user_agent="news-monitor-test", allow_private=("127.0.0.0/8",))
SERVICE = Pagerduty()


@pytest.fixture(autouse=True, scope="module")
def closed_session() -> Iterator[None]:
    yield
    SESSION.close()


def to(server: str, key: str = Pagerduty.key) -> PagerdutyWebhook:
    return PagerdutyWebhook(
        "duty", PagerdutyOptions(routing_key=Secret(key), server=server), SESSION
    )


def message(alert: Alert) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(to("https://events.example").render(alert, "msg_1"))
    return body


def obeys(body: dict[str, Any]) -> None:
    whole = body | {"routing_key": Pagerduty.key}
    assert list(SERVICE.errors(whole, len(json.dumps(whole)))) == []


@settings(max_examples=60, deadline=None)
@given(alert=alerts())
def test_any_message_obeys_the_services_limits(alert: Alert) -> None:
    obeys(message(alert))


@pytest.mark.parametrize("character", ["a", '"', "🚆", " "])
def test_the_biggest_message_obeys_too(character: str) -> None:
    obeys(message(a_huge_alert(character)))


@pytest.mark.parametrize("headline", HOSTILE)
def test_link_is_shown_as_where_it_leads(headline: str) -> None:
    body = message(an_alert(headline, snippet=headline, watch_name=headline))

    obeys(body)
    (link,) = body["links"]
    assert link["text"] == link["href"] == "https://pennant.example.org/a/1"


def test_severities_are_the_services() -> None:
    told = [message(an_alert(severity=s))["payload"]["severity"] for s in Severity]

    assert told == ["info", "warning", "error", "critical"]


def test_story_is_one_incident_and_an_alert_without_one_is_its_own() -> None:
    keys = [
        message(alert)["dedup_key"]
        for alert in (an_alert(), an_alert("Update", id="a_2", seq=2), an_alert(story_id=""))
    ]

    assert keys == ["s_1", "s_1", "a_1"]


# --- answers ---


def send(service: Pagerduty, alert: Alert | None = None, key: str = Pagerduty.key) -> Answer:
    with Loopback(service) as server:
        webhook = to(server.url, key)
        body = webhook.render(alert or an_alert(), "msg_1")
        assert Pagerduty.key not in body.decode()
        return webhook.send(a_delivery(payload=body), NOW)


@pytest.mark.parametrize("character", ["", "a", "🚆"])
def test_event_is_taken_even_the_biggest(character: str) -> None:
    service = Pagerduty()

    answer = send(service, a_huge_alert(character) if character else None)

    assert (answer.verdict, answer.status) == (Verdict.DELIVERED, 202)
    assert len(service.taken) == 1


def test_answer_names_the_incident() -> None:
    assert send(Pagerduty()).remote == '{"dedup_key": "s_1"}'


def test_unknown_key_is_refused() -> None:
    assert send(Pagerduty(), key="X" * 32).verdict is Verdict.REFUSED


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, '{"dedup_key": "s_1"}'), (202, ""), (202, '{"dedup_key": "other"}'), (202, "[]")],
)
def test_success_is_202_with_our_key(httpserver: HTTPServer, status: int, body: str) -> None:
    httpserver.expect_request("/v2/enqueue").respond_with_data(body, status)
    webhook = to(httpserver.url_for("").rstrip("/"))

    answer = webhook.send(a_delivery(payload=webhook.render(an_alert(), "msg_1")), NOW)

    assert answer.verdict is Verdict.RETRY


@pytest.mark.parametrize("key", ["", "short", "R0" * 15 + "-/"])
def test_key_that_cannot_be_one_is_refused_unrepeated(key: str) -> None:
    with pytest.raises(ValueError, match="routing_key") as caught:
        PagerdutyOptions(routing_key=Secret(key))

    assert not key or key not in str(caught.value)
