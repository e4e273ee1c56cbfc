"""Several alerts in one message, and one in a few words: within the limits, and inert."""

import email
import json
import re
from email import policy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.adapters.http.session import Session
from monitor.adapters.webhooks.console import ConsoleOptions, ConsoleWebhook
from monitor.adapters.webhooks.discord import DiscordWebhook
from monitor.adapters.webhooks.email import EmailOptions, EmailWebhook
from monitor.adapters.webhooks.matrix import MatrixOptions, MatrixWebhook
from monitor.adapters.webhooks.mattermost import MattermostWebhook
from monitor.adapters.webhooks.ntfy import NtfyOptions, NtfyWebhook
from monitor.adapters.webhooks.post import UrlOptions
from monitor.adapters.webhooks.slack import SlackWebhook
from monitor.adapters.webhooks.teams import TeamsWebhook
from monitor.adapters.webhooks.telegram import TelegramOptions, TelegramWebhook
from monitor.core.inert import inert, length
from monitor.model import Alert, Secret
from monitor.ports import Combines, Plain
from tests.adapters.webhooks.alerts import HOSTILE, a_huge_alert, alerts
from tests.adapters.webhooks.services import TOKEN
from tests.adapters.webhooks.test_email import subject_length
from tests.builders import an_alert
from tests.servers import trust

OPTIONS, SESSION = (
    UrlOptions(url=Secret("https://hooks.example/x")),
    Session(tls=trust(), user_agent="test"),
)
SLACK = SlackWebhook("slack", OPTIONS, SESSION)
DISCORD = DiscordWebhook("discord", OPTIONS, SESSION)
TEAMS = TeamsWebhook("teams", OPTIONS, SESSION)
CONSOLE = ConsoleWebhook("console", ConsoleOptions())
TELEGRAM = TelegramWebhook(
    "telegram", TelegramOptions(token=Secret(TOKEN), chat="-1001234567890"), SESSION
)
MATTERMOST = MattermostWebhook("mattermost", OPTIONS, SESSION)
NTFY = NtfyWebhook("ntfy", NtfyOptions(topic=Secret("topic")), SESSION)
MATRIX = MatrixWebhook(
    "matrix",
    MatrixOptions(server="https://matrix.example", room="!a:example", token=Secret("x")),
    SESSION,
)
MAIL = EmailWebhook(
    "email",
    EmailOptions(host="mail.example", sender="a@example.org", to=("b@example.org",)),
    SESSION,
)
CHATS: tuple[Any, ...] = (SLACK, DISCORD, TEAMS, TELEGRAM, MATTERMOST, NTFY, MATRIX)
KINDS: tuple[Any, ...] = (*CHATS, CONSOLE, MAIL)
# Alerts take long to make up, so each is tried on every kind.
BRIEFLY = settings(suppress_health_check=[HealthCheck.too_slow])
HUGE = [a_huge_alert(character) for character in ("&", "*", "한", "🚆", '"')]


def texts_of(value: object) -> list[str]:
    """Every text of a message that a service shows."""
    if isinstance(value, dict):
        return [text for key, one in value.items() if key != "type" for text in texts_of(one)]
    if isinstance(value, list):
        return [text for one in value for text in texts_of(one)]
    return [value] if isinstance(value, str) else []


def utf16(text: str) -> int:
    return length(text, "utf16")


def obeys(kind: Any, body: bytes) -> None:
    if kind is CONSOLE:
        assert inert(body.decode(), newlines=True) == body.decode()
        return
    if kind is MAIL:
        assert body.isascii()
        mail = email.message_from_bytes(body, policy=policy.default)
        assert subject_length(mail["Subject"]) <= 200
        text = as_read(kind, body)
        assert inert(text, newlines=True) == text
        return
    message = json.loads(body)
    obeys_besides(kind, message, body)
    assert all(inert(text, newlines=True) == text for text in texts_of(message))
    if kind is SLACK:
        blocks = message.get("blocks", [])
        shown = [text for text in texts_of(blocks) if text]
        assert len(blocks) <= 50
        assert all(utf16(text) <= 3_000 for text in shown)
        assert sum(map(utf16, shown)) < 13_200
        assert utf16(message["text"]) <= 40_000
        assert message["mrkdwn"] is False
        for text in [message["text"], *shown]:
            bare = re.fullmatch(r"<https?://[^<>|\s]+>", text)
            assert bare or not re.search(r"[<>]|&(?!amp;|lt;|gt;)", text)
    if kind is DISCORD:
        embeds = message.get("embeds", [])
        assert message["allowed_mentions"] == {"parse": []}
        assert utf16(message["content"]) <= 2_000
        assert all(utf16(one["description"]) <= 4_096 for one in embeds)
        for text in [message["content"], *(one["description"] for one in embeds)]:
            rest = re.sub(r"^<https?://[A-Za-z0-9./?&=%_~:#+,;-]+>$", "", text, flags=re.MULTILINE)
            assert not re.search(r"(?<!\\)[<>*_`|~\[\]@]", re.sub(r"\\.", "", rest))
    if kind is TEAMS:
        assert len(body) <= 28_000
        [attachment] = message["attachments"]
        assert {block["type"] for block in attachment["content"]["body"]} == {"RichTextBlock"}
        assert "actions" not in attachment["content"]


def obeys_besides(kind: Any, message: Any, body: bytes) -> None:
    if kind is TELEGRAM:
        text = message["text"]
        assert 0 < utf16(text) <= 4_096
        assert len(message["entities"]) <= 100
        units = text.encode("utf-16-le")
        for entity in reversed(message["entities"]):
            begin, end = 2 * entity["offset"], 2 * (entity["offset"] + entity["length"])
            units = units[:begin] + units[end:]
        assert not re.search(r"[@#$]\w|(?<!\w)/\w|\w\.[a-z]{2}", units.decode("utf-16-le"))
    if kind is MATTERMOST:
        texts = [message["text"], *(one["text"] for one in message.get("attachments", []))]
        assert all(len(text) <= 16_383 for text in texts)
        assert len(json.dumps(message, ensure_ascii=False).encode()) <= 65_535
        for line in [line for text in texts for line in text.split("\n") if line]:
            assert re.fullmatch(r"`[^`]*`|<https?://[^<>|\s]+>", line)
    if kind is NTFY:
        assert len(message["message"].encode()) <= 4_096
        assert len(message.get("title", "").encode()) <= 250
    if kind is MATRIX:
        assert len(body) < 60_000
        assert message["m.mentions"] == {}
        assert "formatted_body" not in message


def as_read(kind: Any, body: bytes) -> str:
    """What a reader sees, without the marks of the service."""
    if kind is MAIL:
        content = email.message_from_bytes(body, policy=policy.default).get_content()
        assert isinstance(content, str)
        return content.replace("\r\n", "\n")
    return body.decode().replace("\\", "")


def combined(kind: Any, many: list[Alert], more: int = 0) -> bytes:
    ids = [f"msg_{number}" for number in range(len(many))]
    body = kind.combine(many, ids, more)
    assert isinstance(body, bytes)
    return body


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.id)
def test_every_headline_and_the_exact_number_are_there(kind: Any) -> None:
    many = [an_alert(f"Train {n} leaves") for n in range(kind.combined_at_most)]

    text = as_read(kind, combined(kind, many, 1_234))

    assert all(f"Train {n} leaves" in text for n in range(kind.combined_at_most))
    assert f"{len(many)} alerts together, and 1,234 more wait behind them" in text
    assert "wait behind" not in as_read(kind, combined(kind, many))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.id)
@pytest.mark.parametrize("huge", HUGE, ids=lambda alert: alert.title[0])
def test_as_many_as_there_may_be_fit_however_long_they_are(kind: Any, huge: Alert) -> None:
    obeys(kind, combined(kind, [huge] * kind.combined_at_most, 10**9))


@BRIEFLY
@given(many=st.lists(alerts(), min_size=2, max_size=4), more=st.integers(0, 10**6))
def test_any_alerts_make_a_message_that_the_service_takes(many: list[Alert], more: int) -> None:
    for kind in KINDS:
        obeys(kind, combined(kind, many, more))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.id)
@pytest.mark.parametrize("headline", HOSTILE)
def test_hostile_headlines_are_inert_together(kind: Any, headline: str) -> None:
    obeys(kind, combined(kind, [an_alert(headline, watch_name=headline, publisher=headline)] * 2))


@given(alert=alerts())
def test_a_few_words_are_within_the_limits_and_inert(alert: Alert) -> None:
    for kind in CHATS:
        obeys(kind, kind.plain(alert, "msg_1"))


@pytest.mark.parametrize("kind", CHATS, ids=lambda kind: kind.id)
@pytest.mark.parametrize("huge", HUGE, ids=lambda alert: alert.title[0])
def test_a_few_words_fit_however_long_they_are(kind: Any, huge: Alert) -> None:
    obeys(kind, kind.plain(huge, "msg_1"))


@pytest.mark.parametrize("kind", CHATS, ids=lambda kind: kind.id)
def test_a_few_words_hold_watch_headline_and_link(kind: Any) -> None:
    text = kind.plain(an_alert(), "msg_1").decode().replace("\\", "")

    assert "First train leaves Pyongyang" in text
    assert "https://pennant.example.org/a/1" in text
    assert isinstance(kind, Plain)
    assert isinstance(kind, Combines)
