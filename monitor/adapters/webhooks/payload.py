"""The machine-readable message: an alert as JSON, with a published schema.

`python -m monitor.adapters.webhooks.payload > docs/alert.schema.json` writes the schema.
"""

import json
import math
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

from pydantic import Field

from monitor.adapters.webhooks.story_now import LARGE_BYTES, SMALL_BYTES, StoryNow, story_now
from monitor.adapters.webhooks.texts import UTF8, Part, Texts, escaped
from monitor.core.inert import cut, inert, inert_link, length
from monitor.model import Alert, AlertKind, Found, Severity, Tier

MAX_BYTES = 20_000
MEMBERS_AT_MOST = 10

_FOUND_BYTES = 3_500
_MASKED_BYTES = 1_000
_SNIPPET_BYTES = 5_000
_ENVELOPE_BYTES = 500  # around `data`: ours, or that of a CloudEvent with its webhook-id
_MEMBER_URL = 400
_SCHEMA_ID = "urn:news-monitor:alert:1"


class Matched(Part):
    """A term at a place."""

    term: str = Field(description="As the lexicon or the query writes it.")
    group: str | None = Field(description="Lexicon group; null: written in the query itself.")
    field: str = Field(
        description="title, summary, url, author, category; feed: implied by the source."
    )
    start: int = Field(
        description="Offset in code points; in the title it is that of `headline`, in other "
        "fields that of the item's whole field."
    )
    end: int = Field(description="Offset after the last code point.")
    clause: str = Field(description="Part of the query that it makes true; empty for a mask.")
    variant: str = Field(description="What stands there in the text; empty if implied.")


class Source(Part):
    """Who says so."""

    feed: str = Field(description="Id of the feed in the configuration.")
    name: str = Field(description="Name of the feed.")
    publisher: str = Field(description="Who wrote it; differs from `name` in aggregators.")
    owner: str = Field(description="Unit of independence: one newsroom, however many feeds.")
    tier: Tier | None = Field(description="How close the source is to the event.")
    authority_for: tuple[str, ...] = Field(description="Parties whose claims it may confirm.")


class Member(Part):
    """An alert that a digest tells of."""

    alert: str
    watch: str
    severity: Severity
    kind: AlertKind
    story: str
    headline: str = Field(description="In its own language, cut at 300 bytes.")
    language: str
    url: str = Field(description="Empty if there is no safe one, or it is longer than 400 bytes.")
    publisher: str
    tier: Tier | None
    published_at: datetime | None


class Data(Part):
    """The alert. Ids are stable: the same alert has the same id in every message."""

    alert: str = Field(description="Id of the alert.")
    item: str = Field(description="Id of the item; empty if the alert is about none.")
    revision: int = Field(description="Of the item: 0, counted up by edits.")
    story: str = Field(description="Id of the story: thread messages by it.")
    seq: int = Field(description="Counts the alerts of this watch in this story from 1.")
    supersedes: str | None = Field(description="Alert of the same story and watch before this one.")
    kind: AlertKind
    severity: Severity
    reason: str = Field(description="Why now, for people.")
    watch: str = Field(description="Id of the watch.")
    watch_name: str
    headline: str = Field(description="In its own language; invisible characters removed.")
    language: str = Field(description="BCP 47; empty if unknown.")
    url: str = Field(description="http or https, in ASCII; empty if there is no safe one.")
    source: Source
    published_at: datetime | None = Field(description="As the feed says; null if it does not.")
    seen_at: datetime | None = Field(description="When the monitor first saw it.")
    snippet: str = Field(description="The stretch of text in which the watch came true.")
    matched: tuple[Matched, ...] = Field(description="What made the watch true.")
    matched_omitted: int = Field(description="Further terms, left out for size.")
    masked: tuple[Matched, ...] = Field(
        description="What only looked like a term and did not count; `group` is the mask list."
    )
    masked_omitted: int = Field(description="Further masked places, left out for size.")
    score: float
    members: tuple[Member, ...] = Field(
        description="Of a digest: the alerts that it tells of, the most severe first; else empty."
    )
    story_now: StoryNow | None = Field(
        description="What is known of the story; null: it is about none, or nothing is known."
    )
    truncated: bool = Field(
        description="Something was left out for size; a text that was cut ends in an ellipsis."
    )


class Message(Part):
    """A message of news-monitor to a webhook of kind "standard"."""

    type: Literal[
        "alert.new",
        "alert.escalation",
        "alert.update",
        "alert.correction",
        "alert.silence",
        "alert.health",
        "alert.digest",
    ]
    timestamp: datetime = Field(description="When the alert was raised; the same on every attempt.")
    data: Data


def message(alert: Alert) -> bytes:
    """The body: minified UTF-8, below 20,000 bytes for any alert."""
    return _body(alert, ())


def digest_message(alert: Alert, members: Sequence[Alert]) -> bytes:
    """The body of a digest of at most `MEMBERS_AT_MOST` alerts, below 20,000 bytes.

    What the members say stands with them, so the digest has no text of its own.
    """
    bare = replace(alert, title=cut(alert.title, 300), snippet="", situation=None)
    return _body(bare, members)


def _body(alert: Alert, members: Sequence[Alert]) -> bytes:
    texts = Texts()
    matched = _matched(alert.found, alert, texts, _FOUND_BYTES)
    masked = _matched(alert.masked, alert, texts, _MASKED_BYTES)
    data = Data(
        alert=texts.name(alert.id),
        item=texts.name(alert.item_id),
        revision=alert.revision,
        story=texts.name(alert.story_id),
        seq=alert.seq,
        supersedes=None if alert.supersedes is None else texts.name(alert.supersedes),
        kind=alert.kind,
        severity=alert.severity,
        reason=texts.fit(alert.reason, 500),
        watch=texts.name(alert.watch_id),
        watch_name=texts.name(alert.watch_name),
        headline=texts.fit(alert.title, 3_000),
        language=texts.fit(alert.language, 35),
        url=inert_link(alert.url),
        source=Source(
            feed=texts.name(alert.feed_id),
            name=texts.name(alert.feed_name),
            publisher=texts.name(alert.publisher),
            owner=texts.name(alert.owner),
            tier=alert.tier,
            authority_for=tuple(texts.fit(party, 40) for party in alert.authority_for[:12]),
        ),
        published_at=alert.published_at,
        seen_at=alert.seen_at,
        snippet="",
        matched=matched,
        matched_omitted=len(alert.found) - len(matched),
        masked=masked,
        masked_omitted=len(alert.masked) - len(masked),
        score=alert.score if math.isfinite(alert.score) else 0.0,
        members=tuple(_member(one, texts) for one in members),
        story_now=None,
        truncated=len(alert.authority_for) > 12,
    )
    data = _completed(data, alert, texts)
    whole = {"type": f"alert.{alert.kind.value}", "timestamp": alert.created_at, "data": data}
    return Message.model_validate(whole).model_dump_json().encode()


def _completed(data: Data, alert: Alert, texts: Texts) -> Data:
    """With the story and the snippet, which take what the rest has left."""
    room = MAX_BYTES - _ENVELOPE_BYTES - length(data.model_dump_json(), UTF8)
    story = None
    if alert.situation is not None:
        wanted = min(length(escaped(alert.snippet), UTF8), _SNIPPET_BYTES)
        most = LARGE_BYTES if room >= LARGE_BYTES + wanted else SMALL_BYTES
        story = story_now(alert.situation, texts, most)
        room -= length(story.model_dump_json(), UTF8)
    snippet = texts.fit(alert.snippet, max(min(room, _SNIPPET_BYTES), 0))
    truncated = data.truncated or texts.cut_any
    return data.model_copy(update={"story_now": story, "snippet": snippet, "truncated": truncated})


def cloud_event(body: bytes, webhook_id: str) -> bytes:
    """The data of a message of ours as a CloudEvent in structured mode.

    Source: CloudEvents 1.0, JSON event format.
    """
    said = json.loads(body)
    event = {
        "specversion": "1.0",
        "id": webhook_id,
        "source": "urn:news-monitor",
        "type": f"news-monitor.{said['type']}",
        "subject": said["data"]["alert"],
        "time": said["timestamp"],
        "datacontenttype": "application/json",
        "dataschema": f"{_SCHEMA_ID}#/$defs/Data",
        "data": said["data"],
    }
    if not event["subject"]:  # it may be absent, but not empty
        del event["subject"]
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def schema() -> str:
    """The JSON Schema of the body, as `docs/alert.schema.json` holds it."""
    generated = Message.model_json_schema(mode="serialization")
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": _SCHEMA_ID}
    return json.dumps(head | generated, indent=2, ensure_ascii=False) + "\n"


def _member(alert: Alert, texts: Texts) -> Member:
    link = inert_link(alert.url)
    return Member(
        alert=texts.fit(alert.id, 60),
        watch=texts.fit(alert.watch_id, 100),
        severity=alert.severity,
        kind=alert.kind,
        story=texts.fit(alert.story_id, 60),
        headline=texts.fit(alert.title, 300),
        language=texts.fit(alert.language, 35),
        url=link if len(link) <= _MEMBER_URL else "",
        publisher=texts.fit(alert.publisher, 100),
        tier=alert.tier,
        published_at=alert.published_at,
    )


def _matched(places: Iterable[Found], alert: Alert, texts: Texts, room: int) -> tuple[Matched, ...]:
    """As many as have room, in the order of the alert."""
    kept: list[Matched] = []
    for found in places:
        matched = _one(found, alert.title, texts)
        room -= length(matched.model_dump_json(), UTF8) + 1
        if room < 0:
            break
        kept.append(matched)
    return tuple(kept)


def _one(found: Found, title: str, texts: Texts) -> Matched:
    start, end = found.start, found.end
    if found.field == "title":
        # The headline may have lost invisible characters; the offsets follow it.
        start, end = (len(inert(title[:offset], newlines=True)) for offset in (start, end))
    return Matched(
        term=texts.fit(found.term, 200),
        group=None if found.group is None else texts.fit(found.group, 100),
        field=texts.fit(found.field, 40),
        start=start,
        end=end,
        clause=texts.fit(found.clause, 200),
        variant=texts.fit(found.variant, 400),
    )


if __name__ == "__main__":
    sys.stdout.write(schema())
