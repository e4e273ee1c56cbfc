"""One thread, one connection: all that is written goes through here, in the order it came."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from threading import Lock, Thread, current_thread
from typing import Any, TypeVar

from monitor.adapters.sql.statements import Session
from monitor.adapters.sql.unit import SqlUnit
from monitor.errors import StoreError
from monitor.failpoints import failpoint
from monitor.ports import Unit

T = TypeVar("T")

# Works that wait together share a commit, which is where the time goes (one fsync).
_GROUP = 64
LONGEST_S = 0.25
"""Other processes wait for the end of a transaction, and who waits for the first of its works."""


class _Task:
    """A work and its outcome, which its caller learns only after the commit."""

    def __init__(
        self, work: Callable[[Unit], object], future: "Future[Any]", until: float, *, again: bool
    ) -> None:
        self.until = until  # it may wait for others, on the monotonic clock
        self.again = again  # it may be run more than once
        self._work = work
        self._future = future
        self._result: object = None
        self._error: BaseException | None = None

    @property
    def failed(self) -> bool:
        return self._error is not None

    def run(self, session: Session) -> None:
        statements = session.statements()
        try:
            self._result = self._work(SqlUnit(statements))
        except BaseException as exc:  # noqa: BLE001 - whatever it is belongs to the caller
            self._error = exc
        finally:
            statements.end()

    def refusal(self, session: Session) -> str:
        """What the database said, if it is at fault and not what was asked of it; or empty."""
        return session.refusal(self._error) if isinstance(self._error, StoreError) else ""

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

    Attributes:
        trouble: What the database said when it last refused to be written; empty: all is well. It
            stays until somebody has seen that it is over.

    Args:
        open_session: Called in that thread; what it raises is raised here.
        longest_s: After so long a transaction takes up no further work.
    """

    def __init__(self, open_session: Callable[[], Session], longest_s: float = LONGEST_S) -> None:
        self._longest_s = longest_s
        self._queue: SimpleQueue[_Task | None] = SimpleQueue()
        self._closing = Lock()
        self._closed = False
        self.trouble = ""
        opened: Future[None] = Future()
        # daemon: a program that forgot to close must still be able to end.
        self._thread = Thread(
            target=self._serve, args=(open_session, opened), name="store-writer", daemon=True
        )
        self._thread.start()
        opened.result()

    def run(self, work: Callable[[Unit], T]) -> T:
        if current_thread() is self._thread:
            raise StoreError("write() inside a unit would wait for itself: use the unit at hand")
        return self.submit(work).result()

    def submit(
        self, work: Callable[[Unit], T], patience_s: float = 0, *, again: bool = False
    ) -> Future[T]:
        """Callbacks of the future run in the writer's thread, after the commit."""
        future: Future[T] = Future()
        with self._closing:
            if self._closed:
                raise StoreError("the store was closed")
            self._queue.put(_Task(work, future, time.monotonic() + patience_s, again=again))
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

    def _serve(self, open_session: Callable[[], Session], opened: "Future[None]") -> None:
        try:
            session = open_session()
        except BaseException as exc:  # noqa: BLE001 - belongs to the caller
            opened.set_exception(exc)
            return
        opened.set_result(None)
        try:
            while tasks := self._next():
                while tasks:
                    tasks, refusal = _commit(session, tasks, self._longest_s)
                    self.trouble = refusal or self.trouble
        finally:
            session.close()

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


def _commit(
    session: Session, tasks: Sequence[_Task], longest_s: float
) -> tuple[Sequence[_Task], str]:
    """Run the tasks in one transaction and tell them how it went.

    Returns:
        Those that were not reached, for the database gave the transaction up or it took long; and
        what the database said.
    """
    reached, refusal = 0, ""
    try:
        session.begin()
        failpoint("store.begun")
        until = time.monotonic() + longest_s
        sharing: list[_Task] = []
        for task in tasks:
            reached += 1
            sharing = _run(session, task, sharing)
            if time.monotonic() > until:
                break
        failpoint("store.before_commit")
        session.commit()
        failpoint("store.after_commit")
    except (StoreError, MemoryError) as exc:
        reached = reached or len(tasks)  # all, if it could not even begin
        session.roll_back()
        lost = exc if isinstance(exc, StoreError) else StoreError("out of memory")
        refusal = session.refusal(lost) or str(lost)
        for task in tasks[:reached]:
            task.lose(lost)
    # What a task was told is closer to the cause than that the transaction was given up.
    said = (task.refusal(session) for task in tasks[:reached])
    refusal = next(filter(None, said), refusal)
    for task in tasks[:reached]:
        task.settle()
    failpoint("store.acknowledged")
    return tasks[reached:], refusal


def _run(session: Session, task: _Task, sharing: Sequence[_Task] = ()) -> list[_Task]:
    """From a mark, so that a failure is the task's own.

    A mark costs as much as the work of a poll that found nothing. So works that may be run again
    share one, and are run again if one of them fails.

    Args:
        sharing: Those since the last mark, if all of them may be run again.

    Returns:
        The same for the next task.

    Raises:
        StoreError: The database gave up the whole transaction.
    """
    if not (sharing and task.again):
        session.mark()
        sharing = ()
    task.run(session)
    if session.is_spoilt():
        task.lose(StoreError("a statement of this unit failed, so nothing of it is kept"))
    if task.failed:
        session.undo()
        for other in sharing:
            _run(session, other)
        return []
    return [*sharing, task] if task.again else []
