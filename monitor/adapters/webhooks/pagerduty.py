"""Kind "pagerduty": an incident for each story, by the Events API v2."""

import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, ClassVar

from monitor.adapters.http.session import Response, Session
from monitor.adapters.webhooks.post import OPTIONS, check_server, json_object, post, to_json
from monitor.adapters.webhooks.view import View, check_template, noted
from monitor.core.inert import cut, one_line
from monitor.model import Alert, Answer, Delivery, Secret, Severity, Template, Verdict

MAX_BYTES = 512 * 1024
MAX_SUMMARY = 1_024
MAX_KEY = 255

_KEY = re.compile(r"[A-Za-z0-9]{20,64}", re.ASCII)
_SEVERITIES = {
    Severity.LOW: "info",
    Severity.MEDIUM: "warning",
    Severity.HIGH: "error",
    Severity.CRITICAL: "critical",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PagerdutyOptions:
    """What `[webhooks.<id>]` may say for this kind.

    Attributes:
        routing_key: Integration key of a service: Integrations, Events API v2.
        server: Base address of the Events API; the EU has another one.
        template: What the text says in place of the built-in form.
        allow_private: CIDR ranges this webhook may connect to although they are not public.
    """

    __pydantic_config__: ClassVar = OPTIONS

    routing_key: Secret
    server: str = "https://events.pagerduty.com"
    template: Template | None = None
    allow_private: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.routing_key.reveal()):
            raise ValueError("routing_key is not an integration key of letters and digits")
        check_server(self.server)
        check_template(self.template)


class PagerdutyWebhook:
    """Triggers; delivered means 202 with the incident's key."""

    Options = PagerdutyOptions

    def __init__(self, id: str, options: PagerdutyOptions, session: Session) -> None:  # noqa: A002
        self.id = id
        self._view = View(options.template)
        self._options, self._session = options, session
        self._url = Secret(options.server.rstrip("/") + "/v2/enqueue")

    def render(self, alert: Alert, webhook_id: str) -> bytes:
        seen = self._view.of(alert)
        message: dict[str, Any] = {
            "event_action": "trigger",
            "dedup_key": cut(one_line(alert.story_id or alert.id), MAX_KEY) or webhook_id,
            "client": "news-monitor",
            "payload": {
                "summary": cut(f"{seen.lead}: {seen.headline}", MAX_SUMMARY),
                "source": one_line(alert.publisher or alert.feed_name)[:120] or "news-monitor",
                "severity": _SEVERITIES[alert.severity],
                "timestamp": alert.created_at.astimezone(UTC).isoformat(),
                "custom_details": {"headline": seen.headline, "told": list(seen.details())},
            },
        }
        if seen.link:
            message["links"] = [{"href": seen.link, "text": seen.link}]
        return noted(to_json(message), seen)

    def send(self, delivery: Delivery, now: datetime) -> Answer:
        message, key = json_object(delivery.payload), self._options.routing_key.reveal()
        # The key is a secret, which the stored body must not hold.
        body = to_json({"routing_key": key} | message)

        def judge(response: Response, answer: Answer, now: datetime) -> Answer:  # noqa: ARG001
            return _judged(response, answer, message.get("dedup_key"))

        return post(self._session, self._url, body, now, judge=judge, hidden=[key])


def _judged(response: Response, answer: Answer, key: object) -> Answer:
    if answer.verdict is not Verdict.DELIVERED:
        return answer
    if response.status != 202 or json_object(response.body).get("dedup_key") != key:
        text = f"answered {response.status} without our dedup_key: is this the Events API v2?"
        return replace(answer, verdict=Verdict.RETRY, text=text)
    return replace(answer, remote=json.dumps({"dedup_key": key}, ensure_ascii=False))
