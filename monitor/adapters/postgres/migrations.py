"""How a database comes to the schema: the steps of all stores, in PostgreSQL's words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

from monitor.adapters.postgres import dialect, lock, pooling
from monitor.adapters.postgres.connection import Address, Connection
from monitor.adapters.sql.rows import to_text
from monitor.adapters.sql.schema import STEPS
from monitor.errors import AlreadyRunning, StoreError
from monitor.failpoints import failpoint

_NO_TABLES = "has no tables of news-monitor yet; make them with 'news-monitor db init'"
_TABLE = "CREATE TABLE _migrations (name TEXT PRIMARY KEY, applied_at TEXT NOT NULL)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Annexe:
    """Tables of a library beside ours, which has a schema and steps of its own.

    Attributes:
        name: Of the mark in `meta` that says how far they came.
        table: One of them.
        schema: All of it, as after the last step.
        steps: Files of statements that bring an older one to it, by their names, in order.
    """

    name: str
    table: str
    schema: Callable[[], str]
    steps: Mapping[str, Path]


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
        pooling.refuse_lent(conn, address)
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
        if steps:
            conn.execute(dialect.STORAGE)
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


def upgrade_annexe(address: Address, annexe: Annexe) -> int:
    """Bring a library's tables to its installed version; returns how many steps that took.

    Raises:
        StoreError: A newer version made them, or another program, or they cannot be changed.
    """
    with address.translated(), address.connect() as conn:
        conn.execute("SET statement_timeout = 0")
        conn.execute(lock.WRITE)
        mark = _mark(conn, address, annexe)
        steps = [name for name in annexe.steps if not mark or name > mark]
        if not mark:
            conn.execute(annexe.schema())
            _set_mark(conn, annexe, steps[-1])
        conn.execute("COMMIT")
        for name in steps if mark else ():
            conn.execute(lock.WRITE)  # one by one: some use what a former one has committed
            conn.execute(annexe.steps[name].read_text("utf-8"))
            _set_mark(conn, annexe, name)
            conn.execute("COMMIT")
    return len(steps)


def check_annexe(address: Address, annexe: Annexe) -> None:
    """See that a library's tables are those of its installed version.

    Raises:
        StoreError: They are not, or the server cannot be reached.
    """
    with address.translated(), address.connect() as conn:
        mark = _mark(conn, address, annexe)
    if mark != [*annexe.steps][-1]:
        made = "was made by an older news-monitor" if mark else f"has no {annexe.table} yet"
        raise StoreError(f"{address} {made}; run 'news-monitor db upgrade'")


def _mark(conn: Connection, address: Address, annexe: Annexe) -> str:
    """The last step that was taken; empty if there are no tables."""
    found = conn.execute(
        "SELECT to_regclass($1) IS NOT NULL AS is_made, to_regclass('meta') IS NOT NULL AS is_ours",
        (annexe.table,),
    ).fetchone()
    if not found or not found["is_ours"]:
        raise StoreError(f"{address} {_NO_TABLES}")
    row = conn.execute("SELECT value FROM meta WHERE key = $1", (annexe.name,)).fetchone()
    if not found["is_made"]:
        return ""
    if not row:
        raise StoreError(
            f"{address} has a table {annexe.table} that news-monitor did not make; "
            "give it a database, or a schema, of its own"
        )
    mark = str(row["value"])
    if mark > [*annexe.steps][-1]:
        raise StoreError(
            f"{address} was made by a newer news-monitor (its {annexe.name} is at {mark!r}); "
            "update this program, or restore a dump from before the update"
        )
    return mark


def _set_mark(conn: Connection, annexe: Annexe, mark: str) -> None:
    conn.execute(
        "INSERT INTO meta (key, value) VALUES ($1, $2)"
        " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (annexe.name, mark),
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
