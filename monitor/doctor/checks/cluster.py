"""The processes of a cluster: are all there, do they agree, and does the server wait for none?"""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from monitor import bootstrap
from monitor.core.company import PART, held, is_cluster, lacks, living
from monitor.doctor.finding import Finding, bad, warning, well
from monitor.doctor.world import World
from monitor.errors import StoreError
from monitor.model import Company

PLACE = 75


def look(world: World) -> Iterable[Finding]:
    if world.config is None or not world.is_served or world.archive is None:
        return ()
    try:
        server = bootstrap.shared_database(world.config).server()
    except StoreError as exc:
        return [bad(str(exc), "see the message")]
    company, stall = world.archive.company(), world.config.settings.stall
    return [*judge_server(server, len(company.processes)), *judge(company, stall)]


def judge(company: Company, stall: timedelta) -> Iterator[Finding]:
    if not is_cluster(company, stall):
        return
    lacking = lacks(company, stall)
    for one in lacking:
        yield bad(one, "see docs/cluster.md")
    alive, parts = living(company, stall), len(held(company, PART))
    if not lacking:
        yield well(
            f"{len(alive)} processes work together, {parts} of {company.partitions} partitions held"
        )


def judge_server(server: "dict[str, str]", processes: int) -> Iterator[Finding]:
    """What the server's settings would make of a machine that is switched off.

    Args:
        server: Name of a setting -> its value, in seconds where it is a time.
    """
    idle = int(server.get("tcp_keepalives_idle", _IDLE_S))
    if not 0 < idle <= _IDLE_S:
        yield warning(
            f"the server notices a client that is gone only after {idle or 7200} s of silence",
            "set tcp_keepalives_idle = 10, tcp_keepalives_interval = 5 and "
            "tcp_keepalives_count = 3 in postgresql.conf",
        )
    if server.get("autovacuum") == "off":
        yield warning(
            "autovacuum is off: a message may take twenty times as long to be looked up",
            "set autovacuum = on in postgresql.conf",
        )
    if server.get("synchronous_commit") == "off":
        yield warning(
            "synchronous_commit is off: a crash of the server may lose what was told as saved",
            "set synchronous_commit = on in postgresql.conf",
        )
    for name in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"):
        if server.get(name) in (None, "0"):
            yield bad(
                f"{name} is off for our connections, so one that is frozen holds up all others",
                "let the address of the database not set it to 0",
            )
    most = int(server.get("max_connections", "0"))
    if processes * _CONNECTIONS > most:
        yield warning(
            f"{processes} processes may want {processes * _CONNECTIONS} connections, and the "
            f"server has {most}",
            "raise max_connections in postgresql.conf",
        )


_IDLE_S = 60
_CONNECTIONS = 16
