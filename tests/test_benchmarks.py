"""What the benchmarks prepare; their figures are no test."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.cycle import history
from benchmarks.sim.cluster import Blow, Plan
from benchmarks.sim.measure import Case, measure
from benchmarks.sim.world import Shape
from benchmarks.web import history as web_history
from monitor.adapters.sqlite import SqliteArchive, SqliteStore
from monitor.ports import Sought


@pytest.mark.parametrize("brought", [0, 30, 1_030])
def test_a_history_grows_whatever_a_cycle_has_brought_meanwhile(tmp_path: Path, brought: int):
    path = tmp_path / "monitor.sqlite"
    history.grow(path, 1_000)
    with SqliteStore(path, durable=False) as store:
        store.write(lambda unit: unit.save_items(history.news("cycle", 0, 500, brought)))

    history.grow(path, 4_000)

    with SqliteStore(path, durable=False) as store:
        totals = store.archive().totals()
    thousands = 4 - -(-brought // 1_000)
    assert totals.items == thousands * 1_000 + brought
    assert set(history.known_us(path, rounds=1)) == {"cut", "whole"}


def test_a_year_to_search_in_holds_what_is_asked_for(tmp_path: Path):
    path = tmp_path / "monitor.sqlite"

    web_history.grow(path, 3_000)

    with SqliteArchive(path) as archive:
        found = {
            word: len(archive.search(Sought(text=word), limit=3_000))
            for word in (web_history.TENTH, web_history.HALF, web_history.OLD)
        }
        matched = archive.search(Sought(watch="many"), limit=3_000)
    assert found == {"tenthword": 300, "halfword": 1_500, "oldword": 300}
    assert len(matched) == 50


TWENTY_THOUSAND = Shape(feeds=20_000, hosts=6_000, partitions=64)
ROTATING = Plan(workers=4, slots=40, threads=48)
KEEPING = replace(ROTATING, keeps=True)


@pytest.mark.parametrize("plan", [ROTATING, KEEPING], ids=["rotating", "keeping"])
def test_lost_workers_cost_a_simulated_cluster_time_and_nothing_else(plan: Plan):
    blows = (Blow(at_s=150, worker=0), Blow(at_s=300, worker=1, thaws_s=360))

    row = measure(Case(shape=TWENTY_THOUSAND, plan=plan, until_s=600, blows=blows))

    assert (row["overlaps"], row["hurried"]) == (0, 0)
    assert row["fenced"] > 0
    assert row["overdue_s"] < 2 * plan.stall_s
    for outage in row["outages"]:
        assert outage["seen"] == outage["parts"] > 0
        assert max(outage["first_s"], outage["longest_s"]) < 2 * plan.stall_s


def test_who_keeps_partitions_is_on_time_and_has_a_fair_share():
    row = measure(Case(shape=TWENTY_THOUSAND, plan=KEEPING, until_s=300))

    assert (row["overlaps"], row["hurried"]) == (0, 0)
    assert row["lag_s"]["p99"] <= 3
    assert row["held_apart"] == 0
    assert row["jobs_per_s"] < 1


def test_who_comes_back_gets_a_fair_share_of_partitions():
    away = Blow(at_s=60, worker=1, thaws_s=120)

    row = measure(Case(shape=TWENTY_THOUSAND, plan=KEEPING, until_s=200, blows=(away,)))

    assert row["held_apart_at_last"] <= 1


def test_simulated_gaps_are_checked():
    """Who takes a partition over and does not know when its hosts were asked last is too quick."""
    crowded = Shape(feeds=4_000, hosts=100, partitions=64)
    forgetting = Plan(workers=4, slots=8, threads=48, lease_s=5, remembers=False)

    row = measure(Case(shape=crowded, plan=forgetting, until_s=60))

    assert row["hurried"] > 0
