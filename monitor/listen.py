"""A webhook receiver: verifies, discards repeats, answers 204, and prints what it received."""

import json
import sys
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self, TextIO

from monitor.core.glance import glance
from monitor.core.inert import cut, inert, inert_link, one_line
from monitor.core.signing import SignatureError, secret_bytes, verify
from monitor.model import (
    Alert,
    AlertKind,
    Claim,
    Found,
    Secret,
    Severity,
    Situation,
    Step,
    Tier,
)

MAX_BODY_BYTES = 1024 * 1024
NO_ANSWER = 0

_REMEMBERED = 10_000
_SOCKET_TIMEOUT_S = 10.0
_MAX_RAW = 20_000
_MAX_NAMES = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One request, and what was answered.

    Attributes:
        webhook_id: Empty if the sender gave none; such messages are never repeats.
        headers: Names in lower case.
        status: What was answered; `NO_ANSWER`: the connection was closed.
        repeat: The message had been taken before.
    """

    webhook_id: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime
    status: int = 204
    repeat: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planned:
    status: int
    headers: Mapping[str, str]


class Receiver:
    """Takes messages in a thread of its own, from entering the context until leaving it.

    Args:
        port: 0: any free one; `url` then tells.
        secret: `whsec_` secret; messages it did not sign are answered 401. None: all are taken.
        on_message: Called for each message once, one at a time, in the server's threads. If it
            raises, there is no answer and the message counts as not received.
        host: Address to bind; the default is reachable from this machine only.
        on_refused: Called like `on_message`, with the reason, for what the secret did not sign.
    """

    def __init__(
        self,
        port: int = 0,
        secret: Secret | str | None = None,
        on_message: Callable[[Received], object] | None = None,
        host: str = "127.0.0.1",
        on_refused: Callable[[Received, str], object] | None = None,
    ) -> None:
        text = secret.reveal() if isinstance(secret, Secret) else secret
        self._key = secret_bytes(text) if text else None
        self._on_message = on_message
        self._on_refused = on_refused
        self._taken: OrderedDict[str, None] = OrderedDict()
        self._requests: list[Received] = []
        self._planned: deque[_Planned] = deque()
        self._changed = threading.Condition()
        self._one_at_a_time = threading.Lock()
        self._server = _Server((host, port), self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )

    @property
    def url(self) -> str:
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}/"

    @property
    def requests(self) -> tuple[Received, ...]:
        """Every request of the last 10,000, refused and repeated ones included."""
        with self._changed:
            return tuple(self._requests)

    @property
    def messages(self) -> tuple[Received, ...]:
        """The messages taken, each once, in order."""
        return tuple(r for r in self.requests if r.status == 204 and not r.repeat)

    def fail_next(self, *statuses: int, headers: Mapping[str, str] | None = None) -> None:
        """Answer the next requests with these statuses, one each, without looking at them.

        `NO_ANSWER` closes the connection instead, as a receiver does that crashes.
        """
        with self._changed:
            self._planned.extend(_Planned(status=s, headers=headers or {}) for s in statuses)

    def wait_for(self, count: int, timeout_s: float = 10.0) -> bool:
        """Block until that many messages were taken; False if they do not come in time."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self.messages) >= count, timeout_s)

    def wait_for_requests(self, count: int, timeout_s: float = 10.0) -> bool:
        """Like `wait_for`, with refused and repeated ones counted."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._requests) >= count, timeout_s)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def take(self, received: Received) -> tuple[int, str, Mapping[str, str]]:
        """Decide about a request: status, reason and headers of the answer."""
        with self._one_at_a_time:
            status, reason, headers, repeat = self._judge(received)
            with self._changed:
                self._requests.append(replace(received, status=status, repeat=repeat))
                del self._requests[:-_REMEMBERED]
                self._changed.notify_all()
        return status, reason, headers

    def _judge(self, received: Received) -> tuple[int, str, Mapping[str, str], bool]:
        with self._changed:
            planned = self._planned.popleft() if self._planned else None
        if planned:
            return planned.status, "told to answer so", planned.headers, False
        if self._key:
            try:
                verify(self._key, received.headers, received.body, received.received_at)
            except SignatureError as error:
                if self._on_refused:
                    self._on_refused(replace(received, status=401), str(error))
                return 401, str(error), {}, False
        if received.webhook_id and received.webhook_id in self._taken:
            return 204, "", {}, True
        if self._on_message:
            self._on_message(received)
        if received.webhook_id:
            self._taken[received.webhook_id] = None
            while len(self._taken) > _REMEMBERED:
                self._taken.popitem(last=False)
        return 204, "", {}, False


class _Server(ThreadingHTTPServer):
    # Leaving the context waits for answers in flight; `_Handler.timeout` bounds that.
    daemon_threads = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], receiver: Receiver) -> None:
        self.receiver = receiver
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], OSError):  # a sender that hangs up is its own problem
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = _SOCKET_TIMEOUT_S
    server_version = "news-monitor-listen"
    sys_version = ""

    def do_POST(self) -> None:
        size = self.headers.get("content-length", "")
        if not (size.isascii() and size.isdigit()):
            return self._answer(411, "give a content-length", {})
        if int(size[:12]) > MAX_BODY_BYTES:
            return self._answer(413, f"at most {MAX_BODY_BYTES} bytes", {})
        body = self.rfile.read(int(size))
        if len(body) < int(size):
            return self._answer(400, "the body is shorter than announced", {})
        headers = {name.lower(): value for name, value in self.headers.items()}
        received = Received(
            webhook_id=headers.get("webhook-id", ""),
            path=self.path,
            headers=headers,
            body=body,
            received_at=datetime.now(UTC),
        )
        return self._answer(*self.server.receiver.take(received))

    def _only_post(self) -> None:
        self._answer(405, "post messages here", {"allow": "POST"})

    do_GET = do_HEAD = do_PUT = do_DELETE = _only_post  # noqa: N815

    def _answer(self, status: int, reason: str, headers: Mapping[str, str]) -> None:
        if status == NO_ANSWER:
            self.close_connection = True
            return
        content = b"" if status in (204, 304) or self.command == "HEAD" else f"{reason}\n".encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status not in (204, 304):
            self.send_header("content-type", "text/plain; charset=utf-8")
            self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing: messages are told through `on_message`."""


def listen(host: str, port: int, secret: Secret | str | None, out: TextIO) -> None:
    """Print every message until interrupted (Ctrl-C)."""

    def show(received: Received) -> None:
        print(f"--- {_heading(received, signed=bool(secret))}\n{describe(received.body)}", file=out)
        out.flush()

    def complain(received: Received, reason: str) -> None:
        print(
            f"--- {_heading(received, signed=False)} refused with 401: {one_line(reason)}", file=out
        )
        out.flush()

    with Receiver(port, secret, show, host, complain) as receiver:
        check = "their signatures are checked" if secret else "signatures are not checked"
        print(f"Listening on {receiver.url} ({check}); Ctrl-C ends.", file=out, flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            count = len(receiver.messages)
            refused = sum(one.status == 401 for one in receiver.requests)
            left_out = (
                f" {refused} refused: is the secret the same on both sides?" if refused else ""
            )
            told = f"{count} message{'' if count == 1 else 's'} received.{left_out}"
            print(told, file=out, flush=True)


def describe(body: bytes) -> str:
    """A received body for a terminal: an alert at a glance, else its JSON, else its text."""
    text = body.decode("utf-8", "replace")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return cut(inert(text, newlines=True), _MAX_RAW)
    alert = _alert(document)
    if alert is None:
        pretty = json.dumps(document, ensure_ascii=False, indent=2)
        return cut(inert(pretty, newlines=True), _MAX_RAW)
    seen = glance(alert)
    return "\n".join(
        line
        for line in (seen.lead, seen.headline, *seen.details(), *_members(document), seen.link)
        if line
    )


def _members(document: Any) -> Iterator[str]:
    """Of a digest: a line for each alert that it tells of, and its link."""
    with suppress(KeyError, TypeError):
        for one in document["data"]["members"]:
            yield one_line(f"[{str(one['severity']).upper()}] {one['headline']}")
            if link := inert_link(str(one["url"])):
                yield f"    {link}"


def _heading(received: Received, *, signed: bool) -> str:
    name = cut(one_line(received.webhook_id), 80) or "(no webhook-id)"
    verified = ", signature verified" if signed else ""
    return f"{received.received_at:%H:%M:%S}Z {name}{verified}"


def _alert(document: Any) -> Alert | None:
    """The alert in a body of kind "standard"; None if it is something else."""
    try:
        data, source = document["data"], document["data"]["source"]
        return Alert(
            id=str(data["alert"]),
            kind=AlertKind(data["kind"]),
            severity=Severity(data["severity"]),
            reason=str(data["reason"]),
            watch_id=str(data["watch"]),
            watch_name=str(data["watch_name"]),
            created_at=_moment(document["timestamp"]) or datetime.now(UTC),
            title=str(data["headline"]),
            snippet=str(data["snippet"]),
            url=str(data["url"]),
            language=str(data["language"]),
            seq=int(data["seq"]),
            feed_name=str(source["name"]),
            publisher=str(source["publisher"]),
            tier=Tier(source["tier"]) if source["tier"] else None,
            authority_for=tuple(map(str, source["authority_for"])),
            published_at=_moment(data["published_at"]),
            seen_at=_moment(data["seen_at"]),
            found=tuple(_found(one) for one in data["matched"]),
            item_id=str(data["item"]),
            situation=_situation(data.get("story_now")),
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def _situation(said: Any) -> Situation | None:
    """None as well of a body from before stories were told."""
    if said is None:
        return None
    disputed, day = said["disputed"], said["effective_on"]
    return Situation(
        title=str(said["title"]),
        claim=_claim(said["claim"]),
        state=_claim(said["state"]),
        was=_claim(said["was"]),
        disputed=Claim(disputed["claim"]) if disputed else None,
        disputed_by=str(disputed["by"]) if disputed else "",
        official=_step(said["official"]) if said["official"] else None,
        parties=tuple(map(_step, said["parties"])),
        effective_on=date.fromisoformat(day) if day else None,
        independent=_names(said["independent_origins"]),
        carried_by=_names(said["carried_by"]),
        timeline=tuple(map(_step, said["timeline"])),
        also_in=tuple(map(str, said["also_in"])),
        diff=str(said["diff"]),
    )


def _claim(word: Any) -> Claim | None:
    return None if word is None else Claim(word)


def _names(said: Any) -> tuple[str, ...]:
    """As many as are counted, those that were left out without a name."""
    names = tuple(map(str, said["names"]))
    return names + ("",) * min(int(said["count"]) - len(names), _MAX_NAMES)


def _step(said: Any) -> Step:
    return Step(
        item_id=str(said["item"]),
        at=_moment(said["at"]) or datetime.now(UTC),
        publisher=str(said["publisher"]),
        tier=Tier(said["tier"]),
        claim=Claim(said["claim"]),
        party=str(said["party"]),
        moved=said["moved"] is True,
        read_by=str(said.get("read_by", "")),
    )


def _found(one: Any) -> Found:
    group = None if one["group"] is None else str(one["group"])
    return Found(
        term=str(one["term"]),
        group=group,
        field=str(one["field"]),
        start=int(one["start"]),
        end=int(one["end"]),
        clause=str(one.get("clause", "")),
        variant=str(one.get("variant", "")),
    )


def _moment(text: Any) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
