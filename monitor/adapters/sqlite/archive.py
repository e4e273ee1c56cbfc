"""The read side of the file: read-only connections, also beside a running daemon."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database

from monitor.adapters.sql.archive import SqlArchive
from monitor.adapters.sqlite import migrations
from monitor.adapters.sqlite.connection import Readers, Statements, translated
from monitor.errors import StoreError


class SqliteArchive(SqlArchive):
    """Implements `ports.Archive` for any number of threads.

    Raises:
        StoreError: There is no such file, or it was made by an older or newer program.
    """

    def __init__(self, path: Path | str) -> None:
        path = Path(path)
        if not path.exists():
            raise StoreError(f"there is no database at {path}")
        self._readers = Readers(path)
        try:
            with self._readers.lend() as conn, translated(str(path)):
                migrations.check(Database(conn, execute_plugins=False), path)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self._readers.close()

    @contextmanager
    def reading(self) -> Iterator[Statements]:
        with self._readers.lend() as conn, translated():
            conn.execute("BEGIN")
            try:
                yield Statements(conn)
            finally:
                conn.execute("ROLLBACK")
