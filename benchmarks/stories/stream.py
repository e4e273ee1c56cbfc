"""A made-up stream: events of many reports, some of them copies, 10,000 items a day."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from benchmarks.matching.texts import News, Texts
from monitor.model import Item, Tier

_START = datetime(2026, 1, 1, tzinfo=UTC)
_A_DAY = 14_000
_EVENTS = 2_000  # of which more is told at a time
_AGAIN = 0.6  # share of the items that tell of an event that is known
_COPIED = 0.3  # share of these that carry a text that was seen
_KEPT = 0.6  # share of the words of the first report that a later one has


def stream(count: int, seed: int = 5) -> Iterator[Item]:
    """So many items in the order of their time."""
    dice = random.Random(seed)
    fresh = Texts().news(count, seed)
    events: list[News] = []
    for number in range(count):
        news = next(fresh)
        copied = False
        if events and dice.random() < _AGAIN:
            first = events[int(len(events) * dice.random() ** 0.5)]
            copied = dice.random() < _COPIED
            news = _report(first, news, dice, copied=copied)
        else:
            events.append(news)
            del events[:-_EVENTS]
        yield _item(number, news)


def _report(first: News, other: News, dice: random.Random, *, copied: bool) -> News:
    """Another report of an event: some of its words and some of another headline's."""
    title = _mixed(first.title, other.title, dice)
    summary = first.summary if copied else _mixed(first.summary, other.summary, dice)
    return replace(first, title=title, summary=summary)


def _mixed(one: str, two: str, dice: random.Random) -> str:
    if " " not in one or " " not in two:
        return one[: int(len(one) * _KEPT)] + two[: int(len(two) * (1 - _KEPT))]
    ours, theirs = one.split(), two.split()
    kept = dice.sample(ours, max(1, int(len(ours) * _KEPT)))
    return " ".join([*kept, *dice.sample(theirs, max(1, int(len(theirs) * (1 - _KEPT))))])


def _item(number: int, news: News) -> Item:
    moment = _START + timedelta(days=number / _A_DAY)
    return Item(
        id=f"i_{number}",
        feed_id=f"feed{number % 400}",
        owner=f"owner{number % 300}",
        publisher=f"Outlet {number % 300}",
        tier=Tier.PRESS,
        title=news.title,
        summary=news.summary,
        language=news.language,
        effective_at=moment,
        seen_at=moment,
        content_hash=str(number),
    )
