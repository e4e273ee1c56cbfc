"""Kind "mattermost"."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from pytest_httpserver import HTTPServer

from monitor.adapters.http.session import Session
from monitor.adapters.webhooks.mattermost import MattermostWebhook
from monitor.adapters.webhooks.post import UrlOptions
from monitor.model import Alert, Answer, Secret, Severity, Verdict
from tests.adapters.webhooks.alerts import HOSTILE, a_huge_alert, alerts
from tests.adapters.webhooks.services import Mattermost
from tests.builders import NOW, a_delivery, an_alert
from tests.servers import Loopback, trust

SESSION = Session(tls=trust(), user_agent="news-monitor-test", allow_private=("127.0.0.0/8",))


@pytest.fixture(autouse=True, scope="module")
def closed_session() -> Iterator[None]:
    yield
    SESSION.close()


def to(url: str) -> MattermostWebhook:
    return MattermostWebhook("desk", UrlOptions(url=Secret(url)), SESSION)


def message(alert: Alert) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(to("https://chat.example/hooks/x").render(alert, "msg_1"))
    return body


def obeys(body: dict[str, Any]) -> None:
    """Nothing stands outside of backticks but our own link, in angle brackets."""
    (attachment,) = body["attachments"]
    assert set(body) == {"text", "attachments"}
    assert set(attachment) == {"color", "text"}
    assert len(body["text"]) + len(attachment["text"]) <= 16_383
    assert re.fullmatch("`[^`\n]+`", body["text"])
    *lines, last = attachment["text"].split("\n\n")
    assert all(re.fullmatch("`[^`\n]+`", line) for line in lines)
    assert re.fullmatch(r"`[^`\n]+`|<https?://[!-;=?-~]+>( \(wrapped by Google News\))?", last)


@settings(max_examples=60, deadline=None)
@given(alert=alerts())
def test_any_message_obeys_the_services_limits_and_nothing_in_it_acts(alert: Alert) -> None:
    obeys(message(alert))


@pytest.mark.parametrize("character", ["a", "`", "🚆"])
def test_the_biggest_message_obeys_too(character: str) -> None:
    obeys(message(a_huge_alert(character)))


@pytest.mark.parametrize("headline", [*HOSTILE, "@channel @all ~town-square #tag :smile: `@here`"])
def test_mentions_and_markup_in_a_headline_are_quoted(headline: str) -> None:
    obeys(message(an_alert(headline, snippet=headline, watch_name=headline)))


def test_severities_differ_in_colour() -> None:
    colours = {message(an_alert(severity=s))["attachments"][0]["color"] for s in Severity}

    assert len(colours) == len(Severity)


def send(url: str, alert: Alert | None = None) -> Answer:
    webhook = to(url)
    return webhook.send(a_delivery(payload=webhook.render(alert or an_alert(), "msg_1")), NOW)


@pytest.mark.parametrize("character", ["", "a", "🚆", '"'])
def test_message_is_taken_even_the_biggest(character: str) -> None:
    service = Mattermost()
    with Loopback(service) as server:
        alert = a_huge_alert(character) if character else None

        answer = send(f"{server.url}/hooks/{'a' * 26}", alert)

    assert answer.verdict is Verdict.DELIVERED
    assert len(service.taken) == 1


def test_unknown_hook_is_refused() -> None:
    """The service says 400 to an address that it does not know."""
    with Loopback(Mattermost()) as server:
        assert send(f"{server.url}/hooks/x").verdict is Verdict.REFUSED


@pytest.mark.parametrize("body", ["", "<html>sign in</html>", "OK!"])
def test_200_without_ok_is_no_success(httpserver: HTTPServer, body: str) -> None:
    httpserver.expect_request("/hooks/x").respond_with_data(body, 200)

    assert send(httpserver.url_for("/hooks/x")).verdict is Verdict.RETRY
