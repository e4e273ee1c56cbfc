"""Jobs are done every so often, whatever the clock and other jobs do."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from monitor.timetable import Job, Timetable, _Ticks

TICK = timedelta(seconds=0.05)
NOW = datetime(2025, 6, 12, tzinfo=UTC)


@contextmanager
def running(timetable: Timetable) -> Iterator[Timetable]:
    timetable.start()
    try:
        yield timetable
    finally:
        timetable.stop()


@pytest.mark.parametrize(
    ("previous", "due"),
    [
        (NOW, NOW + timedelta(seconds=1)),
        (NOW - timedelta(seconds=1), NOW),
        (NOW - timedelta(hours=1), NOW + timedelta(seconds=1)),
        (NOW - timedelta(days=3650), NOW + timedelta(seconds=1)),
    ],
)
def test_ticks_that_were_missed_are_one(previous: datetime, due: datetime):
    """Listing those of ten years would take all memory."""
    assert _Ticks(seconds=1, timezone=UTC).get_next_fire_time(previous, NOW) == due


def test_a_job_is_done_again_and_again_and_at_the_start_if_wanted():
    ticks, first = threading.Semaphore(0), threading.Event()
    jobs = {
        "often": Job(work=ticks.release, every=TICK),
        "rare": Job(work=first.set, every=timedelta(hours=1), at_start=True),
    }

    with running(Timetable(jobs)):
        assert all(ticks.acquire(timeout=20) for _ in range(3))
        assert first.wait(20)


def test_a_job_that_hangs_is_told_once_and_replaced():
    now_s, gate, calls = [0.0], threading.Event(), threading.Semaphore(0)
    hangs = [True]

    def work() -> None:
        calls.release()
        if hangs[0]:
            gate.wait(20)

    jobs = {
        "polls": Job(work=work, every=TICK, patience=timedelta(seconds=100)),
        "slow": Job(work=lambda: gate.wait(20), every=TICK),
    }
    with running(Timetable(jobs, lambda: now_s[0])) as timetable:
        assert calls.acquire(timeout=20)
        before = timetable.replace_hung()
        now_s[0] = 101.0
        hangs[0] = False
        hung = timetable.replace_hung()
        assert all(calls.acquire(timeout=20) for _ in range(3))
        again = timetable.replace_hung()
        timetable.renew()
        assert all(calls.acquire(timeout=20) for _ in range(3))
        gate.set()

    assert (before, hung, again) == ([], ["polls"], [])
