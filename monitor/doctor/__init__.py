"""What may be wrong with an installation, and how to put it right.

finding  Level, Finding: what a check says
world    what checks look at: configuration, database, this machine
checks/  one file a check: `look` gathers facts, `judge` is pure and says what they mean

A new check is a new file in `checks`: nothing else has to know of it.
"""

from collections.abc import Iterator

from monitor.doctor.checks import all_checks
from monitor.doctor.finding import Finding, Level, bad, named
from monitor.doctor.world import World

__all__ = ["Finding", "Level", "World", "examine"]


def examine(world: World) -> Iterator[Finding]:
    """What each check finds; one that fails by itself is a finding, too."""
    for name, look in all_checks():
        try:
            found = list(look(world))
        except Exception as exc:  # noqa: BLE001 - the others still have something to say
            text = f"the check itself failed ({type(exc).__name__}: {exc})"
            found = [bad(text, "report this as a fault of the program")]
        yield from (named(one, name) for one in found)
