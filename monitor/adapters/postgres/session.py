"""The writer's connection: lost and made again, but never two transactions at a time."""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeGuard

import psycopg
from psycopg.pq import TransactionStatus

from monitor.adapters.postgres import lock, pooling
from monitor.adapters.postgres.connection import Address, Connection, Statements
from monitor.errors import StoreError
from monitor.failpoints import failpoint


class Session:
    """Implements `adapters.sql.statements.Session`.

    Every transaction waits for all others, of whatever process: "what is read stays true until it
    commits" is what a unit promises, and the memory of stories is one. So the order of rows is the
    order of commits, and no reader finds a row that came in behind one it has seen.

    Args:
        connect: Given the server's process of the former connection, or 0.
    """

    def __init__(self, address: Address, connect: Callable[[int], Connection]) -> None:
        self._address, self._connect = address, connect
        self._conn = connect(0)
        with address.translated():
            self._pid = pooling.session(self._conn)
        self._transaction = ""
        self._is_marked = False

    def begin(self) -> None:
        with self._address.translated():
            try:
                self._begin()
            except psycopg.OperationalError:
                if not self._conn.closed:
                    raise
                self._begin()  # it was lost since it was last used: nothing was done yet

    def _begin(self) -> None:
        if self._conn.closed:
            self._conn = self._connect(self._pid)
            self._pid = pooling.session(self._conn)
        if self._conn.info.transaction_status is not TransactionStatus.IDLE:
            self._conn.execute("ROLLBACK")  # which failed last time
        failpoint("sql.statement")
        found = self._conn.execute(lock.WRITE)
        while found.nextset():
            pass
        (row,) = found.fetchall()
        if row["session"] != self._pid:  # the locks that we hold are of another one
            self._conn.close()
            raise psycopg.OperationalError(pooling.LENT)
        self._transaction, self._is_marked = str(row["id"]), False

    def statements(self) -> Statements:
        return Statements(self._conn, self._address, in_transaction=True)

    def mark(self) -> None:
        release = "RELEASE work; " if self._is_marked else ""
        with self._address.translated():
            self._conn.execute(f"{release}SAVEPOINT work")
        self._is_marked = True

    def is_spoilt(self) -> bool:
        status = self._conn.info.transaction_status
        if status in (TransactionStatus.IDLE, TransactionStatus.UNKNOWN):
            raise StoreError("the database rolled the transaction back")
        return status is TransactionStatus.INERROR

    def undo(self) -> None:
        with self._address.translated():
            self._conn.execute("ROLLBACK TO work")

    def commit(self) -> None:
        failpoint("sql.statement")
        with self._address.translated():
            try:
                said = self._conn.execute("COMMIT").statusmessage
            except psycopg.OperationalError:
                if not self._conn.closed or not self._was_committed():
                    raise
            else:
                if said != "COMMIT":
                    raise StoreError(f"{self._address}: rolled back in place of a commit")

    def _was_committed(self) -> bool:
        """Of a commit whose answer was lost with the connection.

        The new transaction waits for the end of that one, if it is not over yet.
        """
        lost = self._transaction
        self._begin()
        row = self._conn.execute("SELECT pg_xact_status($1::xid8) AS status", (lost,)).fetchone()
        self._conn.execute("ROLLBACK")
        return bool(row and row["status"] == "committed")

    def roll_back(self) -> None:
        with suppress(psycopg.Error):
            if self._conn.info.transaction_status is not TransactionStatus.IDLE:
                self._conn.execute("ROLLBACK")

    def refusal(self, error: StoreError) -> str:
        cause = error.__cause__
        return self._address.said(cause) if _is_sick(cause) else ""

    def close(self) -> None:
        self._conn.close()


def _is_sick(error: BaseException | None) -> TypeGuard[psycopg.Error]:
    ours = (psycopg.errors.InFailedSqlTransaction, psycopg.errors.ProgramLimitExceeded)
    sick = (psycopg.OperationalError, psycopg.InternalError, psycopg.errors.InsufficientPrivilege)
    return isinstance(error, sick) and not isinstance(error, ours)
