"""A database as it is, in another one: table by table, column by column, all or nothing."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from monitor.adapters.sql.schema import tables
from monitor.adapters.sql.statements import Statements
from monitor.errors import StoreError

# Who holds a database, and what else is in it, is not what it holds.
_OF_THE_PLACE = ("holder", "engine")

Row = tuple[object, ...]
Reads = Callable[[str, Sequence[str]], Iterator[Row]]
# Who works on a database is not what is in it.
_OF_PROCESSES = ("leases", "processes")

Writes = Callable[[str, Sequence[str], Iterable[Row]], int]


def copy(read: Reads, write: Writes, columns: Mapping[str, Sequence[str]]) -> Mapping[str, int]:
    """Fill all tables; returns how many rows each has.

    Args:
        columns: Of each table, in the order in which they can be filled.
    """
    counts = {}
    for table, names in columns.items():
        if table in _OF_PROCESSES:
            continue
        rows = read(table, names)
        if table == "meta":
            key = names.index("key")
            rows = (row for row in rows if row[key] not in _OF_THE_PLACE)
        counts[table] = write(table, names, rows)
    return counts


def refuse_unless_empty(db: Statements, name: str) -> None:
    """See that nothing is overwritten; the identity of a new database gives way.

    Raises:
        StoreError: There are rows.
    """
    for table in tables():
        if table not in ("meta", *_OF_PROCESSES) and db.rows(f"SELECT 1 FROM {table} LIMIT 1"):  # noqa: S608 - of ours
            raise StoreError(f"{name} is not empty (it has {table}); copy into a new database")
    db.run("DELETE FROM meta WHERE key <> 'engine'")
