"""What every webhook kind must do, against real servers on loopback."""

import json
import logging
import re
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from pydantic import TypeAdapter, ValidationError
from pytest_httpserver import HTTPServer
from werkzeug import Request
from werkzeug import Response as Reply

from monitor.adapters.http.session import Response, Session
from monitor.adapters.webhooks.console import ConsoleOptions, ConsoleWebhook
from monitor.adapters.webhooks.discord import DiscordWebhook
from monitor.adapters.webhooks.file import FileOptions, FileWebhook
from monitor.adapters.webhooks.matrix import MatrixOptions, MatrixWebhook
from monitor.adapters.webhooks.mattermost import MattermostWebhook
from monitor.adapters.webhooks.ntfy import NtfyOptions, NtfyWebhook
from monitor.adapters.webhooks.pagerduty import PagerdutyOptions, PagerdutyWebhook
from monitor.adapters.webhooks.post import UrlOptions
from monitor.adapters.webhooks.slack import SlackWebhook
from monitor.adapters.webhooks.standard import StandardOptions, StandardWebhook
from monitor.adapters.webhooks.teams import TeamsWebhook
from monitor.adapters.webhooks.telegram import TelegramOptions, TelegramWebhook
from monitor.model import Alert, Answer, Secret, Verdict
from monitor.ports import Webhook
from tests.adapters.webhooks.alerts import HOSTILE, a_huge_alert, alerts
from tests.builders import NOW, a_delivery, an_alert
from tests.servers import closed_port, trust

CANARY = "T0CANARY/B1CANARY/s3cret-c4nary"
QUERY = "sig=c4nary_signature"
TOKEN = "Bearer c4nary-token"
SECRET = "whsec_Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5"
WORD = "syt_c4nary-token_x"
KEY = "R0CANARY" * 4
BOT_TOKEN = "123456:c4nary_signature-c4nary-token-12345"
CANARIES = (
    "T0CANARY", "B1CANARY", "s3cret-c4nary", "c4nary_signature", "c4nary-token", "R0CANARY",
    SECRET[6:],
)  # fmt: skip
LOOPBACK = ("127.0.0.0/8",)


@dataclass(frozen=True)
class Kind:
    """How to make one, and what its service answers when all is well."""

    make: Callable[[str, Session], Webhook]
    well: Reply
    verdict: Verdict
    method: str = "POST"
    secrets: tuple[str, ...] = ()  # of a kind whose address is none


def base(url: str) -> str:
    """The server of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _standard(url: str, session: Session) -> Webhook:
    options = StandardOptions(
        url=Secret(url), secrets=(Secret(SECRET),), headers={"authorization": Secret(TOKEN)}
    )
    return StandardWebhook("desk", options, session)


HTTP_KINDS = {
    "standard": Kind(_standard, Reply(status=204), Verdict.DELIVERED),
    "slack": Kind(
        lambda url, session: SlackWebhook("desk", UrlOptions(url=Secret(url)), session),
        Reply("ok", 200),
        Verdict.DELIVERED,
    ),
    "discord": Kind(
        lambda url, session: DiscordWebhook("desk", UrlOptions(url=Secret(url)), session),
        Reply(status=204),
        Verdict.DELIVERED,
    ),
    "teams": Kind(
        lambda url, session: TeamsWebhook("desk", UrlOptions(url=Secret(url)), session),
        Reply(status=202),
        Verdict.ACCEPTED,
    ),
    "mattermost": Kind(
        lambda url, session: MattermostWebhook("desk", UrlOptions(url=Secret(url)), session),
        Reply("ok", 200),
        Verdict.DELIVERED,
    ),
    "telegram": Kind(
        lambda url, session: TelegramWebhook(
            "desk",
            TelegramOptions(token=Secret(BOT_TOKEN), chat="-1001", server=base(url)),
            session,
        ),
        Reply('{"ok": true, "result": {"message_id": 7}}', 200),
        Verdict.DELIVERED,
        secrets=(BOT_TOKEN,),
    ),
    "ntfy": Kind(
        lambda url, session: NtfyWebhook(
            "desk",
            NtfyOptions(topic=Secret("c4nary_signature"), token=Secret(WORD), server=base(url)),
            session,
        ),
        Reply('{"id": "hwQ2YpKdmg", "event": "message"}', 200),
        Verdict.DELIVERED,
        secrets=("c4nary_signature", WORD),
    ),
    "matrix": Kind(
        lambda url, session: MatrixWebhook(
            "desk",
            MatrixOptions(server=base(url), room="!abc:example.org", token=Secret(WORD)),
            session,
        ),
        Reply('{"event_id": "$abc"}', 200),
        Verdict.DELIVERED,
        method="PUT",
        secrets=(WORD,),
    ),
    "pagerduty": Kind(
        lambda url, session: PagerdutyWebhook(
            "desk", PagerdutyOptions(routing_key=Secret(KEY), server=base(url)), session
        ),
        Reply('{"status": "success", "dedup_key": "s_1"}', 202),
        Verdict.DELIVERED,
        secrets=(KEY,),
    ),
}
OPTIONS = {
    "standard": StandardOptions,
    "slack": UrlOptions,
    "discord": UrlOptions,
    "teams": UrlOptions,
    "mattermost": UrlOptions,
}


class Hurried(Session):
    """A session whose clock runs forty times as fast as the kinds think.

    For who is never answered: nobody else should be short of time where a machine stands still.
    """

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        deadline_s: float,
        max_bytes: int,
        **rest: Any,
    ) -> Response:
        return super().request(
            method,
            url,
            headers=headers,
            body=body,
            deadline_s=deadline_s / 40,
            max_bytes=max_bytes,
            **rest,
        )


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    made = Session(tls=trust(), user_agent="news-monitor-test", allow_private=LOOPBACK)
    yield made
    made.close()


@pytest.fixture(scope="module")
def hurried() -> Iterator[Session]:
    made = Hurried(tls=trust(), user_agent="news-monitor-test", allow_private=LOOPBACK)
    yield made
    made.close()


@pytest.fixture(params=HTTP_KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    return HTTP_KINDS[request.param]


@pytest.fixture
def address(httpserver: HTTPServer) -> str:
    return httpserver.url_for(f"/services/{CANARY}") + f"?{QUERY}"


def send(webhook: Webhook, alert: Alert | None = None) -> Answer:
    body = webhook.render(alert or an_alert(), "msg_1")
    return webhook.send(a_delivery(payload=body), NOW)


def answering(httpserver: HTTPServer, reply: Reply) -> list[Request]:
    seen: list[Request] = []

    def handle(request: Request) -> Reply:
        seen.append(request)
        return reply

    httpserver.expect_request(re.compile(".*")).respond_with_handler(handle)
    return seen


# --- rendering ---


def all_kinds() -> list[Webhook]:
    session = Session(tls=trust(), user_agent="news-monitor-test")
    address = "https://hooks.example/x"
    made = [kind.make(address, session) for kind in HTTP_KINDS.values()]
    file = FileWebhook("log", FileOptions(path=Path("alerts.jsonl")))
    return [*made, ConsoleWebhook("screen", ConsoleOptions()), file]


ALL_KINDS = all_kinds()


@given(alert=alerts())
def test_any_alert_can_be_rendered_and_gives_the_same_bytes_again(alert: Alert) -> None:
    for webhook in ALL_KINDS:
        body = webhook.render(alert, "msg_1")

        assert body.decode()
        assert webhook.render(alert, "msg_1") == body


@pytest.mark.parametrize("webhook", ALL_KINDS, ids=lambda w: type(w).__name__.lower())
@pytest.mark.parametrize("character", ["&", "*", '"', "🚆", "\u0301"])
def test_no_alert_is_too_big_for_the_service(webhook: Webhook, character: str) -> None:
    limits = {
        "MatrixWebhook": 62_000,
        "MattermostWebhook": 28_000,
        "FileWebhook": 20_100,
        "PagerdutyWebhook": 40_000,
        "TeamsWebhook": 28_000,
    }

    body = webhook.render(a_huge_alert(character), "msg_1")

    assert len(body) < limits.get(type(webhook).__name__, 20_000)


@pytest.mark.parametrize("webhook", ALL_KINDS, ids=lambda w: type(w).__name__.lower())
@pytest.mark.parametrize("headline", HOSTILE)
def test_nothing_invisible_or_acting_on_a_terminal_is_rendered(
    webhook: Webhook, headline: str
) -> None:
    text = webhook.render(an_alert(headline, snippet=headline, reason=headline), "msg_1").decode()

    whole = (
        text
        if isinstance(webhook, ConsoleWebhook)
        else json.dumps(json.loads(text), ensure_ascii=False)
    )
    assert not set(whole) & set("\x00\x07\x1b\x9b\u202e\u2066\u2069\u200b")
    for escape in ("\\u001b", "\\u0000", "\\u009b"):
        assert escape not in text


def shown(webhook: Webhook, text: str, alert: Alert) -> str:
    """Each thing once, in the order in which a person meets it."""
    if isinstance(webhook, DiscordWebhook):  # its title carries the link
        return text.replace("\\", "").replace(alert.url, "") + alert.url
    if isinstance(webhook, SlackWebhook):  # the notification repeats the beginning
        return text[text.index("blocks") :]
    if isinstance(webhook, MatrixWebhook):  # the same twice, once with markup
        return str(json.loads(text)["body"])
    if isinstance(webhook, PagerdutyWebhook):  # the summary repeats the beginning
        payload = json.loads(text)["payload"]
        return " ".join([payload["summary"], *payload["custom_details"]["told"], alert.url])
    return text


@pytest.mark.parametrize(
    "webhook",
    [w for w in ALL_KINDS if not isinstance(w, StandardWebhook | FileWebhook)],  # for programs
    ids=lambda w: type(w).__name__.lower(),
)
def test_what_a_person_must_see_is_in_one_order_everywhere(webhook: Webhook) -> None:
    alert = an_alert("关于列车的公告", language="zh-Hans", watch_name="Rail", reason="escalation")

    text = shown(webhook, webhook.render(alert, "msg_1").decode(), alert)

    parts = ["[HIGH]", "Rail", "new", "关于列车的公告", "zh-Hans", "Pennant Wire", "wire for CN",
             "escalation", "kp-border-rail", "[rail: train]", "in title", "left on time",
             "2025-06-12 09:30Z", "first seen", "https://pennant.example.org/a/1"]  # fmt: skip
    places = [text.index(part) for part in parts]
    assert places == sorted(places)


# --- answers ---


def test_the_services_own_success_is_success(
    kind: Kind, session: Session, httpserver: HTTPServer, address: str
) -> None:
    seen = answering(httpserver, kind.well)

    answer = send(kind.make(address, session))

    assert (answer.verdict, answer.status) == (kind.verdict, kind.well.status_code)
    assert len(seen) == 1
    assert (seen[0].method, seen[0].mimetype) == (kind.method, "application/json")
    assert json.loads(seen[0].data)


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (302, Verdict.HELD),
        (307, Verdict.HELD),
        (400, Verdict.REFUSED),
        (401, Verdict.HELD),
        (403, Verdict.HELD),
        (404, Verdict.HELD),
        (408, Verdict.RETRY),
        (410, Verdict.GONE),
        (429, Verdict.THROTTLED),
        (500, Verdict.RETRY),
        (503, Verdict.RETRY),
    ],
)
def test_other_statuses_mean_the_same_to_every_kind(
    kind: Kind, session: Session, httpserver: HTTPServer, address: str,
    status: int, verdict: Verdict,
) -> None:  # fmt: skip
    seen = answering(
        httpserver, Reply("no", status, headers={"location": httpserver.url_for("/x")})
    )

    answer = send(kind.make(address, session))

    assert (answer.verdict, answer.status) == (verdict, status)
    assert str(status) in answer.text
    assert answer.excerpt == "no"
    assert len(seen) == len(httpserver.log) == 1  # nothing was followed


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_read(
    kind: Kind, session: Session, httpserver: HTTPServer, address: str, status: int
) -> None:
    answering(httpserver, Reply(status=status, headers={"retry-after": "17"}))

    assert send(kind.make(address, session)).retry_after == timedelta(seconds=17)


def test_a_refused_connection_is_tried_again(kind: Kind, session: Session) -> None:
    answer = send(kind.make(f"http://127.0.0.1:{closed_port()}/{CANARY}", session))

    assert (answer.verdict, answer.status) == (Verdict.RETRY, None)


@contextmanager
def socket_server(answer: bytes | None) -> Iterator[str]:
    """Reads a request, says `answer` and hangs up; None: stays silent until the client leaves."""

    def serve() -> None:
        with suppress(OSError):
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(60)
                received = connection.recv(65_536)
                if answer is None:
                    while received:
                        received = connection.recv(65_536)
                else:
                    connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(60)
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/{CANARY}"
        thread.join()


@pytest.mark.parametrize(
    "answer",
    [None, b"", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok", b"HTTP/1.1 2"],
    ids=["silence", "hang-up", "cut body", "cut status"],
)
def test_a_message_sent_but_not_answered_is_ambiguous(
    kind: Kind, session: Session, hurried: Session, answer: bytes | None
) -> None:
    with socket_server(answer) as url:
        outcome = send(kind.make(url, hurried if answer is None else session))

    assert outcome.verdict is Verdict.AMBIGUOUS
    assert outcome.text


def test_a_private_address_is_not_connected_to_unless_configuration_names_it(kind: Kind) -> None:
    session = Session(tls=trust(), user_agent="news-monitor-test")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)

        answer = send(kind.make(f"http://127.0.0.1:{listener.getsockname()[1]}/", session))

        assert answer.verdict is Verdict.RETRY
        with pytest.raises(BlockingIOError):
            listener.accept()
    session.close()


# --- secrets ---


def leaks(*texts: object) -> set[str]:
    return {canary for canary in CANARIES for text in texts if canary in str(text)}


class _Records(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name != "werkzeug":  # the server's own
            self.texts.append(record.getMessage())


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """What reaches the root logger at its most talkative, as it would reach the operator's log.

    (caplog also shows what never gets there.)
    """
    root, records = logging.getLogger(), _Records()
    level = root.level
    root.addHandler(records)
    root.setLevel(logging.DEBUG)
    yield records.texts
    root.setLevel(level)
    root.removeHandler(records)


@pytest.mark.parametrize("status", [200, 202, 302, 401, 410, 429, 500])
def test_a_service_that_repeats_our_secrets_does_not_get_them_recorded(
    kind: Kind, session: Session, httpserver: HTTPServer, address: str, status: int,
    logged: list[str], capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """Echoed plain, without host, in JSON, percent-encoded, cut at the excerpt's end, as header."""
    echo = (
        f"no hook at {address} or /services/{CANARY}?{QUERY} ({CANARY.replace('/', '%2F')}) "
        f'{{"u":"{address.replace("/", chr(92) + "/")}"}} '
    )
    if kind.secrets:
        echo = "no such account: " + ", ".join(kind.secrets) + " "
    if kind is HTTP_KINDS["standard"]:
        echo += f"with {TOKEN}, c4nary-token, {SECRET}, {SECRET[6:]}"
    echo += "x" * (2_048 - 10 - len(echo)) + (kind.secrets[0] if kind.secrets else CANARY)
    echoed = {"location": address, "retry-after": address}
    answering(httpserver, Reply(echo, status, headers=echoed))
    webhook = kind.make(address, session)

    answer = send(webhook)

    assert not leaks(webhook.render(an_alert(), "msg_1"))  # what is stored
    assert "***" in answer.excerpt
    assert len(answer.excerpt.encode()) <= 2_048
    out = capfd.readouterr()
    assert leaks(answer, webhook, vars(webhook), out.out, out.err, *logged) == set()


@pytest.mark.parametrize("answer", [None, b"", b"rubbish T0CANARY\r\n\r\n"])
def test_no_failure_tells_the_address(
    kind: Kind, session: Session, hurried: Session, answer: bytes | None, logged: list[str]
) -> None:
    with socket_server(answer) as url:
        outcome = send(kind.make(url, hurried if answer is None else session))

    assert leaks(outcome, *logged) == set()


@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.parametrize(
    "url",
    [
        f"ftp://hooks.example/{CANARY}",
        f"https://hooks.example/{CANARY} ",
        f"https://user:{CANARY}@hooks.example/",
        f"https://hooks.example:port/{CANARY}",
        f"https://hooks.example\\{CANARY}",
        f"https:///{CANARY}",
        f"https://[hooks/{CANARY}",
        f"https://hooks.example/{CANARY}/\r\nx",
        f"https://hooks.example/{CANARY}/" + "x" * 2_048,
        CANARY,
        "",
    ],
)
def test_a_bad_address_is_refused_without_repeating_it(name: str, url: str) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(OPTIONS[name])

    with pytest.raises(ValidationError, match="url") as caught:
        adapter.validate_python({"url": Secret(url)})

    assert not leaks(caught.value, repr(caught.value), repr(caught.value.errors()))


@pytest.mark.parametrize("name", OPTIONS)
def test_an_option_nobody_knows_is_a_mistake(name: str) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(OPTIONS[name])

    with pytest.raises(ValidationError, match="colour"):
        adapter.validate_python({"url": Secret("https://hooks.example/x"), "colour": "red"})


@pytest.mark.parametrize("name", OPTIONS)
def test_options_can_be_made_from_what_a_file_says_and_show_no_secret(name: str) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(OPTIONS[name])

    options = adapter.validate_python(
        {"url": Secret(f"https://hooks.example/{CANARY}"), "allow_private": ["10.0.0.0/8"]}
    )

    assert options.allow_private == ("10.0.0.0/8",)
    assert not leaks(repr(options), str(options))
