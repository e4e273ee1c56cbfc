"""Named places where the fault tests kill the process; nothing happens unless they ask for it.

`NEWS_MONITOR_FAILPOINT=name[:n]` in the environment makes the n-th (default: first) passing of
that name end this process with SIGKILL, as a power cut would. Random kills prove little: the
bugs sit between two statements.
"""

import os
import signal
from collections import Counter

_NAME, _, _NTH = os.environ.get("NEWS_MONITOR_FAILPOINT", "").partition(":")
_passed: Counter[str] = Counter()


def failpoint(name: str) -> None:
    """Mark a place; `name` is area.moment, as in "poll.before_commit"."""
    if name != _NAME:
        return
    _passed[name] += 1
    if _passed[name] == int(_NTH or 1):
        os.kill(os.getpid(), signal.SIGKILL)
