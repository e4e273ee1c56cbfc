"""One thread, one connection: all that is written goes through here, in the order it came."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Lock, Thread, current_thread
from typing import Any, TypeVar

from monitor.adapters.sqlite.connection import Statements, sqlite3, translated
from monitor.adapters.sqlite.unit import SqliteUnit
from monitor.errors import StoreError
from monitor.failpoints import failpoint
from monitor.ports import Unit

T = TypeVar("T")

# Works that wait together share a commit, which is where the time goes (one fsync).
_GROUP = 64
# Other processes wait for the end of a transaction, and who waits for the first of its works.
_LONGEST_S = 0.25


class _Task:
    """A work and its outcome, which its caller learns only after the commit."""

    def __init__(self, work: Callable[[Unit], object], future: "Future[Any]", until: float) -> None:
        self.until = until  # it may wait for others, on the monotonic clock
        self._work = work
        self._future = future
        self._result: object = None
        self._error: BaseException | None = None

    @property
    def failed(self) -> bool:
        return self._error is not None

    def run(self, conn: "sqlite3.Connection") -> None:
        statements = Statements(conn, in_transaction=True)
        try:
            self._result = self._work(SqliteUnit(statements))
        except BaseException as exc:  # noqa: BLE001 - whatever it is belongs to the caller
            self._error = exc
        finally:
            statements.end()

    def lose(self, cause: StoreError) -> None:
        """It is not committed; an error of its own stays what it was."""
        if self._error is None:
            self._error = StoreError(str(cause))
            self._error.__cause__ = cause.__cause__

    def settle(self) -> None:
        if self._error is None:
            self._future.set_result(self._result)
        else:
            self._future.set_exception(self._error)


class Writer:
    """Runs works in its thread until it is closed.

    Args:
        open_connection: Called in that thread; what it raises is raised here.
    """

    def __init__(self, open_connection: Callable[[], "sqlite3.Connection"]) -> None:
        self._queue: SimpleQueue[_Task | None] = SimpleQueue()
        self._closing = Lock()
        self._closed = False
        opened: Future[None] = Future()
        # daemon: a program that forgot to close must still be able to end.
        self._thread = Thread(
            target=self._serve, args=(open_connection, opened), name="store-writer", daemon=True
        )
        self._thread.start()
        opened.result()

    def run(self, work: Callable[[Unit], T]) -> T:
        if current_thread() is self._thread:
            raise StoreError("write() inside a unit would wait for itself: use the unit at hand")
        return self.submit(work).result()

    def submit(self, work: Callable[[Unit], T], patience_s: float = 0) -> Future[T]:
        """Callbacks of the future run in the writer's thread, after the commit."""
        future: Future[T] = Future()
        with self._closing:
            if self._closed:
                raise StoreError("the store was closed")
            self._queue.put(_Task(work, future, time.monotonic() + patience_s))
        return future

    def close(self) -> None:
        """What was asked before is still done."""
        if current_thread() is self._thread:
            raise StoreError("close() inside a unit would wait for itself")
        with self._closing:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()

    def _serve(
        self, open_connection: Callable[[], "sqlite3.Connection"], opened: "Future[None]"
    ) -> None:
        try:
            conn = open_connection()
        except BaseException as exc:  # noqa: BLE001 - belongs to the caller
            opened.set_exception(exc)
            return
        opened.set_result(None)
        try:
            while tasks := self._next():
                while tasks:
                    tasks = _commit(conn, tasks)
        finally:
            conn.close()

    def _next(self) -> Sequence[_Task]:
        """Those that wait now and may wait no longer, at least one; none: the store is closed."""
        if (task := self._queue.get()) is None:
            return []
        tasks, until = [task], task.until
        while len(tasks) < _GROUP:
            try:
                task = self._queue.get(timeout=max(until - time.monotonic(), 0))
            except Empty:
                break
            if task is None:
                self._queue.put(None)  # for the next call
                break
            tasks.append(task)
            until = min(until, task.until)
        return tasks


def _commit(conn: "sqlite3.Connection", tasks: Sequence[_Task]) -> Sequence[_Task]:
    """Run the tasks in one transaction and tell them how it went.

    Returns:
        Those that were not reached: the database gave the transaction up, or it took long.
    """
    reached = 0
    try:
        with translated():
            if conn.in_transaction:
                conn.execute("ROLLBACK")  # which failed last time
            # IMMEDIATE: a reader that turns writer fails at once with SQLITE_BUSY_SNAPSHOT.
            conn.execute("BEGIN IMMEDIATE")
            failpoint("store.begun")
            until = time.monotonic() + _LONGEST_S
            for task in tasks:
                reached += 1
                _run(conn, task)
                if time.monotonic() > until:
                    break
            failpoint("store.before_commit")
            conn.execute("COMMIT")
            failpoint("store.after_commit")
    except (StoreError, MemoryError) as exc:
        reached = reached or len(tasks)  # all, if it could not even begin
        # SQLITE_FULL and its like have rolled back already; a second ROLLBACK would be an error.
        with suppress(sqlite3.Error):
            if conn.in_transaction:
                conn.execute("ROLLBACK")
        lost = exc if isinstance(exc, StoreError) else StoreError("out of memory")
        for task in tasks[:reached]:
            task.lose(lost)
    for task in tasks[:reached]:
        task.settle()
    failpoint("store.acknowledged")
    return tasks[reached:]


def _run(conn: "sqlite3.Connection", task: _Task) -> None:
    """In a savepoint, so that a failure is the task's own.

    Raises:
        StoreError: The database gave up the whole transaction.
    """
    conn.execute("SAVEPOINT work")
    task.run(conn)
    if not conn.in_transaction:
        raise StoreError("the database rolled the transaction back")
    if task.failed:
        conn.execute("ROLLBACK TO work")
    conn.execute("RELEASE work")
