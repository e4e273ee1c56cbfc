"""A process that polls the feeds of some partitions of hosts, as long as it holds them."""

import json
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Protocol

import structlog

from monitor.cluster.leases import Leases
from monitor.cluster.runner import Runner
from monitor.core import feed_state
from monitor.core.company import FETCH, PART
from monitor.core.partitions import part_of, share_of
from monitor.errors import StoreError
from monitor.model import Feed, FeedState, Lease
from monitor.poller import Poller
from monitor.ports import Store

log = structlog.get_logger(__name__)

_ALERTS = 1_000  # that are heard at once


class Hosts(Protocol):
    """Of the one who fetches: how hosts are called, and which of them are left alone."""

    def host_of(self, url: str) -> str:
        """The host, or what configuration makes of it."""
        ...

    def gap_of(self, url: str) -> float:
        """For how many seconds its host is left alone after each request."""
        ...

    def rests(self) -> Mapping[str, float]:
        """Hosts that were asked a moment ago, and for how many seconds they are left alone yet."""
        ...

    def rest(self, host: str, seconds: float) -> None:
        """Leave a host alone that another process asked."""
        ...


class Map:
    """Which partition each feed is in, under one configuration.

    Args:
        count: Of partitions.
    """

    def __init__(self, feeds: Iterable[Feed], hosts: Hosts, count: int) -> None:
        self.hosts, self.count = hosts, count
        self._feeds: dict[str, Feed] = {feed.id: feed for feed in feeds if feed.enabled}
        self._by_part: dict[str, list[str]] = {}
        for feed in self._feeds.values():
            self._by_part.setdefault(self.part_of(hosts.host_of(feed.url)), []).append(feed.id)

    def part_of(self, host: str) -> str:
        return str(part_of(host, self.count))

    def parts(self, states: Mapping[str, FeedState]) -> tuple[str, ...]:
        """Those that somebody should poll.

        Args:
            states: Of all feeds that are asked elsewhere than configured.
        """
        moved = ((self._feeds.get(feed_id), state) for feed_id, state in states.items())
        elsewhere = (self.where(feed, state) for feed, state in moved if feed)
        return tuple(dict.fromkeys((*self._by_part, *elsewhere)))

    def configured(self, part: str) -> Collection[str]:
        """Ids of the feeds whose configured address is there."""
        return self._by_part.get(part, ())

    def where(self, feed: Feed, state: FeedState | None) -> str:
        """The partition in which a feed is asked now."""
        return self.part_of(self.hosts.host_of(self.url_of(feed, state)))

    def url_of(self, feed: Feed, state: FeedState | None) -> str:
        """Where a feed is asked now; one whose address was configured anew begins there."""
        is_known = state is not None and state.url in ("", feed.url)
        return feed_state.addresses(feed, state)[0] if state and is_known else feed.url

    def rest_all(self, feeds: Iterable[Feed], states: Mapping[str, FeedState]) -> None:
        """Leave the hosts of these feeds alone as if each had been asked just now."""
        for url in {self.url_of(feed, states.get(feed.id)) for feed in feeds}:
            self.hosts.rest(self.hosts.host_of(url), self.hosts.gap_of(url))

    def feeds_in(self, part: str, states: Mapping[str, FeedState]) -> list[Feed]:
        """The feeds that are asked there.

        Args:
            states: Of those that are configured there, and of all that are asked elsewhere than
                configured.
        """
        elsewhere = [one for one in states if one in self._feeds]
        where = {one: self.where(self._feeds[one], states[one]) for one in elsewhere}
        ids = dict.fromkeys((*self.configured(part), *where))
        return [self._feeds[one] for one in ids if where.get(one, part) == part]


class Fetching(Runner):
    """Implements `poller.Scope`: the feeds of the partitions that are held.

    Args:
        partitions: How many there are.
        wake: Has other processes go on with these partitions.
    """

    def __init__(
        self,
        leases: Leases,
        store: Store,
        partitions: int,
        wake: Callable[[Collection[str]], None],
    ) -> None:
        super().__init__(PART, leases, wake)
        self._store, self._partitions = store, partitions
        self._share = partitions
        self._mine: dict[str, list[Feed]] = {}
        self._mine_lock = threading.Lock()
        self._heard = store.archive().last_place()
        self._map: Map | None = None
        self._poller: Poller | None = None

    def serve(self, poller: Poller) -> None:
        """Once, before all else: whose scope this is."""
        self._poller = poller

    def use(self, feeds: Mapping[str, Feed], hosts: Hosts) -> None:
        """Take over a new configuration."""
        self._map = Map(feeds.values(), hosts, self._partitions)
        for part in self.keys:
            self._load(part)

    def parts(self) -> tuple[str, ...]:
        """The partitions that somebody should poll.

        Raises:
            StoreError: Nobody can tell.
        """
        assert self._map
        return self._map.parts(self._store.feed_states_of(()))

    def feeds(self) -> Iterable[Feed]:
        """Those of the partitions that are held."""
        with self._mine_lock:
            return [feed for part in self._mine if self.holds(part) for feed in self._mine[part]]

    # --- poller.Scope ---

    def has(self, host: str) -> bool:
        return self._map is not None and self.is_open(self._map.part_of(host))

    def may_ask(self, host: str) -> bool:
        if self._map is None:
            return False
        part = self._map.part_of(host)
        return part in self._mine and self.holds(part)

    # --- what happens every so often ---

    def share(self) -> None:
        """See how many workers there are, and so how many partitions are for this one."""
        slots = self._leases.slots_of(FETCH)
        self._share = share_of(len(self.parts()), slots) if slots else self._partitions

    def look_for_moved(self) -> None:
        """Feeds that are asked at another host now change hands without a lease doing so."""
        assert self._map
        elsewhere = self._store.feed_states_of(())
        for part in self.keys:
            with self._mine_lock:
                known = {feed.id for feed in self._mine.get(part, ())}
            feeds = self._map.feeds_in(part, elsewhere)
            if came := [feed for feed in feeds if feed.id not in known]:
                self._adopt(came)
            with self._mine_lock:
                if part in self._mine:
                    self._mine[part] = feeds

    def _adopt(self, feeds: Sequence[Feed]) -> None:
        assert self._poller
        states = self._store.feed_states_of([feed.id for feed in feeds])
        self._poller.adopt(feeds, states)

    def listen(self) -> None:
        """Hear what stories other processes told, which may make feeds due sooner."""
        placed = self._store.archive().alerts_after(self._heard, watch=None, limit=_ALERTS)
        if placed and self._poller:
            self._poller.hear([one.alert for one in placed])
            self._heard = placed[-1].place

    # --- Runner ---

    def _begin(self, key: str, lease: Lease) -> None:
        assert self._map
        for host, seconds in _read(lease.note).items():
            self._map.hosts.rest(host, seconds)
        self._load(key, was_lost=lease.was_lost)

    def _load(self, part: str, *, was_lost: bool = False) -> None:
        """The feeds of a partition, as the process left them that polled them before."""
        assert self._map
        assert self._poller
        states = self._store.feed_states_of(self._map.configured(part))
        feeds = self._map.feeds_in(part, states)
        if was_lost:  # whom the dead one asked nobody knows, but it was before its lease ended
            self._map.rest_all(feeds, states)
        self._poller.adopt(feeds, states)
        with self._mine_lock:
            self._mine[part] = feeds

    def _room(self) -> int:
        return self._share - sum(not one.is_ending for one in self._open.values())

    def _is_idle(self, key: str) -> bool:
        assert self._map
        assert self._poller
        return all(self._map.part_of(host) != key for host in self._poller.hosts_under_way())

    def _end(self, key: str) -> str:
        assert self._map
        with self._mine_lock:
            self._mine.pop(key, None)
        rests = self._map.hosts.rests()
        here = {host: s for host, s in rests.items() if self._map.part_of(host) == key}
        return json.dumps(here) if here else ""


def _read(note: str) -> Mapping[str, float]:
    """Hosts that are left alone, by the one who held the partition before."""
    if not note:
        return {}
    try:
        return {str(host): float(seconds) for host, seconds in json.loads(note).items()}
    except (ValueError, AttributeError, TypeError):
        raise StoreError("what the last holder of a partition left cannot be read") from None
