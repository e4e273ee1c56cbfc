"""The webhook receiver."""

import http.client
import io
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.adapters.webhooks.payload import message
from monitor.core.glance import glance
from monitor.core.signing import secret_bytes, sign, timestamp
from monitor.listen import MAX_BODY_BYTES, NO_ANSWER, Received, Receiver, describe
from monitor.model import Alert, AlertKind, Secret
from tests.adapters.webhooks.alerts import HOSTILE, a_situation_of, alerts
from tests.builders import an_alert

SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"
ROOT = Path(__file__).parents[1]


def ask(
    url: str, body: bytes = b"{}", headers: Mapping[str, str] | None = None, method: str = "POST"
) -> tuple[int, str]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    try:
        connection.request(method, "/", body, dict(headers or {}))
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def signed(body: bytes, webhook_id: str = "msg_1", at: datetime | None = None) -> dict[str, str]:
    moment = at or datetime.now(UTC)
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": timestamp(moment),
        "webhook-signature": sign([secret_bytes(SECRET)], webhook_id, moment, body),
    }


def test_a_message_is_taken_and_handed_on() -> None:
    seen: list[Received] = []
    with Receiver(on_message=seen.append) as receiver:
        status, _ = ask(receiver.url, b"hello", {"webhook-id": "msg_1", "X-Team": "desk"})

        assert status == 204
        assert receiver.wait_for(1)
    assert [(r.webhook_id, r.body, r.headers["x-team"]) for r in seen] == [
        ("msg_1", b"hello", "desk")
    ]


def test_a_repeat_is_answered_well_but_handed_on_once() -> None:
    seen: list[Received] = []
    with Receiver(on_message=seen.append) as receiver:
        statuses = [ask(receiver.url, headers={"webhook-id": "msg_1"})[0] for _ in range(3)]

        assert statuses == [204, 204, 204]
        assert [r.repeat for r in receiver.requests] == [False, True, True]
    assert len(seen) == len(receiver.messages) == 1


def test_messages_without_an_id_are_never_repeats() -> None:
    with Receiver() as receiver:
        ask(receiver.url)
        ask(receiver.url)

        assert len(receiver.messages) == 2


def test_a_message_with_our_signature_is_taken() -> None:
    with Receiver(secret=Secret(SECRET)) as receiver:
        assert ask(receiver.url, b"hello", signed(b"hello")) == (204, "")


@pytest.mark.parametrize(
    ("headers", "says"),
    [
        (dict, "header webhook-id is missing"),
        (lambda: signed(b"hullo"), "no signature is by our secret"),
        (lambda: signed(b"hello", at=datetime.now(UTC) - timedelta(hours=1)), "s old"),
    ],
)
def test_other_messages_are_refused_with_the_reason(
    headers: Callable[[], dict[str, str]], says: str
) -> None:
    with Receiver(secret=SECRET) as receiver:
        status, reason = ask(receiver.url, b"hello", headers())

        assert (status, says in reason) == (401, True)
        assert receiver.messages == ()
        assert len(receiver.requests) == 1


def test_a_forged_message_does_not_make_the_true_one_a_repeat() -> None:
    with Receiver(secret=SECRET) as receiver:
        ask(receiver.url, b"forged", signed(b"hello"))
        ask(receiver.url, b"hello", signed(b"hello"))

        assert [r.body for r in receiver.messages] == [b"hello"]


def test_failures_can_be_ordered_and_do_not_count_as_taken() -> None:
    headers = {"webhook-id": "msg_1"}
    with Receiver() as receiver:
        receiver.fail_next(503, 429, headers={"retry-after": "7"})

        statuses = [ask(receiver.url, headers=headers)[0] for _ in range(3)]

        assert statuses == [503, 429, 204]
        assert len(receiver.messages) == 1


def test_a_crash_of_the_receiver_can_be_ordered() -> None:
    with Receiver() as receiver:
        receiver.fail_next(NO_ANSWER)

        with pytest.raises(http.client.RemoteDisconnected):
            ask(receiver.url)
        assert receiver.wait_for_requests(1)


def test_a_message_that_could_not_be_handed_on_is_taken_when_it_comes_again() -> None:
    seen: list[Received] = []

    def hand_on(received: Received) -> None:
        seen.append(received)
        if len(seen) == 1:
            raise OSError("no space left")

    with Receiver(on_message=hand_on) as receiver:
        with pytest.raises(http.client.RemoteDisconnected):
            ask(receiver.url, headers={"webhook-id": "msg_1"})
        assert ask(receiver.url, headers={"webhook-id": "msg_1"})[0] == 204
    assert len(seen) == 2


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (f"content-length: {MAX_BODY_BYTES + 1}", 413),
        ("content-length: 99999999999999999999", 413),
        ("content-length: -1", 411),
        ("content-length: ٣", 411),
        ("transfer-encoding: chunked", 411),
        ("x: y", 411),
    ],
)
def test_bodies_of_unknown_or_great_length_are_not_read(head: str, status: int) -> None:
    with Receiver() as receiver:
        address = urlsplit(receiver.url)
        with socket.create_connection((address.hostname, address.port), 10) as connection:
            connection.sendall(f"POST / HTTP/1.1\r\nhost: x\r\n{head}\r\n\r\n".encode())

            assert connection.recv(4_096).startswith(f"HTTP/1.0 {status}".encode())
        assert receiver.requests == ()


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
def test_only_post_is_known(method: str) -> None:
    with Receiver() as receiver:
        assert ask(receiver.url, method=method)[0] == 405


def test_waiting_for_what_never_comes_ends() -> None:
    with Receiver() as receiver:
        assert not receiver.wait_for(1, timeout_s=0.01)


def test_a_bad_secret_is_refused_before_a_port_is_bound() -> None:
    with pytest.raises(ValueError, match="whsec_"):
        Receiver(secret="hunter2")


# --- what is printed ---


@settings(max_examples=50, deadline=None)
@given(alert=alerts())
def test_any_alert_of_ours_is_described(alert: Alert) -> None:
    assert not describe(message(alert)).startswith("{")


def test_the_story_is_described_as_everywhere_else() -> None:
    alert = an_alert(situation=a_situation_of("x", 8), kind=AlertKind.UPDATE)

    seen = glance(alert)
    assert describe(message(alert)).splitlines() == [
        seen.lead, seen.headline, *seen.details(), seen.link,
    ]  # fmt: skip
    old = json.loads(message(alert))
    del old["data"]["story_now"]
    assert len(describe(json.dumps(old).encode()).splitlines()) == 7


def test_an_alert_is_described_as_everywhere_else() -> None:
    body = message(an_alert("关于列车的公告", language="zh-Hans", published_at=None))

    assert describe(body) == (
        "[HIGH] Trains across the DPRK border: new\n"
        "关于列车的公告\n"
        "zh-Hans | Pennant Wire | wire for CN\n"
        "Why: first match | kp-border-rail [rail: train] in title\n"
        "Operators said the train left on time.\n"
        "published at an unknown time, first seen 2025-06-12 09:30Z\n"
        "https://pennant.example.org/a/1"
    )


def test_other_json_is_shown_indented_and_other_text_as_it_is() -> None:
    assert describe('{"text":"列车"}'.encode()) == '{\n  "text": "列车"\n}'
    assert describe(b"hello") == "hello"
    assert describe(b"[" * 100_000).startswith("[[[")


@pytest.mark.parametrize(
    "change",
    [{"data": None}, {"data": []}, {"timestamp": "soon"}, {"timestamp": 5}, {"data": {"alert": 1}}],
)
def test_a_body_that_only_looks_like_an_alert_is_shown_raw(change: dict[str, object]) -> None:
    body = json.loads(message(an_alert())) | change

    assert describe(json.dumps(body).encode()).startswith("{")


@pytest.mark.parametrize("headline", HOSTILE)
def test_what_is_shown_cannot_act_on_the_terminal(headline: str) -> None:
    escaped = json.dumps({"text": headline}).encode()
    for body in (message(an_alert(headline)), escaped, headline.encode("utf-8", "replace")):
        assert not set(describe(body)) & {chr(c) for c in [*range(10), *range(11, 32), 127, 0x9B]}


@given(st.binary() | st.text().map(str.encode))
def test_anything_can_be_described(body: bytes) -> None:
    describe(body).encode()


LISTENING = """
import sys
from monitor.listen import listen
listen("127.0.0.1", 0, sys.argv[1] or None, sys.stdout)
"""


@pytest.mark.parametrize("secret", ["", SECRET])
def test_listening_prints_messages_until_interrupted(secret: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", LISTENING, secret], stdout=subprocess.PIPE, text=True,
        cwd=ROOT, encoding="utf-8", env={"PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    out = process.stdout or io.StringIO()
    with process:
        first = out.readline()
        body = message(an_alert("关于列车的公告"))
        status, _ = ask(first.split()[2], body, signed(body))
        process.send_signal(signal.SIGINT)
        rest = out.read()

    assert (status, process.returncode) == (204, 0)
    assert ("are checked" in first) == bool(secret)
    assert ("signature verified" in rest) == bool(secret)
    assert "msg_1" in rest
    assert "关于列车的公告" in rest
    assert rest.endswith("1 message received.\n")


def test_what_is_refused_is_handed_on_with_the_reason() -> None:
    refused: list[tuple[str, int, str]] = []

    def note(received: Received, reason: str) -> None:
        refused.append((received.webhook_id, received.status, reason))

    with Receiver(secret=SECRET, on_refused=note) as receiver:
        status, reason = ask(receiver.url, b"{}", signed(b"other", "msg_9"))

    assert status == 401
    assert refused == [("msg_9", 401, reason.strip())]
