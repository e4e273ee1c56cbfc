"""Watches that wait for a word that no source could say."""

from collections.abc import Iterable, Iterator, Mapping

from monitor.core.conditions import voices_of
from monitor.doctor.finding import Finding, listed, warning, well
from monitor.doctor.world import World
from monitor.model import Feed, FeedState, Watch

PLACE = 160


def look(world: World) -> Iterable[Finding]:
    if world.config is None:
        return []
    watches = [watch for watch in world.config.watches.values() if watch.enabled]
    feeds = [feed for feed in world.config.feeds.values() if feed.enabled]
    return judge(watches, feeds, world.archive.feed_states() if world.archive else {})


def judge(
    watches: Iterable[Watch], feeds: list[Feed], states: Mapping[str, FeedState]
) -> Iterator[Finding]:
    mute: dict[str, str] = {}
    waiting = 0
    for watch in watches:
        for able in voices_of(watch, feeds).values():
            waiting += 1
            unwell = [one for one in able if one.id in states and states[one.id].health.is_bad]
            if not able:
                mute[watch.id] = f"{watch.id} (no such feed is enabled)"
            elif len(unwell) == len(able):
                mute[watch.id] = f"{watch.id} (all that could are unwell)"
    if mute:
        text = f"no official source could confirm: {listed(list(mute.values()))}"
        yield warning(text, "enable a feed with the authority, or look at 'feeds list'")
    elif waiting:
        yield well("each watch that waits for an official word has a source that could say it")
    else:
        yield well("no watch waits for an official word")
