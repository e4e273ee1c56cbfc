"""CPU time of several ways to do one thing, taken in turns so that noise meets all of them."""

import time
from collections.abc import Callable, Mapping


def cpu_seconds(ways: Mapping[str, Callable[[], object]], rounds: int = 5) -> dict[str, float]:
    """Name -> least CPU time of a run: what disturbs a run only ever adds to it."""
    best: dict[str, float] = {}
    for _ in range(rounds):
        for name, way in ways.items():
            before = time.process_time()
            way()
            took = time.process_time() - before
            best[name] = min(took, best.get(name, took))
    return best
