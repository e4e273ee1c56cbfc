"""A clock that nobody sets."""

import time


def elapsed_s() -> float:
    """Seconds since some moment, those of a suspended machine too where the system counts them.

    So what others believe to be over while this machine slept is over here as well.
    """
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)
