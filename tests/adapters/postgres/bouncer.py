"""A real PgBouncer in front of the server; where there is none, tests that ask are skipped."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.adapters.postgres.way import Way
from tests.servers import port_to_bind

_CONFIG = """
[databases]
{dbname} = {server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = {mode}
default_pool_size = 50
logfile = {folder}/log
{user_line}
"""


@contextmanager
def a_bouncer(url: str, mode: str) -> Iterator[str]:
    """The address of a database by way of PgBouncer.

    Args:
        mode: Of its pool: "session", "transaction" or "statement".
    """
    if (program := shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")) is None:
        pytest.skip("there is no PgBouncer here to go through; Debian has it as pgbouncer")
    with (
        TemporaryDirectory(prefix="news-monitor-bouncer-") as folder,
        Way(url, cut_at=b"never") as way,  # its user may not open the socket of the server
    ):
        given = {name: str(value) for name, value in conninfo_to_dict(way.url).items()}
        port = port_to_bind()
        wanted = ("host", "port", "user", "password", "dbname")
        text = _CONFIG.format(
            dbname=given["dbname"],
            server=make_conninfo(**{name: given[name] for name in wanted if name in given}),
            port=port,
            mode=mode,
            folder=folder,
            user_line="user = nobody" if os.geteuid() == 0 else "",  # it refuses to be root
        )
        config = Path(folder) / "pgbouncer.ini"
        config.write_text(text)
        if os.geteuid() == 0:
            for path in (Path(folder), config):
                shutil.chown(path, "nobody")
        process = subprocess.Popen(
            [program, "--quiet", str(config)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            ours = make_conninfo(
                host="127.0.0.1", port=port, dbname=given["dbname"], user=given.get("user")
            )
            _await(ours)
            yield ours
        finally:
            process.terminate()
            process.wait(10)


def _await(url: str) -> None:
    until_s = time.monotonic() + 10
    while True:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            if time.monotonic() > until_s:
                raise
            time.sleep(0.05)
        else:
            return
