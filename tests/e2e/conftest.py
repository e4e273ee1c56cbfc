"""What all tests of a process share: a pair of parser children, and a service to fork."""

from collections.abc import Iterator

import pytest

from monitor.adapters.feeds import ChildParser
from tests.faults.campaigns import zygotes
from tests.faults.processes import Zygote


@pytest.fixture(scope="session")
def parser() -> Iterator[ChildParser]:
    with ChildParser(workers=2) as shared:
        yield shared


@pytest.fixture(scope="session")
def service() -> Iterator[Zygote]:
    """`news-monitor` in processes of its own, without what its start costs each time."""
    with zygotes(1) as [shared]:
        yield shared
