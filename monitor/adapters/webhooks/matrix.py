"""Kind "matrix": a notice in a room; the webhook-id makes repeats harmless."""

import html
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import quote

from monitor.adapters.http.session import Response, Session
from monitor.adapters.webhooks.post import (
    OPTIONS,
    check_server,
    check_token,
    json_object,
    longest,
    post,
    seconds,
    to_json,
)
from monitor.adapters.webhooks.view import View, check_template, noted
from monitor.core.glance import Glance, brief, heading, in_a_few_words
from monitor.core.inert import cut_together, inert_link
from monitor.model import Alert, Answer, Delivery, Secret, Template, Verdict

MAX_BYTES = 65_536  # of the whole event, which the server completes

_ROOM = re.compile(r"![!-~]{1,254}", re.ASCII)
_LINES = 4_000  # in markup a character may take six bytes, and all is said twice
_BRIEF = 300  # of one alert of many, and of its link


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixOptions:
    """What `[webhooks.<id>]` may say for this kind.

    Attributes:
        server: The homeserver's base address.
        room: Internal id of the room, as in "!abc:example.org"; the account is a member.
        token: Access token of the account.
        template: What the text says in place of the built-in form.
        allow_private: CIDR ranges this webhook may connect to although they are not public.
    """

    __pydantic_config__: ClassVar = OPTIONS

    server: str
    room: str
    token: Secret
    template: Template | None = None
    allow_private: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_server(self.server)
        if not _ROOM.fullmatch(self.room):
            raise ValueError('room is not a room\'s internal id; as in "!abc:example.org"')
        check_token(self.token)
        check_template(self.template)


class MatrixWebhook:
    """Puts an event; delivered means that the server named it."""

    Options = MatrixOptions
    combined_at_most = 20

    def __init__(self, id: str, options: MatrixOptions, session: Session) -> None:  # noqa: A002
        self.id = id
        self._view = View(options.template)
        self._options, self._session = options, session
        room = quote(options.room, safe="")
        self._url = (
            f"{options.server.rstrip('/')}/_matrix/client/v3/rooms/{room}/send/m.room.message/"
        )

    def render(self, alert: Alert, webhook_id: str) -> bytes:  # noqa: ARG002 - it is in the URL
        seen = self._view.of(alert)
        lines = cut_together((seen.lead, seen.headline, *seen.details()), _LINES)
        note = f" ({seen.link_note})" if seen.link_note else ""
        message = {
            "msgtype": "m.notice",
            "body": "\n".join([*lines, *([seen.link + note] if seen.link else [])]),
            "format": "org.matrix.custom.html",
            "formatted_body": _formatted(lines, seen),
            "m.mentions": {},
        }
        return noted(to_json(message), seen)

    def combine(self, alerts: Sequence[Alert], webhook_ids: Sequence[str], more: int) -> bytes:  # noqa: ARG002 - it is in the URL
        lines = [heading(alerts, more)]
        for alert in alerts:
            link = inert_link(alert.url)
            lines += [brief(alert, _BRIEF), *([link] if link and len(link) < _BRIEF else [])]
        return _text_alone("\n".join(lines))

    def plain(self, alert: Alert, webhook_id: str) -> bytes:  # noqa: ARG002 - it is in the URL
        return _text_alone(in_a_few_words(alert))

    def send(self, delivery: Delivery, now: datetime) -> Answer:
        token = self._options.token.reveal()
        return post(
            self._session,
            Secret(self._url + quote(delivery.id, safe="")),
            _in_thread(delivery),
            now,
            method="PUT",
            headers={"authorization": f"Bearer {token}"},
            judge=_judge,
            hidden=[token],
        )


def _text_alone(text: str) -> bytes:
    """A notice without markup."""
    return to_json({"msgtype": "m.notice", "body": text, "m.mentions": {}})


def _formatted(lines: list[str], seen: Glance) -> str:
    lead, *rest = [html.escape(line) for line in lines]
    parts = [f"<strong>{lead}</strong>", *rest]
    if seen.link:
        note = f" ({html.escape(seen.link_note)})" if seen.link_note else ""
        link = html.escape(seen.link)
        parts.append(f'<a href="{link}">{link}</a>{note}')
    return "<br>".join(parts)


def _in_thread(delivery: Delivery) -> bytes:
    """In the thread of the story's first message, for old clients as a reply to the latest."""
    root, prior = (_event(name) for name in (delivery.root, delivery.prior))
    if not root:
        return delivery.payload
    relation: dict[str, Any] = {
        "rel_type": "m.thread",
        "event_id": root,
        "is_falling_back": True,
        "m.in_reply_to": {"event_id": prior or root},
    }
    return to_json(json_object(delivery.payload) | {"m.relates_to": relation})


def _event(remote: str) -> str:
    event = json_object(remote.encode()).get("event_id")
    return event if isinstance(event, str) else ""


def _judge(response: Response, answer: Answer, now: datetime) -> Answer:  # noqa: ARG001
    said = json_object(response.body)
    if answer.verdict is Verdict.THROTTLED:
        hint = said.get("retry_after_ms")
        wait = None if hint is None else seconds(hint)
        return replace(answer, retry_after=longest(answer.retry_after, wait and wait / 1000))
    if answer.verdict is not Verdict.DELIVERED:
        return answer
    event = said.get("event_id")
    if not isinstance(event, str) or not event:
        text = f"answered {response.status} without an event: is this a Matrix homeserver?"
        return replace(answer, verdict=Verdict.RETRY, text=text)
    return replace(answer, remote=json.dumps({"event_id": event}, ensure_ascii=False))
