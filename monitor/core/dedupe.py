"""Tells what an item is: new, an edit of a known one, known, or a copy of another's text.

Identity comes from keys (guid, link), never from likeness: edited headlines share nothing with
their former selves, and an equal title may be another day's bulletin.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache

from monitor.core.normalise import digest, same_text
from monitor.model import Item, Judged, Status, Tier

comparable = lru_cache(maxsize=64)(same_text)
COPY_WINDOW = timedelta(hours=72)  # for items that have nothing but a title
_MIN_TEXT = 60  # bytes; a shorter text ("Read more") is no proof of copying
_MIN_TEXT_AGAIN = 300  # of one owner: bulletins and forecasts repeat their few words every day
_SAME_ARTICLE = timedelta(days=1)  # within it a shared guid and link are believed
_RELATED = 1 / 3  # share of the shorter text's words
_WORDS = re.compile(r"\w{4,}")
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2}")


def recognise(
    item: Item, known: Mapping[str, Item | None], sighted: Mapping[tuple[str, str], str]
) -> Judged:
    """NEW, REVISION or KNOWN, by keys alone.

    Args:
        known: Key -> its item; None: known, but pruned since.
        sighted: (item id, feed id) -> content hash under which that feed last showed it.
    """
    seen = [known[key] for key in item.keys if key in known]
    if not seen:
        return Judged(item=item, status=Status.NEW)
    previous = next((other for other in seen if other and _is_same(item, other)), None)
    if previous is None:
        if None in seen:
            return Judged(item=item, status=Status.KNOWN)
        other_id = f"i_{digest(item.keys[0], item.canonical_url, item.content_hash)}"
        return Judged(item=replace(item, id=other_id), status=Status.NEW)
    seen_now = replace(item, id=previous.id)
    merged = replace(
        seen_now,
        story_id=previous.story_id,
        copy_of=previous.copy_of,
        revision=previous.revision,
        seen_at=previous.seen_at,
    )
    if not _is_edited(item, previous, sighted.get((previous.id, item.feed_id))):
        return Judged(item=merged, status=Status.KNOWN, previous=previous, seen=seen_now)
    edited = replace(merged, revision=previous.revision + 1, feed_id=previous.feed_id)
    return Judged(item=edited, status=Status.REVISION, previous=previous, seen=seen_now)


def origin_of(item: Item, of_text: Sequence[Item], of_title: Sequence[Item]) -> Item | None:
    """The item that a new item repeats, if any.

    Args:
        of_text: Items whose present or former text is the same, oldest first.
        of_title: Items that have or had the same title, with the text they had under it.
    """
    for other in of_text:
        if _may_repeat(item, other) and _is_telling(item, other):
            return other
    for other in of_title:
        if _may_repeat(item, other) and (_wraps(item, other) or _says_less(item, other)):
            return other
    return None


def _may_repeat(item: Item, other: Item) -> bool:
    """One owner's equal texts weeks apart are a series: each notice of a list is another one."""
    apart = abs(item.effective_at - other.effective_at)
    return item.id != other.id and (item.owner != other.owner or apart <= COPY_WINDOW)


def as_copy(item: Item, origin: Item) -> Judged:
    """A new item that joins its origin: kept and counted, but not news."""
    root = origin.copy_of or origin.id
    return Judged(item=replace(item, copy_of=root, story_id=origin.story_id), status=Status.COPY)


def _wraps(item: Item, other: Item) -> bool:
    """Whether one of two items of the same title is nothing but an aggregator's pointer."""
    if not item.title_hash or item.language != other.language:
        return False
    if abs(item.effective_at - other.effective_at) > COPY_WINDOW:
        return False
    wraps = not item.summary and (item.owner != other.owner or item.tier is Tier.AGGREGATOR)
    unwraps = not other.summary and other.tier is Tier.AGGREGATOR and item.owner == other.owner
    return wraps or unwraps


def _says_less(item: Item, other: Item) -> bool:
    """Whether all of an item's text stands in one of the same title (a stale, shortened copy)."""
    return _is_telling(item, other) and comparable(item.summary) in comparable(other.summary)


def _is_telling(item: Item, other: Item) -> bool:
    """Whether the text is long enough for its equality not to be chance."""
    enough = _MIN_TEXT_AGAIN if other.owner == item.owner else _MIN_TEXT
    return len(item.summary.encode()) >= enough


def _is_edited(item: Item, previous: Item, shown_before: str | None) -> bool:
    """A sibling feed's other wording of the same article is a sighting, not an edit."""
    return (
        shown_before is not None
        and shown_before != item.content_hash
        and item.content_hash != previous.content_hash
        and item.owner == previous.owner
    )


def _is_same(item: Item, previous: Item) -> bool:
    """Whether a shared guid or link is believed.

    A guid that returns with another link, a link that returns under another guid, and either that
    returns with another day's date was given twice if the texts have little in common; never to
    lose an item counts more than a repeat.
    """
    guids = {guid_base(guid) for guid in (item.guid, previous.guid) if guid}
    links = {url for url in (item.canonical_url, previous.canonical_url) if url}
    if len(guids) > 1 and len(links) > 1:
        return False  # a title and a date in common are no identity
    same_day = abs(item.effective_at - previous.effective_at) <= _SAME_ARTICLE
    if len(guids) <= 1 and len(links) <= 1 and same_day:
        return True
    if len(links) > 1 and not item.guid:
        return False
    ours, theirs = _tokens(item), _tokens(previous)
    shorter = min(len(ours), len(theirs))
    return len(ours & theirs) >= shorter * _RELATED


def guid_base(guid: str) -> str:
    """Without the fragment that some outlets count up with every edit (BBC)."""
    return guid.partition("#")[0]


def _tokens(item: Item) -> set[str]:
    text = comparable(f"{item.title} {item.summary[:400]}")
    dense = {text[i : i + 2] for i in range(len(text) - 1) if _DENSE.match(text, i)}
    return {word for word in _WORDS.findall(text) if not _DENSE.search(word)} | dense
