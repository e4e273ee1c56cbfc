"""Kind "mattermost": a message with one attachment, to an incoming webhook."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from monitor.adapters.http.session import Response
from monitor.adapters.webhooks.chat import Chat
from monitor.adapters.webhooks.post import to_json
from monitor.adapters.webhooks.view import noted
from monitor.core.glance import brief, heading, in_a_few_words
from monitor.core.inert import cut, inert_link
from monitor.model import Alert, Answer, Severity, Verdict

MAX_CHARACTERS = 16_383
MAX_BYTES = 65_535  # of all attachments, in the column of older servers

_LINE = 3_000
_BRIEF = 300  # of one alert of many, and of its link
_COLOURS = {
    Severity.LOW: "#95A5A6",
    Severity.MEDIUM: "#F1C40F",
    Severity.HIGH: "#E67E22",
    Severity.CRITICAL: "#E74C3C",
}


class MattermostWebhook(Chat):
    """Posts a message; success is 200 with the body `ok`."""

    def render(self, alert: Alert, webhook_id: str) -> bytes:  # noqa: ARG002 - it has no place
        seen = self._view.of(alert)
        lines = [quoted(line) for line in (seen.headline, *seen.details())]
        if seen.link:
            note = f" ({seen.link_note})" if seen.link_note else ""
            lines.append(f"<{seen.link}>{note}")
        attachment = {"color": _COLOURS[alert.severity], "text": "\n\n".join(lines)}
        # Addresses in an attachment get no preview.
        return noted(to_json({"text": quoted(seen.lead), "attachments": [attachment]}), seen)

    def combine(self, alerts: Sequence[Alert], webhook_ids: Sequence[str], more: int) -> bytes:  # noqa: ARG002 - it has no place
        lines = []
        for alert in alerts:
            link = inert_link(alert.url)
            shown = f"\n<{link}>" if link and len(link) < _BRIEF else ""
            lines.append(quoted(brief(alert, _BRIEF)) + shown)
        attachment = {"text": "\n\n".join(lines)}
        return to_json({"text": quoted(heading(alerts, more)), "attachments": [attachment]})

    def plain(self, alert: Alert, webhook_id: str) -> bytes:  # noqa: ARG002 - it has no place
        lines = in_a_few_words(alert).split("\n")
        return to_json({"text": "\n\n".join(quoted(line) for line in lines)})

    def _judge(self, response: Response, answer: Answer, now: datetime) -> Answer:  # noqa: ARG002
        if answer.verdict is Verdict.DELIVERED and response.body.strip() != b"ok":
            text = f"answered {response.status}, but not with 'ok': is this a Mattermost webhook?"
            return replace(answer, verdict=Verdict.RETRY, text=text)
        return answer


def quoted(line: str) -> str:
    """A line in backticks, where mentions, markup, tags and links are nothing.

    A backslash would not do: the server looks for mentions behind it. A backtick becomes an
    apostrophe, for the clients' parsers disagree on longer fences.
    """
    return f"`{cut(line, _LINE).replace('`', chr(39))}`"
