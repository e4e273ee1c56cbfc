"""How late feeds are polled by a cluster of workers, under a virtual clock.

`python -m benchmarks.sim.measure [--only NAME ...] [--write]`
"""

import argparse
import gc
import json
import platform
import resource
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.sim.cluster import Blow, Cluster, Plan
from benchmarks.sim.tally import Tally, percentiles
from benchmarks.sim.world import Shape, world_of

ROOT = Path(__file__).parents[2]
Row = dict[str, Any]


def measure(shape: Shape, plan: Plan, until_s: float, blows: tuple[Blow, ...] = ()) -> Row:
    """One run; all but `took_s` is the same each time."""
    began = time.process_time()
    gc.disable()
    world = world_of(shape)
    since_s = min(60.0, until_s / 4)
    tally = Tally(world, since_s)
    Cluster(world, plan, tally, blows).run(until_s)
    gc.enable()
    parts, workers = tally.by_part, [tally.by_worker[n] for n in range(plan.workers)]
    return {
        "feeds": shape.feeds,
        "hosts": shape.hosts,
        "partitions": shape.partitions,
        "workers": plan.workers,
        "slots": plan.slots,
        "threads": plan.threads,
        "keeps": plan.keeps,
        "greatest_host": world.sizes[0],
        "lag_s": percentiles(tally.lags),
        "limited_lag_s": percentiles(tally.limited_lags),
        "limited_share": round(len(tally.limited_lags) / max(tally.counted, 1), 3),
        "overdue_s": round(tally.overdue_s(until_s), 1),
        "polls_per_s": round(tally.counted / (until_s - since_s), 1),
        "jobs_per_s": round(tally.jobs / until_s, 2),
        "most_in_flight": tally.most_in_flight,
        "partition_skew": round(max(parts) * len(parts) / sum(parts), 2),
        "worker_skew": round(max(workers) * len(workers) / sum(workers), 2),
        "held_apart": max(tally.spread, key=lambda apart: (tally.spread[apart], apart)),
        "overlaps": tally.overlaps,
        "hurried": tally.hurried,
        "fenced": tally.fenced,
        "outages": [
            {
                "at_s": outage.at_s,
                "parts": len(outage.parts),
                "seen": len(outage.first_s),
                "first_s": round(max(outage.first_s.values(), default=0.0), 1),
                "longest_s": round(outage.longest_s, 1),
            }
            for outage in tally.outages
        ],
        "took_s": round(time.process_time() - began, 1),
        "memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
