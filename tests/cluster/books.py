"""A book of leases in memory, and a clock that stands still."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from monitor.errors import StoreError
from monitor.model import Lease


@dataclass
class Clock:
    at_s: float = 1000.0

    def __call__(self) -> float:
        return self.at_s


@dataclass
class Shelf:
    """What is known of the leases of all processes; its clock is the server's."""

    clock: Clock
    rows: dict[str, tuple[str, float, str]] = field(default_factory=dict)


@dataclass
class Book:
    """Implements `ports.LeaseBook` as PostgreSQL does."""

    shelf: Shelf
    process: str
    stall_s: float = 20.0
    is_away: bool = False
    trouble: str = ""
    slots: tuple[int, ...] = ()

    def take(self, key: str) -> Lease | None:
        self._asked()
        holder, until_s, note = self.shelf.rows.get(key, ("", 0.0, ""))
        if holder not in ("", self.process) and until_s > self.shelf.clock():
            return None
        kept = note if holder in ("", self.process) else ""
        self.shelf.rows[key] = self.process, self.shelf.clock() + self.stall_s, kept
        return Lease(key=key, was_lost=bool(holder), note=kept)

    def renew(self, keys: Collection[str], trouble: str) -> frozenset[str]:
        self._asked()
        self.trouble = trouble
        kept = frozenset(self._held().keys() & {*keys})
        for key in kept:
            *_, note = self.shelf.rows[key]
            self.shelf.rows[key] = self.process, self.shelf.clock() + self.stall_s, note
        return kept

    def give_back(self, key: str, note: str) -> None:
        self._asked()
        if self.shelf.rows[key][0] == self.process:
            self.shelf.rows[key] = "", 0.0, note

    def slots_of(self, queue: str) -> Sequence[int]:
        return self.slots

    def holders(self, prefix: str) -> Mapping[str, str]:
        now_s = self.shelf.clock()
        rows = self.shelf.rows.items()
        return {k: h for k, (h, until, _) in rows if k.startswith(prefix) and h and until > now_s}

    def _held(self) -> Mapping[str, str]:
        return {key: one for key, one in self.holders("").items() if one == self.process}

    def _asked(self) -> None:
        if self.is_away:
            raise StoreError("the database is away")


@dataclass
class Turn:
    """The context of a job."""

    stops: bool = False

    def should_stop(self) -> bool:
        return self.stops


def shelf() -> tuple[Clock, Callable[[str], Book]]:
    """A clock, and books of processes that share a shelf."""
    clock = Clock()
    common = Shelf(clock)
    return clock, lambda process: Book(common, process)
