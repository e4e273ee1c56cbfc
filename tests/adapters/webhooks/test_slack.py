"""Kind "slack"."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from pytest_httpserver import HTTPServer

from monitor.adapters.http.session import Session
from monitor.adapters.webhooks.post import UrlOptions
from monitor.adapters.webhooks.slack import SlackWebhook
from monitor.model import Alert, Answer, Secret, Verdict
from tests.adapters.webhooks.alerts import HOSTILE, a_huge_alert, alerts
from tests.builders import NOW, a_delivery, an_alert
from tests.servers import trust

SESSION = Session(tls=trust(), user_agent="news-monitor-test", allow_private=("127.0.0.0/8",))
WEBHOOK = SlackWebhook("desk", UrlOptions(url=Secret("https://hooks.example/x")), SESSION)


@pytest.fixture(autouse=True, scope="module")
def closed_session() -> Iterator[None]:
    yield
    SESSION.close()


def message(alert: Alert) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(WEBHOOK.render(alert, "msg_1"))
    return body


def text_objects(body: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        text
        for block in body["blocks"]
        for text in ([block["text"]] if "text" in block else block["elements"])
    ]


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@settings(max_examples=50, deadline=None)
@given(alert=alerts())
def test_any_message_obeys_the_services_limits_and_holds_no_markup(alert: Alert) -> None:
    obeys(message(alert))


@pytest.mark.parametrize("character", ["a", "&", "🚆"])
def test_the_biggest_message_obeys_too(character: str) -> None:
    obeys(message(a_huge_alert(character)))


def obeys(body: dict[str, Any]) -> None:
    texts = text_objects(body)
    assert len(body["blocks"]) <= 50
    assert utf16(body["blocks"][0]["text"]["text"]) <= 150
    assert all(1 <= utf16(text["text"]) <= 3_000 for text in texts)
    assert sum(utf16(text["text"]) for text in texts) < 13_200
    assert utf16(body["text"]) <= 40_000
    links = [text for text in texts if text["type"] == "mrkdwn"]
    assert len(links) <= 1
    assert all(re.fullmatch(r"<https?://[^<>|\s]+>( \(wrapped by Google News\))?", link["text"])
               for link in links)  # fmt: skip
    for text in [body["text"], *(t["text"] for t in texts if t["type"] == "plain_text")]:
        assert not re.search(r"[<>]|&(?!amp;|lt;|gt;)", text)


@pytest.mark.parametrize("headline", HOSTILE)
def test_mentions_and_links_in_a_headline_arrive_as_text(headline: str) -> None:
    body = message(an_alert(headline, snippet=headline, watch_name=headline))

    assert (body["parse"], body["link_names"], body["mrkdwn"]) == ("none", False, False)
    assert (body["unfurl_links"], body["unfurl_media"]) == (False, False)
    obeys(body)


def test_only_three_characters_are_escaped() -> None:
    headline = text_objects(message(an_alert('Tom & "Jerry" <3 > *b*')))[1]["text"]

    assert headline == 'Tom &amp; "Jerry" &lt;3 &gt; *b*'


def test_an_escape_is_never_cut_in_two() -> None:
    headline = text_objects(message(a_huge_alert("&")))[1]["text"]

    assert re.fullmatch("(&amp;)+…", headline)


def test_a_wrapped_link_is_labelled() -> None:
    url = "https://news.google.com/rss/articles/CBMi?oc=5&hl=en"

    link = text_objects(message(an_alert(url=url)))[-1]["text"]

    assert link == (
        "<https://news.google.com/rss/articles/CBMi?oc=5&amp;hl=en> (wrapped by Google News)"
    )


def answered(httpserver: HTTPServer, text: str, status: int) -> Answer:
    httpserver.expect_request("/x").respond_with_data(text, status)
    webhook = SlackWebhook("desk", UrlOptions(url=Secret(httpserver.url_for("/x"))), SESSION)
    return webhook.send(a_delivery(payload=WEBHOOK.render(an_alert(), "")), NOW)


@pytest.mark.parametrize(
    ("status", "text", "verdict"),
    [
        (200, "ok", Verdict.DELIVERED),
        (200, "<html>Please log in</html>", Verdict.RETRY),
        (200, "", Verdict.RETRY),
        (400, "invalid_payload", Verdict.REFUSED),
        (403, "action_prohibited", Verdict.HELD),
        (404, "no_service", Verdict.HELD),
        (410, "channel_is_archived", Verdict.GONE),
        (500, "rollup_error", Verdict.RETRY),
    ],
)
def test_success_is_200_with_ok_and_nothing_else(
    httpserver: HTTPServer, status: int, text: str, verdict: Verdict
) -> None:
    answer = answered(httpserver, text, status)

    assert (answer.verdict, answer.excerpt) == (verdict, text)
