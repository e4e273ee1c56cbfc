from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.partitions import LEASE_S, TimeBox, fair_share, part_of

SECONDS = st.floats(0, 1e6)


@pytest.mark.parametrize(
    ("host", "partitions", "part"),
    [
        ("example.org", 64, 53),
        ("example.org", 256, 181),
        ("news.example.com", 64, 61),
        ("пример.рф", 64, 46),
        ("", 64, 52),
        ("\ud800", 64, 40),
    ],
)
def test_a_host_stays_in_its_partition(host: str, partitions: int, part: int):
    """It is stored: another version must come to the same."""
    assert part_of(host, partitions) == part


@given(host=st.text(), partitions=st.integers(1, 4096))
def test_any_host_is_in_one_of_the_partitions(host: str, partitions: int):
    assert 0 <= part_of(host, partitions) < partitions


def test_hosts_are_spread_evenly():
    sizes = Counter(part_of(f"host{number}.example", 64) for number in range(64_000))

    assert len(sizes) == 64
    assert 850 < min(sizes.values()) <= max(sizes.values()) < 1150


@given(began_s=SECONDS, after_s=SECONDS, in_flight=st.integers(0, 3))
def test_a_partition_is_kept_until_time_is_up_and_nothing_is_in_flight(
    began_s: float, after_s: float, in_flight: int
):
    box, now_s = TimeBox(began_s=began_s), began_s + after_s

    assert box.may_start(now_s) == (now_s < began_s + LEASE_S)
    assert box.is_over(now_s, in_flight) == (not box.may_start(now_s) and in_flight == 0)


@given(partitions=st.integers(1, 1024), workers=st.integers(1, 64))
def test_fair_shares_hold_all_partitions_and_hardly_more(partitions: int, workers: int):
    share = fair_share(partitions, workers)

    assert partitions <= share * workers < partitions + workers


def test_who_knows_of_no_worker_takes_all():
    assert fair_share(64, 0) == 64
