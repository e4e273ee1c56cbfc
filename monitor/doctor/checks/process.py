"""The service that runs on the database, and the program that is installed."""

from collections.abc import Iterable, Iterator

from monitor import __version__, bootstrap
from monitor.doctor.finding import Finding, bad, warning, well
from monitor.doctor.world import World

PLACE = 120


def look(world: World) -> Iterable[Finding]:
    if world.config is None or not world.is_there or world.unreadable:
        return []
    trouble = bootstrap.trouble_of(world.config)
    running = world.archive.program() if world.archive else ""
    return judge(world.process, running, __version__, trouble)


def judge(process: str | None, running: str, installed: str, trouble: str) -> Iterator[Finding]:
    if process is None:
        yield warning("no service runs on the database", "news-monitor run")
        return
    if trouble:
        cure = "see the disk and permissions above; it goes on by itself"
        yield bad(f"{process} cannot write its database: {trouble}", cure)
    if running and running != installed:
        yield warning(
            f"{process} is version {running}, installed is {installed}", "restart the service"
        )
    elif not trouble:
        yield well(
            f"the database is in use by {process}{f', version {running}' if running else ''}"
        )
