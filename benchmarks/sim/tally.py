"""What happened in a simulated cluster, and whether what must never happen did."""

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from benchmarks.sim.world import World

_TOLERANCE_S = 1e-6  # of adding floating seconds up
_SHARES = {"p50": 0.5, "p99": 0.99, "p999": 0.999, "max": 1.0}


@dataclass(slots=True)
class Outage:
    """A worker was lost: its partitions, and how they fared.

    Attributes:
        first_s: Partition -> when another began a poll in it.
        longest_s: How long a feed in them was due at most, outside hosts limited by their gap.
    """

    at_s: float
    until_s: float
    worker: int
    parts: frozenset[int]
    first_s: dict[int, float] = field(default_factory=dict)
    longest_s: float = 0.0


class Tally:
    """Counts from a second on.

    Attributes:
        overlaps: Requests that began while another was under way at the same host.
        hurried: Those that did not keep the gap to the one before.
        fenced: Polls whose outcome came too late, and was dropped.
        waited_s, asked_s: Of threads, for a gap to pass and for answers.
    """

    def __init__(self, world: World, since_s: float) -> None:
        shape = world.shape
        self._world, self._since_s = world, since_s
        self.overlaps = self.hurried = self.fenced = self.jobs = 0
        self.in_flight = self.most_in_flight = self.polls = self.counted = 0
        self.waited_s = self.asked_s = 0.0
        self._ended_s = [-shape.gap_s] * shape.hosts
        self._is_limited = bytearray(world.is_limited(host) for host in range(shape.hosts))
        self.lags = array("f")
        self.limited_lags = array("f")
        self.by_part = [0] * shape.partitions
        self.by_worker: Counter[int] = Counter()
        self.apart = 0  # most less least partitions that workers hold
        self.spread: Counter[int] = Counter()  # how often it was that
        self.outages: list[Outage] = []

    def begun(
        self, host: int, part: int, worker: int, due_s: float, at: tuple[float, float, float]
    ) -> None:
        """A thread has a feed.

        Args:
            at: When that is, when its request starts and when it ends.
        """
        now_s, start_s, end_s = at
        before_s = self._ended_s[host]
        if start_s < before_s - _TOLERANCE_S:
            self.overlaps += 1
        elif start_s < before_s + self._world.shape.gap_s - _TOLERANCE_S:
            self.hurried += 1
        self._ended_s[host] = end_s
        self.in_flight += 1
        if start_s < self._since_s:
            return
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        self.counted += 1
        self.waited_s += start_s - now_s
        self.asked_s += end_s - start_s
        self.by_part[part] += 1
        self.by_worker[worker] += 1
        lag_s = start_s - due_s
        if self._is_limited[host]:
            self.limited_lags.append(lag_s)
            return
        self.lags.append(lag_s)
        for outage in self.outages:
            if part in outage.parts and start_s < outage.until_s:
                outage.longest_s = max(outage.longest_s, lag_s)
                if worker != outage.worker:
                    outage.first_s.setdefault(part, start_s - outage.at_s)

    def over(self) -> None:
        """A poll is over: saved, dropped or torn."""
        self.in_flight -= 1
        self.polls += 1

    def torn(self, host: int, now_s: float) -> None:
        """The process that asked is dead, and its connection with it."""
        self._ended_s[host] = min(self._ended_s[host], now_s)
        self.in_flight -= 1

    def held(self, counts: Sequence[int]) -> None:
        """How many partitions each worker holds just now."""
        self.apart = max(counts) - min(counts)
        self.spread[self.apart] += 1

    def struck(self, now_s: float, worker: int, parts: Iterable[int], watched_s: float) -> None:
        """A worker was killed or frozen."""
        self.outages.append(Outage(now_s, now_s + watched_s, worker, frozenset(parts)))

    def overdue_s(self, now_s: float) -> float:
        """How long a feed is due at most, outside hosts limited by their gap."""
        world = self._world
        due = (
            due_s
            for number, due_s in enumerate(world.due_s)
            if not self._is_limited[world.host_of[number]]
        )
        return max(now_s - min(due, default=now_s), 0.0)


def percentiles(lags: "array[float]") -> dict[str, float]:
    """Of lags in seconds."""
    if not lags:
        return dict.fromkeys(_SHARES, 0.0)
    ordered = sorted(lags)
    last = len(ordered) - 1
    return {name: round(ordered[round(share * last)], 1) for name, share in _SHARES.items()}
