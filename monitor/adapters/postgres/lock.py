"""Who may write: one service for a database, and one transaction at a time.

Both are advisory locks, which the server lets go of as soon as their session is gone.
"""

import os
import socket
import time

from monitor.adapters.postgres.connection import Address, Connection
from monitor.errors import AlreadyRunning

_OURS = 0x6E657773  # "news": the first of a lock's two numbers
_SERVICE, _WRITING = 1, 2
_PATIENCE_S = (0.05, 0.2, 0.5, 0.0)  # the server may not have noticed yet that a holder is gone
_HOLDERS = (
    "FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2"  # noqa: S608
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    f" AND classid = {_OURS} AND objid = {_SERVICE}"
)
_TRY = f"SELECT pg_try_advisory_lock({_OURS}, {_SERVICE}) AS held"
_TRY_SHARED = f"SELECT pg_try_advisory_lock_shared({_OURS}, {_SERVICE}) AS held"
# Longer than a session may idle in its transaction: one that is frozen ends before this.
WRITE = (
    "BEGIN;"
    " SELECT set_config('news_monitor.usual', current_setting('lock_timeout'), true),"
    " set_config('lock_timeout', '15s', true);"
    f" SELECT pg_advisory_xact_lock({_OURS}, {_WRITING});"
    " SELECT set_config('lock_timeout', current_setting('news_monitor.usual'), true),"
    " pg_current_xact_id()::text AS id, pg_backend_pid() AS session"
)
"""Begins a transaction that is alone in writing; its last result is the id of it."""


def join(conn: Connection, address: Address) -> None:
    """Be one of several processes that work on this database, as long as the connection lasts.

    Raises:
        AlreadyRunning: A service has it for itself, named in the message.
    """
    take(conn, address, shared=True)


def take(conn: Connection, address: Address, former: int = 0, *, shared: bool = False) -> None:
    """Be the service of this database, as long as the connection lasts.

    Args:
        shared: Others that take it so may have it as well.
        former: Process of the server that held it for us over a connection that was lost; if it
            still does, it is ended.

    Raises:
        AlreadyRunning: Another process is, named in the message.
    """
    if former:
        conn.execute(f"SELECT pg_terminate_backend(pid) {_HOLDERS} AND pid = $1", (former,))
    for patience_s in _PATIENCE_S:
        row = conn.execute(_TRY_SHARED if shared else _TRY).fetchone()
        if row and row["held"]:
            break
        if not patience_s:
            raise AlreadyRunning(f"{address} is held by {_holding(conn)[0]}")
        time.sleep(patience_s)
    if not shared:
        note(conn)


def note(conn: Connection, trouble: str = "") -> None:
    """Leave word of who holds the database, and of what is wrong."""
    name = f"process {os.getpid()} on {socket.gethostname()}"
    conn.execute(
        "INSERT INTO meta (key, value) VALUES ('holder', $1)"
        " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        ("\n".join((name, trouble.replace("\n", " "))),),
    )


def holder(address: Address) -> tuple[str, str] | None:
    """Who holds the database, as in "process 1234 on host", and what is wrong; None: nobody.

    Raises:
        StoreError: The server cannot be asked.
    """
    with address.translated(), address.connect() as conn:
        if conn.execute(f"SELECT pid {_HOLDERS}").fetchone() is None:
            return None
        return _holding(conn)


def _holding(conn: Connection) -> tuple[str, str]:
    shared = conn.execute(f"SELECT count(*) AS n {_HOLDERS} AND mode = 'ShareLock'").fetchone()
    if shared and shared["n"]:
        return f"{shared['n']} process{'es' * (shared['n'] > 1)} of a cluster", ""
    who, trouble = _noted(conn)
    return who or "another process", trouble


def _noted(conn: Connection) -> tuple[str, str]:
    known = conn.execute("SELECT to_regclass('meta') AS meta").fetchone()
    if not known or known["meta"] is None:
        return "", ""
    row = conn.execute("SELECT value FROM meta WHERE key = 'holder'").fetchone()
    who, _, trouble = (row["value"] if row else "").partition("\n")
    return who, trouble
