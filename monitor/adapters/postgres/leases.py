"""Who works at what, by the clock of the server."""

import os
import socket
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from secrets import token_hex
from time import time
from typing import TypeVar

import psycopg

from monitor import __version__
from monitor.adapters.postgres.connection import Address, Connection, Statements
from monitor.adapters.postgres.copying import held
from monitor.errors import StoreError
from monitor.model import Company, Holding, Lease, Member

T = TypeVar("T")

_NOW = "extract(epoch FROM clock_timestamp())"
_REGISTER = (
    "INSERT INTO processes (id, name, queues, slots, version, config, started_s, seen_s, skew_s,"  # noqa: S608 - of this module
    f" trouble) VALUES ($1, $2, $3, $4, $5, $6, {_NOW}, {_NOW}, $7, $8) ON CONFLICT (id) DO UPDATE"
    " SET seen_s = excluded.seen_s, skew_s = excluded.skew_s, trouble = excluded.trouble,"
    " config = excluded.config"
)
# The former holder is read before the row is changed, for the new row is made from it. What it left
# is for whoever takes the key next, and still there for one who missed the answer.
_TAKE = (
    "WITH former AS (SELECT holder FROM leases WHERE key = $1 FOR UPDATE)"  # noqa: S608 - of this module
    " INSERT INTO leases (key, holder, token, until_s, since_s, note)"
    f" SELECT $1, $2, 1, {_NOW} + $3, {_NOW}, '' FROM (SELECT count(*) FROM former) AS read"
    " ON CONFLICT (key) DO UPDATE SET holder = $2, token = leases.token + 1,"
    "  until_s = excluded.until_s, since_s = excluded.since_s,"
    "  note = CASE WHEN leases.holder IN ('', $2) THEN leases.note ELSE '' END"
    f" WHERE leases.until_s <= {_NOW} OR leases.holder IN ('', $2)"
    " RETURNING (SELECT holder FROM former) AS former, note"
)
_RENEW = (
    f"UPDATE leases SET until_s = {_NOW} + $2 WHERE holder = $1 AND key = ANY($3)"  # noqa: S608 - of this module
    f" AND until_s > {_NOW} RETURNING key"
)
_SLOTS = (
    "SELECT slots FROM processes WHERE $1 = ANY(string_to_array(queues, ' '))"  # noqa: S608 - of this module
    f" AND seen_s > {_NOW} - $2"
)
_GIVE_BACK = "UPDATE leases SET holder = '', until_s = 0, note = $3 WHERE key = $2 AND holder = $1"
_HOLDERS = (
    "SELECT key, holder FROM leases WHERE holder <> '' AND starts_with(key, $1)"  # noqa: S608 - of this module
    f" AND until_s > {_NOW}"
)
_PROCESSES = (
    f"SELECT processes.*, {_NOW} - seen_s AS seen, {_NOW} - started_s AS up"  # noqa: S608 - of this module
    " FROM processes ORDER BY queues, name, id"
)
_HELD = (
    f"SELECT key, holder, {_NOW} - since_s AS held FROM leases WHERE holder <> ''"  # noqa: S608 - of this module
    f" AND until_s > {_NOW} ORDER BY key"
)
_WAITING = (
    "SELECT count(*) AS n,"  # noqa: S608 - of this module
    f" {_NOW} - extract(epoch FROM CAST(min(polled_at) AS timestamptz)) AS oldest FROM inbox"
)
PARTITIONS = 64
"""Of a database that was not told otherwise."""

# Those that are long gone; and what nobody holds any more but the memory of it.
_FORGET = f"DELETE FROM processes WHERE seen_s < {_NOW} - 86400"  # noqa: S608 - of this module


def company(db: Statements) -> Company:
    """See `ports.Archive.company`."""
    row = db.row("SELECT value FROM meta WHERE key = 'partitions'")
    inbox = db.row(_WAITING)
    return Company(
        processes=tuple(
            Member(
                id=one["id"],
                name=one["name"],
                queues=tuple(one["queues"].split()),
                slots=one["slots"],
                version=one["version"],
                config=one["config"],
                seen_s=float(one["seen"]),
                up_s=float(one["up"]),
                skew_s=one["skew_s"],
                trouble=one["trouble"],
            )
            for one in db.rows(_PROCESSES)
        ),
        holdings=tuple(
            Holding(key=one["key"], process=one["holder"], for_s=float(one["held"]))
            for one in db.rows(_HELD)
        ),
        partitions=int(row["value"]) if row else PARTITIONS,
        waiting=inbox["n"] if inbox else 0,
        oldest_s=max(float(inbox["oldest"] or 0), 0.0) if inbox else 0.0,
    )


def partitions(address: Address) -> int:
    """How many partitions of hosts there are.

    Raises:
        StoreError: The server cannot be asked.
    """
    with address.translated(), address.connect() as conn:
        row = conn.execute("SELECT value FROM meta WHERE key = 'partitions'").fetchone()
    return int(row["value"]) if row else PARTITIONS


def settings(address: Address) -> dict[str, str]:
    """Those of the server that decide how soon it notices who is gone, and how many it bears.

    Raises:
        StoreError: The server cannot be asked.
    """
    with address.translated(), address.connect() as conn:
        is_here = conn.info.host.startswith("/")
        asked = "SELECT name, setting FROM pg_settings WHERE name = ANY($1)"
        found = {row["name"]: row["setting"] for row in conn.execute(asked, (_SETTINGS,))}
    # A socket of this machine is never lost without a word.
    return {k: v for k, v in found.items() if not (is_here and k.startswith("tcp_"))}


_SETTINGS = [
    "autovacuum",
    "idle_in_transaction_session_timeout",
    "lock_timeout",
    "max_connections",
    "statement_timeout",
    "synchronous_commit",
    "tcp_keepalives_idle",
]


def repartition(address: Address, count: int) -> None:
    """Have so many partitions; what hosts left to be known of the former ones is forgotten.

    Raises:
        AlreadyRunning: A process runs on the database.
        StoreError: The server cannot be reached, or the schema is not this program's.
    """
    with held(address) as conn:
        conn.execute("BEGIN")
        conn.execute(
            "INSERT INTO meta (key, value) VALUES ('partitions', $1)"
            " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (str(count),),
        )
        conn.execute("DELETE FROM leases")
        conn.execute("COMMIT")


class PostgresLeases:
    """Implements `cluster.leases.LeaseBook` on a connection of its own, that is made again.

    It stands beside the writer's, which may wait for others.

    Args:
        stall_s: How long a lease lasts.
        queues: What this process does, for others to see.
        config: A name of the configuration that is in use, likewise.
    """

    def __init__(
        self,
        address: Address,
        stall_s: float,
        *,
        queues: Collection[str],
        slots: int,
        config: Callable[[], str],
    ) -> None:
        self._address, self._stall_s = address, stall_s
        self._queues, self._slots, self._config = " ".join(sorted(queues)), slots, config
        self.process = token_hex(8)
        self._name = f"process {os.getpid()} on {socket.gethostname()}"
        self._skew_s = 0.0
        self._lock = threading.Lock()
        self._conn: Connection | None = None
        self._run(lambda conn: self._register(conn, ""))

    @property
    def stall_s(self) -> float:
        return self._stall_s

    @property
    def skew_s(self) -> float:
        """How far the server's clock was ahead of ours when last asked."""
        return self._skew_s

    def take(self, key: str) -> Lease | None:
        row = self._run(
            lambda conn: conn.execute(_TAKE, (key, self.process, self._stall_s)).fetchone()
        )
        if row is None:
            return None
        return Lease(key=key, was_lost=bool(row["former"]), note=row["note"])

    def renew(self, keys: Collection[str], trouble: str) -> frozenset[str]:
        def work(conn: Connection) -> frozenset[str]:
            self._register(conn, trouble)
            if not keys:
                return frozenset()
            rows = conn.execute(_RENEW, (self.process, self._stall_s, list(keys))).fetchall()
            return frozenset(row["key"] for row in rows)

        return self._run(work)

    def give_back(self, key: str, note: str) -> None:
        self._run(lambda conn: conn.execute(_GIVE_BACK, (self.process, key, note)))

    def holders(self, prefix: str) -> Mapping[str, str]:
        rows = self._run(lambda conn: conn.execute(_HOLDERS, (prefix,)).fetchall())
        return {row["key"]: row["holder"] for row in rows}

    def slots_of(self, queue: str) -> Sequence[int]:
        rows = self._run(lambda conn: conn.execute(_SLOTS, (queue, self._stall_s)).fetchall())
        return [row["slots"] for row in rows]

    def close(self) -> None:
        """Give all back, and be gone."""
        with suppress(StoreError):
            self._run(self._leave)
        with self._lock:
            if self._conn:
                self._conn.close()

    def _leave(self, conn: Connection) -> None:
        conn.execute(
            "UPDATE leases SET holder = '', until_s = 0 WHERE holder = $1", (self.process,)
        )
        conn.execute("DELETE FROM processes WHERE id = $1", (self.process,))

    def _register(self, conn: Connection, trouble: str) -> None:
        before = time()
        row = conn.execute(f"SELECT {_NOW}::float8 AS now").fetchone()
        if row:
            self._skew_s = float(row["now"]) - (before + time()) / 2
        values = (self.process, self._name, self._queues, self._slots, __version__, self._config())
        conn.execute(_REGISTER, (*values, self._skew_s, trouble))
        conn.execute(_FORGET)

    def _run(self, work: Callable[[Connection], T]) -> T:
        """With one more try on a new connection, for all of this may be done twice.

        Raises:
            StoreError: It could not be done.
        """
        with self._lock:
            for is_last in (False, True):
                try:
                    with self._address.translated():
                        return work(self._connection())
                except StoreError as exc:
                    lost = isinstance(exc.__cause__, psycopg.OperationalError)
                    if self._conn is not None and (lost or self._conn.broken):
                        self._conn.close()
                        self._conn = None
                    if is_last or not lost:
                        raise
        raise AssertionError

    def _connection(self) -> Connection:
        if self._conn is None or self._conn.closed:
            self._conn = self._address.connect("leases")
        return self._conn
