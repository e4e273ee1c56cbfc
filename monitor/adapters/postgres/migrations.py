"""How a database comes to the schema: the steps of all stores, in PostgreSQL's words."""

from datetime import UTC, datetime
from secrets import token_hex

from monitor.adapters.postgres import dialect, lock
from monitor.adapters.postgres.connection import Address, Connection
from monitor.adapters.sql.rows import to_text
from monitor.adapters.sql.schema import STEPS
from monitor.errors import AlreadyRunning, StoreError
from monitor.failpoints import failpoint

_NO_TABLES = "has no tables of news-monitor yet; make them with 'news-monitor db init'"
_TABLE = "CREATE TABLE _migrations (name TEXT PRIMARY KEY, applied_at TEXT NOT NULL)"


class _Steps:
    """What a step is run on."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def execute(self, sql: str) -> None:
        for statement in dialect.definition(sql):
            self._conn.execute(statement)


def upgrade(address: Address, *, new: bool = True, instance: str | None = None) -> int:
    """Bring the database to this program's schema, in one transaction; returns how many steps.

    Args:
        new: Make the tables if there are none.
        instance: Identity to give to a new database; None: a random one.

    Raises:
        AlreadyRunning: A service runs on it.
        StoreError: A newer program made it, or it cannot be changed.
    """
    with address.translated(), address.connect() as conn:
        conn.execute("SET statement_timeout = 0")  # an index over all items takes its time
        conn.execute(lock.WRITE)
        applied = _applied(conn)
        _refuse_newer(address, applied)
        if not applied and not new:
            raise StoreError(f"{address} {_NO_TABLES}")
        steps = [step for step in STEPS if step.__name__ not in applied]
        if steps and applied and (held := lock.holder(address)):
            raise AlreadyRunning(f"{address} is held by {held[0]}; stop it before the upgrade")
        if not applied:
            _refuse_other_encodings(conn, address)
            conn.execute(_TABLE)
        conn.execute(dialect.FUNCTIONS)
        for step in steps:
            failpoint("migration.pending")
            step(_Steps(conn))
            done = (step.__name__, to_text(datetime.now(UTC)))
            conn.execute("INSERT INTO _migrations (name, applied_at) VALUES ($1, $2)", done)
        conn.execute(
            "INSERT INTO meta (key, value) VALUES ('instance', $1) ON CONFLICT DO NOTHING",
            (instance or token_hex(8),),
        )
        conn.execute("COMMIT")
        failpoint("migration.applied")
    return len(steps)


def check(conn: Connection, address: Address) -> None:
    """See that the database has exactly this program's schema.

    Raises:
        StoreError: An older or newer program made it, or nobody did.
    """
    applied = _applied(conn)
    _refuse_newer(address, applied)
    if not applied:
        raise StoreError(f"{address} {_NO_TABLES}")
    if len(applied) < len(STEPS):
        raise StoreError(
            f"{address} was made by an older news-monitor; "
            "stop what runs on it, then bring it up to date with 'news-monitor db upgrade'"
        )


def _applied(conn: Connection) -> list[str]:
    row = conn.execute("SELECT to_regclass('_migrations') AS found").fetchone()
    if not row or row["found"] is None:
        return []
    rows = conn.execute("SELECT name FROM _migrations ORDER BY applied_at, name")
    return [str(row["name"]) for row in rows]


def _refuse_other_encodings(conn: Connection, address: Address) -> None:
    row = conn.execute("SELECT current_setting('server_encoding') AS name").fetchone()
    if row and row["name"] != "UTF8":
        raise StoreError(
            f"{address} has the encoding {row['name']}, which cannot hold news in all scripts; "
            "make it with 'createdb --encoding UTF8 --template template0'"
        )


def _refuse_newer(address: Address, applied: list[str]) -> None:
    newer = sorted({*applied} - {step.__name__ for step in STEPS})
    if newer:
        raise StoreError(
            f"{address} was made by a newer news-monitor (its schema has {newer[-1]!r}); "
            "update this program, or restore a dump from before the update"
        )
