"""The SQLite that Python is linked to."""

from collections.abc import Iterable, Iterator

from monitor.adapters.sqlite.examination import Features, features
from monitor.doctor.finding import Finding, bad, warning, well
from monitor.doctor.world import World

PLACE = 20

_STRICT = (3, 37, 0)
# The WAL-reset bug: two connections that write or checkpoint at once may break the database.
# See "The WAL-Reset Bug" in the page on write-ahead logs of sqlite.org.
_BROKEN_FROM, _MENDED = (3, 7, 0), (3, 51, 3)
_BACK_PORTS = ((3, 44, 6), (3, 50, 7))
_NEWER = "install Python with a newer SQLite, or the package pysqlite3-binary"


def look(world: World) -> Iterable[Finding]:
    return [] if world.is_served else judge(features())


def judge(found: Features) -> Iterator[Finding]:
    name = f"SQLite {'.'.join(map(str, found.version))}"
    if found.version < _STRICT:
        yield bad(f"{name} is too old: STRICT tables came with 3.37", _NEWER)
        return
    missing = [
        what for what, there in (("FTS5", found.fts5), ("JSON functions", found.json)) if not there
    ]
    if missing:
        yield bad(f"{name} lacks {' and '.join(missing)}", _NEWER)
    elif has_wal_reset_bug(found.version):
        yield warning(
            f"{name} has the WAL-reset bug (rare: it takes two writers at one moment)",
            "update to 3.51.3 (or 3.50.7, 3.44.6); until then stop the service before commands "
            "that change the database, such as redeliver, purge, merge and split",
        )
    else:
        yield well(f"{name} with FTS5 and JSON functions")


def has_wal_reset_bug(version: tuple[int, ...]) -> bool:
    if any(version[:2] == port[:2] and version >= port for port in _BACK_PORTS):
        return False
    return _BROKEN_FROM <= version < _MENDED
