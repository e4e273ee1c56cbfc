"""Where a process may be killed: every failpoint of the program, found in its source."""

import re
from collections.abc import Sequence
from pathlib import Path

import monitor

_MARK = re.compile(r'failpoint\("([a-z_.]+)"\)')
# Passed in the first life of an installation alone.
# Proven where the kind is tested: no trial writes a file.
_ELSEWHERE = ("file.",)
_FIRST = ("migration.", "health.", "store.after_alerts")


def all_places() -> list[str]:
    sources = sorted(Path(monitor.__file__).parent.rglob("*.py"))
    found = {name for source in sources for name in _MARK.findall(source.read_text())}
    return sorted(name for name in found if not name.startswith(_ELSEWHERE))


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
