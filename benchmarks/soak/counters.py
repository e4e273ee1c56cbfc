"""What processes cost: CPU time and memory, of ours and of the server's backends. Linux only."""

import os
import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

import psycopg

from benchmarks.timing import children

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_EVERY_S = 0.5
NAME = "soak"  # of our own connection, which counts for nothing
_ASK = "SELECT pid, application_name, backend_type FROM pg_stat_activity"


def cpu_s(pid: int, *, ended: bool = True) -> float:
    """CPU time (user and system) of a process.

    Args:
        ended: With its children that have ended.
    """
    with suppress(FileNotFoundError, ProcessLookupError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11 : 15 if ended else 13])) * _TICK_S
    return 0.0


def tree_s(pid: int) -> float:
    """CPU time of a process and its children, ended or alive."""
    return cpu_s(pid) + sum(map(cpu_s, children(pid)))


def pss_mib(pids: Iterable[int]) -> float:
    """Memory of these processes; what several share counts once."""
    total = 0.0
    for pid in pids:
        with suppress(FileNotFoundError, ProcessLookupError):
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


class Backends:
    """Watches what the processes of a PostgreSQL server cost, by whom they work for."""

    def __init__(self, url: str) -> None:
        self._conn = psycopg.connect(url, autocommit=True, application_name=NAME)
        self._lock = threading.Lock()
        self._cost_s: dict[tuple[int, str], float] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._conn.close()

    def costs_s(self) -> Mapping[str, float]:
        """Kind of backend -> CPU seconds since the server was started."""
        self._look()
        costs: defaultdict[str, float] = defaultdict(float)
        for (_, kind), spent_s in list(self._cost_s.items()):
            costs[kind] += spent_s
        return costs

    def counts(self) -> Mapping[str, float]:
        """What the server counts for the database: commits, rows of jobs, bytes of its log."""
        with self._lock:
            row = self._conn.execute(
                "SELECT pg_stat_clear_snapshot(), xact_commit,"
                " (SELECT n_tup_del FROM pg_stat_user_tables"
                "  WHERE relname = 'procrastinate_jobs'),"
                " (SELECT wal_bytes FROM pg_stat_wal)"
                " FROM pg_stat_database WHERE datname = current_database()"
            ).fetchone()
        assert row
        return {"commits": float(row[1]), "jobs": float(row[2]), "wal": float(row[3])}

    def _watch(self) -> None:
        while not self._over.wait(_EVERY_S):
            with suppress(psycopg.Error):
                self._look()

    def _look(self) -> None:
        with self._lock:
            for pid, name, kind in self._conn.execute(_ASK).fetchall():
                if name != NAME:
                    # What a backend is for stands in its name: "news-monitor engine".
                    of_ours = name.removeprefix("news-monitor").strip() or "other"
                    what = of_ours if kind == "client backend" else "background"
                    self._cost_s[pid, what] = cpu_s(pid, ended=False)
