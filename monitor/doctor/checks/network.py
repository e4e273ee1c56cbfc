"""Names, connections and the clock, by asking a few feeds; with --online alone."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median

from monitor import bootstrap
from monitor.core.urls import host_of
from monitor.doctor.checks import clock
from monitor.doctor.finding import Finding, bad, listed, warning, well
from monitor.doctor.world import World
from monitor.errors import FetchError
from monitor.model import Feed, FeedState, Fetched, NotModified

PLACE = 180

_ASKED = 5  # hosts
Fetch = Callable[[Feed, FeedState, str], Fetched | NotModified]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A host, and what came of asking it.

    Attributes:
        problem: Why there was no answer; empty: there was one, whatever it said.
        skew: How far our clock is ahead of its own; None: it does not tell.
    """

    host: str
    problem: str = ""
    skew: timedelta | None = None


def look(world: World) -> Iterable[Finding]:
    if not world.online or world.config is None:
        return []
    hosts: dict[str, Feed] = {}
    for feed in world.config.feeds.values():
        if feed.enabled and not feed.auth and not feed.headers:
            hosts.setdefault(host_of(feed.url), feed)
    with bootstrap.readers_of(world.config) as (fetcher, _):
        asked = []
        for host, feed in list(hosts.items())[:_ASKED]:
            asked.append(_ask(fetcher.fetch, host, feed))
    return judge(asked)


def judge(asked: Sequence[Asked]) -> Iterator[Finding]:
    if not asked:
        yield well("there is no feed to ask")
        return
    silent = [one for one in asked if one.problem]
    told = [f"{one.host} ({one.problem})" for one in silent]
    cure = "look at the network, the name server and 'network.proxy' of this machine"
    if len(silent) == len(asked):
        yield bad(f"no host can be reached: {listed(told)}", cure)
    elif silent:
        yield warning(f"{len(silent)} of {len(asked)} hosts gave no answer: {listed(told)}", cure)
    else:
        yield well(f"each of {len(asked)} hosts answered")
    clocks = [one.skew.total_seconds() for one in asked if one.skew is not None]
    if len(clocks) >= min(3, len(asked)) and clocks:
        yield clock.told(timedelta(seconds=median(clocks)), len(clocks))


def _ask(fetch: Fetch, host: str, feed: Feed) -> Asked:
    now = datetime.now(UTC)
    try:
        answer = fetch(feed, FeedState(feed_id=feed.id, due_at=now), feed.url)
    except FetchError as exc:
        # An answer of whatever kind is one.
        return Asked(host=host, problem="" if exc.status else str(exc))
    server_at = answer.server_at
    return Asked(host=host, skew=datetime.now(UTC) - server_at if server_at else None)
