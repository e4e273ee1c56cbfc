"""In which story a stored item is, and why."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from monitor.core.inert import one_line
from monitor.core.story import story_opened_by
from monitor.core.words import headline, words_of
from monitor.model import Item, Story, StoryVerdict
from monitor.ports import Archive
from monitor.views.words import moment

_SHARED = 8  # words in common that are named


IN_NO_STORY = "in no story: no watch asked for any of it when it came"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a stored item stands.

    Attributes:
        first: The item that is the first of its story.
        thread: Headline of what the story is told as.
        shared: Words that its headline has in common with the first one.
        verdict: What a person said of the story last; None: nobody did.
    """

    story: Story
    first: Item
    thread: str
    shared: Sequence[str]
    verdict: StoryVerdict | None


def place_of(archive: Archive, item: Item) -> Place | None:
    """None: it is in no story."""
    story = archive.story(item.story_id) if item.story_id else None
    if story is None:
        return None
    items = [one for one in archive.items_of(story.id) if not one.copy_of] or [item]
    opener = next((one for one in items if story_opened_by(one) == story.id), items[0])
    thread = archive.thread(story.thread_id)
    theirs = set(words_of(headline(opener.title)))
    said = [one for one in archive.verdicts() if story.id in (one.one, one.two)]
    return Place(
        story=story,
        first=opener,
        thread=thread.title if thread else "",
        shared=[word for word in dict.fromkeys(words_of(headline(item.title))) if word in theirs],
        verdict=said[-1] if said else None,
    )


def where(item: Item, place: Place | None) -> Iterator[str]:
    """In which story a stored item is and why, and what that is told as."""
    if place is None:
        yield IN_NO_STORY
        return
    story = place.story
    why = _why(item, place)
    told = f", told as {story.thread_id}" if story.thread_id != story.id else ""
    told += f" '{one_line(place.thread)}'" if told and place.thread else ""
    if why == "joined":
        words = ", ".join(map(one_line, place.shared[:_SHARED]))
        alike = f" (in common: {words})" if words else ""
        yield f"story {story.id}{told}: joined '{one_line(place.first.title)}'{alike}"
    elif why == "copy":
        yield f"story {story.id}{told}: a copy of {item.copy_of}"
    elif why == "goes on":
        yield f"story {story.id}: opened it; it goes on from '{one_line(place.thread)}'"
    else:
        yield f"story {story.id}{told}: opened it"
    if place.verdict:
        what = "merged" if place.verdict.kind == "merge" else "split"
        yield f"{what} by {one_line(place.verdict.author)}, {moment(place.verdict.at)}"
    yield f"'news-monitor stories show {story.thread_id}' tells all of it"


def _why(item: Item, place: Place) -> str:
    if item.copy_of:
        return "copy"
    if place.first.id != item.id:
        return "joined"
    apart = place.story.thread_id != place.story.id
    return "goes on" if apart and place.thread else "opened"


def place_document(item: Item, place: Place) -> dict[str, Any]:
    """The same as JSON."""
    return {
        "id": place.story.id,
        "thread": place.story.thread_id,
        "why": _why(item, place),
        "first": place.first.id,
        "shared": place.shared,
        "verdict": place.verdict,
    }
