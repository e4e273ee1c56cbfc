"""Kind "slack": a message in Block Kit, to an incoming webhook."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from monitor.adapters.http.session import Response
from monitor.adapters.webhooks.chat import Chat
from monitor.adapters.webhooks.post import to_json
from monitor.adapters.webhooks.view import noted
from monitor.core.glance import Glance, brief, heading, in_a_few_words
from monitor.core.inert import cut, cut_together, inert_link
from monitor.model import Alert, Answer, Verdict

MAX_HEADER = 150
MAX_SECTION = 3_000
MAX_TEXT = 4_000

_BRIEF = 300  # of one alert of many, and of its link
_LINE = 1_500
_DETAILS = 8_000  # all blocks together fail somewhere near 13,200 characters

# No mention, markup or preview of what stands in the text.
_INERT = {
    "parse": "none",
    "link_names": False,
    "mrkdwn": False,
    "unfurl_links": False,
    "unfurl_media": False,
}


class SlackWebhook(Chat):
    """Posts a message; success is 200 with the body `ok`."""

    def render(self, alert: Alert, webhook_id: str) -> bytes:  # noqa: ARG002 - Slack has no place
        seen = self._view.of(alert)
        message = {
            "text": escaped(f"{seen.lead}: {seen.headline}", MAX_TEXT),
            "blocks": _blocks(seen),
            **_INERT,
        }
        return noted(to_json(message), seen)

    def combine(self, alerts: Sequence[Alert], webhook_ids: Sequence[str], more: int) -> bytes:  # noqa: ARG002 - Slack has no place
        message = {
            "text": escaped(heading(alerts, more), MAX_TEXT),
            "blocks": [
                {"type": "section", "text": _plain(heading(alerts, more), MAX_SECTION)},
                *(_one_of_many(alert) for alert in alerts),
            ],
            **_INERT,
        }
        return to_json(message)

    def plain(self, alert: Alert, webhook_id: str) -> bytes:  # noqa: ARG002 - Slack has no place
        text = escaped(in_a_few_words(alert), MAX_TEXT)
        return to_json({"text": text, "mrkdwn": False})

    def _judge(self, response: Response, answer: Answer, now: datetime) -> Answer:  # noqa: ARG002
        said = response.body.strip()
        if answer.verdict is Verdict.DELIVERED and said != b"ok":
            text = (
                f"answered {response.status}, but not with Slack's 'ok': is this a Slack webhook?"
            )
            return replace(answer, verdict=Verdict.RETRY, text=text)
        return answer


def escaped(text: str, limit: int) -> str:
    """Text for any text object, at most `limit` UTF-16 units long.

    Source: Slack, "Formatting text for app surfaces": &, < and > and nothing else.
    """
    return _escape(cut(text, limit, "utf16", escape=_escape))


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _blocks(seen: Glance) -> list[dict[str, Any]]:
    """Strangers' words are `plain_text`, where neither mentions nor markup exist."""
    details = cut_together(seen.details(), _DETAILS, "utf16", escape=_escape)
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": _plain(seen.lead, MAX_HEADER)},
        {"type": "section", "text": _plain(seen.headline, _LINE)},
        *({"type": "context", "elements": [_plain(line, _LINE)]} for line in details),
    ]
    # A link that does not fit is no link when cut: it is left out.
    if seen.link and len(_escape(seen.link)) < MAX_SECTION - 100:
        note = f" ({seen.link_note})" if seen.link_note else ""
        text = {"type": "mrkdwn", "verbatim": True, "text": f"<{_escape(seen.link)}>{note}"}
        blocks.append({"type": "section", "text": text})
    return blocks


def _one_of_many(alert: Alert) -> dict[str, Any]:
    """Two elements beside each other: what strangers wrote, and the link."""
    elements = [_plain(brief(alert, _BRIEF), _BRIEF)]
    link = inert_link(alert.url)
    if link and len(_escape(link)) < _BRIEF:
        elements.append({"type": "mrkdwn", "verbatim": True, "text": f"<{_escape(link)}>"})
    return {"type": "context", "elements": elements}


def _plain(text: str, limit: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": escaped(text, limit), "emoji": False}
