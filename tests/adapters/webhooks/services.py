"""Services on loopback that hold callers to the documented limits and answer as the real ones do.

Each is a function of the request for `tests.servers.Loopback`; what it took is in `taken`.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from tests.servers import Reply, Request

TOKEN = "123456:AAE-s3cret_of-a-bot-abcdefghijkl"


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def reply(status: int, said: dict[str, Any], **headers: str) -> Reply:
    return Reply(status, json.dumps(said).encode(), {"content-type": "application/json", **headers})


def refused(request: Request, path: str, method: str = "POST") -> bool:
    return request.method != method or not re.fullmatch(path, request.path)


@dataclass
class Service:
    """What every simulator has: the messages it took, and answers to give first."""

    taken: list[dict[str, Any]] = field(default_factory=list)
    first: list[Reply] = field(default_factory=list)

    def __call__(self, request: Request) -> Reply:
        return self.first.pop(0) if self.first else self.answer(request)

    def answer(self, request: Request) -> Reply:
        raise NotImplementedError


class Telegram(Service):
    """Bot API: sendMessage. Source: core.telegram.org/bots/api."""

    def answer(self, request: Request) -> Reply:
        if request.path != f"/bot{TOKEN}/sendMessage":
            return self.no(404, "Not Found")
        message = json.loads(request.body)
        text = message.get("text", "")
        if not text.strip():
            return self.no(400, "Bad Request: message text is empty")
        if utf16(text) > 4_096:
            return self.no(400, "Bad Request: message is too long")
        units = text.encode("utf-16-le")
        for entity in message.get("entities", ()):
            start, end = entity["offset"], entity["offset"] + entity["length"]
            if entity["length"] <= 0 or not 0 <= start <= end <= len(units) // 2:
                return self.no(400, "Bad Request: entity out of the text")
            units[2 * start : 2 * end].decode("utf-16-le")  # cuts no surrogate pair
        reply_to = message.get("reply_parameters")
        if reply_to and not reply_to["allow_sending_without_reply"]:
            return self.no(400, "Bad Request: message to be replied not found")
        self.taken.append(message)
        return reply(200, {"ok": True, "result": {"message_id": 100 + len(self.taken)}})

    def no(self, code: int, why: str, **parameters: int) -> Reply:
        said: dict[str, Any] = {"ok": False, "error_code": code, "description": why}
        return reply(code, said | ({"parameters": parameters} if parameters else {}))


class Mattermost(Service):
    """Incoming webhook: 16,383 characters a post. Source: developers.mattermost.com."""

    def answer(self, request: Request) -> Reply:
        if refused(request, "/hooks/[a-z0-9]{26}"):
            return reply(400, {"id": "web.incoming_webhook.invalid.app_error", "status_code": 400})
        message = json.loads(request.body)
        attachments = message.get("attachments", [])
        if len(message["text"]) > 16_383 or len(json.dumps(attachments)) > 300_000:
            return reply(413, {"id": "web.incoming_webhook.text.length.app_error"})
        self.taken.append(message)
        return Reply(200, b"ok", {"content-type": "text/plain"})


class Ntfy(Service):
    """JSON publishing: 4,096 bytes, then a file is made of it. Source: docs.ntfy.sh/publish."""

    token = "tk_s3cret"

    def answer(self, request: Request) -> Reply:
        if refused(request, "/"):
            return reply(404, {"code": 40401, "http": 404, "error": "page not found"})
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return reply(403, {"code": 40301, "http": 403, "error": "forbidden"})
        message = json.loads(request.body)
        if not re.fullmatch(r"[-_A-Za-z0-9]{1,64}", message.get("topic", "")):
            return reply(400, {"code": 40009, "http": 400, "error": "topic invalid"})
        if not 1 <= message.get("priority", 3) <= 5:
            return reply(400, {"code": 40007, "http": 400, "error": "priority invalid"})
        said = {"id": f"id{len(self.taken)}", "event": "message", "topic": message["topic"]}
        if len(message["message"].encode()) > 4_096:
            said["attachment"] = "a file that nobody wanted"
        self.taken.append(message | {"said": said})
        return reply(200, said)


@dataclass
class Matrix(Service):
    """PUT of a message event; a transaction id names one event for good. Source: spec.matrix.org,
    client-server API, 65,536 bytes an event."""

    token = "syt_s3cret"
    room = "!abc:example.org"
    events: dict[str, str] = field(default_factory=dict)

    def answer(self, request: Request) -> Reply:
        path = r"/_matrix/client/v3/rooms/([^/]+)/send/m\.room\.message/([^/]+)"
        found = re.fullmatch(path, request.path)
        if request.method != "PUT" or not found:
            return reply(404, {"errcode": "M_UNRECOGNIZED", "error": "Unrecognized request"})
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return reply(401, {"errcode": "M_UNKNOWN_TOKEN", "error": "Invalid access token"})
        if unquote(found[1]) != self.room:
            return reply(403, {"errcode": "M_FORBIDDEN", "error": "User not in room"})
        if len(request.body) > 65_536 - 1_024:
            return reply(413, {"errcode": "M_TOO_LARGE", "error": "event too large"})
        transaction = unquote(found[2])
        if transaction not in self.events:
            self.events[transaction] = f"$event{len(self.events)}"
            self.taken.append(json.loads(request.body))
        return reply(200, {"event_id": self.events[transaction]})


class Pagerduty(Service):
    """Events API v2. Source: developer.pagerduty.com, "Send an alert event"."""

    key = "R0" * 16

    def answer(self, request: Request) -> Reply:
        if refused(request, "/v2/enqueue"):
            return Reply(404)
        message = json.loads(request.body)
        if errors := list(self.errors(message, len(request.body))):
            said = {"status": "invalid event", "message": "Event object is invalid"}
            return reply(400, said | {"errors": errors})
        self.taken.append(message)
        said = {"status": "success", "message": "Event processed"}
        return reply(202, said | {"dedup_key": message["dedup_key"]})

    def errors(self, message: dict[str, Any], size: int) -> Any:
        payload = message.get("payload", {})
        checks: dict[str, Callable[[], bool]] = {
            "size": lambda: size <= 512 * 1024,
            "routing_key": lambda: message.get("routing_key") == self.key,
            "event_action": lambda: message.get("event_action") == "trigger",
            "dedup_key": lambda: 1 <= len(message["dedup_key"]) <= 255,
            "summary": lambda: 1 <= len(payload["summary"]) <= 1_024,
            "source": lambda: bool(payload["source"].strip()),
            "severity": lambda: payload["severity"] in ("critical", "warning", "error", "info"),
        }
        return (name for name, holds in checks.items() if not holds())


class Slack(Service):
    """Incoming webhook. Source: docs.slack.dev, "Block Kit" and "Rate limits"."""

    def answer(self, request: Request) -> Reply:
        if refused(request, "/services/T0/B0/x"):
            return Reply(404, b"no_service")
        message = json.loads(request.body)
        blocks = message.get("blocks", [])
        texts = [text for block in blocks for text in self.texts(block)]
        if len(blocks) > 50 or len(message["text"]) > 40_000:
            return Reply(400, b"invalid_blocks")
        for text in texts:
            most = 150 if text is texts[0] else 3_000
            if not 1 <= utf16(text["text"]) <= most:
                return Reply(400, b"invalid_blocks")
        if sum(utf16(text["text"]) for text in texts) > 13_200:
            return Reply(400, b"msg_blocks_too_long")
        self.taken.append(message)
        return Reply(200, b"ok")

    def texts(self, block: dict[str, Any]) -> list[dict[str, Any]]:
        return [block["text"]] if "text" in block else list(block["elements"])


class Discord(Service):
    """Webhook execution. Source: discord.com/developers, "Execute Webhook" and "Embed limits"."""

    def answer(self, request: Request) -> Reply:
        if refused(request, r"/api/webhooks/1/x\?wait=true"):
            return reply(404, {"message": "Unknown Webhook", "code": 10015})
        message = json.loads(request.body)
        embeds = message.get("embeds", [])
        total = sum(utf16(e.get("title", "")) + utf16(e.get("description", "")) for e in embeds)
        within = (
            utf16(message["content"]) <= 2_000
            and len(embeds) <= 10
            and total <= 6_000
            and all(utf16(embed.get("title", "")) <= 256 for embed in embeds)
            and all(utf16(embed.get("description", "")) <= 4_096 for embed in embeds)
        )
        if not within:
            return reply(400, {"code": 50035, "message": "Invalid Form Body"})
        self.taken.append(message)
        return reply(200, {"id": str(1_000 + len(self.taken)), "channel_id": "5"})


class Teams(Service):
    """A flow that starts on a webhook request: 28 KB, answered before anything is posted."""

    def answer(self, request: Request) -> Reply:
        if len(request.body) > 28 * 1024:
            return reply(413, {"error": {"code": "RequestEntityTooLarge"}})
        message = json.loads(request.body)
        if message["attachments"][0]["content"]["type"] != "AdaptiveCard":
            return reply(400, {"error": {"code": "TriggerInputSchemaMismatch"}})
        self.taken.append(message)
        return Reply(202)
