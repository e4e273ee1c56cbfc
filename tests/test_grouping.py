"""The memory of grouping beside a server that gives up a transaction which idles."""

from typing import cast

import pytest

from monitor.errors import StoreError
from monitor.grouping import Grouper
from monitor.model import GroupingMemory
from monitor.ports import Archive, Unit


class Impatient:
    """Gives a transaction up while its memory is read, as long as that is read in it."""

    def __init__(self) -> None:
        self.recalled = 0
        self._is_lost = False

    def archive(self) -> Archive:
        return cast(Archive, self)

    def begin(self) -> Unit:
        self._is_lost = False
        return cast(Unit, self)

    def memory_version(self) -> str:
        if self._is_lost:
            raise StoreError("terminating connection due to idle-in-transaction timeout")
        return "one"

    def recall(self) -> GroupingMemory:
        self.recalled += 1
        self._is_lost = True
        return GroupingMemory(version="one", stories=(), words=(), counts={}, prints=())


def test_a_memory_that_took_too_long_to_read_serves_the_next_transaction():
    server, grouper = Impatient(), Grouper()

    with pytest.raises(StoreError):
        grouper.refresh(server.begin())
    grouper.refresh(server.begin())

    assert server.recalled == 1


def test_a_memory_that_was_read_before_is_not_read_in_the_transaction():
    server, grouper = Impatient(), Grouper()

    grouper.look_ahead(server.archive())
    grouper.refresh(server.begin())
    server.begin()
    grouper.look_ahead(server.archive())

    assert server.recalled == 1
