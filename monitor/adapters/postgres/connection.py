"""How this adapter talks to PostgreSQL: connections, statements, and errors in the port's terms."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import psycopg
from psycopg import RawCursor
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus
from psycopg.rows import DictRow, dict_row
from psycopg.types.string import StrDumperUnknown

from monitor.adapters.postgres import dialect
from monitor.core.sought import BEGINNING
from monitor.errors import StoreError
from monitor.failpoints import failpoint

Connection = psycopg.Connection[DictRow]

# What nobody answers must not hold a thread, and who is frozen must not hold all others.
_DEFAULTS = {
    "connect_timeout": "5",
    "tcp_user_timeout": "15000",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "application_name": "news-monitor",
}
# Set once there is a connection: a pooler in between refuses them among the options of its start.
# What the address says of them (`options`) is there by then, and stays.
SETTINGS = """
SELECT set_config(name, ours, false) FROM pg_settings JOIN (VALUES
  ('lock_timeout', '3s'), ('statement_timeout', '30s'),
  ('idle_in_transaction_session_timeout', '10s'), ('TimeZone', 'UTC')
) AS settings (name, ours) USING (name) WHERE source <> 'client'
"""
_WAIT_S = 5.0
_ALL = 2**62
_OLDEST = 13  # pg_current_xact_id
_AT_ONCE = (64, 16, 4, 1)  # rows of a statement


class _Text(StrDumperUnknown):
    """PostgreSQL cannot hold NUL in a text, of which no reader would see anything."""

    def dump(self, obj: str) -> Any:
        return super().dump(obj.replace("\0", "") if "\0" in obj else obj)


@dataclass(frozen=True, slots=True)
class _Host:
    """One of those of an address; what is empty is libpq's to say."""

    host: str
    hostaddr: str
    port: str

    def is_at(self, host: str, port: str) -> bool:
        return host in (self.host, self.hostaddr) and self.port in ("", port)


@dataclass(slots=True)
class _Order:
    """In which they are tried."""

    hosts: tuple[_Host, ...]


@cache
def _order_of(hosts: tuple[_Host, ...]) -> _Order:
    """The same for all addresses of a process that name them: a command makes several."""
    return _Order(hosts)


def _hosts_of(given: Mapping[str, str]) -> tuple[_Host, ...]:
    lists = [given.get(name, "").split(",") for name in ("host", "hostaddr", "port")]
    most = max(map(len, lists[:2]))
    if any(len(one) not in (1, most) for one in lists):
        return ()  # libpq says what is wrong with them
    columns = (one * most if len(one) == 1 else one for one in lists)
    return tuple(_Host(*three) for three in zip(*columns, strict=True))


def _joined(hosts: Sequence[_Host]) -> dict[str, str]:
    """What is said of none of them is left out: libpq would not look elsewhere for it."""
    lists = {
        "host": [one.host for one in hosts],
        "hostaddr": [one.hostaddr for one in hosts],
        "port": [one.port for one in hosts],
    }
    return {name: ",".join(all_of) for name, all_of in lists.items() if any(all_of)}


class Address:
    """Where the database is, in the words of libpq. It may hold a password and is never shown.

    Of several hosts the one that was there last is tried first: one that is switched off costs its
    `connect_timeout` each time.

    Attributes:
        patience_s: Within it a connection is made or fails, whichever of the hosts is off.

    Raises:
        StoreError: It cannot be read.
    """

    def __init__(self, url: str) -> None:
        try:
            given = {name: str(value) for name, value in conninfo_to_dict(url).items()}
        except psycopg.Error:
            # "from None": the message of libpq repeats what it cannot read.
            raise StoreError(
                "the address of the database cannot be read; write it as in "
                '"postgresql://user@host:5432/name", with what is special in a password as %40'
            ) from None
        self._password = given.get("password", "")
        self._parts = {**_DEFAULTS, **given}
        self._order = _order_of(_hosts_of(given))
        limit = self._parts["connect_timeout"]
        each_s = float(limit) if limit.isdecimal() and int(limit) else _WAIT_S
        self.patience_s = max(_WAIT_S, each_s * len(self._order.hosts))
        host = given.get("host") or "this machine"
        self._name = f"the database {given.get('dbname', '')!r} on {host}"

    def __str__(self) -> str:
        return self._name

    __repr__ = __str__

    def conninfo(self, purpose: str = "") -> str:
        """With its password.

        Args:
            purpose: What the connection is for, as the server's own views show it.
        """
        name = f"{self._parts['application_name']} {purpose}".strip()
        parts = {**self._parts, **_joined(self._order.hosts), "application_name": name}
        return make_conninfo(**parts)

    def connect(self, purpose: str = "") -> Connection:
        """A connection without transactions of psycopg's own.

        Args:
            purpose: See `conninfo`.

        Raises:
            StoreError: There is none.
        """
        with self.translated():
            conn = psycopg.connect(self.conninfo(purpose), **FACTORIES)
            try:
                self.set_up(conn)
            except BaseException:
                conn.close()
                raise
            return conn

    def set_up(self, conn: Connection) -> None:
        """Of every new connection, those of a pool as well."""
        set_up(conn)
        self.prefer(conn)

    def prefer(self, conn: "psycopg.Connection[Any] | psycopg.AsyncConnection[Any]") -> None:
        """The host of a connection that was just made will do for the next one."""
        there = conn.info.host, str(conn.info.port)
        self._order.hosts = tuple(sorted(self._order.hosts, key=lambda one: not one.is_at(*there)))

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Turns what PostgreSQL refuses, and what it cannot store, into `StoreError`."""
        try:
            yield
        except psycopg.Error as exc:
            raise StoreError(f"{self}: {self.said(exc)}") from exc
        except (UnicodeEncodeError, OverflowError) as exc:
            raise StoreError(f"{self} cannot hold this value: {exc}") from exc

    def said(self, error: psycopg.Error) -> str:
        """In one line, without the values of a row."""
        text = " ".join((error.diag.message_primary or str(error)).split())
        text = text.replace(self._password, "***") if self._password else text
        return text or type(error).__name__


def _are_distinct(rows: Sequence[Sequence[object]], keys: Sequence[int]) -> bool:
    """Whether no two of them would be the same row: only one statement each could do that."""
    return not keys or len({tuple(row[n] for n in keys) for row in rows}) == len(rows)


FACTORIES: dict[str, Any] = {
    "autocommit": True,
    "row_factory": dict_row,
    "cursor_factory": RawCursor,
}


def _pattern(word: str) -> str:
    """Words in a row, for LIKE; folding left no sign of its own in them."""
    return f"% {word.removesuffix(BEGINNING)}%" if word.endswith(BEGINNING) else f"% {word} %"


def set_up(conn: Connection) -> None:
    """Of every new connection, those of a pool as well."""
    if conn.info.server_version < _OLDEST * 10_000:
        raise psycopg.NotSupportedError(
            f"the server is of version {conn.info.server_version // 10_000}; "
            f"{_OLDEST} is the oldest that will do"
        )
    if conn.info.encoding != "utf-8":
        conn.execute("SET client_encoding TO 'UTF8'")
    conn.execute(SETTINGS)
    conn.adapters.register_dumper(str, _Text)


class Statements:
    """Implements `adapters.sql.statements.Statements`.

    Args:
        in_transaction: Refuse to run outside a transaction.
    """

    def __init__(self, conn: Connection, address: Address, *, in_transaction: bool = False) -> None:
        self._conn, self._address = conn, address
        self._in_transaction = in_transaction
        self._ended = False

    def run(self, sql: str, values: Sequence[object] = ()) -> int:
        ours, used = dialect.query(sql)
        with self._checked():
            return self._conn.execute(ours, [values[n] for n in used]).rowcount

    def many(self, sql: str, rows: Iterable[Sequence[object]]) -> int:
        rows = list(rows)
        if not rows:
            return 0
        if len(rows) == 1:
            return self.run(sql, rows[0])
        keys = dialect.keys_of(sql)
        if keys is not None and _are_distinct(rows, keys):
            return self._inserted(sql, rows)
        ours, used = dialect.query(sql)
        with self._checked():
            # Not executemany: behind its pipeline the server does not end a session that idles in
            # a transaction, and a process that froze there would hold up all others.
            return sum(self._conn.execute(ours, [row[n] for n in used]).rowcount for row in rows)

    def _inserted(self, sql: str, rows: Sequence[Sequence[object]]) -> int:
        """Many by a statement, for each costs as much as some rows; of few lengths, to be known."""
        count, place = 0, 0
        with self._checked():
            for length in _AT_ONCE:
                ours = dialect.inserting(sql, length)
                while place + length <= len(rows):
                    values = [one for row in rows[place : place + length] for one in row]
                    count += self._conn.execute(ours, values).rowcount
                    place += length
        return count

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[DictRow]:
        ours, used = dialect.query(sql)
        with self._checked():
            return self._conn.execute(ours, [values[n] for n in used]).fetchall()

    def row(self, sql: str, values: Sequence[object] = ()) -> DictRow | None:
        found = self.rows(sql, values)
        return found[0] if found else None

    def hits(
        self, words: Sequence[str], facets: Sequence[str], at_most: int | None = None
    ) -> list[int]:
        """By words and facets, of which there is an index; those of a phrase stand in a row.

        Of the beginnings of words there is none: all that the rest leaves is read.
        """
        asked: dict[str, list[object]] = {}
        if words:
            whole = [one for one in " ".join(words).split() if not one.endswith(BEGINNING)]
            if whole:
                asked[f"{dialect.WORDS} @> ?"] = [list(dict.fromkeys(whole))]
        if facets:
            asked[f"{dialect.FACETS} @> ?"] = [list(facets)]
        in_a_row = [_pattern(word) for word in words if " " in word or word.endswith(BEGINNING)]
        if in_a_row:
            either = "(' ' || title || ' ' LIKE ? OR ' ' || summary || ' ' LIKE ?)"
            condition = " AND ".join(either for _ in in_a_row)
            asked[condition] = [pattern for pattern in in_a_row for _ in range(2)]
        values = [value for some in asked.values() for value in some]
        where = " AND ".join(asked) or "TRUE"
        sql = f"SELECT rowid FROM items_fts WHERE {where} LIMIT ?"  # noqa: S608 - of this module
        limit = _ALL if at_most is None else at_most
        return [row["rowid"] for row in self.rows(sql, (*values, limit))]

    def end(self) -> None:
        self._ended = True

    @contextmanager
    def _checked(self) -> Iterator[None]:
        if self._ended:
            raise StoreError("this unit is over: it was used after its work returned")
        if self._in_transaction and self._conn.info.transaction_status is TransactionStatus.IDLE:
            raise StoreError("the database rolled this transaction back")
        failpoint("sql.statement")
        with self._address.translated():
            yield
