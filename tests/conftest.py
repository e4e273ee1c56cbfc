"""Settings for all tests."""

import gc
import logging
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from itertools import accumulate, groupby

import pytest
import structlog
from hypothesis import settings

from tests import postgres

WAITING = ("tests/cluster/", "tests/faults/", "tests/e2e/")

# No deadline: machines are small and noisy. In CI the same examples each time: a red run must be
# due to the change; developers' runs go on searching.
# HYPOTHESIS_PROFILE=thorough looks for what these do not find in five minutes.
settings.register_profile("default", deadline=None, max_examples=30)
settings.register_profile("ci", deadline=None, max_examples=30, derandomize=True)
settings.register_profile("thorough", deadline=None, max_examples=2_000)
settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "default")
)

# The tests start hundreds of processes, and each would compile all of the program again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# In memory where there is plenty: a disk takes a tenth of a second to keep a new database safe from
# a power cut, and a process that is killed cannot tell the difference.
_MEMORY = "/dev/shm"
if (
    "TMPDIR" not in os.environ
    and os.access(_MEMORY, os.W_OK)
    and not os.statvfs(_MEMORY).f_flag & os.ST_NOEXEC
    and shutil.disk_usage(_MEMORY).free > 2 << 30
):
    os.environ["TMPDIR"] = tempfile.tempdir = _MEMORY

# A shell that starts the tests in its background has them ignore Ctrl-C, and so would the programs
# that the tests start and end with it.
if threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure() -> None:
    postgres.name_run()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that mostly wait stand evenly among those that work: the cores are never idle."""
    files = [list(found) for _, found in groupby(items, key=lambda item: item.path)]
    placed: list[tuple[float, list[pytest.Item]]] = []
    for waits in (False, True):
        some = [file for file in files if file[0].nodeid.startswith(WAITING) == waits]
        starts = accumulate(map(len, some), initial=0)
        total = max(1, sum(map(len, some)))
        placed += [(start / total, file) for start, file in zip(starts, some, strict=False)]
    placed.sort(key=lambda one: one[0])
    items[:] = [item for _, file in placed for item in file]


def pytest_collection_finish() -> None:
    """A fifth of the time would go to looking for garbage among thousands of tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)


def pytest_unconfigure() -> None:
    postgres.end_run()


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """Commands set logging up for their own process: here it is everybody's."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """A PostgreSQL database with our tables and nothing in them."""
    with postgres.a_database() as url:
        yield url


@pytest.fixture
def bare_postgres_url() -> Iterator[str]:
    """A PostgreSQL database without tables."""
    with postgres.a_bare_database() as url:
        yield url
