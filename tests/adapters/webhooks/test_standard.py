"""Kind "standard"."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standardwebhooks import Webhook as Oracle

from monitor.adapters.http.session import Session
from monitor.adapters.webhooks.payload import (
    MAX_BYTES,
    MEMBERS_AT_MOST,
    digest_message,
    message,
    schema,
)
from monitor.adapters.webhooks.standard import StandardOptions, StandardWebhook
from monitor.core.signing import verify
from monitor.listen import Receiver
from monitor.model import Alert, AlertKind, Found, Secret, Verdict
from tests.adapters.webhooks.alerts import a_huge_alert, alerts
from tests.builders import NOW, a_delivery, an_alert

OLD = "whsec_b2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xk"
NEW = "whsec_bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3"
PUBLISHED = Path(__file__).parents[3] / "docs" / "alert.schema.json"
VALIDATOR = jsonschema.Draft202012Validator(json.loads(schema()))


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    made = Session(user_agent="news-monitor-test", allow_private=("127.0.0.0/8",))
    yield made
    made.close()


def to(url: str, session: Session, **options: Any) -> StandardWebhook:
    return StandardWebhook("desk", StandardOptions(url=Secret(url), **options), session)


# --- the body ---


def test_body_holds_every_field_of_the_alert() -> None:
    alert = an_alert(
        "列车 <b>& co</b>",
        id="a_2",
        seq=2,
        supersedes="a_1",
        revision=3,
        language="zh-Hans",
        published_at=None,
        publisher="港通信",
        found=(
            Found(
                term="列车",
                group="rail",
                field="title",
                start=0,
                end=2,
                clause="@rail",
                variant="列车",
            ),
        ),
        masked=(Found(term="朝鲜族", group="names", field="summary", start=3, end=6),),
    )

    assert json.loads(message(alert)) == {
        "type": "alert.new",
        "timestamp": "2025-06-12T09:30:00Z",
        "data": {
            "alert": "a_2",
            "item": "i_1",
            "revision": 3,
            "story": "s_1",
            "seq": 2,
            "supersedes": "a_1",
            "kind": "new",
            "severity": "high",
            "reason": "first match",
            "watch": "kp-border-rail",
            "watch_name": "Trains across the DPRK border",
            "headline": "列车 <b>& co</b>",
            "language": "zh-Hans",
            "url": "https://pennant.example.org/a/1",
            "source": {
                "feed": "pennant",
                "name": "Pennant Wire",
                "publisher": "港通信",
                "owner": "pennant",
                "tier": "wire",
                "authority_for": ["CN"],
            },
            "published_at": None,
            "seen_at": "2025-06-12T09:30:00Z",
            "snippet": "Operators said the train left on time.",
            "matched": [
                {
                    "term": "列车",
                    "group": "rail",
                    "field": "title",
                    "start": 0,
                    "end": 2,
                    "clause": "@rail",
                    "variant": "列车",
                }
            ],
            "matched_omitted": 0,
            "masked": [
                {
                    "term": "朝鲜族",
                    "group": "names",
                    "field": "summary",
                    "start": 3,
                    "end": 6,
                    "clause": "",
                    "variant": "",
                }
            ],
            "masked_omitted": 0,
            "score": 3.0,
            "members": [],
            "truncated": False,
        },
    }


def test_body_is_minified_utf_8() -> None:
    body = message(an_alert("列车"))

    assert "列车".encode() in body
    assert body == json.dumps(json.loads(body), ensure_ascii=False, separators=(",", ":")).encode()


@pytest.mark.parametrize("kind", AlertKind)
def test_type_names_the_kind_of_alert(kind: AlertKind) -> None:
    assert json.loads(message(an_alert(kind=kind)))["type"] == f"alert.{kind}"


@settings(max_examples=80, deadline=None)
@given(alert=alerts())
def test_any_alert_is_valid_under_the_schema_and_small(alert: Alert) -> None:
    body = message(alert)

    VALIDATOR.validate(json.loads(body))
    assert len(body) < MAX_BYTES


@settings(max_examples=40, deadline=None)
@given(members=st.lists(alerts(), min_size=1, max_size=MEMBERS_AT_MOST), digest=alerts())
def test_any_digest_names_all_its_members_and_is_small(members: list[Alert], digest: Alert) -> None:
    body = digest_message(digest, members)

    VALIDATOR.validate(json.loads(body))
    assert len(body) < MAX_BYTES
    assert len(json.loads(body)["data"]["members"]) == len(members)


@pytest.mark.parametrize("character", ["a", '"', "🚆"])
def test_digest_of_huge_alerts_is_small(character: str) -> None:
    huge = a_huge_alert(character)

    assert len(digest_message(huge, [huge] * MEMBERS_AT_MOST)) < MAX_BYTES


@pytest.mark.parametrize("character", ["a", '"', "🚆"])
def test_what_was_left_out_for_size_is_said(character: str) -> None:
    data = json.loads(message(a_huge_alert(character)))["data"]

    assert data["truncated"]
    assert data["headline"].endswith("…")
    assert len(data["matched"]) >= 5
    assert len(data["matched"]) + data["matched_omitted"] == 1_000


def test_offsets_follow_the_headline_when_invisible_characters_are_removed() -> None:
    title = "\u200bA \u202etrain leaves"
    found = Found(term="train", group=None, field="title", start=4, end=9)
    assert title[4:9] == "train"

    data = json.loads(message(an_alert(title, found=(found,))))["data"]

    start, end = data["matched"][0]["start"], data["matched"][0]["end"]
    assert data["headline"][start:end] == "train"


def test_an_address_that_is_no_link_is_left_out() -> None:
    assert json.loads(message(an_alert(url="javascript:alert(1)")))["data"]["url"] == ""


def test_published_schema_is_the_one_the_code_has() -> None:
    """Else: python -m monitor.adapters.webhooks.payload > docs/alert.schema.json"""
    assert PUBLISHED.read_text(encoding="utf-8") == schema()


def test_schema_refuses_what_is_no_message_of_ours() -> None:
    body = json.loads(message(an_alert()))
    del body["data"]["headline"]

    assert not VALIDATOR.is_valid(body)
    assert not VALIDATOR.is_valid({"type": "alert.new"})


# --- headers ---


def test_a_signed_message_is_accepted_by_two_implementations(session: Session) -> None:
    now = datetime.now(UTC)
    with Receiver(secret=NEW) as receiver:
        webhook = to(receiver.url, session, secrets=(Secret(NEW),))
        delivery = a_delivery("msg_7", payload=webhook.render(an_alert(), "msg_7"))

        answer = webhook.send(delivery, now)

        (received,) = receiver.messages
    assert answer.verdict is Verdict.DELIVERED
    assert received.webhook_id == "msg_7"
    assert received.headers["content-type"] == "application/json"
    assert Oracle(NEW).verify(received.body, dict(received.headers)) == json.loads(received.body)


def test_during_rotation_old_and_new_secret_both_verify(session: Session) -> None:
    with Receiver() as receiver:
        webhook = to(receiver.url, session, secrets=(Secret(NEW), Secret(OLD)))

        webhook.send(a_delivery(), NOW)

        (received,) = receiver.messages
    for secret in (OLD, NEW):
        verify(Oracle(secret)._whsecret, received.headers, received.body, NOW)


def test_every_attempt_has_the_same_id_and_bytes_and_its_own_time(session: Session) -> None:
    with Receiver() as receiver:
        receiver.fail_next(500)
        webhook = to(receiver.url, session, secrets=(Secret(NEW),))

        webhook.send(a_delivery(), NOW)
        webhook.send(a_delivery(), NOW + timedelta(seconds=5))

        first, second = receiver.requests
    assert (first.webhook_id, first.body) == (second.webhook_id, second.body)
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 5
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]


def test_without_secrets_nothing_is_signed(session: Session) -> None:
    with Receiver() as receiver:
        to(receiver.url, session).send(a_delivery(), NOW)

        (received,) = receiver.messages
    assert received.webhook_id == "msg_1"
    assert "webhook-signature" not in received.headers


def test_further_headers_are_sent(session: Session) -> None:
    with Receiver() as receiver:
        headers = {"Authorization": Secret("Bearer abc"), "X-Team": Secret("desk")}

        to(receiver.url, session, headers=headers).send(a_delivery(), NOW)

        (received,) = receiver.messages
    assert (received.headers["authorization"], received.headers["x-team"]) == ("Bearer abc", "desk")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"secrets": (Secret(NEW),) * 4}, "4 are too many; at most 3"),
        ({"secrets": (Secret("whsec_c2hvcnQ="),)}, "24 to 64 bytes"),
        ({"headers": {"Webhook-Id": Secret("x")}}, "set by the monitor itself"),
        ({"headers": {"content-type": Secret("x")}}, "set by the monitor itself"),
        ({"headers": {"bad name": Secret("x")}}, "no header name"),
        ({"headers": {"x-y": Secret("a\r\nhost: evil")}}, "the value of x-y"),
        ({"headers": {"x-y": Secret("")}}, "the value of x-y"),
    ],
)
def test_options_that_cannot_work_are_refused(options: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        StandardOptions(url=Secret("https://hooks.example/x"), **options)
