"""What is news of a grouped item, and how long a story that was told is left in peace.

Nothing is kept quiet for good: what comes within a pause is told, together, when the pause ends.
"""

from datetime import timedelta
from enum import StrEnum

from monitor.core.cluster import Placed
from monitor.core.clusters import THRESHOLDS
from monitor.model import Grouping, Tier

NOVEL = 0.6  # share of a title that its story did not have: a development
# Numbers of independent origins that are worth telling.
NOTABLE = frozenset((3, 5, 10))
PAUSE = timedelta(minutes=30)
_LONGEST = timedelta(hours=12)


class News(StrEnum):
    """What an item is to those who were told of its story."""

    STORY = "story"  # nothing like it was told
    CONTINUES = "continues"  # a story that goes on from one that was told, or in another language
    DEVELOPMENT = "development"  # of the same story, but most of its title is new
    SAME = "same"  # more of the same


def news_of(placed: Placed, grouping: Grouping = Grouping.NORMAL) -> News:
    """What a watch with this grouping makes of an item.

    Stories are the same for all watches. A strict one takes what joined a story loosely for a
    continuation; a loose one takes a near miss for a part of it.
    """
    if placed.opened:
        if placed.series or not placed.related:
            return News.STORY
        near = placed.relation * THRESHOLDS[Grouping.NORMAL] >= THRESHOLDS[grouping]
        return News.DEVELOPMENT if near else News.CONTINUES
    if placed.score < THRESHOLDS[grouping]:
        return News.CONTINUES
    return News.DEVELOPMENT if placed.novelty >= NOVEL else News.SAME


def is_pressing(news: News, tier: Tier) -> bool:
    """Whether what an item adds may wait for the shortest of pauses alone.

    A story of its own may, and the word of those who are close to events; not one more headline.
    """
    return news in (News.STORY, News.CONTINUES) or tier.rank <= Tier.WIRE.rank


def pause_after(told: int, *, pressing: bool, first: timedelta = PAUSE) -> timedelta:
    """How long after a message a thread of stories is left in peace.

    Args:
        told: Messages of the thread so far, this one included; if it was not pressing, each makes
            the pause three times as long, up to 12 hours.
        pressing: What the message told of.
        first: The pause after the first one.
    """
    if pressing:
        return first
    pause = first
    for _ in range(min(told, 6) - 1):
        pause *= 3
    return max(first, min(pause, _LONGEST))
