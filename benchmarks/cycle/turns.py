"""What the measured processes say to the one that measures: a line in, a line of JSON out."""

import json
import sys
import time
from collections.abc import Callable

from benchmarks.timing import peak_mib, tree_seconds


def serve(poll: Callable[[], int]) -> None:
    """Poll all feeds once for each line read; tell what it took."""
    print(json.dumps({"ready": True}), flush=True)
    for _ in sys.stdin:
        cpu, wall = tree_seconds(), time.perf_counter()
        polled = poll()
        told = {
            "polled": polled,
            "wall_s": time.perf_counter() - wall,
            "cpu_s": tree_seconds() - cpu,
            "peak_mib": peak_mib(),
        }
        print(json.dumps(told), flush=True)
