"""ChildParser: feeds are read in child processes, and what a body does to one is its own loss."""

import queue
from dataclasses import replace
from types import TracebackType
from typing import Self

from monitor.adapters.feeds import delta, wire
from monitor.adapters.feeds.process import ParserProcess
from monitor.errors import ParseError
from monitor.model import FeedWindow, Fetched, Page, ParsedFeed


class ChildParser:
    """A `Parser` and `PageReader` over a few child processes, started when first needed.

    Safe for many threads.

    Args:
        workers: Children, and so bodies read at once; further callers wait for a free one.
        cpu_s: Processor time for one body (rounded up to whole seconds).
        wall_s: Time for one body, the start of a child excluded.
        max_rss_mib: Memory of one child (its address space).
    """

    def __init__(
        self, workers: int = 2, cpu_s: float = 10, wall_s: float = 10, max_rss_mib: int = 768
    ) -> None:
        self.children = [ParserProcess(cpu_s, wall_s, max_rss_mib) for _ in range(workers)]
        # Last in, first out: a quiet daemon keeps one child, not all of them.
        self._free: queue.LifoQueue[ParserProcess] = queue.LifoQueue()
        for child in reversed(self.children):
            self._free.put(child)

    def parse(self, fetched: Fetched, window: FeedWindow | None = None) -> ParsedFeed:
        """As `ports.Parser` says; a child that is stopped or crashes is a ParseError of this feed.

        Raises:
            ParseError: Also after `close`.
        """
        pieces = delta.cut(fetched)
        if pieces is None:
            return self._read(fetched)
        names = delta.unseen(pieces, window)
        if window and names is not None:
            if not names:
                return delta.nothing_new(pieces, window)
            if len(names) < len(pieces.pieces) and (part := self._part(fetched, pieces, names)):
                whole = delta.after_part(pieces, names, window, part)
                if whole is not None:
                    return whole
        return delta.after_whole(pieces, self._read(fetched))

    def _part(self, fetched: Fetched, pieces: delta.Cut, names: list[bytes]) -> ParsedFeed | None:
        """Read these entries alone; None: they cannot be read by themselves."""
        kind = "application/xml; charset=utf-8"  # as `cut` has made sure
        try:
            return self._read(replace(fetched, body=pieces.document(names), content_type=kind))
        except ParseError:
            return None

    def links(self, fetched: Fetched) -> Page:
        """As `ports.PageReader` says, in the same children.

        Raises:
            ParseError: Also after `close`.
        """
        return wire.unpack_page(self._ask(wire.pack_request(fetched, wire.PAGE)))

    def _read(self, fetched: Fetched) -> ParsedFeed:
        return wire.unpack_answer(self._ask(wire.pack_request(fetched)))

    def _ask(self, request: bytes) -> bytes:
        child = self._free.get()
        try:
            return child.ask(request)
        finally:
            self._free.put(child)

    def close(self) -> None:
        """End all children at once; whoever still waits for an answer gets a ParseError."""
        for child in self.children:
            child.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
