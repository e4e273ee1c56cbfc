"""How many files may be open, against what the workers need."""

import resource
from collections.abc import Iterable, Iterator

from monitor.doctor.finding import Finding, bad, warning, well
from monitor.doctor.world import World
from monitor.model import Settings

PLACE = 130

_BASE = 64  # standard streams, database, log, locks, readers, name look-ups


def look(world: World) -> Iterable[Finding]:
    if world.config is None:
        return []
    connections = sum(one.policy.connections for one in world.config.webhooks.values())
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return judge(soft, needed(world.config.settings, connections))


def needed(settings: Settings, connections: int) -> int:
    """Sockets in use and kept, three pipes a parser child, and the rest."""
    sending = max(settings.deliver_workers, connections)
    return _BASE + 2 * settings.fetch_workers + 3 * settings.parse_workers + 2 * sending


def judge(soft: int, need: int) -> Iterator[Finding]:
    text = f"{soft:,} files may be open, the workers need up to {need:,}"
    cure = "raise it (LimitNOFILE= of systemd, ulimit -n), or have fewer workers"
    if 0 <= soft < need:
        yield bad(text, cure)
    elif 0 <= soft < 2 * need:
        yield warning(f"{text}: not much room", cure)
    else:
        yield well(text if soft >= 0 else "any number of files may be open")
