"""All rows of a database, to be kept elsewhere, and the way back."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from psycopg import ServerCursor
from psycopg.rows import tuple_row

from monitor.adapters.postgres import lock, migrations, pooling
from monitor.adapters.postgres.connection import Address, Connection, Statements
from monitor.adapters.sql.copying import Reads, Writes, refuse_unless_empty
from monitor.adapters.sql.schema import tables

_PAGE = 1_000
_COLUMNS = (
    "SELECT table_name, column_name FROM information_schema.columns"
    " WHERE table_schema = current_schema() ORDER BY ordinal_position"
)


def columns(address: Address) -> Mapping[str, Sequence[str]]:
    """Of each table, in the order in which the tables can be filled.

    Raises:
        StoreError: The server cannot be reached, or the schema is not this program's.
    """
    with address.translated(), address.connect() as conn:
        migrations.check(conn, address)
        found = conn.execute(_COLUMNS).fetchall()
    return {
        table: [row["column_name"] for row in found if row["table_name"] == table]
        for table in tables()
    }


@contextmanager
def reads(address: Address) -> Iterator[Reads]:
    """The rows of a table, of one moment; no service may run on it.

    Raises:
        AlreadyRunning: A service does.
        StoreError: It cannot be read.
    """
    with held(address) as conn:
        conn.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")

        def read(table: str, columns: Sequence[str]) -> Iterator[tuple[object, ...]]:
            names = ", ".join(columns)
            with address.translated(), ServerCursor(conn, "copy", row_factory=tuple_row) as rows:
                rows.itersize = _PAGE
                yield from rows.execute(f"SELECT {names} FROM {table}")  # noqa: S608 - of ours

        yield read


@contextmanager
def writes(address: Address) -> Iterator[Writes]:
    """What puts rows into an empty table; they are kept together at the end, or none.

    Raises:
        AlreadyRunning: A service runs on it.
        StoreError: It is not empty, or cannot be written.
    """
    with held(address) as conn:
        conn.execute(lock.WRITE)
        refuse_unless_empty(Statements(conn, address), str(address))

        def write(table: str, columns: Sequence[str], rows: Iterable[tuple[object, ...]]) -> int:
            names = ", ".join(columns)
            with address.translated(), conn.cursor() as cursor:
                with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
                count = cursor.rowcount
                if "rowid" in columns:  # what comes after it goes on counting
                    last = f"(SELECT max(rowid) FROM {table})"  # noqa: S608 - of ours
                    sequence = "pg_get_serial_sequence($1, 'rowid')"
                    conn.execute(f"SELECT setval({sequence}, {last})", (table,))
            return count

        yield write
        conn.execute("COMMIT")


def vacuum(address: Address) -> tuple[int, int]:
    """Write all tables anew, without their gaps; only for the holder. Bytes before and after.

    Raises:
        StoreError: There is no room for it, say.
    """
    with address.translated(), address.connect() as conn:
        conn.execute("SET statement_timeout = 0; SET lock_timeout = 0")
        before = _size(conn)
        conn.execute("VACUUM (FULL, ANALYZE)")
        return before, _size(conn)


def _size(conn: Connection) -> int:
    row = conn.execute("SELECT pg_database_size(current_database()) AS bytes").fetchone()
    return int(row["bytes"]) if row else 0


@contextmanager
def held(address: Address) -> Iterator[Connection]:
    """No service runs meanwhile, nor starts; a connection that may take its time.

    Raises:
        AlreadyRunning: A service runs on it.
        StoreError: The server cannot be reached, or the schema is not this program's.
    """
    with address.translated(), address.connect() as conn:
        pooling.refuse_lent(conn, address)
        migrations.check(conn, address)
        lock.take(conn, address)
        conn.execute("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0")
        yield conn
