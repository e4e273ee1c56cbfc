"""The store: one SQLite file, one writer, any number of readers."""

from functools import partial
from pathlib import Path
from secrets import token_hex

from sqlite_utils import Database

from monitor import __version__
from monitor.adapters.sql.store import SAVE_PROGRAM, SqlStore
from monitor.adapters.sqlite import migrations
from monitor.adapters.sqlite.archive import SqliteArchive
from monitor.adapters.sqlite.connection import Session, connect, sqlite3, translated
from monitor.adapters.sqlite.ownership import hand_over
from monitor.errors import StoreError
from monitor.failpoints import failpoint


class SqliteStore(SqlStore[SqliteArchive]):
    """Implements `ports.Store`. Folder and file are made if need be.

    Args:
        durable: False: a commit may be lost with the power (for stores that are thrown away).
        instance: Identity to give to a new database; None: a random one.
        guest: Another process owns the file: it must exist with the present schema, and its
            checkpoints stay that process's business.

    Raises:
        StoreError: The file cannot be opened, or is not of this program's schema.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        durable: bool = True,
        instance: str | None = None,
        guest: bool = False,
    ) -> None:
        self._path = Path(path)
        self._durable = durable
        move_in = partial(self._move_in, instance or token_hex(8))
        super().__init__(self._visit if guest else move_in, lambda: SqliteArchive(self._path))

    def _move_in(self, instance: str) -> Session:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise StoreError(f"{self._path.parent} cannot be made: {exc.strerror}") from exc
        failpoint("store.opening")
        is_new = not self._path.exists()
        conn = self._connect("rwc")
        if is_new:
            for end in ("", "-wal", "-shm"):
                hand_over(Path(f"{self._path}{end}"), like=self._path.parent)
        failpoint("store.opened")
        try:
            with translated(str(self._path)):
                migrations.migrate(Database(conn, execute_plugins=False), self._path)
                conn.execute(
                    "INSERT INTO meta (key, value) VALUES ('instance', ?) ON CONFLICT DO NOTHING",
                    (instance,),
                )
                conn.execute(SAVE_PROGRAM, (__version__,))
                failpoint("store.named")
        except BaseException:
            conn.close()
            raise
        return Session(conn)

    def _visit(self) -> Session:
        conn = self._connect("rw")
        try:
            with translated(str(self._path)):
                migrations.check(Database(conn, execute_plugins=False), self._path)
                conn.execute("PRAGMA wal_autocheckpoint = 0")
        except BaseException:
            conn.close()
            raise
        return Session(conn)

    def _connect(self, mode: str) -> "sqlite3.Connection":
        conn = connect(self._path, mode=mode)
        conn.execute(f"PRAGMA synchronous = {'FULL' if self._durable else 'OFF'}")
        return conn
