"""Kind "discord": a message with one embed."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from monitor.adapters.http.session import Response, Session
from monitor.adapters.webhooks.chat import Chat
from monitor.adapters.webhooks.post import (
    UrlOptions,
    json_object,
    longest,
    seconds,
    to_json,
)
from monitor.adapters.webhooks.view import noted
from monitor.core.glance import brief, heading, in_a_few_words
from monitor.core.http_status import retry_after
from monitor.core.inert import cut, cut_together, inert_link, length
from monitor.model import Alert, Answer, Secret, Severity, Verdict

MAX_CONTENT = 2_000
MAX_TITLE = 256
MAX_DESCRIPTION = 4_096

_BRIEF = 200  # of one alert of many
_NOTE = 100  # of the link
# An address in which nothing can end the pointed brackets or be taken for markdown.
_BARE = re.compile(r"https?://[A-Za-z0-9./?&=%_~:#+,;-]+", re.ASCII)
_COLOURS = {
    Severity.LOW: 0x95A5A6,
    Severity.MEDIUM: 0xF1C40F,
    Severity.HIGH: 0xE67E22,
    Severity.CRITICAL: 0xE74C3C,
}
# All ASCII punctuation: what its markdown gives a meaning to has grown before.
_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")


class DiscordWebhook(Chat):
    """Posts a message and waits until the service has stored it."""

    def __init__(self, id: str, options: UrlOptions, session: Session) -> None:  # noqa: A002
        super().__init__(id, options, session)
        self._url = Secret(_waiting(options.url.reveal()), reference=options.url.reference)

    def render(self, alert: Alert, webhook_id: str) -> bytes:  # noqa: ARG002 - it has no place
        seen = self._view.of(alert)
        room = MAX_DESCRIPTION - _NOTE
        details = cut_together(seen.details(), room, "utf16", escape=_escape)
        lines = [_escape(line) for line in details]
        embed: dict[str, Any] = {
            "title": escaped(seen.headline, MAX_TITLE),
            "color": _COLOURS[alert.severity],
        }
        if seen.link:
            embed["url"] = seen.link
            lines.append(escaped(seen.link_note, _NOTE))
        if any(lines):
            embed["description"] = "\n".join(line for line in lines if line)
        message = {
            "content": escaped(seen.lead, MAX_CONTENT),
            "embeds": [embed],
            "allowed_mentions": {"parse": []},
        }
        return noted(to_json(message), seen)

    def combine(self, alerts: Sequence[Alert], webhook_ids: Sequence[str], more: int) -> bytes:  # noqa: ARG002 - it has no place
        lines = [escaped(brief(alert, _BRIEF), _BRIEF) for alert in alerts]
        room = MAX_DESCRIPTION - sum(length(line, "utf16") + 1 for line in lines)
        for number, alert in enumerate(alerts):
            # Bare addresses, as far as they fit; what is cut would lead elsewhere.
            link = inert_link(alert.url)
            if link and _BARE.fullmatch(link) and len(link) + 3 <= room:
                lines[number] += f"\n<{link}>"
                room -= len(link) + 3
        message = {
            "content": escaped(heading(alerts, more), MAX_CONTENT),
            "embeds": [{"description": "\n".join(lines)}],
            "allowed_mentions": {"parse": []},
        }
        return to_json(message)

    def plain(self, alert: Alert, webhook_id: str) -> bytes:  # noqa: ARG002 - it has no place
        text = escaped(in_a_few_words(alert), MAX_CONTENT)
        message = {"content": text, "allowed_mentions": {"parse": []}}
        return to_json(message)

    def _judge(self, response: Response, answer: Answer, now: datetime) -> Answer:
        """Rates as the service tells them: in the body of a 429, in headers of any answer."""
        said = json_object(response.body)
        hints = [answer.retry_after]
        if answer.verdict is Verdict.THROTTLED:
            hints.append(seconds(said.get("retry_after")))
        if response.headers.get("x-ratelimit-remaining", "").strip() == "0":
            hints.append(retry_after(response.headers.get("x-ratelimit-reset-after"), now))
        return replace(answer, retry_after=longest(*hints))


def escaped(text: str, limit: int) -> str:
    """Text in which markdown means nothing, at most `limit` UTF-16 units long."""
    return _escape(cut(text, limit, "utf16", escape=_escape))


def _escape(text: str) -> str:
    return _PUNCTUATION.sub(r"\\\g<0>", text)


def _waiting(url: str) -> str:
    """With `wait=true` the answer comes after the message is stored: 2xx proves it."""
    parts = urlsplit(url)
    kept = [pair for pair in parts.query.split("&") if pair and not pair.startswith("wait=")]
    return parts._replace(query="&".join([*kept, "wait=true"])).geturl()
