"""Builders for tests: each states only what the test is about."""

from datetime import UTC, datetime
from typing import Any

from monitor.model import (
    Alert,
    AlertKind,
    Delivery,
    Feed,
    Found,
    Grouping,
    Item,
    Severity,
    Tier,
    Watch,
)

NOW = datetime(2025, 6, 12, 9, 30, tzinfo=UTC)


def a_feed(feed_id: str = "pennant", **changes: Any) -> Feed:
    given: dict[str, Any] = {
        "url": f"https://{feed_id}.example.org/feed.xml",
        "name": feed_id.title(),
        "owner": feed_id,
        "language": "en",
    }
    return Feed(id=feed_id, **(given | changes))


def a_watch(query: str = "train", **changes: Any) -> Watch:
    """Each match is told by itself, unless the test is about stories."""
    given = {"id": "rail", "query": query, "grouping": Grouping.NONE}
    return Watch(**(given | changes))


def an_item(title: str = "First train leaves Pyongyang", **changes: Any) -> Item:
    given: dict[str, Any] = {
        "id": "i_" + str(abs(hash((title, changes.get("summary", "")))))[:12],
        "feed_id": "pennant",
        "owner": "pennant",
        "publisher": "Pennant",
        "tier": Tier.PRESS,
        "title": title,
        "language": "en",
        "published_at": NOW,
        "effective_at": NOW,
        "seen_at": NOW,
        "content_hash": f"{title}|{changes.get('summary', '')}",
        "title_hash": title,
    }
    return Item(**(given | changes))


def an_alert(title: str = "First train leaves Pyongyang", **changes: Any) -> Alert:
    given: dict[str, Any] = {
        "id": "a_1",
        "kind": AlertKind.NEW,
        "severity": Severity.HIGH,
        "reason": "first match",
        "watch_id": "kp-border-rail",
        "watch_name": "Trains across the DPRK border",
        "created_at": NOW,
        "title": title,
        "snippet": "Operators said the train left on time.",
        "url": "https://pennant.example.org/a/1",
        "language": "en",
        "item_id": "i_1",
        "story_id": "s_1",
        "feed_id": "pennant",
        "feed_name": "Pennant Wire",
        "publisher": "Pennant Wire",
        "owner": "pennant",
        "tier": Tier.WIRE,
        "authority_for": ("CN",),
        "published_at": NOW,
        "seen_at": NOW,
        "found": (
            Found(
                term="train",
                group="rail",
                field="title",
                start=6,
                end=11,
                clause="@rail",
                variant="train",
            ),
        ),
        "score": 3.0,
    }
    return Alert(**(given | changes))


def a_delivery(delivery_id: str = "msg_1", **changes: Any) -> Delivery:
    given: dict[str, Any] = {
        "alert_id": "a_1",
        "webhook": "desk",
        "payload": b'{"type":"alert"}',
        "created_at": NOW,
        "due_at": NOW,
    }
    return Delivery(id=delivery_id, **(given | changes))
