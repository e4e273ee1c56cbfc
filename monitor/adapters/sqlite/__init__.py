"""Everything in one SQLite file, readable with the sqlite3 shell and Datasette."""

from monitor.adapters.sqlite.archive import SqliteArchive
from monitor.adapters.sqlite.backup import back_up, restore, vacuum
from monitor.adapters.sqlite.copying import reads, writes
from monitor.adapters.sqlite.lock import Hold, hold, holder, trouble
from monitor.adapters.sqlite.store import SqliteStore

__all__ = [
    "Hold",
    "SqliteArchive",
    "SqliteStore",
    "back_up",
    "hold",
    "holder",
    "reads",
    "restore",
    "trouble",
    "vacuum",
    "writes",
]
