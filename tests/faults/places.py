"""Where a process may be killed: every failpoint of the program, found in its source."""

import re
from collections.abc import Sequence
from pathlib import Path

import monitor

_MARK = re.compile(r'failpoint\("([a-z_.]+)"\)')
# Passed in the first life of an installation alone.
_FIRST = ("migration.", "health.", "store.after_alerts")


# Of commands of their own, of a kind that no trial uses, and of reports, which are due once a week
# at most: no daemon passes them here. See test_kills_elsewhere.py.
_ELSEWHERE = ("backup.", "restore.", "file.", "report.")


def all_places() -> list[str]:
    """Those that a daemon passes."""
    return [name for name in places_of("") if not name.startswith(_ELSEWHERE)]


def places_of(prefix: str) -> list[str]:
    """Those whose name begins so."""
    sources = sorted(Path(monitor.__file__).parent.rglob("*.py"))
    found = {name for source in sources for name in _MARK.findall(source.read_text())}
    return sorted(name for name in found if name.startswith(prefix))


def chains(places: Sequence[str], length: int) -> list[list[str]]:
    """Ends of lives that follow each other in one installation."""
    first = [place for place in places if place.startswith(_FIRST)]
    later = [place for place in places if not place.startswith(_FIRST)]
    made: list[list[str]] = []
    while first or later:
        chain = [first.pop(0)] if first else []
        while later and len(chain) < length:
            chain.append(later.pop(0))
        made.append(chain)
    return made
