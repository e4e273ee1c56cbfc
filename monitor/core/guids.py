"""Whether a feed's guids are believed, learned from what it shows.

RSS 2.0 wants a guid to name an item for ever. Some feeds make new ones at each answer, some give
the same one to all items: then the link says what an item is, and without one its title and date.
"""

from collections.abc import Sequence
from dataclasses import replace

from monitor.core.dedupe import guid_base
from monitor.core.normalise import digest, same_text
from monitor.model import FeedState, Guids, Judged

_KNOWN = 0.9  # share of a poll's entries that are known by their links
_NEW = 0.5  # share of a poll's entries that are known, but under another guid
_FEWEST = 3  # entries that say something about a feed
_POLLS = 2  # in a row that have to say so
_ARTICLES = 2  # that took the place of another one under its guid


def learned(state: FeedState, judged: Sequence[Judged], known: int = 0) -> FeedState:
    """After a poll that brought these entries; what was once learned stays.

    A feed makes its guids anew if at two polls running at least nine entries of ten were known by
    their link, and half under another guid. They are all the same if one guid, with no other one
    beside it, came with three links, each time with another title and a later date.

    Args:
        known: How many entries it showed besides, as they were before.
    """
    if state.guids is not Guids.TRUSTED or not judged:
        return state
    doubts = state.guid_doubts + 1 if _are_made_anew(state.feed_id, judged, known) else 0
    doubted, times = _doubted(state, judged, known)
    guids = Guids.TRUSTED
    if doubts >= _POLLS:
        guids = Guids.REGENERATED
    elif times >= _ARTICLES:
        guids = Guids.CONSTANT
    return replace(
        state, guids=guids, guid_doubts=doubts, doubted_guid=doubted, doubted_times=times
    )


def _are_made_anew(feed_id: str, judged: Sequence[Judged], known: int) -> bool:
    at_their_links, renamed = known, 0
    for one in judged:
        before, now = one.previous, one.item
        if before and before.canonical_url and before.canonical_url == now.canonical_url:
            at_their_links += 1
            theirs = before.feed_id == feed_id  # a sibling feed may have guids of its own
            if theirs and before.guid and now.guid:
                renamed += guid_base(before.guid) != guid_base(now.guid)
    most = max(len(judged) + known, _FEWEST)
    return at_their_links >= _KNOWN * most and renamed >= _NEW * most


def _doubted(state: FeedState, judged: Sequence[Judged], known: int) -> tuple[str, int]:
    """The guid under which entries take each other's place, and how often they did."""
    names = {digest(one.item.guid) for one in judged if one.item.guid}
    if known or len(names) > 1:
        return "", 0  # of several guids one is not constant: a wire's updates keep theirs
    times = state.doubted_times if names == {state.doubted_guid} else 0
    times += sum(map(_is_another_article, judged))
    doubted = names.pop() if times else "" if names else state.doubted_guid
    return doubted, times


def _is_another_article(one: Judged) -> bool:
    before, now = one.previous, one.item
    return (
        before is not None
        and bool(now.guid)
        and now.guid == before.guid
        and "" not in (now.canonical_url, before.canonical_url)
        and now.canonical_url != before.canonical_url
        and same_text(now.title) != same_text(before.title)
        and now.published_at is not None
        and before.published_at is not None
        and now.published_at > before.published_at
    )
