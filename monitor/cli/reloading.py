"""A configuration in the place of another one, while the service runs."""

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Self

from monitor.config.changes import changes
from monitor.config.sources import Sources
from monitor.daemon import Reloaded
from monitor.errors import ConfigError, Problem
from monitor.failpoints import failpoint
from monitor.watching import Watching

if TYPE_CHECKING:
    from monitor.bootstrap import Built
    from monitor.cluster.process import Process
    from monitor.config import Config
    from monitor.service import Monitor

_RETIRE_AFTER_S = 120  # longer than any fetch or attempt that the old sessions may still serve


class Reload:
    """Reads the folder again; what is in flight finishes with what it began with.

    Args:
        noted: What its files said before it was read.
        adapt: What is made of it for this process.

    Attributes:
        changed: Set when a file of the configuration changed, if that is wanted.
    """

    def __init__(
        self,
        sources: Sources,
        noted: str,
        config: "Config",
        monitor: "Monitor | Process",
        built: "Built",
        adapt: "Callable[[Config], Config]" = lambda config: config,
    ) -> None:
        self.changed = threading.Event()
        self._config, self._monitor, self._built = config, monitor, built
        self._adapt = adapt
        self._started = config.settings
        self._sources, self._noted = sources, noted
        self._watching: Watching | None = None
        self._retired: dict[threading.Timer, Built] = {}

    @property
    def config(self) -> "Config":
        """The one in use."""
        return self._config

    def __call__(self) -> Reloaded:
        from monitor import bootstrap, logs

        self.changed.clear()
        self._noted = self._sources.fingerprint()
        if self._watching:
            self._watching.note(self._noted)
        config = self._adapt(bootstrap.load(self._config.folder))
        if config.settings.database != self._config.settings.database:
            where, what = "monitor.toml: service.database", "cannot change while the service runs"
            raise ConfigError((Problem(where=where, what=what, cure="restart the service"),))
        failpoint("reload.loaded")
        new = self._built.again(config)
        failpoint("reload.built")
        logs.configure(config.settings.log_level, config.settings.log_format)
        self._monitor.use(config.settings, new.line, new.fetcher, new.ping)
        self._retire(self._built)
        found = changes(self._config, config, self._started)
        self._config, self._built = config, new
        self._watch_if_wanted()
        return Reloaded(changes=found, warnings=config.warnings)

    def survey(self) -> Sequence[Problem]:
        """What the stored items say of the configuration in use."""
        from monitor import bootstrap

        return bootstrap.check_history(self._config)

    def _watch_if_wanted(self) -> None:
        wanted = self._config.settings.watch_config
        if wanted and self._watching is None:
            self._watching = Watching(self._sources, self.changed.set, noted=self._noted)
            self._watching.start()
        elif self._watching is not None and not wanted:
            self._watching.stop()
            self._watching = None

    def _retire(self, old: "Built") -> None:
        def close() -> None:
            self._retired.pop(timer)
            old.close()

        timer = threading.Timer(_RETIRE_AFTER_S, close)
        timer.daemon = True
        self._retired[timer] = old
        timer.start()

    def __enter__(self) -> Self:
        self._watch_if_wanted()
        return self

    def __exit__(self, *_: object) -> None:
        if self._watching:
            self._watching.stop()
        for timer, built in list(self._retired.items()):
            timer.cancel()
            built.close()
        self._built.close()
