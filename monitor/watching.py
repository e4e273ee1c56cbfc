"""Sees that the files of a configuration changed, whoever changes them and however."""

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import structlog
from watchfiles import watch

from monitor.config.sources import Sources

log = structlog.get_logger(__name__)

# Files are often written one after the other; they are read once nothing moves for so long.
_QUIET = timedelta(seconds=0.3)
_QUIET_AT_LAST = timedelta(seconds=10)
# What no system tells of (another machine's writes, a link far up) is looked for so often.
_LOOK_EVERY = timedelta(seconds=5)


class Watching:
    """Calls back, from a thread of its own, when the content of a file is another one than noted.

    What the system tells of only wakes it: whether anything changed is judged by the content, so a
    file that was touched, or that came back as it was, is no change.

    Args:
        noted: What the files said when they were read.
        every: How often they are looked at in any case.
    """

    def __init__(
        self,
        sources: Sources,
        changed: Callable[[], None],
        *,
        noted: str,
        every: timedelta = _LOOK_EVERY,
    ) -> None:
        self._sources, self._changed, self._every = sources, changed, every
        self._stop = threading.Event()
        self._noted = noted
        self._refused = ""
        self._thread = threading.Thread(target=self._watch, name="config", daemon=True)

    def note(self, fingerprint: str) -> None:
        """That the files are known to say this."""
        self._noted = fingerprint

    def _watch(self) -> None:
        while not self._stop.is_set():
            folders = self._sources.folders()
            try:
                self._watch_these(folders)
            except (OSError, RuntimeError) as exc:
                self._tell_refused(exc)
                self._stop.wait(self._every.total_seconds())
            self._look()

    def _watch_these(self, folders: frozenset[Path]) -> None:
        """Until these are no more those that have to be watched."""
        for _ in watch(
            *folders,
            watch_filter=lambda _, path: self._sources.concerns(Path(path)),
            step=_ms(_QUIET),
            debounce=_ms(_QUIET_AT_LAST),
            rust_timeout=_ms(self._every),
            yield_on_timeout=True,
            stop_event=_Ear(self._stop, lambda: self._sources.fingerprint() != self._noted),
            raise_interrupt=False,
            recursive=False,
            ignore_permission_denied=True,
        ):
            self._look()
            if self._sources.folders() != folders:
                return

    def _look(self) -> None:
        """Tell of a change, if there is one, once nothing moves."""
        found = self._sources.fingerprint()
        if found == self._noted:
            return
        for _ in range(_QUIET_AT_LAST // _QUIET):
            if self._stop.wait(_QUIET.total_seconds()):
                return
            before, found = found, self._sources.fingerprint()
            if found == before:
                break
        if found != self._noted:  # else it is as it was, or somebody read it meanwhile
            self._noted = found
            self._changed()

    def _tell_refused(self, exc: Exception) -> None:
        """No more folders can be watched, say: the regular look has to do."""
        if str(exc) != self._refused:
            self._refused = str(exc)
            every_s = self._every.total_seconds()
            log.warning("config_not_watched", problem=str(exc), looked_at_every_s=every_s)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(2)


class _Ear:
    """Asked by the library whether to stop: the first time when the folders are being watched.

    What changed until then nobody tells, so it stops at once to have a look.
    """

    def __init__(self, stop: threading.Event, missed: Callable[[], bool]) -> None:
        self._stop, self._missed = stop, missed
        self._listens = False

    def is_set(self) -> bool:
        first, self._listens = not self._listens, True
        return self._stop.is_set() or (first and self._missed())


def _ms(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)
