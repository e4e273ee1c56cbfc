"""How this adapter talks to SQLite: connections, statements, and errors in the port's terms."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import quote

from monitor.adapters.sqlite.search import query
from monitor.errors import StoreError
from monitor.failpoints import failpoint, is_armed

if TYPE_CHECKING:
    import sqlite3
else:
    # pysqlite3 where it is installed: a way to a newer SQLite without a newer system.
    from sqlite_utils.utils import sqlite3

__all__ = ["Readers", "Session", "Statements", "connect", "sqlite3", "translated"]

_BUSY_MS = 5_000
_WAL_BYTES = 64 * 1024 * 1024
_CACHE_KIB = 32 * 1024


@contextmanager
def translated(what: str = "the database") -> Iterator[None]:
    """Turns what SQLite refuses, and what it cannot store, into `StoreError`."""
    try:
        yield
    except sqlite3.Error as exc:
        raise StoreError(f"{what}: {exc}") from exc
    except (UnicodeEncodeError, OverflowError) as exc:
        # Half a surrogate pair, or a number of more than 64 bits.
        raise StoreError(f"{what} cannot hold this value: {exc}") from exc


class Statements:
    """The statements of one transaction, or of one reader.

    Args:
        in_transaction: Refuse to run outside a transaction: SQLite ends one by itself when the
            disk is full, and what followed would then be saved statement by statement.
    """

    def __init__(self, conn: "sqlite3.Connection", *, in_transaction: bool = False) -> None:
        self._conn = conn
        self._in_transaction = in_transaction
        self._ended = False

    def run(self, sql: str, values: Sequence[object] = ()) -> int:
        """Returns how many rows were changed."""
        self._check()
        with translated():
            return self._conn.execute(sql, values).rowcount

    def many(self, sql: str, rows: Iterable[Sequence[object]]) -> int:
        """The statement once a row; returns how many rows were changed."""
        self._check()
        with translated():
            return self._conn.executemany(sql, rows).rowcount

    def rows(self, sql: str, values: Sequence[object] = ()) -> list["sqlite3.Row"]:
        self._check()
        with translated():
            return self._conn.execute(sql, values).fetchall()

    def row(self, sql: str, values: Sequence[object] = ()) -> "sqlite3.Row | None":
        """The first row; the statement runs to its end, or an update might not."""
        found = self.rows(sql, values)
        return found[0] if found else None

    def hits(
        self, words: Sequence[str], facets: Sequence[str], at_most: int | None = None
    ) -> list[int]:
        """Arrivals of items with all of these in their text, or among their facets."""
        limit = -1 if at_most is None else at_most
        sql = "SELECT rowid FROM items_fts WHERE items_fts MATCH ? LIMIT ?"
        return [row["rowid"] for row in self.rows(sql, (query(words, facets), limit))]

    def end(self) -> None:
        """From now on refuse: the transaction belongs to someone else."""
        self._ended = True

    def _check(self) -> None:
        if self._ended:
            raise StoreError("this unit is over: it was used after its work returned")
        if self._in_transaction and not self._conn.in_transaction:
            raise StoreError("the database rolled this transaction back")


class Session:
    """The writer's connection, as `adapters.sql.statements.Session` has it."""

    def __init__(self, conn: "sqlite3.Connection") -> None:
        self._conn = conn
        self._is_marked = False

    def begin(self) -> None:
        with translated():
            if self._conn.in_transaction:
                self._conn.execute("ROLLBACK")  # which failed last time
            # IMMEDIATE: a reader that turns writer fails at once with SQLITE_BUSY_SNAPSHOT.
            self._conn.execute("BEGIN IMMEDIATE")
        self._is_marked = False

    def statements(self) -> Statements:
        return Statements(self._conn, in_transaction=True)

    def mark(self) -> None:
        with translated():
            if self._is_marked:
                self._conn.execute("RELEASE work")
            self._conn.execute("SAVEPOINT work")
        self._is_marked = True

    def is_spoilt(self) -> bool:
        if not self._conn.in_transaction:
            raise StoreError("the database rolled the transaction back")
        return False

    def undo(self) -> None:
        with translated():
            self._conn.execute("ROLLBACK TO work")

    def commit(self) -> None:
        with translated():
            self._conn.execute("COMMIT")

    def roll_back(self) -> None:
        # SQLITE_FULL and its like have rolled back already; a second ROLLBACK would be an error.
        with suppress(sqlite3.Error):
            if self._conn.in_transaction:
                self._conn.execute("ROLLBACK")

    def refusal(self, error: StoreError) -> str:
        cause = error.__cause__
        return str(cause) if isinstance(cause, sqlite3.Error) and _is_sick(cause) else ""

    def close(self) -> None:
        self._conn.close()


def _is_sick(error: "sqlite3.Error") -> bool:
    ours = (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.DataError)
    return isinstance(error, sqlite3.DatabaseError) and not isinstance(error, ours)


def connect(path: Path, *, mode: str) -> "sqlite3.Connection":
    """Open the file: mode "ro" (must exist), "rw" (must exist) or "rwc".

    Raises:
        StoreError: It cannot be opened so.
    """
    with translated(str(path)):
        conn = sqlite3.connect(
            f"file:{quote(str(path.absolute()))}?mode={mode}",
            uri=True,
            isolation_level=None,  # transactions are ours: Python would begin them deferred
            timeout=_BUSY_MS / 1000,
            check_same_thread=mode != "ro",  # `Readers` never lends one to two threads at a time
        )
        conn.row_factory = sqlite3.Row
        try:
            _set_up(conn, writable=mode != "ro")
        except BaseException:
            conn.close()
            raise
        return conn


def _set_up(conn: "sqlite3.Connection", *, writable: bool) -> None:
    conn.execute("PRAGMA foreign_keys = ON")
    conn.execute("PRAGMA mmap_size = 0")
    conn.execute("PRAGMA trusted_schema = OFF")
    conn.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    if not writable:
        conn.execute("PRAGMA query_only = ON")
        return
    (mode,) = conn.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise sqlite3.OperationalError("this file system cannot hold a write-ahead log")
    conn.execute(f"PRAGMA journal_size_limit = {_WAL_BYTES}")
    conn.execute("PRAGMA temp_store = MEMORY")
    if is_armed("sql.statement"):
        conn.set_trace_callback(lambda _: failpoint("sql.statement"))


class Readers:
    """Read-only connections, each lent to one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: list[sqlite3.Connection] = []
        self._lock = Lock()
        self._closed = False

    @contextmanager
    def lend(self) -> Iterator["sqlite3.Connection"]:
        conn = self._take()
        try:
            yield conn
        finally:
            self._give_back(conn)

    def close(self) -> None:
        """Idle connections now, lent ones when they come back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for conn in idle:
            conn.close()

    def _take(self) -> "sqlite3.Connection":
        with self._lock:
            if self._closed:
                raise StoreError(f"{self._path} was closed")
            if self._idle:
                return self._idle.pop()
        return connect(self._path, mode="ro")

    def _give_back(self, conn: "sqlite3.Connection") -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(conn)
                return
        conn.close()
