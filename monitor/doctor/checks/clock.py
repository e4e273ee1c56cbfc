"""The clock of this machine, against those of servers that answered lately."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from statistics import median

from monitor.core.http_status import clock_of
from monitor.doctor.finding import Finding, bad, warning, well
from monitor.doctor.world import World
from monitor.model import Evidence

PLACE = 140

_ANSWERS = 200
_RECENT = timedelta(days=2)
_HOSTS = 3  # that must agree
_TOLERATED = timedelta(seconds=60)
_BAD = timedelta(minutes=5)  # receivers refuse what was signed so far off
_CURE = "set the clock, and let the system keep it (timedatectl set-ntp true)"


def look(world: World) -> Iterable[Finding]:
    archive = world.archive
    found = archive.recent_evidence(_ANSWERS) if archive else ()
    return judge(skews(one for one in found if world.now - one.fetched_at < _RECENT))


def skews(found: Iterable[Evidence]) -> Mapping[str, timedelta]:
    """Feed -> how far our clock was ahead of its server's, by its newest answer."""
    newest: dict[str, timedelta] = {}
    for one in found:
        titled = {name.title(): value for name, value in one.headers.items()}
        if at := clock_of(titled):
            newest.setdefault(one.feed_id, one.fetched_at - at)
    return newest


def judge(found: Mapping[str, timedelta]) -> Iterator[Finding]:
    if len(found) < _HOSTS:
        yield well("too few answers are stored to tell the clock ('--online' asks)")
        return
    skew = timedelta(seconds=median(one.total_seconds() for one in found.values()))
    yield told(skew, len(found))


def told(skew: timedelta, servers: int) -> Finding:
    """What a difference means."""
    seconds = abs(skew.total_seconds())
    way = "ahead of" if skew > timedelta() else "behind"
    text = f"this clock is {seconds:.0f} s {way} those of {servers} servers"
    if abs(skew) < _TOLERATED:
        return well(f"this clock agrees with those of {servers} servers")
    if abs(skew) < _BAD:
        return warning(text, _CURE)
    return bad(f"{text}: receivers refuse what is signed so", _CURE)
