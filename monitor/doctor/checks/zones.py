"""Time zone data: quiet hours, digests and reports need it."""

from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from monitor.doctor.finding import Finding, bad, warning, well
from monitor.doctor.world import World

PLACE = 40

_ANY = "Asia/Seoul"
_CURE = "install the system's tzdata, or the package tzdata of Python"


def look(world: World) -> Iterable[Finding]:
    webhooks = world.config.webhooks.values() if world.config else ()
    used = {one.calm.zone for one in webhooks if one.calm.zone}
    return judge(used, {zone for zone in {*used, _ANY} if not _is_known(zone)})


def judge(used: set[str], unknown: set[str]) -> Iterator[Finding]:
    if missing := sorted(used & unknown):
        yield bad(f"no data of the time zones {', '.join(missing)}, which webhooks name", _CURE)
    elif unknown:
        yield warning("no time zone data: quiet hours and reports can be in UTC alone", _CURE)
    else:
        yield well("time zone data is there")


def _is_known(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
