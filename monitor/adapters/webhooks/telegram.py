"""Kind "telegram": a plain message by a bot, to a chat, group or channel."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar

from monitor.adapters.http.session import Response, Session
from monitor.adapters.webhooks.post import (
    OPTIONS,
    check_server,
    json_object,
    longest,
    post,
    seconds,
    to_json,
)
from monitor.adapters.webhooks.view import View, check_template, noted
from monitor.core.glance import Glance, brief, heading, in_a_few_words
from monitor.core.http_status import verdict
from monitor.core.inert import cut, cut_together, length
from monitor.model import Alert, Answer, Delivery, Secret, Severity, Template, Verdict

MAX_TEXT = 4_096
MAX_ENTITIES = 100

_TOKEN = re.compile(r"[0-9]{3,20}:[A-Za-z0-9_-]{20,100}", re.ASCII)
_CHAT = re.compile(r"-?[0-9]{1,20}|@[A-Za-z][A-Za-z0-9_]{3,31}", re.ASCII)
_BRIEF = 180  # of one alert of many
_WORD = re.compile(r"\S+")
# In a word: what makes the service find a mention, tag, command, address or mail by itself.
_ACTIVE = re.compile(r"[@#$＠＃]|://|(?<!\w)/\w|[^\W_]\.[^\W\d_]{2}|\d\.\d{1,3}\.\d{1,3}\.\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramOptions:
    """What `[webhooks.<id>]` may say for this kind.

    Attributes:
        token: Of the bot.
        chat: Where to: a number, or `@name` of a public channel or group.
        topic: Number of a topic of a forum group.
        server: Of the Bot API; for those who run their own.
        template: What the text says in place of the built-in form.
        allow_private: CIDR ranges this webhook may connect to although they are not public.
    """

    __pydantic_config__: ClassVar = OPTIONS

    token: Secret
    chat: str
    topic: int | None = None
    server: str = "https://api.telegram.org"
    template: Template | None = None
    allow_private: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not _TOKEN.fullmatch(self.token.reveal()):
            raise ValueError("token is not a bot's, as in 123456:ABC-...; ask @BotFather for it")
        if not _CHAT.fullmatch(self.chat):
            raise ValueError('chat is neither a number in quotes nor a name; as in "-1001234"')
        check_server(self.server)
        check_template(self.template)


class TelegramWebhook:
    """Calls sendMessage; delivered means that the service gave the message a number."""

    Options = TelegramOptions
    combined_at_most = 20

    def __init__(self, id: str, options: TelegramOptions, session: Session) -> None:  # noqa: A002
        self.id = id
        self._view = View(options.template)
        self._options, self._session = options, session
        base, token = options.server.rstrip("/"), options.token
        self._url = Secret(f"{base}/bot{token.reveal()}/sendMessage", reference=token.reference)

    def render(self, alert: Alert, webhook_id: str) -> bytes:  # noqa: ARG002 - it has no place
        seen = self._view.of(alert)
        told, ours = _parts(seen)
        return noted(self._message(told, ours, [alert]), seen)

    def combine(self, alerts: Sequence[Alert], webhook_ids: Sequence[str], more: int) -> bytes:  # noqa: ARG002 - it has no place
        lines = [heading(alerts, more), *(brief(alert, _BRIEF) for alert in alerts)]
        return self._message("\n".join(lines), "", alerts)

    def plain(self, alert: Alert, webhook_id: str) -> bytes:  # noqa: ARG002 - it has no place
        return self._message(cut(in_a_few_words(alert), MAX_TEXT, "utf16"), "", [alert], bare=True)

    def _message(
        self, told: str, ours: str, alerts: Sequence[Alert], *, bare: bool = False
    ) -> bytes:
        """All of it as code if it is `bare`: nothing is looked for."""
        whole = [{"type": "code", "offset": 0, "length": length(told, "utf16")}]
        message: dict[str, Any] = {
            "chat_id": self._options.chat,
            "text": told + ours,
            "entities": whole if bare else _entities(told),
            "link_preview_options": {"is_disabled": True},
        }
        if all(alert.severity is Severity.LOW for alert in alerts):
            message["disable_notification"] = True
        if self._options.topic is not None:
            message["message_thread_id"] = self._options.topic
        return to_json(message)

    def send(self, delivery: Delivery, now: datetime) -> Answer:
        body = _replying(delivery.payload, delivery.root)
        hidden = [self._options.token.reveal()]
        return post(self._session, self._url, body, now, judge=_judge, hidden=hidden)


def _parts(seen: Glance) -> tuple[str, str]:
    """What is told, and after it our link, which alone may be one."""
    note = f" ({seen.link_note})" if seen.link_note else ""
    ours = f"\n{seen.link}{note}" if seen.link else ""
    room = MAX_TEXT - length(ours, "utf16")
    lines = cut_together((seen.lead, seen.headline, *seen.details()), room, "utf16")
    return "\n".join(lines), ours


def _entities(told: str) -> list[dict[str, Any]]:
    """Marks as code what the service would make a link of: in code it looks for nothing.

    Source: TDLib, `fix_formatted_text`: found entities that intersect with code are dropped.
    """
    places = [word.span() for word in _WORD.finditer(told) if _ACTIVE.search(word.group())]
    if len(places) > MAX_ENTITIES:  # more of them would be ignored
        places = [(0, len(told))] if told else []
    return [
        {
            "type": "code",
            "offset": length(told[:start], "utf16"),
            "length": length(told[start:end], "utf16"),
        }
        for start, end in places
    ]


def _replying(payload: bytes, root: str) -> bytes:
    """As a reply to the story's first message, if that is still there."""
    number = json_object(root.encode()).get("message_id")
    if not isinstance(number, int):
        return payload
    reply = {"message_id": number, "allow_sending_without_reply": True}
    return to_json(json_object(payload) | {"reply_parameters": reply})


def _judge(response: Response, answer: Answer, now: datetime) -> Answer:  # noqa: ARG001
    said = json_object(response.body)
    if said.get("ok") is True and answer.verdict is Verdict.DELIVERED:
        result = said.get("result")
        number = result.get("message_id") if isinstance(result, dict) else None
        remote = json.dumps({"message_id": number}) if isinstance(number, int) else ""
        return replace(answer, remote=remote)
    if answer.verdict is Verdict.DELIVERED:
        return _not_ok(said, answer)
    return _hinted(said, answer)


def _not_ok(said: dict[str, Any], answer: Answer) -> Answer:
    """2xx, and yet nothing was sent; the code in the body is the one that counts."""
    code = said.get("error_code")
    known = isinstance(code, int) and not 200 <= code < 300 and said.get("ok") is False
    text = f"answered {answer.status} without 'ok: true'"
    if not known:
        return replace(answer, verdict=Verdict.RETRY, text=f"{text}: is this the Bot API?")
    judged = replace(answer, verdict=verdict(int(str(code))), text=f"{text}, but with {code}")
    return _hinted(said, judged)


def _hinted(said: dict[str, Any], answer: Answer) -> Answer:
    parameters = said.get("parameters")
    if not isinstance(parameters, dict):
        return answer
    moved = parameters.get("migrate_to_chat_id")
    if isinstance(moved, int):
        text = f'the group became a supergroup: write chat = "{moved}"'
        return replace(answer, verdict=Verdict.HELD, text=text)
    hint = seconds(parameters["retry_after"]) if "retry_after" in parameters else None
    return replace(answer, retry_after=longest(answer.retry_after, hint))
