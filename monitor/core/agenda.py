"""Which feeds are due, without a look at all those that are not."""

from collections.abc import Sequence
from datetime import datetime
from heapq import heapify, heappop, heappush
from itertools import count

_SLACK = 1_000  # entries that are true no more, beside as many as there are feeds


class Agenda:
    """When each feed is due. A look costs what is due, however many feeds there are."""

    def __init__(self) -> None:
        self._at: dict[str, datetime] = {}
        # A heap, by the order of arrival if moments are equal. What was put off is still in it.
        self._ahead: list[tuple[datetime, int, str]] = []
        self._numbers = count()
        self._due: dict[str, None] = {}

    def put(self, feed_id: str, at: datetime) -> None:
        """A feed is due then, and not when it was before."""
        if self._at.get(feed_id) == at:
            return
        self._at[feed_id] = at
        self._due.pop(feed_id, None)
        self._wait(feed_id)

    def drop(self, feed_id: str) -> None:
        """It is never due."""
        self._at.pop(feed_id, None)
        self._due.pop(feed_id, None)

    def due(self, now: datetime) -> Sequence[str]:
        """Ids of feeds whose time has come, the longest overdue first."""
        for feed_id in [one for one in self._due if self._at[one] > now]:  # the clock was set back
            del self._due[feed_id]
            self._wait(feed_id)
        while self._ahead and self._ahead[0][0] <= now:
            at, _, feed_id = heappop(self._ahead)
            if self._at.get(feed_id) == at:
                self._due[feed_id] = None
        return sorted(self._due, key=self._at.__getitem__)

    def _wait(self, feed_id: str) -> None:
        heappush(self._ahead, (self._at[feed_id], next(self._numbers), feed_id))
        if len(self._ahead) > 2 * len(self._at) + _SLACK:
            self._ahead = [one for one in self._ahead if self._at.get(one[2]) == one[0]]
            heapify(self._ahead)
