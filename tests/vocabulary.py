"""The shipped lexicon and watches, and the fictional story, as tests need them."""

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from monitor import config
from monitor.core.text import language_of
from monitor.model import Feed, Item, Lexicon, Tier, Watch
from monitor.plugins import WebhookOptions

ROOT = Path(__file__).parent.parent
KEYS = frozenset(
    {
        "id",
        "name",
        "query",
        "window",
        "languages",
        "masks",
        "unless",
        "defer_to",
        "severity",
        "max_age",
    }
    | {"min_score", "webhooks", "enabled", "note", "escalate"}
    | {"grouping", "follow", "cooldown", "silence"}
)


@cache
def shipped() -> config.Config:
    return config.load(ROOT / "config", WebhookOptions(), {}, secrets_of=())


def shipped_lexicon() -> Lexicon:
    return shipped().lexicon


def shipped_watches() -> tuple[Watch, ...]:
    return tuple(shipped().watches.values())


@cache
def story() -> dict[str, Any]:
    path = ROOT / "monitor" / "demo" / "seed_story.json"
    loaded: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return loaded


def story_feeds() -> dict[str, Feed]:
    return {
        feed["id"]: Feed(
            id=feed["id"],
            url=feed["url"],
            name=feed["name"],
            owner=feed["owner"],
            tier=Tier(feed["tier"]),
            language=feed["lang"],
            implied_groups=frozenset(feed.get("implied_groups", ())),
        )
        for feed in story()["feeds"]
    }


def story_item(entry: dict[str, Any]) -> Item:
    feed = story_feeds()[entry["feed"]]
    published = datetime.fromisoformat(entry["published"]).astimezone(UTC)
    summary = plain_summary(entry["summary"])
    return Item(
        id=entry["id"],
        feed_id=feed.id,
        owner=feed.owner,
        publisher=feed.name,
        tier=feed.tier,
        title=entry["title"],
        summary=summary,
        url=entry["link"],
        language=language_of(f"{entry['title']} {summary}", entry["lang"]),
        published_at=published,
        effective_at=published,
        seen_at=published,
        content_hash=entry["id"],
    )


def plain_summary(markup: str) -> str:
    """Paragraphs separated by a blank line."""
    if "<" not in markup:
        return markup
    tree = LexborHTMLParser(markup)
    paragraphs = [node.text() for node in tree.css("p")]
    return "\n\n".join(paragraphs) or (tree.body.text() if tree.body else "")
