"""Room on the disk of the database."""

import shutil
from collections.abc import Iterable, Iterator

from monitor.doctor.finding import Finding, bad, warning, well
from monitor.doctor.world import World

PLACE = 80

_MIB = 1024 * 1024
_LEAST = 256 * _MIB  # the log alone may take 64 MiB, and more while somebody reads


def look(world: World) -> Iterable[Finding]:
    if world.database is None:
        return []
    path = world.database
    above = next(one for one in (path.parent, *path.parent.parents) if one.exists())
    usage = shutil.disk_usage(above)
    return judge(usage.free, path.stat().st_size if world.is_there else 0)


def judge(free: int, database: int) -> Iterator[Finding]:
    room = f"{free // _MIB:,} MiB are free beside a database of {database // _MIB:,} MiB"
    cure = "make room, move the database, or keep less (keep_items)"
    if free < _LEAST:
        yield bad(f"{room}: it will soon refuse to be written", cure)
    elif free < database:
        yield warning(f"{room}: too little for a backup or a migration beside it", cure)
    else:
        yield well(room)
