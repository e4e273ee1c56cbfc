"""No receiver, however it counts, sees more than the rate."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.rates import BY_KIND, parse_rate, remember, wait
from monitor.model import Rate
from tests.builders import NOW

SECOND = timedelta(seconds=1)
ONE = (Rate(count=1, per=SECOND),)
TELEGRAM = BY_KIND["telegram"]


@pytest.mark.parametrize(
    ("written", "rate"),
    [
        ("10/s", Rate(count=10, per=SECOND)),
        (" 20 / min ", Rate(count=20, per=60 * SECOND)),
        ("500/hour", Rate(count=500, per=3600 * SECOND)),
    ],
)
def test_rate_is_read_as_people_write_it(written: str, rate: Rate) -> None:
    assert parse_rate(written) == rate
    assert parse_rate(str(rate)) == rate


@pytest.mark.parametrize("written", ["", "10", "0/s", "10/d", "-1/s", "1.5/s", "１/s", "fast"])
def test_what_is_no_rate_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="is no rate"):
        parse_rate(written)


def test_without_a_rate_there_is_no_wait() -> None:
    assert wait((), [NOW] * 100, 100, NOW) == timedelta()


def test_next_one_waits_until_the_oldest_that_counts_is_past() -> None:
    assert wait(ONE, [], 0, NOW) == timedelta()
    assert wait(ONE, [NOW - SECOND / 4], 0, NOW) == SECOND * 3 / 4
    assert wait(ONE, [NOW - SECOND], 0, NOW) == timedelta()


def test_what_is_in_flight_counts_until_it_is_answered() -> None:
    """Nobody knows when it arrives."""
    assert wait(ONE, [], 1, NOW) is None
    assert wait((Rate(count=2, per=SECOND),), [NOW], 1, NOW) == SECOND


def test_longest_wait_of_several_rates_holds() -> None:
    sent = [NOW - 2 * SECOND * n for n in range(1, 21)]

    assert wait(TELEGRAM, sent, 0, NOW) == 20 * SECOND


def test_clock_that_went_back_stops_nothing() -> None:
    assert wait(ONE, [NOW + timedelta(days=1)], 0, NOW) == timedelta()


RATES = st.lists(
    st.builds(Rate, count=st.integers(1, 5), per=st.integers(1, 8).map(lambda n: n * SECOND)),
    min_size=1,
    max_size=2,
)


@given(
    rates=RATES,
    lags=st.lists(st.tuples(st.floats(0, 3), st.floats(0, 3), st.floats(0, 2)), max_size=60),
)
def test_any_window_of_any_receiver_holds_no_more_than_the_rate(
    rates: Sequence[Rate], lags: list[tuple[float, float, float]]
) -> None:
    """One connection; each message takes its own time on the way there and back."""
    now, arrived = NOW, []
    sent: tuple[datetime, ...] = ()
    for there, back, idle in lags:
        pause = wait(rates, sent, 0, now)
        assert pause is not None
        now += pause
        arrived.append(now + there * SECOND)
        now += (there + back) * SECOND
        sent = remember(rates, sent, now)
        now += idle * SECOND

    for rate in rates:
        assert len(sent) <= max(one.count for one in rates)
        for end in arrived:
            # Half open: what arrives exactly one length later is in the next window.
            assert sum(end - rate.per < at <= end for at in arrived) <= rate.count
