"""Whether the database is whole; reads all of it, so with --deep alone."""

from collections.abc import Iterable, Iterator, Sequence

from monitor.adapters.sqlite.examination import quick_check
from monitor.core.inert import one_line
from monitor.doctor.finding import Finding, bad, well
from monitor.doctor.world import World

PLACE = 110


def look(world: World) -> Iterable[Finding]:
    if world.database is None or not world.is_there or not world.deep:
        return []
    return judge(quick_check(world.database))


def judge(flaws: Sequence[str]) -> Iterator[Finding]:
    if flaws:
        text = f"the database is damaged: {one_line(flaws[0])}"
        cure = "stop the service and put a backup there ('news-monitor restore FILE')"
        yield bad(text + (f" and {len(flaws) - 1} more" if flaws[1:] else ""), cure)
    else:
        yield well("the database is whole")
