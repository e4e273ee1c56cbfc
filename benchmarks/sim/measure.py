"""How late feeds are polled by a cluster of workers, under a virtual clock.

`python -m benchmarks.sim.measure [--only NAME ...] [--small] [--write]`
"""

import argparse
import gc
import json
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.sim.cluster import Blow, Cluster, Plan
from benchmarks.sim.tally import Tally, percentiles
from benchmarks.sim.world import Shape, world_of

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "performance.md"
KEPT = ROOT / "build" / "sim.json"
_WARM_S = 60.0  # that do not count
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One simulated run."""

    shape: Shape
    plan: Plan
    until_s: float
    blows: tuple[Blow, ...] = ()


def cases() -> dict[str, Case]:
    """By name; `slow` ones time out late, in those with `blows` workers are killed and frozen."""
    few = Shape(feeds=200_000, hosts=60_000, partitions=64)
    many = Shape(feeds=1_000_000, hosts=300_000, partitions=256)
    four = Plan(workers=4, slots=64, threads=160, keeps=True)
    sixteen = Plan(workers=16, slots=256, threads=128, keeps=True)
    blows = (Blow(at_s=200, worker=0), Blow(at_s=300, worker=1, thaws_s=360))
    rotating = {slots: replace(four, slots=slots, keeps=False) for slots in (12, 16, 24, 40)}
    calm = {
        "200k": Case(shape=few, plan=four, until_s=660),
        **{
            f"200k-rotating-{slots}": Case(shape=few, plan=plan, until_s=660)
            for slots, plan in rotating.items()
        },
        "1m": Case(shape=many, plan=sixteen, until_s=660),
        "1m-rotating-24": Case(
            shape=many, plan=replace(sixteen, slots=24, keeps=False), until_s=660
        ),
    }
    calm |= {
        f"{name}-slow": replace(calm[name], shape=replace(few, timeout_s=30.0))
        for name in ("200k", "200k-rotating-24")
    }
    struck = ("200k", "200k-rotating-24", "200k-rotating-40", "1m", "1m-rotating-24", "200k-slow")
    return calm | {
        f"{name}-blows": replace(calm[name], until_s=450, blows=blows) for name in struck
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=cases(), help="these runs")
    parser.add_argument("--small", action="store_true", help="a tenth of the feeds, to see it work")
    parser.add_argument("--write", action="store_true", help="write the figures to docs/")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        print(json.dumps(measure(_sized(cases()[arguments.child], small=arguments.small))))
        return
    names = arguments.only or cases()
    figures = {name: _in_a_process(name, small=arguments.small) for name in names}
    if not arguments.small:
        figures = _kept(figures)
    page = "\n".join(report(figures))
    print(page)
    if arguments.write:
        write(page)


def _kept(figures: dict[str, Row]) -> dict[str, Row]:
    """With those of former runs."""
    known = json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {}
    known |= figures
    KEPT.parent.mkdir(exist_ok=True)
    KEPT.write_text(json.dumps(known, indent=1) + "\n", "utf-8")
    return {name: known[name] for name in cases() if name in known}


def _in_a_process(name: str, *, small: bool) -> Row:
    """In one of its own, so that memory can be told."""
    command = [sys.executable, "-m", "benchmarks.sim.measure", "--child", name]
    done = subprocess.run(
        [*command, *(["--small"] if small else [])],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    row: Row = json.loads(done.stdout)
    print(f"{name}: {row['took_s']} s, lag {row['lag_s']}", file=sys.stderr)
    return row


def _sized(case: Case, *, small: bool) -> Case:
    if not small:
        return case
    shape = case.shape
    return replace(case, shape=replace(shape, feeds=shape.feeds // 10, hosts=shape.hosts // 10))


def measure(case: Case) -> Row:
    """One run; all but `took_s` and `memory_mib` is the same each time."""
    shape, plan, until_s = case.shape, case.plan, case.until_s
    began = time.process_time()
    gc.disable()  # a million feeds are looked at in vain
    world = world_of(shape)
    since_s = min(_WARM_S, until_s / 4)
    tally = Tally(world, since_s)
    Cluster(world, plan, tally, case.blows).run(until_s)
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
        "gap_share": round(tally.waited_s / (tally.waited_s + tally.asked_s), 3),
        "partition_skew": round(max(parts) * len(parts) / sum(parts), 2),
        "worker_skew": round(max(workers) * len(workers) / sum(workers), 2),
        "held_apart": max(tally.spread, key=lambda apart: (tally.spread[apart], apart)),
        "held_apart_at_last": tally.apart,
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


def report(figures: dict[str, Row]) -> Iterator[str]:
    """As a part of a page."""
    yield f"Python {platform.python_version()}. Times are virtual, but for the CPU that a run took."
    yield ""
    yield (
        "| run | feeds, hosts | partitions | workers x slots x threads "
        "| lag p50, s | p99 | p99.9 | max "
        "| polls/s | jobs/s | in flight at most | of it for a gap | busiest worker "
        "| CPU, s | MiB |"
    )
    yield "|---|---|---:|---|" + "---:|" * 11
    for name, row in figures.items():
        lag, plan = row["lag_s"], f"{row['workers']} x {row['slots']} x {row['threads']}"
        yield (
            f"| {name} | {row['feeds']:,}, {row['hosts']:,} | {row['partitions']} | {plan} "
            f"| {lag['p50']} | {lag['p99']} | {lag['p999']} | {lag['max']} "
            f"| {row['polls_per_s']:,.0f} | {row['jobs_per_s']} "
            f"| {row['most_in_flight']:,} | {row['gap_share']:.0%} "
            f"| {row['worker_skew']:.2f}x | {row['took_s']:.0f} | {row['memory_mib']:,} |"
        )
    yield ""
    for what, key in (("Two requests at a host at once", "overlaps"), ("Gaps not kept", "hurried")):
        found = [f"{row[key]} in {name}" for name, row in figures.items() if row[key]]
        yield f"{what}: {', '.join(found) or 'never'}."
    struck = {name: row["outages"] for name, row in figures.items() if row["outages"]}
    if not struck:
        return
    yield ""
    yield "| run | worker lost | its partitions | all polled again, s | longest lag in them, s |"
    yield "|---|---|---:|---:|---:|"
    for name, outages in struck.items():
        for what, outage in zip(("killed", "frozen for 60 s"), outages, strict=True):
            again = outage["first_s"] if outage["seen"] == outage["parts"] else "never"
            yield f"| {name} | {what} | {outage['parts']} | {again} | {outage['longest_s']} |"


def write(page: str) -> None:
    """Put the figures between the marks of docs/performance.md."""
    before, _, rest = PAGE.read_text("utf-8").partition("<!-- sim -->\n")
    _, _, after = rest.partition("<!-- /sim -->\n")
    PAGE.write_text(f"{before}<!-- sim -->\n{page}\n<!-- /sim -->\n{after}", "utf-8")


if __name__ == "__main__":
    main()
