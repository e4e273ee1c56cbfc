"""The fictional seed story: outlets, what they publish, and what a monitor should make of it."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from monitor.model import Tier

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """An invented publisher with one feed."""

    id: str
    name: str
    owner: str
    tier: Tier
    authority_for: tuple[str, ...]
    language: str
    implied_groups: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryItem:
    """What an outlet publishes, and what is expected of it.

    Attributes:
        summary: As the feed carries it: some are HTML.
        gloss: English for the reader of the demo; never in a feed.
        watches: Watches that it must fire.
        optional: Watches that it may fire as well.
        copy_of: Id of the item whose text it repeats.
        replaces: Id of the item that it is an edit of (the same guid in the same feed).
        is_exact_copy: Certain without judging likeness: an aggregator's pointer.
        story: The event that it is about; empty: none of those that are watched.
        is_told: Whether it is worth an alert.
    """

    id: str
    feed: str
    published_at: datetime
    language: str
    title: str
    summary: str
    link: str
    guid: str
    source_title: str = ""
    source_url: str = ""
    gloss: str = ""
    watches: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    copy_of: str | None = None
    replaces: str | None = None
    is_exact_copy: bool = False
    story: str = ""
    is_told: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All of it, items in the order of their dates."""

    outlets: Mapping[str, Outlet]
    items: tuple[StoryItem, ...]

    @property
    def languages(self) -> Mapping[str, int]:
        """Language -> how many items, the most first."""
        return dict(Counter(item.language for item in self.items).most_common())

    def item(self, item_id: str) -> StoryItem:
        """The item of that id."""
        return next(item for item in self.items if item.id == item_id)

    def versions(self, item: StoryItem) -> Sequence[StoryItem]:
        """The item's text in its successive wordings, oldest first."""
        return [other for other in self.items if (other.feed, other.guid) == (item.feed, item.guid)]


def load() -> Story:
    """The story that comes with the program."""
    told = json.loads((_HERE / "seed_story.json").read_text(encoding="utf-8"))
    glosses = json.loads((_HERE / "glosses.json").read_text(encoding="utf-8"))
    items = [_item(item, glosses.get(item["id"], "")) for item in told["items"]]
    return Story(
        outlets=MappingProxyType({feed["id"]: _outlet(feed) for feed in told["feeds"]}),
        items=tuple(sorted(items, key=lambda item: item.published_at)),
    )


def _outlet(feed: dict[str, Any]) -> Outlet:
    return Outlet(
        id=feed["id"],
        name=feed["name"],
        owner=feed["owner"],
        tier=Tier(feed["tier"]),
        authority_for=(feed["authority_for"],) if feed["authority_for"] else (),
        language=feed["lang"],
        implied_groups=tuple(feed.get("implied_groups", ())),
    )


def _item(item: dict[str, Any], gloss: str) -> StoryItem:
    expect = item["expect"]
    kind, other = expect["dup_kind"], expect["duplicate_of"]
    return StoryItem(
        id=item["id"],
        feed=item["feed"],
        published_at=datetime.fromisoformat(item["published"]),
        language=item["lang"],
        title=item["title"],
        summary=item["summary"],
        link=item["link"],
        guid=item["guid"],
        source_title=item.get("source_title", ""),
        source_url=item.get("source_url", ""),
        gloss=gloss,
        watches=frozenset(expect["watches"]),
        optional=frozenset(expect.get("watches_optional", ())),
        copy_of=None if kind == "revision" else other,
        replaces=other if kind == "revision" else None,
        is_exact_copy=kind == "aggregator_wrap",
        story=expect["story"] or "",
        is_told=expect["alert"] != "none",
    )
