"""Kind "telegram"."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from pytest_httpserver import HTTPServer

from monitor.adapters.http.session import Session
from monitor.adapters.webhooks.telegram import TelegramOptions, TelegramWebhook
from monitor.model import Alert, Answer, Secret, Severity, Template, Verdict
from tests.adapters.webhooks.alerts import HOSTILE, a_huge_alert, alerts
from tests.adapters.webhooks.services import TOKEN, Telegram, utf16
from tests.builders import NOW, a_delivery, an_alert
from tests.servers import Loopback, trust

SESSION = Session(tls=trust(), user_agent="news-monitor-test", allow_private=("127.0.0.0/8",))


@pytest.fixture(autouse=True, scope="module")
def closed_session() -> Iterator[None]:
    yield
    SESSION.close()


def to(server: str, **more: Any) -> TelegramWebhook:
    given: dict[str, Any] = {"token": Secret(TOKEN), "chat": "-1001", "server": server}
    return TelegramWebhook("desk", TelegramOptions(**(given | more)), SESSION)


WEBHOOK = to("https://api.telegram.org")


def message(alert: Alert) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(WEBHOOK.render(alert, "msg_1"))
    return body


def bare(body: dict[str, Any]) -> str:
    """The text in which the service looks for mentions, tags and addresses: outside of code."""
    units = bytearray(body["text"].encode("utf-16-le"))
    for entity in body["entities"]:
        start, end = 2 * entity["offset"], 2 * (entity["offset"] + entity["length"])
        units[start:end] = " ".encode("utf-16-le") * ((end - start) // 2)
    return units.decode("utf-16-le")


def obeys(body: dict[str, Any]) -> None:
    assert 1 <= utf16(body["text"]) <= 4_096
    assert body["link_preview_options"] == {"is_disabled": True}
    assert "parse_mode" not in body
    assert len(body["entities"]) <= 100
    assert {entity["type"] for entity in body["entities"]} <= {"code"}
    told, _, last = bare(body).rpartition("\n")
    if not re.match("https?://", last):
        told += last
    assert not re.search(r"@\w|#\w|\$[A-Z]|(?<!\w)/\w|\w://|\w\.[a-z]{2}", told)


@settings(max_examples=60, deadline=None)
@given(alert=alerts())
def test_any_message_obeys_the_services_limits_and_nothing_in_it_acts(alert: Alert) -> None:
    obeys(message(alert))


@pytest.mark.parametrize("character", ["a", "*", "🚆", "@", "a.bc ", "/a "])
def test_the_biggest_message_obeys_too_and_keeps_its_link(character: str) -> None:
    body = message(a_huge_alert(character))

    obeys(body)
    assert body["text"].rpartition("\n")[2].startswith("https://")


@pytest.mark.parametrize("headline", [*HOSTILE, "/start@bot #tag $CASH 1.2.3.4 a@b.cd t.me/x"])
def test_mentions_tags_and_addresses_in_a_headline_are_code(headline: str) -> None:
    obeys(message(an_alert(headline, snippet=headline, watch_name=headline)))


def test_without_a_link_of_ours_nothing_is_one() -> None:
    """An address that ends the text is not taken for ours."""
    options = TelegramOptions(
        token=Secret(TOKEN), chat="1", template=Template(text="x\n{{ headline }}")
    )
    webhook = TelegramWebhook("desk", options, SESSION)

    body = json.loads(webhook.render(an_alert("https://evil.example", url=""), "msg_1"))

    assert "evil" not in bare(body)


def test_ordinary_headlines_have_no_marks() -> None:
    """Abbreviations, figures and slashes inside of words are left alone."""
    body = message(an_alert("U.S. and/or EU: 3.5 km/h, 50% (2025-06-12)", snippet="", url=""))

    assert body["entities"] == []


def test_low_alerts_arrive_without_a_sound() -> None:
    silent = {s for s in Severity if "disable_notification" in message(an_alert(severity=s))}

    assert silent == {Severity.LOW}


def test_message_goes_to_the_chat_and_topic() -> None:
    body = json.loads(to("https://api.telegram.org", topic=5).render(an_alert(), "msg_1"))

    assert (body["chat_id"], body["message_thread_id"]) == ("-1001", 5)


# --- answers ---


def send(service: Telegram, alert: Alert | None = None, root: str = "") -> Answer:
    with Loopback(service) as server:
        webhook = to(server.url)
        body = webhook.render(alert or an_alert(), "msg_1")
        return webhook.send(replace(a_delivery(payload=body), root=root), NOW)


def test_message_is_taken_and_its_number_is_known() -> None:
    service = Telegram()

    answer = send(service)

    assert (answer.verdict, answer.remote) == (Verdict.DELIVERED, '{"message_id": 101}')
    assert "reply_parameters" not in service.taken[0]


def test_update_of_a_story_is_a_reply_to_its_first_message() -> None:
    service = Telegram()

    answer = send(service, root='{"message_id": 7}')

    assert answer.verdict is Verdict.DELIVERED
    expected = {"message_id": 7, "allow_sending_without_reply": True}
    assert service.taken[0]["reply_parameters"] == expected


@pytest.mark.parametrize("root", ["", "{}", "[", '{"message_id": "7"}', '"x"'])
def test_unreadable_root_is_none(root: str) -> None:
    service = Telegram()

    assert send(service, root=root).verdict is Verdict.DELIVERED
    assert "reply_parameters" not in service.taken[0]


@pytest.mark.parametrize("character", ["a", "🚆", "@"])
def test_biggest_message_is_taken(character: str) -> None:
    assert send(Telegram(), a_huge_alert(character)).verdict is Verdict.DELIVERED


def test_wait_in_the_body_is_read() -> None:
    service = Telegram()
    service.first.append(service.no(429, "Too Many Requests: retry after 33", retry_after=33))

    answer = send(service)

    assert (answer.verdict, answer.retry_after) == (Verdict.THROTTLED, timedelta(seconds=33))


def test_moved_group_is_told_with_its_new_number() -> None:
    service = Telegram()
    service.first.append(service.no(400, "Bad Request: upgraded", migrate_to_chat_id=-100777))

    answer = send(service)

    assert answer.verdict is Verdict.HELD
    assert 'chat = "-100777"' in answer.text


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        ('{"ok": false, "error_code": 429, "parameters": {"retry_after": 5}}', Verdict.THROTTLED),
        ('{"ok": false, "error_code": 403, "description": "bot was kicked"}', Verdict.HELD),
        ('{"ok": false, "error_code": 400}', Verdict.REFUSED),
        ('{"ok": false, "error_code": 200}', Verdict.RETRY),
        ('{"ok": false, "error_code": "400"}', Verdict.RETRY),
        ('{"ok": false}', Verdict.RETRY),
        ('{"ok": "true"}', Verdict.RETRY),
        ("", Verdict.RETRY),
        ("<html>sign in</html>", Verdict.RETRY),
        ("[true]", Verdict.RETRY),
    ],
)
def test_200_without_ok_is_no_success(httpserver: HTTPServer, body: str, verdict: Verdict) -> None:
    httpserver.expect_request(f"/bot{TOKEN}/sendMessage").respond_with_data(body, 200)

    answer = to(httpserver.url_for("").rstrip("/")).send(a_delivery(payload=b"{}"), NOW)

    assert answer.verdict is verdict
    assert TOKEN not in str(answer)


# --- options ---


@pytest.mark.parametrize("chat", ["", "name", "@a", "1001 ", "-100\n1", "@ab cd"])
def test_chat_that_cannot_be_one_is_refused(chat: str) -> None:
    with pytest.raises(ValueError, match="chat is neither"):
        TelegramOptions(token=Secret(TOKEN), chat=chat)


@pytest.mark.parametrize("token", ["", "12345678", f"bot{TOKEN}", f"{TOKEN}/x"])
def test_token_that_cannot_be_one_is_refused_unrepeated(token: str) -> None:
    with pytest.raises(ValueError, match="token is not a bot's") as caught:
        TelegramOptions(token=Secret(token), chat="1")

    assert not token or token not in str(caught.value)


@pytest.mark.parametrize("server", ["ftp://x.example", "https://x.example/?a=b", "x", ""])
def test_server_that_cannot_be_one_is_refused(server: str) -> None:
    with pytest.raises(ValueError, match=r"^server"):
        TelegramOptions(token=Secret(TOKEN), chat="1", server=server)
