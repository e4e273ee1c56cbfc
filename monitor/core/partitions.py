"""Which partition a host's feeds are in, and how long a process keeps a partition."""

from collections.abc import Collection
from dataclasses import dataclass
from hashlib import blake2b

LEASE_S = 30.0


def part_of(host: str, partitions: int) -> int:
    """The partition of all feeds of a host: so one process at a time asks it.

    It is stored beside each feed, so it must be the same in every version.

    Args:
        host: Whom feeds ask, as the fetcher names it.
        partitions: How many there are.

    Returns:
        From 0 to below their number.
    """
    digest = blake2b(host.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") % partitions


def fair_share(partitions: int, workers: int) -> int:
    """How many partitions one of so many workers holds at most, so that all are held.

    Who holds no more keeps what it has when its time is up: to give a partition back means to wait
    for the slowest answer in it, and nobody needs it.
    """
    return -(-partitions // max(workers, 1))


def share_of(partitions: int, slots: Collection[int]) -> int:
    """How many partitions a worker holds at most, where each has room for so many.

    What one has no room for falls to the others; if all of them have too little, each fills up.
    """
    share = fair_share(partitions, len(slots))
    while sum(min(one, share) for one in slots) < partitions and share < max(slots, default=0):
        share += 1
    return share


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeBox:
    """How long a process keeps a partition before it lets the others have a turn.

    Attributes:
        began_s: On the monotonic clock of who keeps it.
    """

    began_s: float
    length_s: float = LEASE_S

    def may_start(self, now_s: float) -> bool:
        """Whether a poll may still begin."""
        return now_s < self.began_s + self.length_s

    def is_over(self, now_s: float, in_flight: int) -> bool:
        """Whether the partition is to be given back: time is up and no poll is under way."""
        return in_flight == 0 and not self.may_start(now_s)
