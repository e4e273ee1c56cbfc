"""The shipped lexicon and watches, and the fictional story, as tests need them."""

import json
import tomllib
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from monitor.core.text import language_of
from monitor.model import (
    Escalation,
    Feed,
    Item,
    Lexicon,
    Severity,
    TermGroup,
    Tier,
    Watch,
    Window,
)

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
)


def _tables(folder: str) -> list[dict[str, Any]]:
    return [
        tomllib.loads(path.read_text("utf-8"))
        for path in sorted((ROOT / "config" / folder).glob("*.toml"))
    ]


def _groups(kind: str) -> dict[str, TermGroup]:
    return {
        name: TermGroup(
            id=name,
            terms={key: tuple(value) for key, value in table.items() if key != "note"},
            note=table.get("note", ""),
        )
        for file in _tables("lexicon")
        for name, table in file.get(kind, {}).items()
    }


@cache
def shipped_lexicon() -> Lexicon:
    return Lexicon(groups=_groups("groups"), masks=_groups("masks"))


@cache
def shipped_watches() -> tuple[Watch, ...]:
    return tuple(_watch(table) for file in _tables("watches") for table in file["watch"])


def _watch(table: dict[str, Any]) -> Watch:
    assert table.keys() <= KEYS
    return Watch(
        id=table["id"],
        query=table["query"],
        name=table.get("name", ""),
        window=Window(table.get("window", "paragraph")),
        languages=frozenset(table.get("languages", ())),
        masks=tuple(table.get("masks", ())),
        unless=tuple(table.get("unless", ())),
        defer_to=tuple(table.get("defer_to", ())),
        severity=Severity(table.get("severity", "low")),
        escalations=tuple(
            Escalation(
                severity=Severity(rule["severity"]),
                query=rule.get("query"),
                tiers=frozenset(map(Tier, rule.get("tiers", ()))),
            )
            for rule in table.get("escalate", ())
        ),
        max_age=timedelta(hours=int(table["max_age"].removesuffix("h"))),
    )


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
