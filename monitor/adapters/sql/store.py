"""A store: one writer, any number of readers."""

from abc import ABC
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import Generic, Self, TypeVar

from monitor.adapters.sql.archive import SqlArchive
from monitor.adapters.sql.statements import Session
from monitor.adapters.sql.writer import LONGEST_S, Writer
from monitor.errors import StoreError
from monitor.failpoints import failpoint
from monitor.model import FeedState, WatchState, WebhookState
from monitor.ports import Unit

SAVE_PROGRAM = (
    "INSERT INTO meta (key, value) VALUES ('program', ?)"
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE meta.value <> excluded.value"
)
"""Which version of the program opened the database last to run on it."""

T = TypeVar("T")
A_co = TypeVar("A_co", bound=SqlArchive, covariant=True)
_PROBE_BYTES = 256 * 1024


class SqlStore(ABC, Generic[A_co]):
    """Implements `ports.Store` but for how the database is opened.

    Args:
        open_session: Of the writer; called first.
        open_archive: Called once there is a writer.
        longest_s: See `Writer`.
    """

    def __init__(
        self,
        open_session: Callable[[], Session],
        open_archive: Callable[[], A_co],
        longest_s: float = LONGEST_S,
    ) -> None:
        self._writer = Writer(open_session, longest_s)
        try:
            self._archive = open_archive()
            self._instance = self._archive.instance
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def instance(self) -> str:
        return self._instance

    def write(self, work: Callable[[Unit], T]) -> T:
        return self._writer.run(work)

    def write_soon(
        self, work: Callable[[Unit], T], *, patience_s: float = 0, again: bool = False
    ) -> Future[T]:
        return self._writer.submit(work, patience_s, again=again)

    @property
    def trouble(self) -> str:
        return self._writer.trouble

    def probe(self, now: datetime) -> bool:
        """Writes as much as a small poll would, for where little room is left a little may fit."""
        try:
            self._writer.run(lambda unit: unit.beat(now, room=_PROBE_BYTES))
            self._writer.run(lambda unit: unit.beat(now))
        except StoreError:
            return False
        self._writer.trouble = ""
        return True

    def feed_states(self) -> Mapping[str, FeedState]:
        return self._archive.feed_states()

    def feed_states_of(self, feed_ids: Collection[str]) -> Mapping[str, FeedState]:
        return self._archive.feed_states_of(feed_ids)

    def webhook_states(self) -> Mapping[str, WebhookState]:
        return self._archive.webhook_states()

    def watch_states(self) -> Mapping[str, WatchState]:
        return self._archive.watch_states()

    def due_webhooks(self, now: datetime) -> Sequence[str]:
        return self._archive.due_webhooks(now)

    def has_due_groups(self, now: datetime) -> bool:
        return self._archive.has_due_groups(now)

    def archive(self) -> A_co:
        """Closed together with the store."""
        return self._archive

    def close(self) -> None:
        """Readers first: the last connection to leave writes SQLite's log back into the file."""
        if hasattr(self, "_archive"):
            self._archive.close()
        failpoint("store.closing")
        self._writer.close()
        failpoint("store.closed")
