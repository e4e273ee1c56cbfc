"""Kind "teams"."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from pytest_httpserver import HTTPServer

from monitor.adapters.http.session import Session
from monitor.adapters.webhooks.post import UrlOptions
from monitor.adapters.webhooks.teams import MAX_BYTES, TeamsWebhook
from monitor.model import Alert, Secret, Verdict
from tests.adapters.webhooks.alerts import HOSTILE, a_huge_alert, alerts
from tests.builders import NOW, a_delivery, an_alert
from tests.servers import trust

SESSION = Session(tls=trust(), user_agent="news-monitor-test", allow_private=("127.0.0.0/8",))


@pytest.fixture(autouse=True, scope="module")
def closed_session() -> Iterator[None]:
    yield
    SESSION.close()


def to(url: str) -> TeamsWebhook:
    return TeamsWebhook("desk", UrlOptions(url=Secret(url)), SESSION)


WEBHOOK = to("https://flow.example/x?sig=1")


def card(alert: Alert) -> dict[str, Any]:
    body = WEBHOOK.render(alert, "msg_1")
    assert len(body) <= MAX_BYTES
    message = json.loads(body)
    (attachment,) = message["attachments"]
    assert message["type"] == "message"
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    content: dict[str, Any] = attachment["content"]
    return content


def words(content: dict[str, Any]) -> list[str]:
    return [run["text"] for block in content["body"] for run in block["inlines"]]


@settings(max_examples=50, deadline=None)
@given(alert=alerts())
def test_any_card_shows_strangers_words_in_text_runs_only(alert: Alert) -> None:
    card(alert)
    obeys(json.loads(WEBHOOK.render(alert, "msg_1")))


def obeys(body: dict[str, Any]) -> None:
    """A TextBlock, a fact or a title would read strangers' words as markdown."""
    assert len(json.dumps(body, ensure_ascii=False).encode()) <= MAX_BYTES
    (attachment,) = body["attachments"]
    content = attachment["content"]
    assert {block["type"] for block in content["body"]} == {"RichTextBlock"}
    assert {run["type"] for block in content["body"] for run in block["inlines"]} == {"TextRun"}
    assert all(words(content))
    assert "entities" not in content["msteams"]
    for action in content.get("actions", []):
        assert action["type"] == "Action.OpenUrl"
        assert action["url"].startswith(("https://", "http://"))


@pytest.mark.parametrize("character", ["a", '"', "列", "🚆"])
def test_the_biggest_card_is_small_enough(character: str) -> None:
    card(a_huge_alert(character, url="https://" + "a." * 1_000 + "example/"))


@pytest.mark.parametrize("headline", HOSTILE[:6])
def test_a_headline_is_shown_as_it_is(headline: str) -> None:
    assert headline in words(card(an_alert(headline)))


def test_the_link_says_where_it_goes() -> None:
    (action,) = card(an_alert(url="https://news.google.com/rss/articles/CBMi"))["actions"]

    assert action == {
        "type": "Action.OpenUrl",
        "title": "Open news.google.com (wrapped by Google News)",
        "url": "https://news.google.com/rss/articles/CBMi",
    }


def test_without_a_safe_link_there_is_no_button() -> None:
    assert "actions" not in card(an_alert(url="javascript:alert(1)"))


@pytest.mark.parametrize("status", [200, 202])
def test_success_is_never_more_than_accepted(httpserver: HTTPServer, status: int) -> None:
    """The flow answers before it posts, and can fail after that where nobody sees it."""
    httpserver.expect_request("/x").respond_with_data("", status)

    answer = to(httpserver.url_for("/x")).send(a_delivery(), NOW)

    assert (answer.verdict, answer.status) == (Verdict.ACCEPTED, status)
