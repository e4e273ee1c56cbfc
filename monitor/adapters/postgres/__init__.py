"""Everything in one PostgreSQL database, which several processes may write."""

from monitor.adapters.postgres.archive import PostgresArchive
from monitor.adapters.postgres.connection import Address
from monitor.adapters.postgres.copying import columns, held, reads, vacuum, writes
from monitor.adapters.postgres.leases import PostgresLeases, partitions, repartition, settings
from monitor.adapters.postgres.lock import holder
from monitor.adapters.postgres.migrations import upgrade
from monitor.adapters.postgres.store import PostgresStore

__all__ = [
    "Address",
    "PostgresArchive",
    "PostgresLeases",
    "PostgresStore",
    "columns",
    "held",
    "holder",
    "partitions",
    "reads",
    "repartition",
    "settings",
    "upgrade",
    "vacuum",
    "writes",
]
