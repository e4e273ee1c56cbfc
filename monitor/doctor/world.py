"""What checks look at. Each part is read when the first check asks for it."""

from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Self

from monitor import bootstrap
from monitor.adapters.sql.archive import SqlArchive
from monitor.config import Config
from monitor.errors import ConfigError, Problem, StoreError


@dataclass(kw_only=True)
class World:
    """An installation.

    Args:
        folder: The configuration.
        online: Other machines may be asked.
        deep: What takes long may be done.
    """

    folder: Path
    now: datetime
    online: bool = False
    deep: bool = False
    _open: ExitStack = field(default_factory=ExitStack, init=False, repr=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """All that 'check' tells of the configuration, secrets that are not at hand included."""
        return tuple(bootstrap.check(self.folder))

    @cached_property
    def config(self) -> Config | None:
        """Without secrets; None: not even the database can be told from it."""
        try:
            return bootstrap.load(self.folder, secrets_of=(), uses=())
        except ConfigError:
            return None

    @cached_property
    def database(self) -> Path | None:
        """The file; None: a server keeps it, or it cannot be told."""
        if self.config is None or self.is_served:
            return None
        return Path(self.config.settings.database)

    @cached_property
    def is_served(self) -> bool:
        """Whether a server keeps the database."""
        return bool(self.config and self.config.settings.database_url.reveal())

    @cached_property
    def is_there(self) -> bool:
        """Whether there is a database; what a server has is not asked."""
        return self.config is not None and (self.database is None or self.database.exists())

    @cached_property
    def unreadable(self) -> str:
        """Why the database cannot be read; empty: it can, or there is none."""
        _, problem = self._opened
        return problem

    @cached_property
    def archive(self) -> SqlArchive | None:
        """None: there is none, or it cannot be read."""
        archive, _ = self._opened
        return archive

    @cached_property
    def _opened(self) -> tuple[SqlArchive | None, str]:
        if self.config is None or not self.is_there:
            return None, ""
        try:
            return self._open.enter_context(bootstrap.archive_of(self.config)), ""
        except StoreError as exc:
            return None, str(exc)

    @cached_property
    def process(self) -> str | None:
        """Which process runs on the database."""
        return bootstrap.holder_of(self.config) if self.config else None
