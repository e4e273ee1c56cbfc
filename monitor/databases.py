"""Which store a configuration names: a file, or a database that a server keeps."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from types import ModuleType

from monitor.adapters import sqlite
from monitor.adapters.sql.archive import SqlArchive
from monitor.adapters.sql.copying import copy as copy_rows
from monitor.adapters.sql.store import SqlStore
from monitor.engine import Engine, Kind
from monitor.errors import StoreError
from monitor.model import Secret, Settings
from monitor.ports import LeaseBook

AnyStore = SqlStore[SqlArchive]


class EngineKind(StrEnum):
    """What runs jobs: threads of one process, or any number of processes."""

    LOCAL = "local"
    PROCRASTINATE = "procrastinate"


class Database(ABC):
    """A place where a store is or can be. All but `exists` may raise `StoreError`."""

    @abstractmethod
    def exists(self) -> bool:
        """Whether there may be something to read; what a server has is not asked."""

    def identity(self) -> Hashable:
        """Another one once another database stands in its place."""
        return None

    @abstractmethod
    def owned(self) -> AbstractContextManager[tuple[AnyStore, Callable[[str], None]]]:
        """The store of the one service that may run on it, and what takes its word for others.

        Raises:
            AlreadyRunning: Another service runs on it.
        """

    @abstractmethod
    def guest(self) -> AnyStore:
        """To change rows beside a running service."""

    @abstractmethod
    def archive(self) -> SqlArchive: ...

    @abstractmethod
    def holder(self) -> str | None:
        """Which process runs on it, as in "process 1234 on host"; None: none."""

    @abstractmethod
    def trouble(self) -> str:
        """What is wrong with it, in the words of that process; or empty."""

    @abstractmethod
    def held(self) -> AbstractContextManager[object]:
        """No service runs meanwhile, nor starts.

        Raises:
            AlreadyRunning: A service does.
        """

    @abstractmethod
    def vacuum(self) -> tuple[int, int]:
        """Make it as small as what it holds; for who holds it. Its size before and after."""

    @abstractmethod
    def upgrade(self, *, new: bool = False) -> None:
        """Bring its tables to this program's schema.

        Args:
            new: Make them if there are none.

        Raises:
            AlreadyRunning: A service runs on it.
        """


class File(Database):
    """A SQLite file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def exists(self) -> bool:
        return self.path.exists()

    def identity(self) -> Hashable:
        try:
            stat = self.path.stat()
        except OSError as exc:
            raise StoreError(f"{self.path}: {exc.strerror}") from exc
        return stat.st_dev, stat.st_ino

    @contextmanager
    def owned(self) -> Iterator[tuple[AnyStore, Callable[[str], None]]]:
        with sqlite.hold(self.path) as held, sqlite.SqliteStore(self.path) as store:
            yield store, held.note

    def guest(self) -> AnyStore:
        return sqlite.SqliteStore(self.path, guest=True)

    def archive(self) -> SqlArchive:
        return sqlite.SqliteArchive(self.path)

    def holder(self) -> str | None:
        return sqlite.holder(self.path)

    def trouble(self) -> str:
        return sqlite.trouble(self.path) if self.holder() else ""

    def held(self) -> AbstractContextManager[object]:
        return sqlite.hold(self.path)

    def vacuum(self) -> tuple[int, int]:
        return sqlite.vacuum(self.path)

    def upgrade(self, *, new: bool = False) -> None:
        if not new and not self.exists():
            raise StoreError(f"there is no database at {self.path}")
        with sqlite.hold(self.path):
            sqlite.SqliteStore(self.path).close()


class Served(Database):
    """A PostgreSQL database."""

    def __init__(self, address: Secret) -> None:
        self.postgres = _postgres()
        self.address = self.postgres.Address(address.reveal())

    def exists(self) -> bool:
        return True

    @contextmanager
    def owned(self) -> Iterator[tuple[AnyStore, Callable[[str], None]]]:
        with self.postgres.PostgresStore(self.address, owner=True) as store:
            yield store, store.note

    def guest(self) -> AnyStore:
        store: AnyStore = self.postgres.PostgresStore(self.address)
        return store

    def archive(self) -> SqlArchive:
        archive: SqlArchive = self.postgres.PostgresArchive(self.address)
        return archive

    def holder(self) -> str | None:
        held = self.postgres.holder(self.address)
        return held[0] if held else None

    def trouble(self) -> str:
        held = self.postgres.holder(self.address)
        return held[1] if held else ""

    def held(self) -> AbstractContextManager[object]:
        held: AbstractContextManager[object] = self.postgres.held(self.address)
        return held

    def vacuum(self) -> tuple[int, int]:
        before, after = self.postgres.vacuum(self.address)
        return int(before), int(after)

    def server(self) -> dict[str, str]:
        """Settings of the server that matter to several processes, as our connections have them."""
        settings: dict[str, str] = self.postgres.settings(self.address)
        return settings

    def partitions(self) -> int:
        """Of hosts, each polled by one process at a time."""
        return int(self.postgres.partitions(self.address))

    def repartition(self, count: int) -> None:
        """Have so many partitions from now on.

        Raises:
            AlreadyRunning: A process runs on it.
        """
        self.postgres.repartition(self.address, count)

    def member(self) -> AnyStore:
        """The store of one of several processes.

        Raises:
            AlreadyRunning: A service has it for itself.
        """
        store: AnyStore = self.postgres.PostgresStore(self.address, member=True)
        return store

    @contextmanager
    def leases(
        self, stall: timedelta, queues: Collection[str], slots: int, config: Callable[[], str]
    ) -> Iterator[LeaseBook]:
        """Of this process, which is seen by others as long as this is entered."""
        book = self.postgres.PostgresLeases(
            self.address, stall.total_seconds(), queues=queues, slots=slots, config=config
        )
        try:
            yield book
        finally:
            book.close()

    def upgrade(self, *, new: bool = False) -> None:
        self.postgres.upgrade(self.address, new=new)
        _procrastinate().install(self.address)


def database_of(settings: Settings) -> Database:
    """What a configuration names.

    Raises:
        StoreError: What it takes is not installed, or its address cannot be read.
    """
    if settings.database_url.reveal():
        return Served(settings.database_url)
    if settings.database_url.reference:
        raise StoreError(f"{settings.database_url.reference} holds no address of a database")
    return File(Path(settings.database))


def copy(source: Database, target: Database) -> Mapping[str, int]:
    """Fill an empty database with all that another one holds; returns the rows of each table.

    One of them is a file and the other one is not. No service may run on either. What was seen
    and told stays so: nothing is alerted again.

    Raises:
        AlreadyRunning: A service does.
        StoreError: Nothing was copied.
    """
    if isinstance(source, File) and isinstance(target, Served):
        columns = target.postgres.columns(target.address)
        with (
            sqlite.reads(source.path) as read,
            target.postgres.writes(target.address) as write,
        ):
            return copy_rows(read, write, columns)
    if isinstance(source, Served) and isinstance(target, File):
        columns = source.postgres.columns(source.address)
        with (
            source.postgres.reads(source.address) as read,
            sqlite.writes(target.path) as write,
        ):
            return copy_rows(read, write, columns)
    raise StoreError(
        "a file is copied into PostgreSQL or back; "
        "for a file into a file there is 'news-monitor backup', for PostgreSQL pg_dump"
    )


def engine_on(
    database: Database,
    kind: EngineKind,
    kinds: Mapping[str, Kind],
    *,
    stall: timedelta = timedelta(seconds=20),
) -> Engine:
    """What runs jobs over a database.

    Args:
        kinds: Of jobs, by their names.
        stall: After how long without a sign of life a process of a cluster is dead.

    Raises:
        StoreError: They do not go together, or what it takes is not installed.
    """
    if kind is EngineKind.LOCAL:
        from monitor.adapters.engines.local import LocalEngine

        return LocalEngine(kinds)
    address = shared(database).address
    engine: Engine = _procrastinate().ProcrastinateEngine(address, kinds, stall)
    return engine


def shared(database: Database) -> Served:
    """The database, if several processes can share it.

    Raises:
        StoreError: They cannot.
    """
    if isinstance(database, Served):
        return database
    raise StoreError(
        "several processes need a PostgreSQL database: a SQLite file belongs to one service, "
        "which 'news-monitor run' is; copy it with 'news-monitor db copy'"
    )


def _postgres() -> ModuleType:
    with _installed():
        from monitor.adapters import postgres
    return postgres


def _procrastinate() -> ModuleType:
    with _installed():
        from monitor.adapters.engines import procrastinate
    return procrastinate


@contextmanager
def _installed() -> Iterator[None]:
    try:
        yield
    except ImportError as exc:
        raise StoreError(
            f"a PostgreSQL database needs more than is installed ({exc}); "
            "install news-monitor[postgres]"
        ) from exc
