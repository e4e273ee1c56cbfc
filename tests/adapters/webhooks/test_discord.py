"""Kind "discord"."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from pytest_httpserver import HTTPServer

from monitor.adapters.http.session import Session
from monitor.adapters.webhooks.discord import DiscordWebhook
from monitor.adapters.webhooks.post import UrlOptions
from monitor.model import Alert, Answer, Secret, Severity, Verdict
from tests.adapters.webhooks.alerts import HOSTILE, a_huge_alert, alerts
from tests.builders import NOW, a_delivery, an_alert
from tests.servers import trust

SESSION = Session(tls=trust(), user_agent="news-monitor-test", allow_private=("127.0.0.0/8",))


@pytest.fixture(autouse=True, scope="module")
def closed_session() -> Iterator[None]:
    yield
    SESSION.close()


def to(url: str) -> DiscordWebhook:
    return DiscordWebhook("desk", UrlOptions(url=Secret(url)), SESSION)


WEBHOOK = to("https://discord.example/api/webhooks/1/x")


def message(alert: Alert) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(WEBHOOK.render(alert, "msg_1"))
    return body


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@settings(max_examples=50, deadline=None)
@given(alert=alerts())
def test_any_message_obeys_the_services_limits_and_holds_no_markup(alert: Alert) -> None:
    obeys(message(alert))


@pytest.mark.parametrize("character", ["a", "*", "🚆"])
def test_the_biggest_message_obeys_too(character: str) -> None:
    obeys(message(a_huge_alert(character)))


def obeys(body: dict[str, Any]) -> None:
    (embed,) = body["embeds"]
    description = embed.get("description", "")
    assert 1 <= utf16(body["content"]) <= 2_000
    assert 1 <= utf16(embed["title"]) <= 256
    assert utf16(description) <= 4_096
    assert utf16(embed["title"]) + utf16(description) <= 6_000
    assert body["allowed_mentions"] == {"parse": []}
    assert re.fullmatch(r"https?://[^\s<>]{1,2048}", embed.get("url", "https://x"))
    for text in (body["content"], embed["title"], description):
        # Every piece of punctuation stands behind a backslash, and no backslash hangs loose.
        assert not re.search(r"[!-/:-@\[-`{-~]", re.sub(r"\\[!-/:-@\[-`{-~]", "", text))


@pytest.mark.parametrize("headline", HOSTILE)
def test_mentions_and_markup_in_a_headline_arrive_as_text(headline: str) -> None:
    obeys(message(an_alert(headline, snippet=headline, watch_name=headline)))


def test_a_reader_sees_the_headline_as_it_was() -> None:
    """The client takes one backslash away before punctuation."""
    title = message(an_alert("@everyone *now* [x](y) C:\\temp 列车"))["embeds"][0]["title"]

    assert re.sub(r"\\(.)", r"\1", title) == "@everyone *now* [x](y) C:\\temp 列车"


def test_an_escape_is_never_cut_in_two() -> None:
    title = message(a_huge_alert("*"))["embeds"][0]["title"]

    assert re.fullmatch(r"(\\\*)+…", title)


def test_severities_differ_in_colour() -> None:
    colours = {message(an_alert(severity=s))["embeds"][0]["color"] for s in Severity}

    assert len(colours) == len(Severity)


def test_an_alert_that_knows_nothing_but_its_headline_is_a_message_too() -> None:
    bare = an_alert(
        "Feed went quiet", snippet="", url="", language="", reason="", found=(), feed_name="",
        publisher="", tier=None, authority_for=(),
    )  # fmt: skip

    obeys(message(bare))


# --- answers ---


def answered(
    httpserver: HTTPServer, status: int, text: str = "", headers: Mapping[str, str] | None = None
) -> Answer:
    httpserver.expect_request("/x").respond_with_data(text, status, headers)
    return to(httpserver.url_for("/x")).send(a_delivery(), NOW)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def test_a_fraction_of_a_second_in_the_body_is_read(httpserver: HTTPServer) -> None:
    text = '{"message": "You are being rate limited.", "retry_after": 0.65, "global": false}'

    answer = answered(httpserver, 429, text, {"retry-after": "0"})

    assert (answer.verdict, answer.retry_after) == (Verdict.THROTTLED, seconds(0.65))


@pytest.mark.parametrize(
    "text",
    ["", "<html>", "[]", "null", "{}", '{"retry_after": "soon"}', '{"retry_after": null}',
     '{"retry_after": 1e999}', '{"retry_after": NaN}', "[" * 5_000],
)  # fmt: skip
def test_a_429_that_says_nothing_readable_leaves_the_header(
    httpserver: HTTPServer, text: str
) -> None:
    answer = answered(httpserver, 429, text, {"retry-after": "3"})

    assert answer.retry_after == seconds(3)


@pytest.mark.parametrize(
    ("remaining", "hint"), [("0", seconds(1.25)), ("4", None), ("", None), ("x", None)]
)
def test_the_last_message_of_a_window_announces_the_pause(
    httpserver: HTTPServer, remaining: str, hint: timedelta | None
) -> None:
    headers = {"x-ratelimit-remaining": remaining, "x-ratelimit-reset-after": "1.25"}

    answer = answered(httpserver, 204, headers=headers)

    assert (answer.verdict, answer.retry_after) == (Verdict.DELIVERED, hint)


@pytest.mark.parametrize(
    ("given_query", "query"),
    [("", "wait=true"), ("?thread_id=5", "thread_id=5&wait=true"), ("?wait=false", "wait=true")],
)
def test_the_answer_is_waited_for_until_the_message_is_stored(
    httpserver: HTTPServer, given_query: str, query: str
) -> None:
    """Without wait=true the answer comes before, and a message that fails then is lost unseen."""
    httpserver.expect_request("/x", query_string=query).respond_with_data("{}")

    answer = to(httpserver.url_for("/x") + given_query).send(a_delivery(), NOW)

    assert (answer.verdict, answer.status) == (Verdict.DELIVERED, 200)
