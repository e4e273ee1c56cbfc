"""A made-up internet: hosts by Zipf's law, feeds that fall due, answers that take their time."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import heapify, heappop, heappush
from itertools import accumulate
from random import Random

from monitor.core import feed_state, schedule
from monitor.core.partitions import part_of
from monitor.model import Feed, FeedState, Health, NotModified

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
TIMED_OUT = "no answer in time"
_NOTHING_NEW = NotModified()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What the world is like.

    Attributes:
        zipf: Exponent: the host of rank r has feeds in proportion to 1 / r ** zipf, and one more.
        median_s, sigma: Of the time to an answer, which is lognormal.
        timeouts: Share of polls that get no answer.
    """

    feeds: int
    hosts: int
    partitions: int
    interval_s: float = 600.0
    gap_s: float = 1.0
    zipf: float = 0.6
    median_s: float = 0.3
    sigma: float = 0.8
    timeouts: float = 0.02
    timeout_s: float = 10.0
    seed: int = 1


@dataclass(slots=True)
class World:
    """Feeds, their hosts and what is stored of them; a feed and a host are numbers here.

    Attributes:
        host_of: Host of each feed.
        part_of: Partition of each host.
        sizes: Feeds of each host.
        due: For each partition (second, feed), the next first: it stands for the table's index.
        states: What was stored of each feed after its last poll.
        due_s: Their due times.
        asked_s: Host -> when its last stored poll was over.
    """

    shape: Shape
    chance: Random
    feeds: list[Feed]
    names: list[str]
    host_of: list[int]
    part_of: list[int]
    sizes: list[int]
    due: list[list[tuple[float, int]]]
    states: list[FeedState]
    due_s: list[float]
    asked_s: dict[int, float] = field(default_factory=dict)

    def takes_s(self) -> float:
        """How long an answer takes; `timeout_s`: none comes."""
        shape = self.shape
        if self.chance.random() < shape.timeouts:
            return shape.timeout_s
        return min(self.chance.lognormvariate(0.0, shape.sigma) * shape.median_s, shape.timeout_s)

    def decide(self, number: int, now_s: float, took_s: float) -> FeedState:
        """What the service decides after a poll: the state that it stores."""
        feed, before, now = self.feeds[number], self.states[number], at(now_s)
        if took_s >= self.shape.timeout_s:
            after = feed_state.failed(before, Health.UNREACHABLE, TIMED_OUT, now)
            due = schedule.after_failure(after, feed, now, jitter=self.chance.random())
        else:
            after = feed_state.unchanged(before, _NOTHING_NEW, feed.url, now)
            due = schedule.after_success(after, feed, now, jitter=self.chance.random())
        return feed_state.with_due(after, due)

    def save(self, number: int, state: FeedState, now_s: float) -> None:
        """Stores what was decided."""
        host = self.host_of[number]
        self.states[number], self.asked_s[host] = state, now_s
        due_s = self.due_s[number] = second_of(state.due_at)
        heappush(self.due[self.part_of[host]], (due_s, number))

    def take_due(self, part: int, now_s: float) -> Iterator[int]:
        """Feeds of a partition that are due; each is seen once until it is put back."""
        due = self.due[part]
        while due and due[0][0] <= now_s:
            due_s, number = heappop(due)
            if self.due_s[number] == due_s:
                yield number

    def put_back(self, part: int, numbers: Collection[int]) -> None:
        """These were not polled: they are due still."""
        if numbers:
            self.due[part].extend((self.due_s[number], number) for number in numbers)
            heapify(self.due[part])

    def is_limited(self, host: int) -> bool:
        """Whether a host's feeds take more than half of the interval, asked one after the other."""
        shape = self.shape
        return self.sizes[host] * (shape.gap_s + shape.median_s) > shape.interval_s / 2


def at(second: float) -> datetime:
    """The wall clock at a virtual second."""
    return EPOCH + timedelta(seconds=second)


def second_of(moment: datetime) -> float:
    """The virtual second of a moment."""
    return (moment - EPOCH).total_seconds()


def world_of(shape: Shape) -> World:
    """A world in its steady state: the first polls are spread over the interval."""
    chance = Random(shape.seed)
    sizes = _sizes(shape)
    names = [f"host{host}.example" for host in range(shape.hosts)]
    parts = [part_of(name, shape.partitions) for name in names]
    interval = timedelta(seconds=shape.interval_s)
    host_of = [host for host, size in enumerate(sizes) for _ in range(size)]
    feeds = [
        Feed(id=str(number), url="", name="", owner="", interval=interval)
        for number in range(shape.feeds)
    ]
    due: list[list[tuple[float, int]]] = [[] for _ in range(shape.partitions)]
    states, seconds = [], []
    for number, feed in enumerate(feeds):
        due_s = chance.random() * shape.interval_s
        due[parts[host_of[number]]].append((due_s, number))
        seconds.append(due_s)
        states.append(FeedState(feed_id=feed.id, due_at=at(due_s)))
    for part in due:
        part.sort()
    return World(shape, chance, feeds, names, host_of, parts, sizes, due, states, seconds)


def _sizes(shape: Shape) -> list[int]:
    """Feeds of each host, the greatest host first; each has one at least."""
    weights = [(rank + 1) ** -shape.zipf for rank in range(shape.hosts)]
    share = (shape.feeds - shape.hosts) / sum(weights)
    ends = [round(end * share) for end in accumulate(weights)]
    return [1 + end - start for start, end in zip([0, *ends], ends, strict=False)]
