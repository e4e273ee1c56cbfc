"""What the processes of a cluster lack."""

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta

from monitor.model import Company, Member

CONTROL, FETCH, STORY, DELIVER = "control", "fetch", "story", "deliver"
PART = "part"
"""What leases of partitions of hosts are called."""
QUEUES = (CONTROL, FETCH, STORY, DELIVER)

_DOES = {
    CONTROL: "nothing is woken and no health is told: start 'news-monitor scheduler'",
    FETCH: "no feed is polled: start 'news-monitor worker --queue fetch'",
    STORY: "nothing that is fetched is judged: start 'news-monitor scheduler', or "
    "'news-monitor worker --queue story'",
    DELIVER: "nothing is sent: start 'news-monitor worker --queue deliver'",
}
_WAITS_LONG_S = 300.0
_SKEW_S = 2.0


def living(company: Company, stall: timedelta) -> list[Member]:
    """Those that showed a sign of life within two stalls."""
    return [one for one in company.processes if one.seen_s <= 2 * stall.total_seconds()]


def held(company: Company, prefix: str) -> Mapping[str, str]:
    """What is held of the leases "prefix:key": key -> process."""
    start = f"{prefix}:"
    return {
        one.key.removeprefix(start): one.process
        for one in company.holdings
        if one.key.startswith(start)
    }


def holds(company: Company) -> Counter[str]:
    """At how many keys each process works, by its id."""
    return Counter(one.process for one in company.holdings)


def role(queues: Collection[str]) -> str:
    """What a process is called by the command that it was started with."""
    return "scheduler" if CONTROL in queues else f"worker ({', '.join(queues)})"


def missing(company: Company, stall: timedelta) -> list[str]:
    """What nobody does, in words."""
    done = {queue for one in living(company, stall) for queue in one.queues}
    return [_DOES[queue] for queue in QUEUES if queue not in done]


def is_cluster(company: Company, stall: timedelta) -> bool:
    """Whether several processes share the work, rather than one that does all of it."""
    return bool(living(company, stall))


def lag(dues: Iterable[datetime], now: datetime) -> Mapping[str, float]:
    """How late the polls of feeds are, in seconds: percentiles over all of them.

    Args:
        dues: When each feed is or was due.
    """
    late = sorted(max((now - due).total_seconds(), 0.0) for due in dues)
    if not late:
        return {}
    ranks = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    return {name: round(late[math.ceil(rank * len(late)) - 1], 1) for name, rank in ranks.items()}


def lacks(company: Company, stall: timedelta) -> list[str]:
    """What somebody must see to, in words; none: nothing."""
    alive = living(company, stall)
    return [
        *missing(company, stall),
        *_too_few_slots(company, alive),
        *_old_news(company),
        *_differ(alive, "configuration", lambda one: one.config),
        *_differ(alive, "version", lambda one: one.version),
        *_wrong_clocks(alive),
        *(f"{one.name} ({' '.join(one.queues)}): {one.trouble}" for one in alive if one.trouble),
    ]


def _too_few_slots(company: Company, alive: Iterable[Member]) -> list[str]:
    slots = sum(one.slots for one in alive if FETCH in one.queues)
    if not slots or slots >= company.partitions:
        return []
    return [
        (
            f"{slots} slots of fetch workers for {company.partitions} partitions: some wait for "
            "others to be done; start more workers, or give them more --slots"
        )
    ]


def _old_news(company: Company) -> list[str]:
    if company.oldest_s < _WAITS_LONG_S:
        return []
    minutes = company.oldest_s / 60
    return [f"{company.waiting} fetched documents wait to be judged, one for {minutes:.0f} min"]


def _differ(alive: Collection[Member], what: str, of: Callable[[Member], str]) -> list[str]:
    if len({of(one) for one in alive}) < 2:
        return []
    return [f"the processes are not all of the same {what}; restart those that are behind"]


def _wrong_clocks(alive: Iterable[Member]) -> list[str]:
    return [
        f"the clock of {one.name} is {abs(one.skew_s):.0f} s "
        f"{'behind' if one.skew_s > 0 else 'ahead of'} the database's; set it by NTP"
        for one in alive
        if abs(one.skew_s) > _SKEW_S
    ]
