"""One pair of parser children for all tests of a process."""

from collections.abc import Iterator

import pytest

from monitor.adapters.feeds import ChildParser


@pytest.fixture(scope="session")
def parser() -> Iterator[ChildParser]:
    with ChildParser(workers=2) as shared:
        yield shared
