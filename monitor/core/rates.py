"""How fast a webhook may be sent to."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from monitor.model import Policy, Rate

GENERIC = (Rate(count=10, per=timedelta(seconds=1)),)
_EACH_SECOND = (Rate(count=1, per=timedelta(seconds=1)),)
BY_KIND: Mapping[str, tuple[Rate, ...]] = {
    # What the services document, or less; a kind that is not here takes `GENERIC`.
    "slack": _EACH_SECOND,
    "teams": _EACH_SECOND,
    "telegram": (*_EACH_SECOND, Rate(count=20, per=timedelta(minutes=1))),
    # Synapse as it is shipped: ten at once, then one every five seconds.
    "matrix": (*_EACH_SECOND, Rate(count=12, per=timedelta(minutes=1))),
    # ntfy.sh: sixty at once, then one every five seconds.
    "ntfy": (*_EACH_SECOND, Rate(count=12, per=timedelta(minutes=1))),
    # The strictest of the large mail services.
    "email": (*_EACH_SECOND, Rate(count=30, per=timedelta(minutes=1))),
    "pagerduty": (*GENERIC, Rate(count=120, per=timedelta(minutes=1))),
    "mattermost": GENERIC,  # a server that limits at all is shipped with that
    "apprise": _EACH_SECOND,  # nobody knows which service is behind it
    "discord": (),  # it tells its rate with every answer, and asks that nobody assume one
    "console": (),
    "file": (),
}
CONNECTIONS: Mapping[str, int] = {"standard": 4}
"""Kinds that are sent to several at the same time; chats keep the order."""

MOST = 1_000
"""Of a rate's count: each of them is remembered."""

_UNITS = {"s": 1, "sec": 1, "second": 1, "m": 60, "min": 60, "minute": 60, "h": 3600, "hour": 3600}
_WRITTEN = re.compile(r"(\d{1,6})\s*/\s*([a-z]+)", re.ASCII)


def usual(kind: str) -> Policy:
    """How a kind is delivered to if nothing else is said."""
    return Policy(rate=BY_KIND.get(kind, GENERIC), connections=CONNECTIONS.get(kind, 1))


def parse_rate(written: str) -> Rate:
    """A rate as people write it: "10/s", "20/min", "500/h"; at most 1,000 in a unit.

    Raises:
        ValueError: It cannot be read.
    """
    found = _WRITTEN.fullmatch(written.strip())
    if found is None or found[2] not in _UNITS or not 0 < int(found[1]) <= MOST:
        raise ValueError(f"{written[:40]!r} is no rate")
    return Rate(count=int(found[1]), per=timedelta(seconds=_UNITS[found[2]]))


def wait(
    rates: Iterable[Rate], sent: Iterable[datetime], flying: int, now: datetime
) -> timedelta | None:
    """How long until one more message may leave.

    Counted is over every stretch of the rate's length, ending with the answers: however a receiver
    counts (bucket, fixed or sliding window), and however long the way is, it sees no more than
    the rate. A bucket of ours would let a full one and its refill pass within one stretch.

    Args:
        sent: When messages were answered.
        flying: Messages that have left, or are about to, without an answer so far.

    Returns:
        Zero: at once. None: as soon as one of those in flight is answered.
    """
    longest = timedelta()
    for rate in rates:
        room = rate.count - flying
        if room <= 0:
            return None
        # Nothing of the future counts: the clock may have been set back.
        counted = sorted(at for at in sent if now - rate.per < at <= now)
        if len(counted) >= room:
            longest = max(longest, counted[-room] + rate.per - now)
    return longest


def remember(
    rates: Iterable[Rate], sent: Iterable[datetime], now: datetime
) -> tuple[datetime, ...]:
    """The answers that still count, with one at this moment; nothing if no rate asks for it."""
    rates = tuple(rates)
    since = now - max((rate.per for rate in rates), default=timedelta())
    most = max((rate.count for rate in rates), default=0)
    kept = sorted([*(at for at in sent if since < at <= now), now])
    return tuple(kept[-most:]) if most else ()
