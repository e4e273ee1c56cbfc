"""kill -9 anywhere: nothing lost, nothing processed twice, no try without need, a sound file."""

import os
from functools import partial

import pytest

from tests.faults.campaigns import in_lanes, storm, tours
from tests.faults.places import all_places, chains

pytestmark = pytest.mark.timeout(900 if os.environ.get("FULL") else 300)

LEAST_PLACES = 40
# Each shard is a test of its own, so that the workers share them.
SHARDS = 2
STATEMENTS = (1, 9, 23, 40, 57, 76, 90, 117, 150, 190, 240, 310)
KILLS = 100 if os.environ.get("FULL") else 8


def test_places_are_many():
    assert len(all_places()) >= LEAST_PLACES


@pytest.mark.parametrize("shard", range(SHARDS))
def test_killed_at_every_failpoint(shard: int):
    mine = chains(all_places(), 7)[shard::SHARDS]

    record = in_lanes(partial(tours, chain=chain) for chain in mine)

    assert record.problems == []
    places = {place for chain in mine for place in chain}
    assert set(record.hits) == places, "a failpoint that nobody passes proves nothing"


def test_killed_before_the_nth_sql_statement():
    places = [f"sql.statement:{n}" for n in STATEMENTS]

    record = in_lanes(partial(tours, chain=places[n::3]) for n in range(3))

    assert record.problems == []
    assert record.hits == {"sql.statement": len(places)}


@pytest.mark.parametrize("shard", range(SHARDS))
def test_killed_at_random_under_load(shard: int):
    record = in_lanes(partial(storm, kills=KILLS, dice=dice) for dice in (2 * shard, 2 * shard + 1))

    assert record.problems == []
    assert record.kills == 2 * KILLS
    if os.environ.get("FULL"):  # else it measures the others' work; `live_on` has its own limit
        assert record.slowest_recovery_s < 5
