"""Kind "teams": an Adaptive Card, to a flow of Teams Workflows."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from monitor.adapters.http.session import Response
from monitor.adapters.webhooks.chat import Chat
from monitor.adapters.webhooks.post import to_json
from monitor.adapters.webhooks.view import noted
from monitor.core.glance import Glance, brief, heading, in_a_few_words
from monitor.model import Alert, Answer, Severity, Verdict

MAX_BYTES = 28_000

_BRIEF = 250  # of one alert of many
_CARD: dict[str, Any] = {
    "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
    "type": "AdaptiveCard",
    "version": "1.4",
    "msteams": {"width": "Full"},
}
_COLOURS = {
    Severity.LOW: "default",
    Severity.MEDIUM: "accent",
    Severity.HIGH: "warning",
    Severity.CRITICAL: "attention",
}


class TeamsWebhook(Chat):
    """Posts a card. The flow may fail after it answered, so success is never more than accepted."""

    def render(self, alert: Alert, webhook_id: str) -> bytes:  # noqa: ARG002 - it has no place
        seen = self._view.of(alert)
        return noted(_message(_card(seen, _COLOURS[alert.severity])), seen)

    def combine(self, alerts: Sequence[Alert], webhook_ids: Sequence[str], more: int) -> bytes:  # noqa: ARG002 - it has no place
        lines = [_line(brief(alert, _BRIEF), spacing="medium") for alert in alerts]
        heading_line = _line(heading(alerts, more), weight="bolder")
        return _message({**_CARD, "body": [heading_line, *lines]})

    def plain(self, alert: Alert, webhook_id: str) -> bytes:  # noqa: ARG002 - it has no place
        return _message({**_CARD, "body": [_line(in_a_few_words(alert))]})

    def _judge(self, response: Response, answer: Answer, now: datetime) -> Answer:  # noqa: ARG002
        if answer.verdict is Verdict.DELIVERED:
            return replace(answer, verdict=Verdict.ACCEPTED)
        return answer


def _message(card: dict[str, Any]) -> bytes:
    attachment = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": card,
    }
    message = {"type": "message", "attachments": [attachment]}
    return to_json(message)


def _card(seen: Glance, colour: str) -> dict[str, Any]:
    card: dict[str, Any] = {
        **_CARD,
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
    block = {"spacing": style.pop("spacing")} if "spacing" in style else {}
    run = {"type": "TextRun", "text": text, **style}
    return {"type": "RichTextBlock", **block, "inlines": [run]}
