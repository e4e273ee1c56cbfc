"""All rows of a file, to be kept elsewhere, and the way back."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from sqlite_utils import Database

from monitor.adapters.sql.copying import Reads, Writes, refuse_unless_empty
from monitor.adapters.sqlite import migrations
from monitor.adapters.sqlite.connection import Statements, connect, translated
from monitor.adapters.sqlite.lock import hold
from monitor.adapters.sqlite.store import SqliteStore
from monitor.errors import StoreError


@contextmanager
def reads(path: Path) -> Iterator[Reads]:
    """The rows of a table, of one moment; no service may run on it.

    Raises:
        AlreadyRunning: A service does.
        StoreError: It cannot be read.
    """
    if not path.exists():
        raise StoreError(f"there is no database at {path}")
    with hold(path), closing(connect(path, mode="ro")) as conn, translated(str(path)):
        migrations.check(Database(conn, execute_plugins=False), path)
        conn.execute("BEGIN")

        def read(table: str, columns: Sequence[str]) -> Iterator[tuple[object, ...]]:
            names = ", ".join(columns)
            with translated(str(path)):
                for row in conn.execute(f"SELECT {names} FROM {table}"):  # noqa: S608 - of ours
                    yield tuple(row)

        yield read


@contextmanager
def writes(path: Path) -> Iterator[Writes]:
    """What puts rows into a table of a new file; they are kept together at the end, or none.

    Raises:
        AlreadyRunning: A service runs on it.
        StoreError: It is not empty, or cannot be written.
    """
    with hold(path):
        SqliteStore(path).close()
        with closing(connect(path, mode="rw")) as conn, translated(str(path)):
            conn.execute("BEGIN IMMEDIATE")
            refuse_unless_empty(Statements(conn), str(path))

            def write(
                table: str, columns: Sequence[str], rows: Iterable[tuple[object, ...]]
            ) -> int:
                names, marks = ", ".join(columns), ", ".join("?" * len(columns))
                sql = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 - of ours
                with translated(str(path)):
                    return conn.executemany(sql, rows).rowcount

            yield write
            conn.execute("COMMIT")
