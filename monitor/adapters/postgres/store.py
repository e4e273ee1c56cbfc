"""The store: one PostgreSQL database, any number of processes."""

from contextlib import suppress

from monitor import __version__
from monitor.adapters.postgres import lock, migrations, pooling
from monitor.adapters.postgres.archive import PostgresArchive
from monitor.adapters.postgres.connection import Address, Connection, Statements
from monitor.adapters.postgres.session import Session
from monitor.adapters.sql.store import SAVE_PROGRAM, SqlStore
from monitor.adapters.sql.writer import LONGEST_S
from monitor.errors import StoreError
from monitor.failpoints import failpoint

_SHARED_S = 0.04


class PostgresStore(SqlStore[PostgresArchive]):
    """Implements `ports.Store`. The tables must be there (see `migrations.upgrade`).

    Args:
        owner: Be the one service of the database: no second one can, and what was lost to another
            one while the server was away is not written.
        member: Be one of several processes of a cluster, beside which no such service can be.

    Raises:
        AlreadyRunning: `owner` or `member`, and another process has it for itself.
        StoreError: The server cannot be reached, or the schema is not this program's.
    """

    def __init__(self, address: Address, *, owner: bool = False, member: bool = False) -> None:
        self._address, self._owner, self._member = address, owner, member
        super().__init__(
            lambda: Session(address, self._connect),
            lambda: PostgresArchive(address),
            # Messages of all webhooks wait for those of the other processes.
            longest_s=_SHARED_S if member else LONGEST_S,
        )

    def note(self, trouble: str) -> None:
        """Leave word for others of what is wrong, beside the name of this process."""
        # What cannot be noted is found out by its silence.
        with suppress(StoreError), self._address.translated(), self._address.connect() as conn:
            lock.note(conn, trouble)

    def _connect(self, former: int) -> Connection:
        failpoint("store.opening")
        with self._address.translated():
            conn = self._address.connect("writer")
            try:
                pooling.refuse_lent(conn, self._address)
                migrations.check(conn, self._address)
                if self._member:
                    lock.join(conn, self._address)
                if self._owner:
                    lock.take(conn, self._address, former)
                    Statements(conn, self._address).run(SAVE_PROGRAM, (__version__,))
            except BaseException:
                conn.close()
                raise
        failpoint("store.opened")
        return conn
