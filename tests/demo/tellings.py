"""Stories through the ordinary line, and what was told of them, short enough to be compared."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from monitor import bootstrap
from monitor.config import Config
from monitor.demo.folder import Folder, furnish, new_secret, record
from monitor.demo.story import Outlet, StoryItem, load
from monitor.model import Tier
from monitor.replay import replay

SEED = load()
TRAINS = "pyongyang-beijing-passenger"
_KINDS = {"escalation": 3, "new": 2, "update": 1, "correction": 1}
_SEVERITIES = ("low", "medium", "high", "critical")
_NAMES = {"escalation": "escalate", "correction": "update"}


def an_outlet(feed: str, tier: Tier, language: str = "en", authority: str = "") -> Outlet:
    return Outlet(
        id=feed,
        name=f"{feed.title()} (fictional)",
        owner=feed,
        tier=tier,
        authority_for=(authority,) if authority else (),
        language=language,
        implied_groups=(),
    )


INVENTED = (
    an_outlet("mid-ru", Tier.OFFICIAL_PRIMARY, "ru", "RU"),
    an_outlet("rossa", Tier.STATE_MEDIA, "ru", "RU"),
    an_outlet("mfa-kp", Tier.OFFICIAL_PRIMARY, "ko", "KP"),
)


def an_item(
    item_id: str, feed: str, at: str, title: str, summary: str = "", language: str = ""
) -> StoryItem:
    """An invented item; `at` is "06-10 08:00" of the story's year."""
    own = {outlet.id: outlet.language for outlet in (*SEED.outlets.values(), *INVENTED)}
    return StoryItem(
        id=item_id,
        feed=feed,
        published_at=datetime.fromisoformat(f"2025-{at}:00+00:00"),
        language=language or own.get(feed, "en"),
        title=title,
        summary=summary,
        link=f"https://{feed}.example.org/a/{item_id}",
        guid=f"tag:{feed}.example.org,2025:{item_id}",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What became of one item."""

    item: StoryItem
    result: dict[str, Any]

    @property
    def id(self) -> str:
        return self.item.id

    @property
    def watches(self) -> set[str]:
        return {match["watch"] for match in self.result["matches"]}

    @property
    def thread(self) -> str | None:
        thread: str | None = self.result["thread_id"]
        return thread

    @property
    def copied(self) -> str | None:
        copied: str | None = self.result["copy_of"]
        return copied

    @property
    def alert(self) -> str:
        """The kind of the loudest alert; none: nothing was told."""
        kinds = [alert["kind"] for alert in self.result["alerts"]]
        kind = max(kinds, key=lambda one: _KINDS[one], default="none")
        return _NAMES.get(kind, kind)

    @property
    def severity(self) -> str | None:
        severities = [alert["severity"] for alert in self.result["alerts"]]
        return max(severities, key=_SEVERITIES.index, default=None)

    @property
    def held(self) -> list[str]:
        return [one["reason"] for one in self.result["held"]]

    def of_story(self, key: str) -> str | None:
        """Claim, state, disputed or official; None: nothing, or no watch matched."""
        value = (self.result["story"] or {}).get(key)
        return None if value is None else str(value)

    @property
    def origins(self) -> tuple[str, ...]:
        found: tuple[str, ...] = (self.result["story"] or {}).get("independent", ())
        return found

    def __str__(self) -> str:
        story = {key: self.of_story(key) for key in ("claim", "state", "disputed", "official")}
        return (
            f"{self.id} {self.item.feed}: {self.item.title}\n  {story}\n"
            f"  {self.alert} {self.severity} {self.held} {sorted(self.watches)}"
            f" {self.thread} copy of {self.copied}"
        )


@cache
def config_of(outlets: tuple[Outlet, ...]) -> Config:
    """The shipped watches over the feeds of these outlets."""
    with TemporaryDirectory() as name:
        folder = Folder(root=Path(name))
        furnish(
            folder,
            outlets,
            lambda feed: f"https://{feed}.example.org/feed.xml",
            webhook_url="http://127.0.0.1/desk",
            secret=new_secret(),
        )
        return bootstrap.load(folder.config, env={})


def tell(items: Iterable[StoryItem], without: Collection[str] = ()) -> list[Told]:
    """Each item, in this order, and what became of it.

    Args:
        without: Feeds that are not there.
    """
    outlets = (*SEED.outlets.values(), *INVENTED)
    config = config_of(tuple(one for one in outlets if one.id not in without))
    there = [item for item in items if item.feed not in without]
    with TemporaryDirectory() as name:
        folder = Folder(root=Path(name))
        record(folder, there)
        stream = BytesIO(folder.recording.read_bytes())
        results = list(replay(stream, config))
    return [Told(item=item, result=one) for item, one in zip(there, results, strict=True)]


def by_id(told: Sequence[Told]) -> dict[str, Told]:
    return {one.id: one for one in told}


def stream(*more: StoryItem, without: Collection[str] = ()) -> list[StoryItem]:
    """The seed story with items added, by date.

    Args:
        without: Ids that are left out.
    """
    kept = [item for item in SEED.items if item.id not in without]
    return sorted([*kept, *more], key=lambda item: item.published_at)


def later(item: StoryItem, days: float, **changes: Any) -> StoryItem:
    """The same text again, under another id, link and date."""
    feed = changes.get("feed", item.feed)
    new = changes.pop("id", f"{item.id}-later")
    return replace(
        item,
        id=new,
        published_at=item.published_at + timedelta(days=days),
        link=f"https://{feed}.example.org/archive/{new}",
        guid=f"tag:{feed}.example.org,2025:{new}",
        **changes,
    )
