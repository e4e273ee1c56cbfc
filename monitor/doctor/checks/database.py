"""The database: can it be read and written, by the one who runs the service?"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from monitor.doctor.finding import Finding, bad, warning, well
from monitor.doctor.world import World

PLACE = 70


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Of a database and its folder.

    Attributes:
        owner: Of the file, as a number; None: there is no file.
        user: Who asks.
    """

    path: str
    owner: int | None
    user: int
    mode: int = 0o640
    unreadable: str = ""
    file_writable: bool = True
    folder_writable: bool = True


def look(world: World) -> Iterable[Finding]:
    if world.config and world.is_served:
        return judge_served(world.config.settings.database, world.unreadable)
    if world.database is None:
        return [bad("not to be told from the configuration", "put 'monitor.toml' right first")]
    path = world.database
    status = path.stat() if world.is_there else None
    above = next(one for one in (path.parent, *path.parent.parents) if one.exists())
    return judge(
        Facts(
            path=str(path),
            owner=status.st_uid if status else None,
            user=os.geteuid(),
            mode=status.st_mode if status else 0,
            unreadable=world.unreadable,
            file_writable=status is None or _is_writable(path),
            folder_writable=_is_writable(above),
        )
    )


def judge_served(name: str, unreadable: str) -> Iterator[Finding]:
    if unreadable:
        yield bad(unreadable, "see that the server runs, and that service.database names it")
    else:
        yield well(f"{name} can be read")


def judge(facts: Facts) -> Iterator[Finding]:
    path = facts.path
    if facts.unreadable:
        yield bad(facts.unreadable, "see the message; 'news-monitor restore' puts a backup there")
    if not facts.file_writable:
        yield bad(f"{path} cannot be written by user {facts.user}", f"chown {facts.user} {path}")
    if not facts.folder_writable:
        text = f"the folder of {path} cannot be written, where its log and lock stand"
        yield bad(text, f"chown {facts.user} {Path(path).parent}")
    if facts.mode & 0o002:
        yield bad(f"{path} can be changed by all", f"chmod o-w {path}")
    if facts.owner not in (None, facts.user) and facts.file_writable:
        yield warning(
            f"{path} belongs to user {facts.owner}, you are {facts.user}",
            "run commands as the user of the service, or files that they make may lock it out",
        )
    if facts.owner is None:
        yield well(f"{path} is not there yet; 'news-monitor run' makes it")
    elif not facts.unreadable and facts.file_writable and facts.folder_writable:
        yield well(f"{path} can be read and written")


def _is_writable(path: Path) -> bool:
    return os.access(path, os.W_OK)
