"""Kind "teams": an Adaptive Card, to a flow of Teams Workflows."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from monitor.adapters.http.session import Response, Session
from monitor.adapters.webhooks.post import UrlOptions, post, to_json
from monitor.adapters.webhooks.view import View, noted
from monitor.core.glance import Glance
from monitor.model import Alert, Answer, Delivery, Severity, Verdict

MAX_BYTES = 28_000

_COLOURS = {
    Severity.LOW: "default",
    Severity.MEDIUM: "accent",
    Severity.HIGH: "warning",
    Severity.CRITICAL: "attention",
}


class TeamsWebhook:
    """Posts a card. The flow may fail after it answered, so success is never more than accepted."""

    Options = UrlOptions

    def __init__(self, id: str, options: UrlOptions, session: Session) -> None:  # noqa: A002
        self.id = id
        self._view = View(options.template)
        self._options, self._session = options, session

    def render(self, alert: Alert, webhook_id: str) -> bytes:  # noqa: ARG002 - it has no place
        seen = self._view.of(alert)
        card = _card(seen, _COLOURS[alert.severity])
        attachment = {
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": None,
            "content": card,
        }
        message = {"type": "message", "attachments": [attachment]}
        return noted(to_json(message), seen)

    def send(self, delivery: Delivery, now: datetime) -> Answer:
        return post(self._session, self._options.url, delivery.payload, now, judge=_judge)


def _card(seen: Glance, colour: str) -> dict[str, Any]:
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": [
            _line(seen.lead, weight="bolder", color=colour),
            _line(seen.headline, size="large"),
            *(_line(text) for text in seen.details()),
        ],
    }
    if seen.link:
        note = f" ({seen.link_note})" if seen.link_note else ""
        title = f"Open {urlsplit(seen.link).hostname}{note}"
        card["actions"] = [{"type": "Action.OpenUrl", "title": title, "url": seen.link}]
    return card


def _line(text: str, **style: str) -> dict[str, Any]:
    """A text run: unlike a TextBlock it knows no markdown, so nothing needs escaping."""
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **style}]}


def _judge(response: Response, answer: Answer, now: datetime) -> Answer:  # noqa: ARG001
    if answer.verdict is Verdict.DELIVERED:
        return replace(answer, verdict=Verdict.ACCEPTED)
    return answer
