"""Kind "apprise", with Apprise itself and a service on loopback."""

import json
import socket
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings

from monitor.adapters.http.session import Session
from monitor.adapters.webhooks.apprise import AppriseOptions, AppriseWebhook, ask
from monitor.model import Alert, Answer, Secret, Verdict
from tests.adapters.webhooks.alerts import HOSTILE, a_huge_alert, alerts
from tests.builders import NOW, a_delivery, an_alert
from tests.servers import Loopback, Reply, Request, trust

PATH = "/s3cret-c4nary"


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    made = Session(tls=trust(), user_agent="news-monitor-test", allow_private=("127.0.0.0/8",))
    yield made
    made.close()


def to(url: str, session: Session) -> AppriseWebhook:
    service = url.replace("http://", "json://") + PATH
    return AppriseWebhook("other", AppriseOptions(service=Secret(service)), session)


WEBHOOK = AppriseWebhook(
    "other",
    AppriseOptions(service=Secret("json://notify.example")),
    Session(tls=trust(), user_agent="x"),
)


def message(alert: Alert) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(WEBHOOK.render(alert, "msg_1"))
    return body


def obeys(body: dict[str, Any]) -> None:
    assert set(body) == {"title", "body"}
    assert 1 <= len(body["title"]) <= 200
    assert 1 <= len(body["body"]) <= 6_000
    told = body["title"] + body["body"].rpartition("\n")[0]
    assert not set(told) & set("@<>`|")


@settings(max_examples=60, deadline=None)
@given(alert=alerts())
def test_any_message_is_short_and_pings_nobody(alert: Alert) -> None:
    obeys(message(alert))


@pytest.mark.parametrize("character", ["a", "@", "🚆"])
def test_the_biggest_message_keeps_its_link(character: str) -> None:
    body = message(a_huge_alert(character))

    obeys(body)
    assert body["body"].rpartition("\n")[2].startswith("https://")


@pytest.mark.parametrize("headline", HOSTILE)
def test_mentions_and_links_in_a_headline_are_lookalikes(headline: str) -> None:
    obeys(message(an_alert(headline, snippet=headline, watch_name=headline)))


# --- with Apprise ---


def send(url: str, session: Session) -> Answer:
    webhook = to(url, session)
    return webhook.send(a_delivery(payload=webhook.render(an_alert("列车"), "msg_1")), NOW)


def test_message_is_sent_but_not_verified(session: Session) -> None:
    with Loopback(lambda request: Reply(200)) as server:
        answer = send(server.url, session)

    assert answer.verdict is Verdict.UNVERIFIED
    (request,) = server.requests
    said = json.loads(request.body)
    assert said["title"] == "[HIGH] Trains across the DPRK border: new"
    assert said["message"].startswith("列车\n")
    assert said["attachments"] == []


@pytest.mark.parametrize("status", [500, 404, 429])
def test_failure_is_tried_again_and_tells_no_address(session: Session, status: int) -> None:
    with Loopback(lambda request: Reply(status)) as server:
        answer = send(server.url, session)

    assert answer.verdict is Verdict.RETRY
    assert "not sent" in answer.text
    assert "c4nary" not in str(answer)


def test_redirect_is_not_followed(session: Session) -> None:
    with Loopback(lambda request: Reply(200)) as other:

        def move(request: Request) -> Reply:
            return Reply(307, headers={"location": f"{other.url}/elsewhere"})

        with Loopback(move) as server:
            webhook = AppriseWebhook(
                "other",
                AppriseOptions(
                    service=Secret(server.url.replace("http:", "json:") + "/x?redirect=yes")
                ),
                session,
            )
            answer = webhook.send(a_delivery(payload=webhook.render(an_alert(), "msg_1")), NOW)

    assert answer.verdict is Verdict.RETRY
    assert other.requests == []


def test_private_address_is_not_connected_to_unless_configuration_names_it() -> None:
    session = Session(tls=trust(), user_agent="news-monitor-test")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)

        answer = send(f"http://127.0.0.1:{listener.getsockname()[1]}", session)

        assert answer.verdict is Verdict.RETRY
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_child_that_is_late_is_killed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        began = time.monotonic()

        said = ask(
            {
                "service": f"json://127.0.0.1:{listener.getsockname()[1]}/?rto=60",
                "title": "t",
                "body": "b",
                "allow_private": ["127.0.0.0/8"],
            },
            4.0,
        )

    assert said["outcome"] == "late"
    assert time.monotonic() - began < 15


# --- options ---


def test_what_is_missing_is_told_with_its_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)

    with pytest.raises(ValueError, match=r"not installed; pip install '\.\[apprise\]'"):
        AppriseOptions(service=Secret("json://notify.example"))


@pytest.mark.parametrize("service", ["", "s3cret-c4nary", "nothing://s3cret-c4nary", "tgram://x"])
def test_address_that_apprise_cannot_read_is_refused_unrepeated(service: str) -> None:
    with pytest.raises(ValueError, match="no address that apprise can read") as caught:
        AppriseOptions(service=Secret(service))

    assert "c4nary" not in str(caught.value)
