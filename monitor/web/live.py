"""Alerts as they come: the database is asked once for all who listen."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

import anyio.to_thread
import structlog
from anyio import CapacityLimiter

from monitor.errors import StoreError
from monitor.ports import Archive, Mark, Placed
from monitor.views.alerts import document
from monitor.views.nouns import as_json
from monitor.web.api.answers import cursor_of

log = structlog.get_logger(__name__)

T = TypeVar("T")
MOST_LISTENERS = 32
KEEP_ALIVE_S = 15.0
"""Whoever listens, and every proxy between, is to see that the line is open."""

_TICK_S = 0.25
_TICKS = 4  # between two questions to the database
_KEPT = 500
_READ_AT_ONCE = 100
_START = Mark(datetime(1970, 1, 1, tzinfo=UTC), "")
_ALIVE = b":\n\n"


@dataclass(frozen=True, slots=True)
class Event:
    """An alert, as it is sent."""

    place: int
    watch: str
    body: bytes


class Full(Exception):  # noqa: N818 - what it is
    """As many listen as may."""


class Live:
    """Lives in the event loop of its server, which alone calls it.

    Args:
        archive: What is stored; None: nothing yet.
        stopping: Whether the server is to end; within a tick all streams do.
    """

    def __init__(self, archive: Callable[[], Archive | None], stopping: Callable[[], bool]) -> None:
        self._archive, self._stopping = archive, stopping
        self._listeners = 0
        self._asking: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self._recent: deque[Event] = deque(maxlen=_KEPT)
        self._whole_from = 0  # all that came behind this place is among the recent ones
        self._seen = 0
        self._anew = 0
        self._ended = False
        self._beginning = asyncio.Lock()
        self._threads: CapacityLimiter | None = None

    def join(self) -> None:
        """Take a place; `leave` gives it back.

        Raises:
            Full: There is none.
        """
        if self._listeners >= MOST_LISTENERS:
            raise Full
        self._listeners += 1

    def leave(self) -> None:
        self._listeners -= 1
        if not self._listeners and self._asking:
            self._asking.cancel()
            self._asking = None

    async def follow(
        self, place: int, mark: Mark, watches: Collection[str]
    ) -> AsyncIterator[bytes]:
        """What one listener is sent, without end until the server ends.

        Args:
            place, mark: As `begin` gave them.
            watches: Of these alone; none: of all.
        """
        anew = self._anew
        # An id without data: who is cut off before the first alert goes on from here as well.
        yield b"retry: 3000\nid: %b\n\n" % cursor_of(mark).encode()
        while not self._ended:
            news = self._news
            if anew != self._anew:
                anew, place = self._anew, min(place, self._seen)
            behind, upto = place < self._whole_from, self._whole_from
            try:
                found = await self._stored(place) if behind else self._since(place)
            except StoreError as exc:
                log.warning("events_not_read", problem=str(exc))
                return
            place = found[-1].place if found else place
            if behind and len(found) < _READ_AT_ONCE:
                place = max(place, upto)
            for event in found:
                if not watches or event.watch in watches:
                    yield event.body
            if behind or found:
                continue
            with suppress(TimeoutError):
                await asyncio.wait_for(news.wait(), KEEP_ALIVE_S)
                continue
            yield _ALIVE

    def _since(self, place: int) -> Sequence[Event]:
        return [one for one in self._recent if one.place > place]

    async def _stored(self, place: int) -> Sequence[Event]:
        return await self._read(partial(_events, after=place, limit=_READ_AT_ONCE)) or ()

    async def begin(self, since: Mark | None) -> tuple[int, Mark]:
        """From which place on a listener listens; nothing that comes from now on is missed.

        To be asked before the listener is told that it listens.

        Args:
            since: The last alert that it knows; None: what comes from now on is enough.

        Raises:
            StoreError: It cannot be read; whoever asks again may be luckier.
        """
        async with self._beginning:
            if self._asking is None:
                self._seen = await self._read(lambda archive: archive.last_place()) or 0
                self._whole_from = self._seen
                self._recent.clear()
                self._ended = self._stopping()
                self._asking = asyncio.create_task(self._ask())
        if since is not None:
            place = await self._read(lambda archive: archive.place_of(since))
            return place or 0, since
        place = self._seen
        return place, await self._read(partial(_mark_at, place=place)) or _START

    async def _ask(self) -> None:
        """Look for what is new, until the last listener leaves or the server ends."""
        ticks = 0
        try:
            while not self._stopping():
                await asyncio.sleep(_TICK_S)
                ticks += 1
                if ticks % _TICKS == 0:
                    await self._look()
        except Exception:  # the streams end, and who comes back begins anew
            log.exception("events_ended")
            self._asking = None
        self._ended = True
        self._wake()

    async def _look(self) -> None:
        try:
            looked = await self._read(partial(_look, seen=self._seen))
        except StoreError as exc:
            log.warning("events_not_read", problem=str(exc))
        else:
            self._take(*(looked or (0, ())))

    def _take(self, last: int, found: Sequence[Event]) -> None:
        if last < self._seen:  # all were pruned, and their places are given anew
            self._seen = self._whole_from = last
            self._anew += 1
            self._recent.clear()
        if not found:
            return
        lost = len(self._recent) + len(found) - _KEPT
        if lost > 0:
            gone = [*self._recent, *found][lost - 1]
            self._whole_from = gone.place
        self._recent.extend(found)
        self._seen = found[-1].place
        self._wake()

    def _wake(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def _read(self, question: Callable[[Archive], T]) -> T | None:
        """Ask in a thread that is kept for this; None: nothing is stored yet.

        Raises:
            StoreError: There is no answer.
        """
        if self._threads is None:
            self._threads = CapacityLimiter(2)
        return await anyio.to_thread.run_sync(self._asked, question, limiter=self._threads)

    def _asked(self, question: Callable[[Archive], T]) -> T | None:
        archive = self._archive()
        return None if archive is None else question(archive)


def last_mark(archive: Archive) -> Mark:
    """Of the alert that was stored last: whoever follows from there misses nothing."""
    return _mark_at(archive, archive.last_place())


def _mark_at(archive: Archive, place: int) -> Mark:
    found = archive.alerts_after(place - 1, watch=None, limit=1) if place else ()
    return Mark(found[0].alert.created_at, found[0].alert.id) if found else _START


def _look(archive: Archive, seen: int) -> tuple[int, Sequence[Event]]:
    """Last place, and what came behind the one that was seen."""
    found = _events(archive, after=seen, limit=_KEPT)
    return (found[-1].place if found else archive.last_place()), found


def _events(archive: Archive, after: int, limit: int) -> Sequence[Event]:
    return [_event(one) for one in archive.alerts_after(after, watch=None, limit=limit)]


def _event(placed: Placed) -> Event:
    """As it is sent: JSON has no line break outside of strings, and none inside.

    Source: HTML, section 9.2.6.
    """
    alert = placed.alert
    data = json.dumps(as_json(document(alert)), ensure_ascii=False, separators=(",", ":"))
    name = cursor_of(Mark(alert.created_at, alert.id))
    return Event(
        placed.place, alert.watch_id, f"event: alert\nid: {name}\ndata: {data}\n\n".encode()
    )
