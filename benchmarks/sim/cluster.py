"""A cluster under a virtual clock: the queue of jobs, workers that hold partitions, their polls.

Decisions are the service's own (core/partitions, core/roster, core/waiting, core/schedule,
core/feed_state); what is made up is what surrounds them.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Any

from benchmarks.sim.tally import Tally
from benchmarks.sim.world import World, at
from monitor.core import schedule
from monitor.core.partitions import TimeBox, fair_share
from monitor.core.roster import Roster
from monitor.core.waiting import Waiting

_SHARING_S = 0.05  # in which polls share a commit
_ASK_S = 1.0  # how often a worker asks for jobs, and for what is due
_TICK_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How the cluster is set up.

    Attributes:
        slots: How many partitions a worker holds at most.
        threads: How many feeds a worker asks at once.
        lease_s: How long a partition is kept.
        keeps: A partition is given back only by who has more than a fair share of them.
        stall_s: Who gave no sign of life for longer has lost its partitions.
        cpu_s: Of a worker's one core, for a poll.
        remembers: Who takes a partition over knows when its hosts were asked last.
    """

    workers: int
    slots: int
    threads: int
    lease_s: float = 30.0
    keeps: bool = False
    stall_s: float = 20.0
    cpu_s: float = 0.004
    remembers: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Blow:
    """What happens to a worker: it is killed, or frozen for some time."""

    at_s: float
    worker: int
    thaws_s: float | None = None


@dataclass(slots=True, eq=False)
class Lease:
    """A partition as its worker holds it.

    Attributes:
        found: Feeds that were found due and not begun.
        ends: It is to be given back.
    """

    part: int
    taken_s: float
    box: TimeBox
    in_flight: set[int] = field(default_factory=set)
    found: set[int] = field(default_factory=set)
    ends: bool = False


@dataclass(slots=True, eq=False)
class Worker:
    """One process.

    Attributes:
        share: Partitions that are fair, as far as it knows.
        renewed_s: When it showed its last sign of life.
        late: What happened while it was frozen.
    """

    number: int
    roster: Roster
    share: int
    waiting: Waiting = field(default_factory=Waiting)
    leases: dict[int, Lease] = field(default_factory=dict)
    at_work: int = 0
    cpu_free_s: float = 0.0
    free_s: dict[int, float] = field(default_factory=dict)
    renewed_s: float = 0.0
    is_dead: bool = False
    is_frozen: bool = False
    late: list[tuple[Callable[..., None], Any, Any]] = field(default_factory=list)


class Cluster:
    """Runs until a second; what it did is in `tally`."""

    def __init__(self, world: World, plan: Plan, tally: Tally, blows: tuple[Blow, ...] = ()):
        self.world, self.plan, self.tally = world, plan, tally
        self.now_s = 0.0
        self._events: list[tuple[float, int, Callable[..., None], Any, Any]] = []
        self._count = 0
        self._polls = [0] * len(world.feeds)  # poll_seq of each feed
        self._queue: deque[int] = deque()  # partitions that wait for a worker
        self._queued: set[int] = set()
        self._holders: dict[int, Worker] = {}
        self.workers = [
            Worker(number, Roster(plan.threads), fair_share(world.shape.partitions, plan.workers))
            for number in range(plan.workers)
        ]
        for worker in self.workers:  # they were not started in the same moment
            phase = (worker.number + 1) / (plan.workers + 1)
            self._after(phase * _ASK_S, self._ask, worker)
            self._after(phase * plan.stall_s / 4, self._renew, worker)
        self._after(0.0, self._tick)
        self._after(plan.stall_s / 4, self._reap)
        for blow in blows:
            self._after(blow.at_s, self._strike, blow)

    def run(self, until_s: float) -> None:
        """Let time pass."""
        events = self._events
        while events and events[0][0] <= until_s:
            self.now_s, _, happen, what, more = heappop(events)
            if type(what) is Worker and (what.is_frozen or what.is_dead):
                if what.is_frozen:
                    what.late.append((happen, what, more))
                continue
            happen(what, more)
        self.now_s = until_s

    def _after(
        self, seconds: float, happen: Callable[..., None], what: Any = None, more: Any = None
    ) -> None:
        self._count += 1
        heappush(self._events, (self.now_s + seconds, self._count, happen, what, more))

    # --- control -------------------------------------------------------------------------------

    def _tick(self, *_: object) -> None:
        """Wakes partitions in which something is due; who is at it has a job already."""
        for part, due in enumerate(self.world.due):
            if due and due[0][0] <= self.now_s and part not in self._holders:
                self._wake(part)
        self.tally.held([len(worker.leases) for worker in self.workers if not worker.is_dead])
        self._after(_TICK_S, self._tick)

    def _reap(self, *_: object) -> None:
        """Gives jobs of workers that are silent to others."""
        for part, worker in list(self._holders.items()):
            if self.now_s - worker.renewed_s > self.plan.stall_s:
                del self._holders[part]
                lease = worker.leases[part]
                self.world.put_back(part, lease.in_flight)
                self._let_go(lease)
        self._after(self.plan.stall_s / 4, self._reap)

    def _wake(self, part: int) -> None:
        if part not in self._queued:
            self._queued.add(part)
            self._queue.append(part)

    def _strike(self, blow: Blow, _: object) -> None:
        worker = self.workers[blow.worker]
        watched_s = 4 * self.plan.stall_s
        self.tally.struck(self.now_s, worker.number, worker.leases, watched_s)
        if blow.thaws_s is None:
            worker.is_dead = True
            for number in [one for lease in worker.leases.values() for one in lease.in_flight]:
                self.tally.torn(self.world.host_of[number], self.now_s)
        else:
            worker.is_frozen = True
            self._after(blow.thaws_s - blow.at_s, self._thaw, blow.worker)

    def _thaw(self, number: int, _: object) -> None:
        worker = self.workers[number]
        worker.is_frozen = False
        late, worker.late = worker.late, []
        for happen, what, more in late:
            happen(what, more)

    # --- a worker's partitions -----------------------------------------------------------------

    def _renew(self, worker: Worker, _: object) -> None:
        now_s = self.now_s
        worker.renewed_s = now_s
        alive = sum(now_s - other.renewed_s < self.plan.stall_s for other in self.workers)
        worker.share = fair_share(self.world.shape.partitions, alive)
        for lease in [one for one in worker.leases.values() if not self._is_ours(worker, one)]:
            self._lost(worker, lease)
        self._after(self.plan.stall_s / 4, self._renew, worker)

    def _is_ours(self, worker: Worker, lease: Lease) -> bool:
        return self._holders.get(lease.part) is worker and worker.leases.get(lease.part) is lease

    def _lost(self, worker: Worker, lease: Lease) -> None:
        """It was given to another while this one was frozen."""
        del worker.leases[lease.part]

    def _ask(self, worker: Worker, _: object) -> None:
        """Once a second: for jobs, and for what is due."""
        self._take_jobs(worker)
        for lease in list(worker.leases.values()):
            self._look(worker, lease)
        self._set_out(worker)
        self._after(_ASK_S, self._ask, worker)

    def _take_jobs(self, worker: Worker) -> None:
        plan = self.plan
        if self.now_s - worker.renewed_s >= plan.stall_s:
            return
        most = min(plan.slots, worker.share) if plan.keeps else plan.slots
        for _ in range(len(self._queue)):
            if len(worker.leases) >= most:
                return
            part = self._queue.popleft()
            if part in self._holders or part in worker.leases:
                self._queue.append(part)  # its lock is taken
                continue
            self._queued.discard(part)
            box = TimeBox(began_s=self.now_s, length_s=plan.lease_s)
            lease = Lease(part, self.now_s, box)
            worker.leases[part] = lease
            self._holders[part] = worker
            self.tally.jobs += 1
            self._after(plan.lease_s, self._time_is_up, worker, lease)
            self._look(worker, lease)

    def _look(self, worker: Worker, lease: Lease) -> None:
        """Lets what is due in a partition wait for its poll."""
        if not self._may_start(worker, lease):
            return
        world = self.world
        for number in world.take_due(lease.part, self.now_s):
            worker.waiting.add(world.feeds[number], world.names[world.host_of[number]])
            lease.found.add(number)

    def _may_start(self, worker: Worker, lease: Lease) -> bool:
        return (
            not lease.ends
            and (self.plan.keeps or lease.box.may_start(self.now_s))
            and self.now_s - worker.renewed_s < self.plan.stall_s
        )

    def _time_is_up(self, worker: Worker, lease: Lease) -> None:
        if not self._is_ours(worker, lease):
            return
        held = sum(not one.ends for one in worker.leases.values())
        if self.plan.keeps and held <= worker.share:
            self._after(self.plan.lease_s, self._time_is_up, worker, lease)
            return
        lease.ends = True
        self._give_back(worker, lease)

    def _give_back(self, worker: Worker, lease: Lease) -> None:
        """At the end, when nothing is in flight."""
        if not lease.ends or lease.in_flight or not self._is_ours(worker, lease):
            return
        del worker.leases[lease.part]
        del self._holders[lease.part]
        self._let_go(lease)
        self._take_jobs(worker)
        self._set_out(worker)

    def _let_go(self, lease: Lease) -> None:
        """What was found due and not begun is due still, and another job sees to it."""
        self.world.put_back(lease.part, lease.found)
        lease.found.clear()
        self._wake(lease.part)

    # --- a worker's polls ----------------------------------------------------------------------

    def _set_out(self, worker: Worker) -> None:
        """Puts as many threads to work as are free and find a host that is."""
        world, roster, now = self.world, worker.roster, at(self.now_s)
        while worker.at_work < roster.threads:
            found = roster.next(worker.waiting, worker.at_work + 1)
            if found is None:
                return
            feed, name = found
            number = int(feed.id)
            host = world.host_of[number]
            lease = worker.leases.get(world.part_of[host])
            if lease is None or number not in lease.found or not self._may_start(worker, lease):
                continue  # the partition is not ours any more
            if not schedule.is_due(world.states[number], now):
                continue
            lease.found.discard(number)
            lease.in_flight.add(number)
            worker.at_work += 1
            roster.begin(feed.id, name)
            self._begin(worker, lease, number, host)

    def _begin(self, worker: Worker, lease: Lease, number: int, host: int) -> None:
        """A thread has the feed; the host may have to be left alone for a moment."""
        world, gap_s = self.world, self.world.shape.gap_s
        free_s = worker.free_s.get(host, 0.0)
        if self.plan.remembers and (asked_s := world.asked_s.get(host, -gap_s)) <= lease.taken_s:
            free_s = max(free_s, asked_s + gap_s)
        wait_s = max(free_s - self.now_s, 0.0)
        takes_s = world.takes_s()
        start_s = self.now_s + wait_s
        due_s = world.due_s[number]
        self.tally.begun(
            host, lease.part, worker.number, due_s, (self.now_s, start_s, start_s + takes_s)
        )
        worker.free_s[host] = start_s + takes_s + gap_s
        poll = (lease, number, takes_s, self._polls[number])
        self._after(wait_s + takes_s, self._answered, worker, poll)

    def _answered(self, worker: Worker, poll: tuple[Lease, int, float, int]) -> None:
        """The worker has one core to read answers with."""
        worker.cpu_free_s = max(worker.cpu_free_s, self.now_s) + self.plan.cpu_s
        self._after(worker.cpu_free_s - self.now_s + _SHARING_S, self._save, worker, poll)

    def _save(self, worker: Worker, poll: tuple[Lease, int, float, int]) -> None:
        lease, number, took_s, seq = poll
        world, now_s = self.world, self.now_s
        worker.roster.end(world.feeds[number].id)
        worker.at_work -= 1
        lease.in_flight.discard(number)
        if self._polls[number] == seq:
            self._polls[number] += 1
            world.save(number, world.decide(number, now_s, took_s), now_s)
        else:
            self.tally.fenced += 1
        self.tally.over()
        self._give_back(worker, lease)
        self._set_out(worker)
