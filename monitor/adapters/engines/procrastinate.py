"""Jobs of a cluster: Procrastinate, which keeps them in the PostgreSQL database of the store.

Its locks see to it that one job waits and one runs for each kind and key. Not used of it: jobs for
later, which would hold up those that are due; its retries, for what is due stands in our tables;
and its timetable, which stands still once the wall clock is set back, and catches up with each
tick that a frozen process missed.
"""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from time import monotonic

import psycopg
import structlog
from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException, ProcrastinateException
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager, NotificationCallback
from procrastinate.schema import SchemaManager, migrations_path
from psycopg_pool import AsyncConnectionPool, ConnectionPool

from monitor.adapters.engines.runs import GRACE_S, Runs
from monitor.adapters.postgres.connection import SETTINGS, Address
from monitor.adapters.postgres.migrations import Annexe, check_annexe, upgrade_annexe
from monitor.engine import Kind
from monitor.errors import StoreError

log = structlog.get_logger(__name__)

_CONTROL = "control"  # the queue whose processes look after the jobs of those that died
_UNHEARD = {"fetch"}  # queues so busy that it is cheaper to look now and then
_POLL_S = 1.0
_CONNECTIONS = 4
_AGAIN_S = (1.0, 2.0, 3.0)
_SURELY = 1.3  # times the limit after which others take over
_NEVER_S = 24 * 3600.0
_AWAY = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.InternalError)
# Procrastinate asserts an English message of the server, which may speak another language.
_WAITS_ALREADY = (AlreadyEnqueued, AssertionError)


def install(address: Address) -> int:
    """Bring Procrastinate's tables to the installed version; returns how many steps that took.

    Raises:
        StoreError: A newer one made them, or another program.
    """
    return upgrade_annexe(address, _annexe())


def check(address: Address) -> None:
    """See that its tables are those of the installed version.

    Raises:
        StoreError: They are not, or the server cannot be reached.
    """
    check_annexe(address, _annexe())


def _annexe() -> Annexe:
    return Annexe(
        name="engine",
        table="procrastinate_jobs",
        schema=SchemaManager.get_schema,
        steps={path.stem: path for path in sorted(migrations_path.glob("*.sql"))},
    )


class ProcrastinateEngine:
    """Implements `engine.Engine` for any number of processes, with the same kinds in each.

    A lost database ends nothing: what runs goes on, and what waits is done when it is back.

    Args:
        kinds: By their names.
        stall: A process that gave no sign of life for longer is dead, and what it did is done
            again.
        threads: How many jobs may hold one at a time; None: as many as there are slots.
        clock: Monotonic seconds.
        wall: Seconds since 1970, which somebody may set.
    """

    def __init__(
        self,
        address: Address,
        kinds: Mapping[str, Kind],
        stall: timedelta,
        *,
        threads: int | None = None,
        clock: Callable[[], float] = monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._address, self._kinds, self._threads = address, dict(kinds), threads
        self._stall_s, self._clock, self._wall = stall.total_seconds(), clock, wall
        self._periods_s: dict[str, int] = {}
        self._runs: Runs | None = None
        self._pool: ConnectionPool | None = None
        self._lock = threading.Lock()

    def wake(self, kind: str, keys: Collection[str] = ("",)) -> None:
        jobs = [self._job(kind, key) for key in sorted({*keys})]  # sorted: two cannot deadlock
        if not jobs:
            return
        try:
            manager = JobManager(self._connector())
            one = jobs[0].queueing_lock if len(jobs) == 1 else None
            found = manager.list_jobs(task=kind, status="todo", queueing_lock=one)
            waiting = {job.queueing_lock for job in found}
            jobs = [job for job in jobs if job.queueing_lock not in waiting]
            if jobs:
                _defer(manager, jobs)
        except ConnectorException as exc:
            raise StoreError(f"{self._address}: {self._said(exc)}") from exc

    def every(self, period: timedelta, kind: str) -> None:
        seconds = period.total_seconds()
        if seconds < 1 or seconds != int(seconds):
            raise ValueError(f"{kind}: {period} is no period of whole seconds; say 1 s or more")
        self._job(kind, "")
        self._periods_s[kind] = int(seconds)

    def run(self, queues: Sequence[str], slots: int, stop: threading.Event) -> None:
        self._runs = Runs(self._kinds, threads=self._threads or slots, clock=self._clock)
        try:
            asyncio.run(self._live_on(queues, slots, stop, self._runs))
        finally:
            self._runs.close()
            self._runs = None

    def hung(self) -> Sequence[str]:
        runs = self._runs
        return [] if runs is None else runs.give_up_hung()

    def clock_jumped(self) -> None:
        """Nothing to do: the next tick is reckoned anew each second."""

    def close(self) -> None:
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()

    def _job(self, kind: str, key: str) -> Job:
        name = f"{kind}:{key}"
        return Job(
            queue=self._kinds[kind].queue,
            lock=name,
            queueing_lock=name,
            task_name=kind,
            task_kwargs={"key": key},
        )

    def _with_room(self, queues: Iterable[str]) -> list[str]:
        """Those of which this process should do more: a job that it refuses is kept from all."""
        kinds = self._kinds.values()
        return [
            queue
            for queue in queues
            if any(kind.has_room() for kind in kinds if kind.queue == queue)
        ]

    def _connector(self) -> SyncPsycopgConnector:
        with self._lock:
            if self._pool is None:
                self._pool = ConnectionPool(
                    self._conninfo,
                    kwargs={"autocommit": True},
                    configure=self._set_up,
                    check=ConnectionPool.check_connection,
                    min_size=0,
                    max_size=2,
                    timeout=self._address.patience_s,
                    reconnect_timeout=self._address.patience_s,
                    max_idle=60,
                    num_workers=1,
                    name=str(self._address),
                    open=True,
                )
            connector = SyncPsycopgConnector()
            connector.open(self._pool)
            return connector

    def _conninfo(self) -> str:
        return self._address.conninfo("engine")

    def _set_up(self, conn: psycopg.Connection) -> None:
        conn.execute(SETTINGS)
        self._address.prefer(conn)

    async def _set_up_async(self, conn: psycopg.AsyncConnection) -> None:
        await conn.set_autocommit(True)
        await conn.execute(SETTINGS)
        self._address.prefer(conn)

    def _said(self, error: BaseException) -> str:
        cause = error.__cause__ if isinstance(error, ConnectorException) else error
        return self._address.said(cause) if isinstance(cause, psycopg.Error) else str(error)

    async def _live_on(
        self, queues: Sequence[str], slots: int, stop: threading.Event, runs: Runs
    ) -> None:
        """Start a worker, and another one whenever it ends before it should."""
        failures = 0
        while not stop.is_set():
            began_s = monotonic()
            try:
                await asyncio.to_thread(check, self._address)
                await self._live(queues, slots, stop, runs)
                problem = "the worker ended"
            except (ProcrastinateException, psycopg.Error, StoreError, OSError) as exc:
                problem = self._said(exc)
            if stop.is_set():
                return
            failures = 0 if monotonic() - began_s > self._stall_s else failures + 1
            again_s = _AGAIN_S[min(failures, len(_AGAIN_S) - 1)]
            log.error("engine_failed", problem=problem, again_in_s=again_s)
            await _until(stop, again_s)

    async def _live(
        self, queues: Sequence[str], slots: int, stop: threading.Event, runs: Runs
    ) -> None:
        async with self._opened() as connector:
            manager = _Manager(
                connector, stop, self._said, self._with_room, look_again_s=self._stall_s / 4
            )
            app = App(connector=connector)
            app.job_manager = manager
            for name, kind in self._kinds.items():
                if kind.queue in queues:
                    _register(app, name, _Life(stop, manager.over), runs)
            tasks = [
                asyncio.create_task(
                    app.run_worker_async(
                        queues=[*queues],  # an array of PostgreSQL
                        concurrency=slots,
                        fetch_job_polling_interval=_POLL_S,
                        abort_job_polling_interval=_NEVER_S,
                        shutdown_graceful_timeout=GRACE_S,
                        listen_notify=not _UNHEARD.issuperset(queues),
                        delete_jobs="always",
                        install_signal_handlers=False,
                        update_heartbeat_interval=self._stall_s / 4,
                        stalled_worker_timeout=_NEVER_S,  # see `_look_after`
                    )
                ),
                asyncio.create_task(_until(stop)),
                asyncio.create_task(self._tick(JobManager(connector), queues)),
            ]
            if _CONTROL in queues:
                tasks.append(asyncio.create_task(self._look_after(JobManager(connector))))
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            manager.over.set()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for task in done:
                if not task.cancelled():
                    task.result()

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[PsycopgConnector]:
        pool = AsyncConnectionPool(
            self._conninfo,
            configure=self._set_up_async,
            check=AsyncConnectionPool.check_connection,
            min_size=0,
            max_size=_CONNECTIONS,
            timeout=self._address.patience_s,
            reconnect_timeout=self._address.patience_s,
            max_idle=60,
            num_workers=1,
            name=str(self._address),
            open=False,
        )
        async with pool:
            connector = PsycopgConnector()
            await connector.open_async(pool)
            yield connector

    async def _tick(self, manager: JobManager, queues: Sequence[str]) -> None:
        """Wake what is done every so often; of all processes that do so, one does each time."""
        last: dict[str, int] = {}
        while True:
            now_s = self._wall()
            for kind, period_s in self._periods_s.items():
                due_s = int(now_s // period_s) * period_s
                if last.get(kind) == due_s or self._kinds[kind].queue not in queues:
                    continue
                job = self._job(kind, "")
                job = job.evolve(task_kwargs={**job.task_kwargs, "timestamp": due_s})
                try:
                    await manager.defer_periodic_job(job, periodic_id="", defer_timestamp=due_s)
                except _WAITS_ALREADY:
                    pass
                except ConnectorException:  # the worker tells; a second later again
                    continue
                last[kind] = due_s
            await asyncio.sleep(1 - self._wall() % 1)

    async def _look_after(self, manager: JobManager) -> None:
        """Have the jobs of dead processes done again.

        When the database was away no process could show that it lives: all get the time to.
        """
        away_s = -self._stall_s
        while True:
            await asyncio.sleep(self._stall_s / 4)
            try:
                if monotonic() - away_s < self._stall_s:
                    await manager.check_connection_async()
                    continue
                # By then what its process held has come to its end as well.
                dead_s = _SURELY * self._stall_s
                for job in await manager.get_stalled_jobs(seconds_since_heartbeat=dead_s):
                    await _do_again(manager, job)
                await manager.prune_stalled_workers(3 * self._stall_s)
            except ConnectorException:
                away_s = monotonic()


class _Manager(JobManager):
    """Procrastinate's, for a worker that outlives a lost connection.

    Attributes:
        over: Set when the worker cannot go on.

    Args:
        look_again_s: How often it is compared which jobs are ours to the server's mind and to ours.
            They differ when an answer was lost, or when a standby became the server that had not
            seen the end of a job: for ever, since this process lives and looks after it.
    """

    def __init__(
        self,
        connector: PsycopgConnector,
        stop: threading.Event,
        said: Callable[[BaseException], str],
        with_room: Callable[[Iterable[str]], Sequence[str]],
        look_again_s: float,
    ) -> None:
        super().__init__(connector)
        self._with_room = with_room
        self.over = threading.Event()
        self._stop, self._said, self._is_lost = stop, said, False
        self._hear: NotificationCallback | None = None
        self._handed_out: set[int | None] = set()
        self._look_again_s, self._next_look_s = look_again_s, monotonic() + look_again_s

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> Job | None:
        queues = self._with_room(queues or ())
        if self._stop.is_set() or not queues:  # the worker hears of a stop a moment later
            return None
        try:
            job = await super().fetch_job(queues, worker_id)
            if job is None and monotonic() >= self._next_look_s:
                await self._return_unknown(worker_id)
        except ConnectorException as exc:
            if not isinstance(exc.__cause__, _AWAY):
                self.over.set()  # others took this process for dead and struck it off, say
                raise
            self._lost(exc)
            self._next_look_s = monotonic()
            return None
        if self._is_lost:
            self._is_lost = False
            log.info("engine_back")
        if job is not None:
            self._handed_out.add(job.id)
        return job

    async def _return_unknown(self, worker_id: int) -> None:
        """Jobs that this worker does to the server's mind alone."""
        ours = {*self._handed_out}  # before we ask: one may end meanwhile
        for job in await self.list_jobs_async(status="doing", worker_id=worker_id):
            if job.id not in ours:
                await _do_again(self, job)
        self._next_look_s = monotonic() + self._look_again_s

    async def update_heartbeat(self, worker_id: int) -> None:
        try:
            await super().update_heartbeat(worker_id)
        except ConnectorException as exc:
            self._lost(exc)

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:
        while True:
            try:
                await super().finish_job(job, status, delete_job)
            except ConnectorException as exc:
                if isinstance(exc.__cause__, psycopg.errors.RaiseException):
                    log.warning("job_taken", job=job.task_name, key=_key(job))
                    self._handed_out.discard(job.id)  # another one may get that number
                    return
                self._lost(exc)
                if self._stop.is_set():
                    return
            else:
                break
            await asyncio.sleep(_POLL_S)
        self._handed_out.discard(job.id)
        if self._hear:  # of what may wait for the end of this one
            await self._hear(channel="", notification={"type": "job_inserted", "job_id": 0})

    async def listen_for_jobs(
        self, *, on_notification: NotificationCallback, queues: Iterable[str] | None = None
    ) -> None:
        self._hear = on_notification
        while True:
            try:
                await super().listen_for_jobs(on_notification=on_notification, queues=queues)
            except ConnectorException as exc:
                self._lost(exc)
            await asyncio.sleep(_POLL_S)

    async def unregister_worker(self, worker_id: int) -> None:
        with suppress(ConnectorException):
            await super().unregister_worker(worker_id)

    def _lost(self, error: ConnectorException) -> None:
        if not self._is_lost:
            log.warning("engine_lost", problem=self._said(error))
        self._is_lost = True


class _Life:
    """The context of a worker's jobs."""

    def __init__(self, *ends: threading.Event) -> None:
        self._ends = ends

    def should_stop(self) -> bool:
        return any(end.is_set() for end in self._ends)


def _register(app: App, name: str, context: _Life, runs: Runs) -> None:
    async def do(key: str, timestamp: int = 0) -> None:  # noqa: ARG001 - of a tick
        while (former := runs.of(name, key)) is not None:  # of a worker that others gave up
            await _end_of(former)
        await _end_of(runs.start(name, key, context))

    app.task(name=name, queue=_CONTROL)(do)


def _end_of(run: "Future[None]") -> "asyncio.Future[None]":
    return asyncio.wrap_future(run)


def _defer(manager: JobManager, jobs: Sequence[Job]) -> None:
    """All at once, or, if one of them was woken meanwhile, one by one."""
    try:
        manager.batch_defer_jobs([*jobs])
    except _WAITS_ALREADY:
        for job in jobs:
            with suppress(*_WAITS_ALREADY):
                manager.defer_job(job)


async def _do_again(manager: JobManager, stalled: Job) -> None:
    """By another job: who did it may be frozen, and end it yet."""
    with suppress(*_WAITS_ALREADY):
        await manager.defer_job_async(stalled.evolve(id=None))
    try:
        await manager.finish_job(stalled, Status.FAILED, delete_job=True)
    except ConnectorException as exc:
        if not isinstance(exc.__cause__, psycopg.errors.RaiseException):
            raise
        return  # it was ended meanwhile
    log.warning("job_stalled", job=stalled.task_name, key=_key(stalled), cure="it is done again")


def _key(job: Job) -> str:
    return str(job.task_kwargs.get("key", ""))


async def _until(stop: threading.Event, at_most_s: float = _NEVER_S) -> None:
    until_s = monotonic() + at_most_s
    while not stop.is_set() and monotonic() < until_s:
        await asyncio.sleep(0.1)
