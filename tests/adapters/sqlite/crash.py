"""A process that is killed while it writes: at a failpoint, or before its n-th SQL statement.

`python -m tests.adapters.sqlite.crash PATH` writes the poll and acknowledges it.
`python -m tests.adapters.sqlite.crash FOLDER first step` sweeps: one killed child for each n.
Each acknowledgement is one byte in PATH.acked, written after `write()` returned.
"""

import os
import signal
import sqlite3
import sys
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path

from monitor.adapters.sqlite import SqliteStore
from monitor.adapters.sqlite import store as opener
from monitor.adapters.sqlite.connection import connect
from monitor.model import FeedState, Judged, Judgement, Match, Reason, Status, Story
from monitor.ports import Unit
from tests.builders import NOW, a_delivery, an_alert, an_item

POLLS = 3


def poll(unit: Unit, n: int) -> None:
    """One of everything, and an edit of what was there before."""
    item = an_item(f"Train {n}", id=f"i_{n}", keys=(f"k{n}",), story_id=f"s_{n}")
    alert = an_alert(id=f"a_{n}", item_id=item.id)
    story = Story(id=f"s_{n}", title="", language="", first_seen_at=NOW, last_seen_at=NOW)
    match = Match(watch_id="rail", item_id=item.id, score=1.0)
    unit.save_stories([story])
    unit.save_items([Judged(item=item, status=Status.NEW)])
    for before in unit.find_known([f"k{n - 1}"]).values():
        if before:
            edited = replace(before, title="Edited", revision=1)
            unit.save_items([Judged(item=edited, status=Status.REVISION)])
    unit.save_judgements([Judgement(match=match, reason=Reason.FIRST_MATCH, alert=alert)])
    unit.save_deliveries([a_delivery(f"m_{n}", alert_id=alert.id)])
    unit.save_feed_state(FeedState(feed_id=f"f_{n}", due_at=NOW))


def write_polls(path: Path) -> None:
    with (
        Path(f"{path}.acked").open("ab", buffering=0) as acked,
        SqliteStore(path, durable=False) as store,
    ):
        for n in range(POLLS):
            store.write(partial(poll, n=n))
            acked.write(b".")


def kill_before_statement(nth: int) -> None:
    """Statements of the store's writer alone are counted, its start included."""
    passed = count(1)

    def tracing(path: Path, *, mode: str) -> sqlite3.Connection:
        conn = connect(path, mode=mode)
        conn.set_trace_callback(
            lambda _: os.kill(os.getpid(), signal.SIGKILL) if next(passed) == nth else None
        )
        return conn

    setattr(opener, "connect", tracing)  # noqa: B010 - no name that it exports


def sweep(folder: Path, first: int, step: int) -> None:
    """Until a child lives to its end."""
    for nth in count(first, step):
        child = os.fork()
        if child == 0:
            kill_before_statement(nth)
            write_polls(folder / f"{nth}.db")
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            sys.exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    if len(sys.argv) == 2:
        write_polls(Path(sys.argv[1]))
    else:
        sweep(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
