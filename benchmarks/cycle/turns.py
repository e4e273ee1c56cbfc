"""What the measured processes say to the one that measures: a line in, a line of JSON out."""

import json
import sys
import time
from collections.abc import Callable, Mapping

from benchmarks.timing import tree_seconds


def serve(poll: Callable[[], Mapping[str, object]]) -> None:
    """Poll all feeds once for each line read; tell what it took, and what `poll` says of it."""
    print(json.dumps({"ready": True}), flush=True)
    for _ in sys.stdin:
        cpu, wall = tree_seconds(), time.perf_counter()
        said = poll()
        told = {
            **said,
            "wall_s": time.perf_counter() - wall,
            "cpu_s": tree_seconds() - cpu,
        }
        print(json.dumps(told), flush=True)
