"""The read side: connections of a pool, each lent for one snapshot."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial

import psycopg
from psycopg_pool import ConnectionPool

from monitor.adapters.postgres import leases, migrations, pooling
from monitor.adapters.postgres.connection import (
    FACTORIES,
    Address,
    Connection,
    Statements,
)
from monitor.adapters.sql.archive import SqlArchive
from monitor.model import Company

_MOST = 8  # connections of a process


class PostgresArchive(SqlArchive):
    """Implements `ports.Archive` for any number of threads, also beside running services.

    Raises:
        StoreError: The server cannot be reached, or the schema is not this program's.
    """

    def __init__(self, address: Address) -> None:
        self._address = address
        with address.translated(), address.connect() as conn:  # the pool would not say why
            pooling.refuse_lent(conn, address)
            migrations.check(conn, address)
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            partial(address.conninfo, "reader"),
            kwargs=FACTORIES,
            configure=address.set_up,
            check=ConnectionPool.check_connection,  # the server may have been restarted
            min_size=0,
            max_size=_MOST,
            timeout=address.patience_s,
            reconnect_timeout=address.patience_s,
            max_idle=60,
            num_workers=1,
            name=str(address),
            open=True,
        )

    def company(self) -> Company:
        with self.reading() as db:
            return leases.company(db)

    def close(self) -> None:
        if hasattr(self, "_pool"):
            self._pool.close()

    @contextmanager
    def reading(self) -> Iterator[Statements]:
        with self._address.translated(), self._pool.connection() as conn:
            conn.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            try:
                yield Statements(conn, self._address)
            finally:
                with suppress(psycopg.OperationalError):  # what was lost is rolled back
                    conn.execute("ROLLBACK")
