"""A thread on one page: what is claimed and by whom, its stories, what was told of their items."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from monitor.core.origins import Corroboration, corroboration
from monitor.core.story_lines import in_words
from monitor.model import (
    Alert,
    Awaited,
    Dropped,
    Followed,
    Item,
    Judgement,
    Standing,
    Story,
    StoryVerdict,
    Thread,
    ThreadCount,
    Tier,
)
from monitor.ports import Archive
from monitor.views.words import plural


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An item and those that carry its text.

    Attributes:
        became: What its watches made of it, and of its copies, by item id.
        dropped: What kept watches from matching them, by item id, each with the revision.
    """

    item: Item
    copies: Sequence[Item] = ()
    became: dict[str, Sequence[Judgement]] = field(default_factory=dict)
    dropped: Mapping[str, Sequence[tuple[int, Dropped]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """All that is known of a thread.

    Attributes:
        story: By which it was asked for.
        thread: None: no item of it matched a watch.
        stories: That are told as one, the earliest first, each with its items.
    """

    story: Story
    thread: Thread | None
    stories: Sequence[tuple[Story, Sequence[Told]]]
    alerts: Sequence[Alert]
    followers: Sequence[Followed]
    awaited: Sequence[Awaited]
    verdicts: Sequence[StoryVerdict]

    @property
    def standing(self) -> Standing:
        return self.thread.standing if self.thread else Standing()

    @property
    def sources(self) -> Corroboration:
        return corroboration(self.thread.reports) if self.thread else Corroboration()


def page_of(archive: Archive, story: Story) -> Page:
    """Read the page of the thread that a story is told in."""
    stories = archive.stories_of(story.thread_id) or (story,)
    names = {one.id for one in stories}
    return Page(
        story=story,
        thread=archive.thread(story.thread_id),
        stories=[(one, _told(archive, archive.items_of(one.id))) for one in stories],
        alerts=archive.alerts_of(story.thread_id),
        followers=archive.followers(story.thread_id),
        awaited=archive.awaited_of(story.thread_id),
        verdicts=[one for one in archive.verdicts() if names & {one.one, one.two}],
    )


def _told(archive: Archive, items: Sequence[Item]) -> list[Told]:
    """Copies stand under their original; one whose original is gone stands by itself."""
    ids = {item.id for item in items}
    found = []
    for item in items:
        if item.copy_of in ids:
            continue
        copies = [one for one in items if one.copy_of == item.id]
        became = {one.id: archive.judgements(one.id) for one in (item, *copies)}
        dropped = {one.id: _dropped(archive, one.id) for one in (item, *copies)}
        found.append(Told(item=item, copies=copies, became=became, dropped=dropped))
    return found


def _dropped(archive: Archive, item_id: str) -> list[tuple[int, Dropped]]:
    texts = archive.judged_texts(item_id)
    return [(text.revision, drop) for text in texts for drop in text.dropped]


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What a watch was told of a thread by now.

    Attributes:
        last_at: None: nothing, or not known, for more of it is to be told.
        coming_at: When more of it is told; None: nothing waits.
        quiet_until: Until then what comes waits; None: it does not, or something waits already.
    """

    times: int
    last_at: datetime | None
    coming_at: datetime | None
    quiet_until: datetime | None

    @property
    def words(self) -> str:
        """How often, as in "told 3 times"."""
        if self.coming_at is None:
            return f"told {plural(self.times, 'time')}"
        if not self.times:
            return "not told yet"
        return (
            "told once so far" if self.times == 1 else f"told {plural(self.times, 'time')} so far"
        )


def telling(one: Followed, now: datetime) -> Telling:
    """What waits is counted as told, at the moment at which it will be."""
    if one.told_at is not None and one.told_at > now:
        return Telling(
            times=max(one.told - 1, 0), last_at=None, coming_at=one.told_at, quiet_until=None
        )
    until = one.paused_until
    quiet = until if until is not None and until > now else None
    return Telling(times=one.told, last_at=one.told_at, coming_at=None, quiet_until=quiet)


def claim_in_words(standing: Standing) -> str:
    """As in "announced, disputed: denied"; empty if nothing is claimed."""
    if standing.claim is None:
        return ""
    disputed = f", disputed: {in_words(standing.disputed)}" if standing.disputed else ""
    return in_words(standing.claim) + disputed


def disputed_by(standing: Standing) -> str:
    """Who said last what stands against it."""
    against = [one for one in standing.history if one.claim is standing.disputed]
    return against[-1].publisher if standing.disputed and against else ""


def best_tier(thread: Thread) -> Tier | None:
    """Of those who reported."""
    return min((one.tier for one in thread.reports), key=lambda tier: tier.rank, default=None)


def listed(one: ThreadCount) -> dict[str, Any]:
    """A thread in a list, as JSON."""
    thread, sources = one.thread, corroboration(one.thread.reports)
    return {
        "id": thread.id,
        "title": thread.title,
        "language": thread.language,
        "languages": thread.languages,
        "claim": thread.standing.claim,
        "disputed": thread.standing.disputed,
        "effective_on": thread.standing.effective_on,
        "independent_origins": sources.independent,
        "carried_by": sources.carried_by,
        "best_tier": best_tier(thread),
        "items": one.items,
        "matched": thread.item_count,
        "alerts": one.alerts,
        "first_seen_at": thread.first_seen_at,
        "last_seen_at": thread.last_seen_at,
    }


def document(page: Page) -> dict[str, Any]:
    """The page as JSON."""
    told, standing, sources = page.thread or page.story, page.standing, page.sources
    return {
        "id": page.story.thread_id,
        "story": page.story.id,
        "title": told.title,
        "language": told.language,
        "languages": page.thread.languages if page.thread else [page.story.language],
        "first_seen_at": told.first_seen_at,
        "last_seen_at": told.last_seen_at,
        "claim": standing.claim,
        "tier": standing.tier,
        "claimed_at": standing.at,
        "disputed": standing.disputed,
        "disputed_by": disputed_by(standing) or None,
        "official": standing.official,
        "parties": standing.parties,
        "effective_on": standing.effective_on,
        "independent_origins": sources.independent,
        "carried_by": sources.carried_by,
        "history": standing.history,
        "awaited": page.awaited,
        "watches": page.followers,
        "alerts": [one.id for one in page.alerts],
        "verdicts": page.verdicts,
        "stories": [_story_document(story, items) for story, items in page.stories],
    }


def _story_document(story: Story, items: Iterable[Told]) -> dict[str, Any]:
    return {
        "id": story.id,
        "title": story.title,
        "language": story.language,
        "first_seen_at": story.first_seen_at,
        "last_seen_at": story.last_seen_at,
        "items": [
            _item_document(one.item, one)
            | {"copies": [_item_document(copy, one) for copy in one.copies]}
            for one in items
        ],
    }


def _item_document(item: Item, told: Told) -> dict[str, Any]:
    at: datetime = item.effective_at
    return {
        "id": item.id,
        "at": at,
        "publisher": item.publisher,
        "owner": item.owner,
        "tier": item.tier,
        "title": item.title,
        "url": item.url,
        "revision": item.revision,
        "became": [
            {
                "watch": one.match.watch_id,
                "reason": one.reason,
                "alert": one.alert.id if one.alert else None,
                "kind": one.alert.kind if one.alert else None,
                "severity": one.alert.severity if one.alert else None,
            }
            for one in told.became.get(item.id, ())
        ],
        "dropped": [
            {"watch": one.watch_id, "cause": one.cause, "by": one.by, "revision": revision}
            for revision, one in told.dropped.get(item.id, ())
        ],
    }
