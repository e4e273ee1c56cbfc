"""File systems on which SQLite's locks and shared memory do not work."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePath

from monitor.doctor.finding import Finding, bad, warning, well
from monitor.doctor.world import World

PLACE = 90

_MOUNTS = Path("/proc/self/mountinfo")
# A write-ahead log needs memory that all its readers share. Source: sqlite.org/wal.html.
_REMOTE = re.compile(
    r"nfs\d?|cifs|smb\w*|9p|v9fs|afs|ceph|lustre|glusterfs|gfs2|ocfs2|beegfs|gpfs|ncpfs|davfs"
    r"|vboxsf|prl_fs|vmhgfs|drvfs|virtiofs|fuse\..*|fuseblk"
)
_PASSING = frozenset({"tmpfs", "ramfs", "overlay", "aufs"})
_OCTAL = re.compile(r"\\([0-7]{3})")


def look(world: World) -> Iterable[Finding]:
    if world.database is None or not _MOUNTS.exists():
        return []
    mounts = _MOUNTS.read_text("utf-8", "replace")
    return judge(str(world.database), kind_of(mounts, world.database.resolve()))


def judge(path: str, kind: str) -> Iterator[Finding]:
    if _REMOTE.fullmatch(kind):
        yield bad(
            f"{path} is on {kind}, where locks or shared memory may not work: it may break",
            "put the database on a disk of this machine (database in monitor.toml)",
        )
    elif kind in _PASSING:
        yield warning(
            f"{path} is on {kind}, which may be gone after a restart",
            "put the database on a volume or disk that stays",
        )
    else:
        yield well(f"{path} is on {kind or 'a file system of unknown kind'}")


def kind_of(mounts: str, path: PurePath) -> str:
    """The kind of the file system that a path is on; empty if nothing tells.

    Args:
        mounts: As in /proc/self/mountinfo; of two at one place the later one counts.
    """
    found = ""
    longest = -1
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields = before.split(" ")
        if len(fields) < 5 or not after:
            continue
        place = PurePath(_OCTAL.sub(lambda code: chr(int(code[1], 8)), fields[4]))
        if path.is_relative_to(place) and len(place.parts) >= longest:
            longest, found = len(place.parts), after.split(" ")[0]
    return found
