"""Named places where the fault tests kill the process; nothing happens unless they ask for it.

`NEWS_MONITOR_FAILPOINT=name[:n]` in the environment makes the n-th (default: first) passing of
that name end this process with SIGKILL, as a power cut would, and say so on standard error before.
Random kills prove little: the bugs sit between two statements.
"""

import os
import signal
from itertools import count

_name = ""
_nth = 1
_passed = count(1)  # next() is one step: threads pass at the same time


def arm(place: str) -> None:
    """Choose where to end, as in "poll.before_commit:3"; empty: nowhere."""
    global _name, _nth, _passed
    _name, _, nth = place.partition(":")
    _nth, _passed = int(nth or 1), count(1)


def is_armed(name: str) -> bool:
    """Whether this place is the chosen one, for hooks that would cost something in every run."""
    return name == _name


def failpoint(name: str) -> None:
    """Mark a place; `name` is area.moment, as in "poll.before_commit"."""
    if name != _name:
        return
    if next(_passed) == _nth:
        os.write(2, f"killed at failpoint {name}:{_nth}\n".encode())
        os.kill(os.getpid(), signal.SIGKILL)


arm(os.environ.get("NEWS_MONITOR_FAILPOINT", ""))
