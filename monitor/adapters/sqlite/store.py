"""The store: one SQLite file, one writer, any number of readers."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from typing import Self, TypeVar

from sqlite_utils import Database

from monitor import __version__
from monitor.adapters.sqlite import migrations
from monitor.adapters.sqlite.archive import SqliteArchive
from monitor.adapters.sqlite.connection import connect, sqlite3, translated
from monitor.adapters.sqlite.writer import Writer
from monitor.errors import StoreError
from monitor.failpoints import failpoint
from monitor.model import FeedState, WatchState, WebhookState
from monitor.ports import Unit

T = TypeVar("T")
_PROBE_BYTES = 256 * 1024


class SqliteStore:
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
        given = instance or token_hex(8)
        self._writer = Writer(self._visit if guest else lambda: self._move_in(given))
        try:
            self._archive = SqliteArchive(self._path)
            self._instance = self._archive.instance
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def instance(self) -> str:
        return self._instance

    def write(self, work: Callable[[Unit], T]) -> T:
        return self._writer.run(work)

    def write_soon(self, work: Callable[[Unit], T], *, patience_s: float = 0) -> Future[T]:
        return self._writer.submit(work, patience_s)

    @property
    def trouble(self) -> str:
        return self._writer.trouble

    def probe(self, now: datetime) -> bool:
        """Writes as much as a small poll would, for in an old log there is room for a little."""
        try:
            self._writer.run(lambda unit: unit.beat(now, room=_PROBE_BYTES))
            self._writer.run(lambda unit: unit.beat(now))
        except StoreError:
            return False
        self._writer.trouble = ""
        return True

    def feed_states(self) -> Mapping[str, FeedState]:
        return self._archive.feed_states()

    def webhook_states(self) -> Mapping[str, WebhookState]:
        return self._archive.webhook_states()

    def watch_states(self) -> Mapping[str, WatchState]:
        return self._archive.watch_states()

    def due_webhooks(self, now: datetime) -> Sequence[str]:
        return self._archive.due_webhooks(now)

    def has_due_groups(self, now: datetime) -> bool:
        return self._archive.has_due_groups(now)

    def archive(self) -> SqliteArchive:
        """Closed together with the store."""
        return self._archive

    def close(self) -> None:
        """Readers first: the last connection to leave writes the log back into the file."""
        if hasattr(self, "_archive"):
            self._archive.close()
        failpoint("store.closing")
        self._writer.close()
        failpoint("store.closed")

    def _move_in(self, instance: str) -> "sqlite3.Connection":
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise StoreError(f"{self._path.parent} cannot be made: {exc.strerror}") from exc
        failpoint("store.opening")
        conn = self._connect("rwc")
        failpoint("store.opened")
        try:
            with translated(str(self._path)):
                migrations.migrate(Database(conn, execute_plugins=False), self._path)
                conn.execute(
                    "INSERT INTO meta (key, value) VALUES ('instance', ?) ON CONFLICT DO NOTHING",
                    (instance,),
                )
                conn.execute(
                    "INSERT INTO meta (key, value) VALUES ('program', ?)"
                    " ON CONFLICT (key) DO UPDATE SET value = excluded.value"
                    " WHERE value <> excluded.value",
                    (__version__,),
                )
                failpoint("store.named")
        except BaseException:
            conn.close()
            raise
        return conn

    def _visit(self) -> "sqlite3.Connection":
        conn = self._connect("rw")
        try:
            with translated(str(self._path)):
                migrations.check(Database(conn, execute_plugins=False), self._path)
                conn.execute("PRAGMA wal_autocheckpoint = 0")
        except BaseException:
            conn.close()
            raise
        return conn

    def _connect(self, mode: str) -> "sqlite3.Connection":
        conn = connect(self._path, mode=mode)
        conn.execute(f"PRAGMA synchronous = {'FULL' if self._durable else 'OFF'}")
        return conn
