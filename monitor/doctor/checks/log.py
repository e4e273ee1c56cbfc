"""The write-ahead log of the database."""

from collections.abc import Iterable, Iterator

from monitor.doctor.finding import Finding, warning, well
from monitor.doctor.world import World

PLACE = 100

_MIB = 1024 * 1024
_MOST = 128 * _MIB  # twice what it is cut back to


def look(world: World) -> Iterable[Finding]:
    if world.database is None or not world.is_there:
        return []
    path = world.database.with_name(f"{world.database.name}-wal")
    return judge(path.stat().st_size if path.exists() else 0, is_running=bool(world.process))


def judge(size: int, *, is_running: bool) -> Iterator[Finding]:
    if size <= _MOST:
        yield well(f"the write-ahead log has {size / _MIB:.1f} MiB")
        return
    text = f"the write-ahead log has {size // _MIB:,} MiB and does not shrink"
    who = "end the program that has been reading the database for long (sqlite3, Datasette, export)"
    yield warning(text, who if is_running else "start the service: it is written back then")
