"""Every engine keeps the promises of its port; that of a cluster keeps them when processes die."""

import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from procrastinate import SyncPsycopgConnector
from procrastinate.manager import JobManager
from procrastinate.schema import migrations_path
from structlog.testing import capture_logs

from monitor.adapters.engines import procrastinate
from monitor.adapters.engines.local import LocalEngine
from monitor.adapters.engines.procrastinate import ProcrastinateEngine
from monitor.adapters.postgres import Address, upgrade
from monitor.databases import EngineKind, File, Served, engine_on
from monitor.engine import Context, Engine, Kind
from monitor.errors import StoreError
from monitor.model import Secret
from tests.postgres import a_server

STALL = timedelta(seconds=4)
PATIENCE_S = 30

Make = Callable[..., Engine]


@pytest.fixture(params=["local", "procrastinate"])
def make(request: pytest.FixtureRequest) -> Iterator[Make]:
    """Makes an engine of some kinds; all that are made share their jobs if they can."""
    with ExitStack() as stack:

        def made(kinds: Mapping[str, Kind], **more: Any) -> Engine:
            engine: Engine
            if request.param == "local":
                engine = LocalEngine(kinds, **more)
            else:
                address = Address(request.getfixturevalue("postgres_url"))
                engine = ProcrastinateEngine(address, kinds, STALL, **more)
            stack.callback(engine.close)
            return engine

        yield made


@contextmanager
def running(engine: Engine, slots: int = 8, *queues: str) -> Iterator[threading.Event]:
    stop = threading.Event()
    thread = threading.Thread(target=engine.run, args=(queues or ("story",), slots, stop))
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(PATIENCE_S)
    assert not thread.is_alive()


class Jobs:
    """Counts what is done, and holds it up until told to let it go."""

    def __init__(self, *, held: bool = False) -> None:
        self.done: Counter[str] = Counter()
        self.begun: Counter[str] = Counter()
        self.at_once: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.change = threading.Condition()
        self.gate = threading.Event()
        if not held:
            self.gate.set()

    def __call__(self, key: str, context: Context) -> None:
        with self.change:
            self.begun[key] += 1
            for one in (key, "all"):
                self.at_once[one] += 1
                self.most[one] = max(self.most[one], self.at_once[one])
            self.change.notify_all()
        self.gate.wait(PATIENCE_S)
        with self.change:
            self.done[key] += 1
            self.at_once.subtract([key, "all"])
            self.change.notify_all()

    def until(self, is_so: Callable[[], object]) -> None:
        with self.change:
            assert self.change.wait_for(is_so, PATIENCE_S), (self.begun, self.done)


def of(work: Any, queue: str = "story") -> dict[str, Kind]:
    return {"k": Kind(queue=queue, work=work)}


# --- of every engine -----------------------------------------------------------------------------


def test_job_that_is_woken_twice_while_it_waits_runs_once(make: Make):
    jobs = Jobs()
    engine = make(of(jobs))
    engine.wake("k", ["a"])
    engine.wake("k", ["b", "a", "b"])

    with running(engine):
        jobs.until(lambda: jobs.done == {"a": 1, "b": 1})
        engine.wake("k", ["c"])
        jobs.until(lambda: jobs.done["c"])

    assert jobs.done == {"a": 1, "b": 1, "c": 1}


def test_job_that_is_woken_while_it_runs_runs_once_more(make: Make):
    jobs = Jobs(held=True)
    engine = make(of(jobs))

    with running(engine):
        engine.wake("k")
        jobs.until(lambda: jobs.begun[""] == 1)
        engine.wake("k")
        engine.wake("k")
        jobs.gate.set()
        jobs.until(lambda: jobs.done[""] == 2)
        engine.wake("k", ["last"])
        jobs.until(lambda: jobs.done["last"])

    assert jobs.done == {"": 2, "last": 1}
    assert jobs.most[""] == 1


def test_keys_run_side_by_side_but_no_more_than_there_are_slots(make: Make):
    jobs = Jobs(held=True)
    engine = make(of(jobs))
    engine.wake("k", ["a", "b", "c", "d"])

    with running(engine, 2):
        jobs.until(lambda: jobs.at_once["all"] == 2)
        engine.wake("k", ["a", "b"])
        jobs.gate.set()
        jobs.until(lambda: sum(jobs.done.values()) >= 6)

    assert jobs.most["all"] == 2
    assert {jobs.most[key] for key in "abcd"} == {1}


def test_job_that_fails_is_told_and_runs_at_the_next_wake(make: Make):
    jobs = Jobs()
    failures = [StoreError("the disk is full"), RuntimeError("a bug")]

    def work(key: str, context: Context) -> None:
        if key == "bad" and failures:
            jobs(key, context)
            raise failures.pop(0)
        jobs(key, context)

    engine = make(of(work))
    with capture_logs() as lines, running(engine):
        for count in (1, 2, 3):
            engine.wake("k", ["bad", "good"])
            jobs.until(partial(jobs.done.__eq__, Counter(bad=count, good=count)))

    assert [line["problem"] for line in told(lines, "job_failed")] == ["the disk is full", "a bug"]


def test_job_that_returns_a_future_holds_no_thread_but_a_slot(make: Make):
    futures: dict[str, Future[None]] = {}
    threads, change = set(), threading.Condition()

    def work(key: str, context: Context) -> "Future[None]":
        with change:
            threads.add(threading.get_ident())
            futures[key] = Future()
            change.notify_all()
            return futures[key]

    engine = make(of(work), threads=2)
    keys = {str(number) for number in range(51)}
    engine.wake("k", keys)
    with capture_logs() as lines, running(engine, 50), change:
        assert change.wait_for(lambda: len(futures) == 50, PATIENCE_S)
        first, *others = futures.values()
        first.set_exception(RuntimeError("lost"))
        assert change.wait_for(lambda: len(futures) == 51, PATIENCE_S)
        others.append(futures[(keys - {*list(futures)[:50]}).pop()])
        for future in others:
            future.set_result(None)

    assert len(threads) <= 2
    assert [line["problem"] for line in told(lines, "job_failed")] == ["lost"]


def test_job_that_hangs_is_told_once_and_leaves_room_for_another(make: Make):
    now_s, jobs = [0.0], Jobs(held=True)
    kind = Kind(queue="story", work=jobs, patience=timedelta(seconds=100))
    engine = make({"k": kind}, threads=1, clock=lambda: now_s[0])
    engine.wake("k", ["a", "b"])

    with running(engine, 2):
        jobs.until(lambda: sum(jobs.begun.values()) == 1)
        before = engine.hung()
        now_s[0] = 101.0
        hung = engine.hung()
        jobs.until(lambda: sum(jobs.begun.values()) == 2)
        again = engine.hung()
        jobs.gate.set()
        jobs.until(lambda: sum(jobs.done.values()) == 2)

    assert (before, hung, again) == ([], ["k"], [])


def test_what_is_done_every_so_often_is_done_in_the_processes_of_its_queue(make: Make):
    ours, others = Jobs(), Jobs()
    kinds = {"k": Kind(queue="control", work=ours), "other": Kind(queue="fetch", work=others)}
    engine = make(kinds)
    engine.every(timedelta(seconds=1), "k")
    engine.every(timedelta(seconds=1), "other")

    with running(engine, 2, "control", "story"):
        ours.until(lambda: ours.done[""] >= 2)
        engine.clock_jumped()
        ours.until(lambda: ours.done[""] >= 3)

    assert not others.begun


def test_at_a_stop_jobs_are_told_and_end_and_no_other_one_begins(make: Make):
    begun, seen = threading.Event(), []

    def work(key: str, context: Context) -> None:
        seen.append(context.should_stop())
        begun.set()
        deadline = time.monotonic() + PATIENCE_S
        while not context.should_stop() and time.monotonic() < deadline:
            time.sleep(0.01)
        engine.wake("k")
        seen.append(context.should_stop())

    engine = make(of(work))
    engine.wake("k")
    with running(engine) as stop:
        assert begun.wait(PATIENCE_S)
        stop.set()

    assert seen == [False, True]


def test_waking_many_of_which_half_wait(make: Make):
    jobs = Jobs()
    engine = make(of(jobs))
    engine.wake("k", [str(n) for n in range(0, 60, 2)])
    engine.wake("k", [str(n) for n in range(60)])
    engine.wake("k", [])

    with running(engine, 8):
        jobs.until(lambda: len(jobs.done) == 60)

    assert {*jobs.done.values()} == {1}


def test_what_waits_for_no_queue_of_ours_is_left_alone(make: Make):
    jobs = Jobs()
    engine = make({"k": Kind(queue="fetch", work=jobs), "mine": Kind(queue="story", work=jobs)})
    engine.wake("k", ["theirs"])
    engine.wake("mine", ["ours"])

    with running(engine):
        jobs.until(lambda: jobs.done["ours"])

    assert "theirs" not in jobs.begun


@pytest.mark.parametrize("seconds", [0, -1])
def test_period_that_is_none_is_refused(make: Make, seconds: float):
    with pytest.raises(ValueError, match="k: "):
        make(of(Jobs())).every(timedelta(seconds=seconds), "k")


# --- of that of a cluster ------------------------------------------------------------------------

_PROCESS = """
import sys, threading, time
from datetime import timedelta
from monitor.adapters.engines.procrastinate import ProcrastinateEngine
from monitor.adapters.postgres import Address, upgrade
from monitor.databases import EngineKind, File, Served, engine_on
from monitor.engine import Kind

def work(key, context):
    print(key, flush=True)
    time.sleep(60)

kinds = {"k": Kind(queue="story", work=work)}
engine = ProcrastinateEngine(Address(sys.argv[1]), kinds, timedelta(seconds=4))
engine.run(["story"], 4, threading.Event())
"""


@contextmanager
def another_process(url: str) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-c", _PROCESS, url]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@contextmanager
def a_cluster(url: str, jobs: Any, **more: Any) -> Iterator[ProcrastinateEngine]:
    engine = ProcrastinateEngine(Address(url), of(jobs), STALL, **more)
    try:
        yield engine
    finally:
        engine.close()


def told(lines: Sequence[Mapping[str, Any]], event: str) -> list[Mapping[str, Any]]:
    return [line for line in lines if line["event"] == event]


def jobs_left(url: str) -> list[tuple[str | None, str | None]]:
    connector = SyncPsycopgConnector(conninfo=url)
    connector.open()
    try:
        return [(job.lock, job.status) for job in JobManager(connector).list_jobs()]
    finally:
        connector.close()


def test_jobs_of_a_process_that_was_killed_are_done_by_another_one(postgres_url: str):
    """One of them was woken again since: it is done once, and is in nobody's way."""
    jobs = Jobs()

    with a_cluster(postgres_url, jobs) as engine:
        engine.wake("k", ["a", "b"])
        with another_process(postgres_url) as process:
            assert process.stdout
            assert {process.stdout.readline(), process.stdout.readline()} == {"a\n", "b\n"}
            process.send_signal(signal.SIGKILL)
            process.wait()
        engine.wake("k", ["a"])
        with running(engine, 4, "control", "story"):
            jobs.until(lambda: jobs.done == {"a": 1, "b": 1})
            engine.wake("k", ["last"])
            jobs.until(lambda: jobs.done["last"])

    assert jobs.done == {"a": 1, "b": 1, "last": 1}
    assert jobs_left(postgres_url) == []


def test_lost_connections_end_neither_jobs_nor_the_process(postgres_url: str):
    jobs = Jobs(held=True)

    with a_cluster(postgres_url, jobs) as engine, running(engine, 4, "control", "story"):
        engine.wake("k", ["during"])
        jobs.until(lambda: jobs.begun["during"])
        with psycopg.connect(postgres_url, autocommit=True) as conn:
            conn.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        jobs.gate.set()
        engine.wake("k", ["during", "after"])
        jobs.until(lambda: jobs.done == {"during": 2, "after": 1})

    assert jobs_left(postgres_url) == []


def test_job_whose_end_a_new_server_has_not_seen_is_done_again(postgres_url: str):
    """As after a failover to a standby that was behind, so short that no question failed."""
    jobs = Jobs()

    with a_cluster(postgres_url, jobs) as engine, running(engine, 4, "control", "story"):
        engine.wake("k", ["ended"])
        jobs.until(lambda: jobs.done["ended"])
        until_s = time.monotonic() + PATIENCE_S
        while jobs_left(postgres_url):
            assert time.monotonic() < until_s, "it does not end"
        with psycopg.connect(postgres_url, autocommit=True) as conn:
            conn.execute(
                "INSERT INTO procrastinate_jobs"
                " (queue_name, task_name, lock, queueing_lock, args, status, worker_id, attempts)"
                " SELECT 'story', 'k', 'k:ended', 'k:ended', '{\"key\": \"ended\"}', 'doing',"
                " min(id), 0 FROM procrastinate_workers"
            )
        engine.wake("k", ["ended"])  # it waits for the end of that one
        jobs.until(lambda: jobs.done["ended"] == 2)

    assert jobs_left(postgres_url) == []


def test_job_whose_answer_was_lost_on_its_way_is_done_again(postgres_url: str):
    """The server gave it to this process, which lives and never heard of it."""
    jobs = Jobs(held=True)

    with a_cluster(postgres_url, jobs) as engine, running(engine, 4, "control", "story"):
        engine.wake("k", ["heard"])
        jobs.until(lambda: jobs.begun["heard"])
        with psycopg.connect(postgres_url) as conn, psycopg.connect(postgres_url) as other:
            conn.execute(
                "INSERT INTO procrastinate_jobs"
                " (queue_name, task_name, lock, args, status, worker_id, attempts)"
                " SELECT queue_name, task_name, replace(lock, 'heard', 'unheard'),"
                " replace(args::text, 'heard', 'unheard')::jsonb, status, worker_id, attempts"
                " FROM procrastinate_jobs WHERE status = 'doing'"
            )
            conn.commit()
            conn.execute("LOCK TABLE procrastinate_jobs IN ACCESS EXCLUSIVE MODE")
            cut = (
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND query LIKE '%procrastinate_fetch_job%'"
                " AND wait_event_type = 'Lock'"
            )
            until_s = time.monotonic() + PATIENCE_S
            while other.execute(cut).fetchone() == (0,):
                other.rollback()
                assert time.monotonic() < until_s, "it asks for no job"
                time.sleep(0.05)
        jobs.gate.set()
        jobs.until(lambda: jobs.done == {"heard": 1, "unheard": 1})

    assert jobs_left(postgres_url) == []


def test_server_that_is_away_is_told_and_waited_for():
    jobs = Jobs()

    with a_server() as server, capture_logs() as lines:
        server.start()
        url = server.get_uri()
        upgrade(Address(url))
        procrastinate.install(Address(url))
        with a_cluster(url, jobs) as engine, running(engine, 4, "control", "story"):
            engine.wake("k", ["before"])
            jobs.until(lambda: jobs.done["before"])
            server.stop()
            with pytest.raises(StoreError, match="the database 'postgres'"):
                engine.wake("k", ["away"])
            server.start()
            engine.wake("k", ["after"])
            jobs.until(lambda: jobs.done["after"])

    events = [line["event"] for line in lines if line["event"].startswith("engine")]
    assert events == ["engine_lost", "engine_back"]


def test_ticks_go_on_when_the_wall_clock_is_set(postgres_url: str):
    """Those of an hour that never was are not made up for, and an hour back is not waited for."""
    jobs, shift_s = Jobs(), [0.0]

    with a_cluster(postgres_url, jobs, wall=lambda: time.time() + shift_s[0]) as engine:
        engine.every(timedelta(seconds=1), "k")
        with running(engine):
            began_s = time.monotonic()
            for shift_s[0] in (0.0, 3600.0, -3600.0):
                soon = Counter({"": jobs.done[""] + 2})
                jobs.until(partial(jobs.done.__ge__, soon))
        took_s = time.monotonic() - began_s  # when no more tick can come

    assert jobs.done[""] <= took_s + 4


def test_process_that_was_taken_for_dead_goes_on_under_another_name(postgres_url: str):
    """As one that was frozen for long does."""
    jobs = Jobs(held=True)

    with a_cluster(postgres_url, jobs) as engine, running(engine, 4, "story"):
        engine.wake("k", ["a"])
        jobs.until(lambda: jobs.begun["a"])
        with psycopg.connect(postgres_url) as conn:
            conn.execute("DELETE FROM procrastinate_workers")
        engine.wake("k", ["b"])
        jobs.gate.set()
        jobs.until(lambda: jobs.done["a"] and jobs.done["b"])

    assert jobs.most["a"] == 1


def test_end_of_a_job_that_another_process_took_over_is_not_the_end_of_that_one(postgres_url: str):
    """Else a third one could begin while the second one is still at it."""
    frozen, other = Jobs(held=True), Jobs(held=True)

    with (
        a_cluster(postgres_url, frozen) as first,
        a_cluster(postgres_url, other) as second,
        capture_logs() as lines,
        running(first),
    ):
        first.wake("k", ["a"])
        frozen.until(lambda: frozen.begun["a"])
        with psycopg.connect(postgres_url) as conn:
            conn.execute("DELETE FROM procrastinate_workers")  # as after three stalls
        with running(second, 4, "control", "story"):
            other.until(lambda: other.begun["a"])
            frozen.gate.set()
            frozen.until(lambda: frozen.done["a"])
            stop_waiting_s = time.monotonic() + PATIENCE_S
            while not told(lines, "job_taken") and time.monotonic() < stop_waiting_s:
                time.sleep(0.01)
            during = jobs_left(postgres_url)
            other.gate.set()
            other.until(lambda: other.done["a"])

    assert during == [("k:a", "doing")]
    assert [len(told(lines, event)) for event in ("job_stalled", "job_taken")] == [1, 1]
    assert jobs_left(postgres_url) == []


def test_period_of_parts_of_a_second_is_refused():
    engine = ProcrastinateEngine(Address("postgresql://nowhere/"), of(Jobs()), STALL)

    with pytest.raises(ValueError, match="whole seconds"):
        engine.every(timedelta(seconds=1.5), "k")


# --- its tables ----------------------------------------------------------------------------------


def test_tables_of_an_older_library_are_brought_up_to_date(bare_postgres_url: str):
    address = Address(bare_postgres_url)
    upgrade(address)
    steps = sorted(migrations_path.glob("*.sql"))
    with psycopg.connect(bare_postgres_url, autocommit=True) as conn:
        for step in steps[:-3]:
            conn.execute(step.read_bytes())
        conn.execute("INSERT INTO meta VALUES ('engine', %s)", (steps[-4].stem,))
    with pytest.raises(StoreError, match="an older news-monitor; run 'news-monitor db upgrade'"):
        procrastinate.check(address)

    assert procrastinate.install(address) == 3
    assert procrastinate.install(address) == 0
    procrastinate.check(address)


def test_tables_of_a_newer_library_and_of_others_are_refused(bare_postgres_url: str):
    address = Address(bare_postgres_url)
    with pytest.raises(StoreError, match="no tables of news-monitor yet"):
        procrastinate.install(address)
    upgrade(address)
    with pytest.raises(StoreError, match="has no procrastinate_jobs yet; run"):
        procrastinate.check(address)
    procrastinate.install(address)

    with psycopg.connect(bare_postgres_url, autocommit=True) as conn:
        conn.execute("UPDATE meta SET value = '99.00.00_01' WHERE key = 'engine'")
        with pytest.raises(StoreError, match="made by a newer news-monitor"):
            procrastinate.install(address)
        conn.execute("DELETE FROM meta WHERE key = 'engine'")
        with pytest.raises(StoreError, match="that news-monitor did not make"):
            procrastinate.install(address)


# --- which goes with what ------------------------------------------------------------------------


def test_engine_of_many_processes_is_refused_over_a_file(tmp_path: Path, postgres_url: str):
    file, served = File(tmp_path / "db"), Served(Secret(value=postgres_url))

    assert isinstance(engine_on(file, EngineKind.LOCAL, {}), LocalEngine)
    assert isinstance(engine_on(served, EngineKind.LOCAL, {}), LocalEngine)
    assert isinstance(engine_on(served, EngineKind.PROCRASTINATE, {}), ProcrastinateEngine)
    with pytest.raises(StoreError, match="need a PostgreSQL database"):
        engine_on(file, EngineKind.PROCRASTINATE, {})


def test_process_without_room_leaves_jobs_to_others(postgres_url: str):
    """Who looks for jobs a moment before the others do would take each, and refuse it."""
    full, free = Jobs(), Jobs()
    address = Address(postgres_url)
    kind = {"k": Kind(queue="fetch", work=full, has_room=lambda: False)}
    first = ProcrastinateEngine(address, kind, STALL)
    second = ProcrastinateEngine(address, of(free, "fetch"), STALL)
    with running(first, 4, "fetch"), running(second, 4, "fetch"):
        for key in "abc":
            first.wake("k", [key])
            free.until(lambda key=key: free.done[key])  # type: ignore[misc]
    first.close()
    second.close()

    assert not full.begun
