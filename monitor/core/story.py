"""The story of an item before grouping: that which it would open, or its origin's if it is a copy.

What concerns nobody stays so; grouping gives the others their place.
"""

from dataclasses import replace

from monitor.core.normalise import digest
from monitor.model import Item, Judged, Status, Story


def story_id_of(item: Item) -> str:
    """The id of the story that an item is in, or opens."""
    return item.story_id or story_opened_by(item)


def story_opened_by(item: Item) -> str:
    """The id of the story that an item opens if it joins none."""
    return f"s_{digest('story', item.id)}"


def tell(judged: Judged, story: Story | None) -> Story:
    """The story after this item.

    Args:
        story: As stored, None if this item opens it.
    """
    item = judged.item
    if story is None:
        return Story(
            id=item.story_id,
            title=item.title,
            language=item.language,
            first_seen_at=item.effective_at,
            last_seen_at=item.effective_at,
        )
    joined = 1 if judged.status in (Status.NEW, Status.COPY) else 0
    return replace(
        story,
        last_seen_at=max(story.last_seen_at, item.effective_at),
        item_count=story.item_count + joined,
    )
