"""A copy of the database beside whoever writes it, and the way back."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from glob import escape
from pathlib import Path

from sqlite_utils import Database

from monitor.adapters.sqlite import migrations
from monitor.adapters.sqlite.connection import connect, sqlite3, translated
from monitor.adapters.sqlite.ownership import hand_over
from monitor.errors import StoreError
from monitor.failpoints import failpoint
from monitor.leftovers import clear

_BESIDE = ("-wal", "-shm", "-journal")


def back_up(database: Path, target: Path) -> int:
    """Copy the database as it is at this moment; it may be written meanwhile.

    The copy is checked and takes the name only when it is whole. A backup that has the name is
    replaced.

    Returns:
        Its size in bytes.

    Raises:
        StoreError: There is no whole copy; what had the name before is as it was.
    """
    if not database.exists():
        raise StoreError(f"there is no database at {database}")
    _refuse_to_overwrite(database, target)
    with _put_in_place(target) as draft:
        with closing(connect(database, mode="ro")) as source:
            _copy(source, draft, str(target))
        failpoint("backup.checked")
        size = draft.stat().st_size
    failpoint("backup.done")
    return size


def restore(backup: Path, database: Path) -> Path | None:
    """Put a backup in the place of the database; only for the holder of its lock.

    It belongs to whom the former one did, or the folder, though root restores it.

    Returns:
        Where the former database was put; None: there was none.

    Raises:
        StoreError: The backup is not whole or not ours, or somebody has the database open. Nothing
            was changed.
    """
    if not backup.is_file():
        raise StoreError(f"there is no backup at {backup}")
    if database.exists() and backup.samefile(database):
        raise StoreError(f"{backup} is the database itself")
    database.parent.mkdir(parents=True, exist_ok=True)
    aside = None
    with _put_in_place(database) as draft:
        with closing(_opened(backup)) as source:
            _copy(source, draft, str(backup))
        hand_over(draft, like=database if database.exists() else database.parent)
        failpoint("restore.checked")
        if database.exists():
            _close_down(database)
            aside = _put_aside(database)
            failpoint("restore.aside")
    failpoint("restore.done")
    return aside


def vacuum(database: Path) -> tuple[int, int]:
    """Write the database anew, without its gaps; only for the holder of its lock.

    Returns:
        Its size in bytes before and after.

    Raises:
        StoreError: It is as it was.
    """
    with closing(connect(database, mode="rw")) as conn, translated(str(database)):
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        before = database.stat().st_size
        conn.execute("PRAGMA temp_store = FILE")  # it may be bigger than the memory
        conn.execute("VACUUM")
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return before, database.stat().st_size


def _refuse_to_overwrite(database: Path, target: Path) -> None:
    if not target.exists():
        return
    if target.samefile(database):
        raise StoreError(f"{target} is the database itself; give the backup another name")
    if not target.is_file():
        raise StoreError(f"{target} is not a file")
    try:
        with closing(_opened(target)) as conn:
            migrations.check_ours(Database(conn, execute_plugins=False), target)
    except StoreError as exc:
        raise StoreError(
            f"{target} is there and no backup of news-monitor; give another name"
        ) from exc


def _opened(path: Path) -> "sqlite3.Connection":
    """To be read; a copy that was taken by hand may have its log beside it."""
    return connect(path, mode="ro")


@contextmanager
def _put_in_place(target: Path) -> Iterator[Path]:
    """A file to be written, which takes the name of the target at the end, or is gone."""
    clear(target.parent, f".{escape(target.name)}.*.draft*")
    draft = target.with_name(f".{target.name}.{os.getpid()}.draft")
    try:
        draft.touch(mode=0o600, exist_ok=False)
        yield draft
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(target)
        _sync_folder(target.parent)
    except OSError as exc:
        raise StoreError(f"{target} cannot be written: {exc.strerror or exc}") from exc
    finally:
        for path in (draft, *(Path(f"{draft}{end}") for end in _BESIDE)):
            with suppress(OSError):
                path.unlink(missing_ok=True)


def _copy(source: "sqlite3.Connection", draft: Path, name: str) -> None:
    with translated(name), closing(sqlite3.connect(draft, isolation_level=None)) as copy:
        source.backup(copy)
        failpoint("backup.copied")
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, whatever the original was
        found = [row[0] for row in copy.execute("PRAGMA integrity_check(1)")]
        orphans = copy.execute("PRAGMA foreign_key_check").fetchone()
        if found != ["ok"] or orphans:
            raise StoreError(f"{name} is damaged: {found[0] if found != ['ok'] else 'lost rows'}")
        migrations.check_ours(Database(copy, execute_plugins=False), Path(name))


def _close_down(database: Path) -> None:
    """Write its log back into the file; the log of one database must not meet another.

    Raises:
        StoreError: Somebody has it open.
    """
    try:
        with translated(), closing(sqlite3.connect(database, isolation_level=None)) as conn:
            conn.execute("PRAGMA busy_timeout = 2000")
            conn.execute("PRAGMA journal_mode = DELETE")
    except StoreError as exc:
        if "locked" in str(exc):
            raise StoreError(f"{database} is open in another program; close it first") from exc
        # It is damaged, which may be why somebody restores: it is put aside as it is.


def _put_aside(database: Path) -> Path:
    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
    aside = database.with_name(f"{database.name}.before-{stamp}")
    for end in _BESIDE:
        with suppress(FileNotFoundError):
            Path(f"{database}{end}").rename(f"{aside}{end}")
    try:
        aside.hardlink_to(database)  # so that there is a database at every moment
    except OSError:
        database.rename(aside)
    return aside


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
