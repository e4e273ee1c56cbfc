"""Kind "mattermost": a message with one attachment, to an incoming webhook."""

from dataclasses import replace
from datetime import datetime

from monitor.adapters.http.session import Response, Session
from monitor.adapters.webhooks.post import UrlOptions, post, to_json
from monitor.adapters.webhooks.view import View, noted
from monitor.core.inert import cut
from monitor.model import Alert, Answer, Delivery, Severity, Verdict

MAX_CHARACTERS = 16_383
MAX_BYTES = 65_535  # of all attachments, in the column of older servers

_LINE = 3_000
_COLOURS = {
    Severity.LOW: "#95A5A6",
    Severity.MEDIUM: "#F1C40F",
    Severity.HIGH: "#E67E22",
    Severity.CRITICAL: "#E74C3C",
}


class MattermostWebhook:
    """Posts a message; success is 200 with the body `ok`."""

    Options = UrlOptions

    def __init__(self, id: str, options: UrlOptions, session: Session) -> None:  # noqa: A002
        self.id = id
        self._view = View(options.template)
        self._options, self._session = options, session

    def render(self, alert: Alert, webhook_id: str) -> bytes:  # noqa: ARG002 - it has no place
        seen = self._view.of(alert)
        lines = [quoted(line) for line in (seen.headline, *seen.details())]
        if seen.link:
            note = f" ({seen.link_note})" if seen.link_note else ""
            lines.append(f"<{seen.link}>{note}")
        attachment = {"color": _COLOURS[alert.severity], "text": "\n\n".join(lines)}
        # Addresses in an attachment get no preview.
        return noted(to_json({"text": quoted(seen.lead), "attachments": [attachment]}), seen)

    def send(self, delivery: Delivery, now: datetime) -> Answer:
        return post(self._session, self._options.url, delivery.payload, now, judge=_judge)


def quoted(line: str) -> str:
    """A line in backticks, where mentions, markup, tags and links are nothing.

    A backslash would not do: the server looks for mentions behind it. A backtick becomes an
    apostrophe, for the clients' parsers disagree on longer fences.
    """
    return f"`{cut(line, _LINE).replace('`', chr(39))}`"


def _judge(response: Response, answer: Answer, now: datetime) -> Answer:  # noqa: ARG001
    if answer.verdict is Verdict.DELIVERED and response.body.strip() != b"ok":
        text = f"answered {response.status}, but not with 'ok': is this a Mattermost webhook?"
        return replace(answer, verdict=Verdict.RETRY, text=text)
    return answer
