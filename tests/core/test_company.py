"""What a cluster lacks is said in words that somebody can act on."""

from datetime import timedelta
from typing import Any

import pytest

from monitor.core.company import QUEUES, held, lacks, living
from monitor.model import Company, Holding, Member

STALL = timedelta(seconds=20)


def a_process(*queues: str, **changes: Any) -> Member:
    given: dict[str, Any] = {
        "id": "p",
        "name": "process 1 on a",
        "queues": queues,
        "slots": 80,
        "version": "1",
        "config": "c",
        "seen_s": 1.0,
        "up_s": 100.0,
        "skew_s": 0.0,
    }
    return Member(**(given | changes))


def a_company(*processes: Member, **changes: Any) -> Company:
    return Company(processes=processes, **({"partitions": 64} | changes))


WHOLE = (a_process("control", "story"), a_process("fetch"), a_process("deliver"))


def test_cluster_that_does_all_lacks_nothing():
    assert lacks(a_company(*WHOLE), STALL) == []


@pytest.mark.parametrize("missing", QUEUES)
def test_work_that_nobody_does_is_named_with_who_would_do_it(missing: str):
    there = [a_process(queue) for queue in QUEUES if queue != missing]

    (told,) = lacks(a_company(*there), STALL)

    assert "start 'news-monitor " in told


def test_dead_process_does_nothing_and_differs_from_nobody():
    dead = a_process("fetch", seen_s=40.1, config="another", trouble="sick", skew_s=9.0)
    company = a_company(*WHOLE, dead)

    assert dead not in living(company, STALL)
    assert lacks(company, STALL) == []
    (told,) = lacks(a_company(WHOLE[0], dead, WHOLE[2]), STALL)
    assert "no feed is polled" in told


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"slots": 63}, "63 slots of fetch workers for 64 partitions"),
        ({"config": "other"}, "not all of the same configuration"),
        ({"version": "2"}, "not all of the same version"),
        ({"skew_s": 3.2}, "is 3 s behind the database's"),
        ({"skew_s": -3.2}, "is 3 s ahead of the database's"),
        ({"trouble": "the disk is full"}, "process 1 on a (fetch): the disk is full"),
    ],
)
def test_what_is_odd_about_a_process_is_told(changed: dict[str, Any], words: str):
    (told,) = lacks(a_company(WHOLE[0], a_process("fetch", **changed), WHOLE[2]), STALL)

    assert words in told


def test_documents_that_wait_for_long_are_told():
    (told,) = lacks(a_company(*WHOLE, waiting=7, oldest_s=360.0), STALL)

    assert told == "7 fetched documents wait to be judged, one for 6 min"
    assert lacks(a_company(*WHOLE, waiting=7, oldest_s=299.0), STALL) == []


def test_leases_are_found_by_their_kind():
    holdings = tuple(
        Holding(key=key, process=who, for_s=1.0)
        for key, who in (("part:1", "a"), ("part:12", "b"), ("story:", "c"), ("webhook:a:b", "d"))
    )
    company = a_company(holdings=holdings)

    assert held(company, "part") == {"1": "a", "12": "b"}
    assert held(company, "story") == {"": "c"}
    assert held(company, "webhook") == {"a:b": "d"}
