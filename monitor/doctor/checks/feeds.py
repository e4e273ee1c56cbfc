"""Feeds that never answered."""

from collections.abc import Iterable, Iterator, Mapping

from monitor.doctor.finding import Finding, bad, listed, warning, well
from monitor.doctor.world import World
from monitor.model import Feed, FeedState

PLACE = 150


def look(world: World) -> Iterable[Finding]:
    if world.config is None or world.archive is None:
        return []
    enabled = [feed for feed in world.config.feeds.values() if feed.enabled]
    return judge(enabled, world.archive.feed_states())


def judge(feeds: Iterable[Feed], states: Mapping[str, FeedState]) -> Iterator[Finding]:
    asked = {feed.id: states[feed.id] for feed in feeds if feed.id in states}
    asked = {name: state for name, state in asked.items() if state.polled_at}
    never = sorted(name for name, state in asked.items() if state.last_ok_at is None)
    if asked and len(never) == len(asked):
        cure = "is this machine online? 'news-monitor doctor --online'; 'feeds list' tells each"
        yield bad(f"none of {len(asked)} feeds ever answered", cure)
    elif never:
        yield warning(
            f"{len(never)} of {len(asked)} feeds never answered with a feed: {listed(never)}",
            "'news-monitor feeds probe' tells why; disable what does not answer from here",
        )
    elif asked:
        yield well(f"each of {len(asked)} feeds has answered")
    else:
        yield well("no feed was asked yet")
