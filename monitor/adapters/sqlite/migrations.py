"""How a file comes to the schema, by the migrations of sqlite-utils."""

from pathlib import Path

from sqlite_utils import Database, Migrations

from monitor.adapters.sql.schema import STEPS
from monitor.errors import StoreError
from monitor.failpoints import failpoint

__all__ = ["STEPS", "check", "check_ours", "migrate", "schema"]

schema = Migrations("news_monitor")
for _step in STEPS:
    schema()(_step)


def migrate(db: Database, path: Path) -> None:
    """Bring the file to this program's schema.

    Raises:
        StoreError: A newer program made it.
    """
    _refuse_newer(db, path)
    if schema.pending(db):
        failpoint("migration.pending")
        schema.apply(db)
        failpoint("migration.applied")


def check(db: Database, path: Path) -> None:
    """See that the file has exactly this program's schema.

    Raises:
        StoreError: An older or newer program made it, or something else altogether.
    """
    check_ours(db, path)
    if schema.pending(db):
        raise StoreError(
            f"{path} was made by an older news-monitor; "
            "start the service with this version once to bring it up to date"
        )


def check_ours(db: Database, path: Path) -> None:
    """See that the file was made by this program, at this version or an older one.

    Raises:
        StoreError: A newer program made it, or something else altogether.
    """
    _refuse_newer(db, path)
    if not schema.applied(db):
        raise StoreError(f"{path} is no database of news-monitor")


def _refuse_newer(db: Database, path: Path) -> None:
    with Database(memory=True) as empty:
        ours = {step.name for step in schema.pending(empty)}
    newer = [step.name for step in schema.applied(db) if step.name not in ours]
    if newer:
        raise StoreError(
            f"{path} was made by a newer news-monitor (its schema has {newer[-1]!r}); "
            "update this program, or restore a backup from before the update"
        )
