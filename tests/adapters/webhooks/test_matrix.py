"""Kind "matrix"."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from pytest_httpserver import HTTPServer

from monitor.adapters.http.session import Session
from monitor.adapters.webhooks.matrix import MatrixOptions, MatrixWebhook
from monitor.model import Alert, Answer, Secret, Verdict
from tests.adapters.webhooks.alerts import HOSTILE, a_huge_alert, alerts
from tests.adapters.webhooks.services import Matrix, reply
from tests.builders import NOW, a_delivery, an_alert
from tests.servers import Loopback, trust

SESSION = Session(tls=trust(), user_agent="news-monitor-test", allow_private=("127.0.0.0/8",))


@pytest.fixture(autouse=True, scope="module")
def closed_session() -> Iterator[None]:
    yield
    SESSION.close()


def to(server: str, token: str = Matrix.token, room: str = Matrix.room) -> MatrixWebhook:
    options = MatrixOptions(server=server, room=room, token=Secret(token))
    return MatrixWebhook("room", options, SESSION)


def message(alert: Alert) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(to("https://matrix.example").render(alert, "msg_1"))
    return body


class Tags(HTMLParser):
    def __init__(self, document: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, Any]] = []
        self.text = ""
        self.feed(document)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))
        self.text += "\n" if tag == "br" else ""

    def handle_data(self, data: str) -> None:
        self.text += data


def obeys(body: dict[str, Any]) -> None:
    """Pings nobody; the markup is ours; both bodies say the same."""
    assert (body["msgtype"], body["m.mentions"]) == ("m.notice", {})
    assert len(json.dumps(body, ensure_ascii=False).encode()) < 64_000
    read = Tags(body["formatted_body"])
    names = [name for name, _ in read.tags]
    assert set(names) <= {"strong", "br", "a"}
    assert names.count("strong") == 1
    link = body["body"].rpartition("\n")[2].partition(" (")[0]
    assert all(attrs["href"] == link for name, attrs in read.tags if name == "a")
    assert read.text == body["body"]


@settings(max_examples=60, deadline=None)
@given(alert=alerts())
def test_any_message_obeys_the_services_limits_and_its_markup_is_ours(alert: Alert) -> None:
    obeys(message(alert))


@pytest.mark.parametrize("character", ["a", "&", '"', "🚆", "<b>"])
def test_the_biggest_message_obeys_too(character: str) -> None:
    obeys(message(a_huge_alert(character)))


@pytest.mark.parametrize("headline", [*HOSTILE, "@room @user:example.org https://matrix.to/#/@u:x"])
def test_mentions_and_markup_in_a_headline_arrive_as_text(headline: str) -> None:
    obeys(message(an_alert(headline, snippet=headline, watch_name=headline)))


# --- answers ---


def send(service: Matrix, *deliveries: dict[str, Any], **options: str) -> list[Answer]:
    with Loopback(service) as server:
        webhook = to(server.url, **options)
        body = webhook.render(an_alert(), "msg_1")
        rows = [replace(a_delivery(payload=body), **changes) for changes in deliveries or ({},)]
        return [webhook.send(row, NOW) for row in rows]


def test_message_sent_twice_arrives_once() -> None:
    """The webhook-id is the transaction's: a repeat gets the first event as its answer."""
    service = Matrix()

    first, again, other = send(service, {}, {"attempts": 1}, {"id": "msg_2"})

    assert first.verdict is again.verdict is other.verdict is Verdict.DELIVERED
    assert first.remote == again.remote == '{"event_id": "$event0"}'
    assert len(service.taken) == 2


def test_update_of_a_story_goes_to_its_thread() -> None:
    service = Matrix()
    row = {"root": '{"event_id": "$first"}', "prior": '{"event_id": "$latest"}'}

    (answer,) = send(service, row)

    assert answer.verdict is Verdict.DELIVERED
    assert service.taken[0]["m.relates_to"] == {
        "rel_type": "m.thread",
        "event_id": "$first",
        "is_falling_back": True,
        "m.in_reply_to": {"event_id": "$latest"},
    }


@pytest.mark.parametrize("root", ["", "[", '{"event_id": 5}'])
def test_unreadable_root_is_none(root: str) -> None:
    service = Matrix()

    send(service, {"root": root})

    assert "m.relates_to" not in service.taken[0]


@pytest.mark.parametrize("options", [{"token": "wrong"}, {"room": "!other:example.org"}])
def test_wrong_token_or_room_needs_somebody_to_look(options: dict[str, str]) -> None:
    (answer,) = send(Matrix(), **options)

    assert answer.verdict is Verdict.HELD


def test_wait_in_the_body_is_read() -> None:
    service = Matrix()
    said = {"errcode": "M_LIMIT_EXCEEDED", "error": "Too Many", "retry_after_ms": 2_500}
    service.first.append(reply(429, said))

    (answer,) = send(service)

    assert (answer.verdict, answer.retry_after) == (Verdict.THROTTLED, timedelta(seconds=2.5))


@pytest.mark.parametrize("body", ["", "ok", "{}", '{"event_id": 5}', '{"event_id": ""}'])
def test_200_without_an_event_is_no_success(httpserver: HTTPServer, body: str) -> None:
    httpserver.expect_request("/x").respond_with_data(body, 200)
    url = "/_matrix/client/v3/rooms/!abc:example.org/send/m.room.message/msg_1"
    httpserver.expect_request(url).respond_with_data(body, 200)

    answer = to(httpserver.url_for("").rstrip("/")).send(a_delivery(payload=b"{}"), NOW)

    assert (answer.verdict, answer.status) == (Verdict.RETRY, 200)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"room": "#alias:example.org"}, "room"),
        ({"room": "!a b:x"}, "room"),
        ({"token": Secret("")}, "token"),
        ({"token": Secret("a\r\nb")}, "token"),
        ({"server": "https://x.example/#a"}, "server"),
    ],
)
def test_options_that_cannot_be_are_refused(wrong: dict[str, Any], why: str) -> None:
    given: dict[str, Any] = {
        "server": "https://x.example",
        "room": Matrix.room,
        "token": Secret("x"),
    }
    with pytest.raises(ValueError, match=why):
        MatrixOptions(**(given | wrong))
