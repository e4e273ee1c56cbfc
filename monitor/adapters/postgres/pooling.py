"""What may stand between us and the server: a pooler, whose sessions are ours while it says so."""

from contextlib import closing

from monitor.adapters.postgres.connection import Address, Connection
from monitor.errors import StoreError

_TRIES = 8
LENT = (
    "a session of the server is lent to us for one transaction only, and locks and LISTEN are of a"
    " session: let the pooler work by sessions (PgBouncer: pool_mode = session), or connect to the"
    " server itself"
)


def session(conn: Connection) -> int:
    """The server's process that works for this connection, which a pooler does not name."""
    row = conn.execute("SELECT pg_backend_pid() AS pid").fetchone()
    assert row is not None
    return int(row["pid"])


def is_pooled(conn: Connection) -> bool:
    """Whether somebody else speaks with the server for us."""
    return session(conn) != conn.info.backend_pid


def lends(conn: Connection, address: Address) -> bool:
    """Whether a pooler gives the session of this idle connection to others meanwhile.

    Seen when another connection of ours gets it, or this one another. A busy pooler may give it to
    strangers at each try; none that keeps sessions is ever suspected.

    Raises:
        StoreError: The server cannot be asked.
    """
    if not is_pooled(conn):
        return False
    ours = session(conn)
    with address.translated(), closing(address.connect()) as other:
        for _ in range(_TRIES):
            other.execute("BEGIN")  # keeps what it got until its end
            if session(other) == ours or session(conn) != ours:
                return True
            other.execute("ROLLBACK")
    return False


def refuse_lent(conn: Connection, address: Address) -> None:
    """Only who keeps its session can hold a lock of it.

    Raises:
        StoreError: See `lends`.
    """
    if lends(conn, address):
        raise StoreError(f"{address}: {LENT}")
