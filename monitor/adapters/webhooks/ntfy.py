"""Kind "ntfy": a push notification, by ntfy.sh or a server of one's own."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from monitor.adapters.http.session import Response, Session
from monitor.adapters.webhooks.post import (
    OPTIONS,
    check_server,
    check_token,
    json_object,
    post,
    to_json,
)
from monitor.adapters.webhooks.view import View, check_template, noted
from monitor.core.glance import Glance, brief, heading, in_a_few_words
from monitor.core.inert import cut, cut_together, length
from monitor.model import Alert, Answer, Delivery, Secret, Severity, Template, Verdict

MAX_MESSAGE_BYTES = 4_096  # a longer one becomes an attached file that nobody sees at a glance
MAX_TITLE_BYTES = 250

_BRIEF_BYTES = 190  # of one alert of many
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_PRIORITIES = {Severity.LOW: 2, Severity.MEDIUM: 3, Severity.HIGH: 4, Severity.CRITICAL: 5}


@dataclass(frozen=True, slots=True, kw_only=True)
class NtfyOptions:
    """What `[webhooks.<id>]` may say for this kind.

    Attributes:
        topic: Whoever knows it can read and post, unless the server guards it.
        token: Access token of a server or topic that asks for one.
        server: Its base address.
        template: What the text says in place of the built-in form.
        allow_private: CIDR ranges this webhook may connect to although they are not public.
    """

    __pydantic_config__: ClassVar = OPTIONS

    topic: Secret
    token: Secret | None = None
    server: str = "https://ntfy.sh"
    template: Template | None = None
    allow_private: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not _TOPIC.fullmatch(self.topic.reveal()):
            raise ValueError("topic is not of 1 to 64 letters, digits, '-' and '_'")
        if self.token is not None:
            check_token(self.token)
        check_server(self.server)
        check_template(self.template)


class NtfyWebhook:
    """Publishes; delivered means that the server gave the message an id."""

    Options = NtfyOptions
    combined_at_most = 20

    def __init__(self, id: str, options: NtfyOptions, session: Session) -> None:  # noqa: A002
        self.id = id
        self._view = View(options.template)
        self._options, self._session = options, session
        self._url = Secret(options.server.rstrip("/") + "/")

    def render(self, alert: Alert, webhook_id: str) -> bytes:  # noqa: ARG002 - it has no place
        seen = self._view.of(alert)
        message = {
            "title": cut(seen.lead, MAX_TITLE_BYTES, "utf8"),
            "message": _text(seen),
            "priority": _PRIORITIES[alert.severity],
        }
        return noted(to_json(message), seen)

    def combine(self, alerts: Sequence[Alert], webhook_ids: Sequence[str], more: int) -> bytes:  # noqa: ARG002 - it has no place
        lines = [cut(brief(alert, _BRIEF_BYTES), _BRIEF_BYTES, "utf8") for alert in alerts]
        message = {
            "title": cut(heading(alerts, more), MAX_TITLE_BYTES, "utf8"),
            "message": "\n".join(lines),
            "priority": max(_PRIORITIES[alert.severity] for alert in alerts),
        }
        return to_json(message)

    def plain(self, alert: Alert, webhook_id: str) -> bytes:  # noqa: ARG002 - it has no place
        return to_json({"message": cut(in_a_few_words(alert), MAX_MESSAGE_BYTES, "utf8")})

    def send(self, delivery: Delivery, now: datetime) -> Answer:
        topic, token = self._options.topic.reveal(), self._options.token
        # The topic is a secret, which the stored body must not hold.
        body = to_json({"topic": topic} | json_object(delivery.payload))
        return post(
            self._session,
            self._url,
            body,
            now,
            headers={"authorization": f"Bearer {token.reveal()}"} if token else {},
            judge=_judge,
            hidden=[topic, *([token.reveal()] if token else [])],
        )


def _text(seen: Glance) -> str:
    """No click or action: what a tap opens would be a feed's word, and stay unseen."""
    note = f" ({seen.link_note})" if seen.link_note else ""
    room = MAX_MESSAGE_BYTES - length(seen.link + note, "utf8") - 1
    told = "\n".join(cut_together((seen.headline, *seen.details()), room, "utf8"))
    return f"{told}\n{seen.link}{note}" if seen.link else told


def _judge(response: Response, answer: Answer, now: datetime) -> Answer:  # noqa: ARG001
    if answer.verdict is not Verdict.DELIVERED:
        return answer
    given = json_object(response.body).get("id")
    if not isinstance(given, str) or not given:
        text = f"answered {response.status} without the id of a message: is this an ntfy server?"
        return replace(answer, verdict=Verdict.RETRY, text=text)
    return replace(answer, remote=json.dumps({"id": given}))
