"""Kind "standard"."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
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
from monitor.model import (
    Alert,
    AlertKind,
    Claim,
    Found,
    Secret,
    Situation,
    Step,
    Tier,
    Verdict,
)
from tests.adapters.webhooks.alerts import a_huge_alert, alerts
from tests.builders import NOW, a_delivery, an_alert
from tests.servers import trust

OLD = "whsec_b2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xk"
NEW = "whsec_bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3"
PUBLISHED = Path(__file__).parents[3] / "docs" / "alert.schema.json"
VALIDATOR = jsonschema.Draft202012Validator(json.loads(schema()))


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    made = Session(tls=trust(), user_agent="news-monitor-test", allow_private=("127.0.0.0/8",))
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
            "story_now": None,
            "truncated": False,
        },
    }


def test_body_holds_what_is_known_of_the_story() -> None:
    step = Step(
        item_id="i_2",
        at=NOW,
        publisher="外交部",
        tier=Tier.OFFICIAL_PRIMARY,
        claim=Claim.NO_COMMENT,
        party="CN",
    )
    situation = Situation(
        title="Timetable reappears",
        claim=Claim.DENIED,
        state=Claim.PREPARING,
        was=Claim.PREPARING,
        disputed=Claim.DENIED,
        disputed_by="山海新闻",
        official=step,
        parties=(step,),
        effective_on=date(2025, 6, 12),
        independent=("Yalu Watch", "접경일보"),
        carried_by=("Harbour",),
        timeline=(step,),
        also_in=("ko",),
        diff="on [-two-] {+three+} days",
    )

    said = {
        "item": "i_2",
        "at": "2025-06-12T09:30:00Z",
        "publisher": "外交部",
        "tier": "official_primary",
        "claim": "no_comment",
        "party": "CN",
        "moved": False,
        "read_by": "",
    }
    assert json.loads(message(an_alert(situation=situation)))["data"]["story_now"] == {
        "title": "Timetable reappears",
        "claim": "denied",
        "state": "preparing",
        "was": "preparing",
        "disputed": {"claim": "denied", "by": "山海新闻"},
        "official": said,
        "parties": [said],
        "effective_on": "2025-06-12",
        "independent_origins": {"count": 2, "names": ["Yalu Watch", "접경일보"]},
        "carried_by": {"count": 1, "names": ["Harbour"]},
        "timeline": [said],
        "timeline_omitted": 0,
        "also_in": ["ko"],
        "diff": "on [-two-] {+three+} days",
    }


def test_of_a_long_story_the_latest_steps_are_kept_and_the_rest_counted() -> None:
    data = json.loads(message(a_huge_alert("列", snippet="短")))["data"]
    story = data["story_now"]

    assert len(story["timeline"]) + story["timeline_omitted"] == 100
    assert len(story["timeline"]) >= 4
    assert story["independent_origins"]["count"] == 100
    assert len(story["independent_origins"]["names"]) >= 5
    assert data["truncated"]


def test_a_story_does_not_leave_a_text_without_room() -> None:
    assert len(json.loads(message(a_huge_alert("a")))["data"]["snippet"]) >= 500


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


# --- as a CloudEvent ---


def an_event(alert: Alert) -> dict[str, Any]:
    options = StandardOptions(url=Secret("https://hooks.example/"), format="cloudevents")
    webhook = StandardWebhook("desk", options, Session(tls=trust(), user_agent="x"))
    body = webhook.render(alert, "msg_7")
    assert len(body) <= 64 * 1024
    event: dict[str, Any] = json.loads(body)
    return event


@settings(max_examples=60, deadline=None)
@given(alert=alerts())
def test_any_alert_is_a_cloud_event_with_the_same_data(alert: Alert) -> None:
    """Attribute names, required ones and their forms are those of CloudEvents 1.0."""
    event = an_event(alert)

    required = {"specversion": "1.0", "id": "msg_7", "source": "urn:news-monitor"}
    assert event == event | required
    assert re.fullmatch(r"news-monitor\.alert\.[a-z]+", event["type"])
    assert datetime.fromisoformat(event["time"]).tzinfo
    assert event["datacontenttype"] == "application/json"
    assert all(re.fullmatch("[a-z0-9]{1,20}", name) and value for name, value in event.items())
    assert event["data"] == json.loads(message(alert))["data"]


@pytest.mark.parametrize("character", ["a", '"', "🚆"])
def test_the_biggest_alert_is_a_cloud_event_too(character: str) -> None:
    an_event(a_huge_alert(character))


def test_cloud_event_is_sent_as_one_and_signed_alike(session: Session) -> None:
    now = datetime.now(UTC)
    with Receiver(secret=NEW) as receiver:
        webhook = to(receiver.url, session, secrets=(Secret(NEW),), format="cloudevents")

        answer = webhook.send(a_delivery("msg_7", payload=webhook.render(an_alert(), "msg_7")), now)

        (received,) = receiver.messages
    assert answer.verdict is Verdict.DELIVERED
    assert received.headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    event = Oracle(NEW).verify(received.body, dict(received.headers))
    assert event["id"] == received.webhook_id == "msg_7"


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
