"""Kind "ntfy"."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from pytest_httpserver import HTTPServer

from monitor.adapters.http.session import Session
from monitor.adapters.webhooks.ntfy import NtfyOptions, NtfyWebhook
from monitor.model import Alert, Answer, Secret, Severity, Verdict
from tests.adapters.webhooks.alerts import HOSTILE, a_huge_alert, alerts
from tests.adapters.webhooks.services import Ntfy
from tests.builders import NOW, a_delivery, an_alert
from tests.servers import Loopback, trust

SESSION = Session(tls=trust(), user_agent="news-monitor-test", allow_private=("127.0.0.0/8",))
TOPIC = "a-secret-topic"


@pytest.fixture(autouse=True, scope="module")
def closed_session() -> Iterator[None]:
    yield
    SESSION.close()


def to(server: str, token: str = Ntfy.token) -> NtfyWebhook:
    options = NtfyOptions(
        topic=Secret(TOPIC), token=Secret(token) if token else None, server=server
    )
    return NtfyWebhook("phone", options, SESSION)


def message(alert: Alert) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(to("https://ntfy.sh").render(alert, "msg_1"))
    return body


def obeys(body: dict[str, Any]) -> None:
    assert set(body) == {"title", "message", "priority"}  # no click, actions, icon, attachment
    assert 1 <= len(body["title"].encode()) <= 250
    assert 1 <= len(body["message"].encode()) <= 4_096
    assert "\n" not in body["title"]


@settings(max_examples=60, deadline=None)
@given(alert=alerts())
def test_any_message_obeys_the_services_limits(alert: Alert) -> None:
    obeys(message(alert))


@pytest.mark.parametrize("character", ["a", "列", "🚆"])
def test_the_biggest_message_obeys_too_and_keeps_its_link(character: str) -> None:
    body = message(a_huge_alert(character))

    obeys(body)
    assert re.fullmatch("https://[!-~]+", body["message"].rpartition("\n")[2])


@pytest.mark.parametrize("headline", HOSTILE)
def test_a_headline_is_nothing_but_text(headline: str) -> None:
    obeys(message(an_alert(headline, snippet=headline, watch_name=headline)))


def test_priority_follows_severity() -> None:
    assert [message(an_alert(severity=s))["priority"] for s in Severity] == [2, 3, 4, 5]


# --- answers ---


def send(service: Ntfy, alert: Alert | None = None, token: str = Ntfy.token) -> Answer:
    with Loopback(service) as server:
        webhook = to(server.url, token)
        body = webhook.render(alert or an_alert(), "msg_1")
        assert TOPIC not in body.decode()
        return webhook.send(a_delivery(payload=body), NOW)


@pytest.mark.parametrize("character", ["", "a", "列", "🚆"])
def test_message_is_taken_as_text_even_the_biggest(character: str) -> None:
    service = Ntfy()

    answer = send(service, a_huge_alert(character) if character else None)

    assert (answer.verdict, answer.remote) == (Verdict.DELIVERED, '{"id": "id0"}')
    assert service.taken[0]["topic"] == TOPIC
    assert "attachment" not in service.taken[0]["said"]


@pytest.mark.parametrize("token", ["", "tk_wrong"])
def test_without_the_token_somebody_must_look(token: str) -> None:
    assert send(Ntfy(), token=token).verdict is Verdict.HELD


@pytest.mark.parametrize("body", ["", "ok", "{}", '{"id": 5}', '{"id": ""}', "[1]"])
def test_200_without_an_id_is_no_success(httpserver: HTTPServer, body: str) -> None:
    httpserver.expect_request("/").respond_with_data(body, 200)

    answer = to(httpserver.url_for("")).send(a_delivery(payload=b"{}"), NOW)

    assert answer.verdict is Verdict.RETRY


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"topic": Secret("a b")}, "topic"),
        ({"topic": Secret("")}, "topic"),
        ({"token": Secret("a b")}, "token"),
        ({"server": "ntfy.sh"}, "server"),
    ],
)
def test_options_that_cannot_be_are_refused(wrong: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        NtfyOptions(**({"topic": Secret(TOPIC)} | wrong))
