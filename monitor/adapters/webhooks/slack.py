"""Kind "slack": a message in Block Kit, to an incoming webhook."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from monitor.adapters.http.session import Response, Session
from monitor.adapters.webhooks.post import UrlOptions, post, to_json
from monitor.adapters.webhooks.view import View, noted
from monitor.core.glance import Glance
from monitor.core.inert import cut
from monitor.model import Alert, Answer, Delivery, Verdict

MAX_HEADER = 150
MAX_SECTION = 3_000
MAX_TEXT = 4_000

_LINE = 1_500  # all blocks together fail somewhere near 13,200 characters


class SlackWebhook:
    """Posts a message; success is 200 with the body `ok`."""

    Options = UrlOptions

    def __init__(self, id: str, options: UrlOptions, session: Session) -> None:  # noqa: A002
        self.id = id
        self._view = View(options.template)
        self._options, self._session = options, session

    def render(self, alert: Alert, webhook_id: str) -> bytes:  # noqa: ARG002 - Slack has no place
        seen = self._view.of(alert)
        message = {
            "text": escaped(f"{seen.lead}: {seen.headline}", MAX_TEXT),
            "blocks": _blocks(seen),
            "parse": "none",
            "link_names": False,
            "mrkdwn": False,
            "unfurl_links": False,
            "unfurl_media": False,
        }
        return noted(to_json(message), seen)

    def send(self, delivery: Delivery, now: datetime) -> Answer:
        return post(self._session, self._options.url, delivery.payload, now, judge=_judge)


def escaped(text: str, limit: int) -> str:
    """Text for any text object, at most `limit` UTF-16 units long.

    Source: Slack, "Formatting text for app surfaces": &, < and > and nothing else.
    """
    return _escape(cut(text, limit, "utf16", escape=_escape))


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _blocks(seen: Glance) -> list[dict[str, Any]]:
    """Strangers' words are `plain_text`, where neither mentions nor markup exist."""
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": _plain(seen.lead, MAX_HEADER)},
        {"type": "section", "text": _plain(seen.headline, _LINE)},
        *({"type": "context", "elements": [_plain(line, _LINE)]} for line in seen.details()),
    ]
    # A link that does not fit is no link when cut: it is left out.
    if seen.link and len(_escape(seen.link)) < MAX_SECTION - 100:
        note = f" ({seen.link_note})" if seen.link_note else ""
        text = {"type": "mrkdwn", "verbatim": True, "text": f"<{_escape(seen.link)}>{note}"}
        blocks.append({"type": "section", "text": text})
    return blocks


def _plain(text: str, limit: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": escaped(text, limit), "emoji": False}


def _judge(response: Response, answer: Answer, now: datetime) -> Answer:  # noqa: ARG001
    said = response.body.strip()
    if answer.verdict is Verdict.DELIVERED and said != b"ok":
        text = f"answered {response.status}, but not with Slack's 'ok': is this a Slack webhook?"
        return replace(answer, verdict=Verdict.RETRY, text=text)
    return answer
