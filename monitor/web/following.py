"""A configuration as it is saved, for a page that runs beside the service."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

import structlog

from monitor.config import Config
from monitor.config.sources import Sources
from monitor.errors import ConfigError, MonitorError
from monitor.watching import Watching

log = structlog.get_logger(__name__)


class Following:
    """Takes over what is saved, as the service does; what is refused leaves the former one.

    Args:
        load: Reads the folder.

    Attributes:
        config: The one in use.
        refused: Mistakes for which what is saved is not.
    """

    def __init__(self, sources: Sources, load: Callable[[Path], Config]) -> None:
        self._sources, self._load = sources, load
        self._noted = sources.fingerprint()
        self._lock = threading.Lock()
        self._watching: Watching | None = None
        self.config = load(sources.folder)
        self.refused: Sequence[str] = ()

    def __enter__(self) -> Self:
        if self.config.settings.watch_config:
            self._watching = Watching(self._sources, self.look, noted=self._noted)
            self._watching.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._watching:
            self._watching.stop()

    def look(self) -> None:
        """Read the folder again."""
        with self._lock:
            self._noted = self._sources.fingerprint()
            if self._watching:
                self._watching.note(self._noted)
            try:
                config = self._load(self._sources.folder)
            except ConfigError as exc:
                self._refuse([str(problem) for problem in exc.problems if problem.fatal])
            except MonitorError as exc:
                self._refuse([str(exc)])
            else:
                if config.settings.database != self.config.settings.database:
                    self._refuse(["service.database: cannot change while the page is served"])
                    return
                self.config, self.refused = config, ()
                log.info("reloaded", feeds=len(config.feeds), watches=len(config.watches))

    def _refuse(self, problems: Sequence[str]) -> None:
        self.refused = tuple(problems)
        cure = "the old configuration stays; 'news-monitor check' tells all"
        log.error("reload_refused", problems=len(problems), cure=cure)
