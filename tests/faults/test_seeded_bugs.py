"""The harness must be able to fail: eight bugs, each sown into the daemon, each found."""

from collections.abc import Callable
from functools import partial

import pytest

from tests.faults.campaigns import each_in_lanes, storm, tours
from tests.faults.desk import Faults
from tests.faults.seeds import SEEDS
from tests.faults.trial import Record

pytestmark = pytest.mark.timeout(300)

Trials = Callable[..., Record]


def killed_at(place: str) -> Trials:
    return partial(tours, chain=[place], copies=False)


FOUND_BY: dict[str, Trials] = {
    "two_transactions": killed_at("store.after_deliveries"),
    "mark_before_send": killed_at("delivery.before_send"),
    "validators_before_items": killed_at("poll.before_absorb"),
    "validators_after_truncated_body": partial(tours, chain=[""], copies=False, cut_short=0.9),
    "lease_too_short": killed_at("delivery.before_send"),
    "no_lease_release": killed_at("delivery.claimed"),
    "random_webhook_id": killed_at("delivery.sent"),
    "too_many_requests_is_permanent": partial(storm, kills=2, faults=Faults(throttled=0.5)),
}
# The others are passed without the bug in test_kills.py.
ALSO_CLEAN = ("validators_after_truncated_body", "too_many_requests_is_permanent")


def test_every_seeded_bug_is_caught():
    assert FOUND_BY.keys() == SEEDS.keys()
    assert len(SEEDS) == 8

    sown = each_in_lanes((partial(FOUND_BY[bug], seed=bug) for bug in SEEDS), lanes=4)

    caught = {bug: bool(record.problems) for bug, record in zip(SEEDS, sown, strict=True)}
    assert caught == dict.fromkeys(SEEDS, True)


def test_without_the_bug_the_same_trial_finds_nothing():
    clean = each_in_lanes((FOUND_BY[bug] for bug in ALSO_CLEAN), lanes=2)

    assert [record.problems for record in clean] == [[], []]
