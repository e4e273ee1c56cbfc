"""Moments as text sort as moments."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.adapters.sql.rows import to_moment, to_text

ZONES = st.sampled_from([UTC, timezone(timedelta(hours=9)), timezone(-timedelta(hours=3.5))])
MOMENTS = st.datetimes(
    datetime(1, 1, 2),  # noqa: DTZ001 - the zone is drawn beside it
    datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=ZONES,
)


def test_moment_is_iso_8601_in_utc() -> None:
    moment = datetime(2025, 6, 12, 18, 30, tzinfo=timezone(timedelta(hours=9)))

    assert to_text(moment) == "2025-06-12T09:30:00.000000Z"


@given(one=MOMENTS, other=MOMENTS)
def test_text_sorts_as_the_moments_do_and_comes_back(one: datetime, other: datetime) -> None:
    assert (to_text(one) < to_text(other)) == (one < other)
    assert to_moment(to_text(one)) == one


def test_moment_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a time zone"):
        to_text(datetime(2025, 6, 12))  # noqa: DTZ001 - the mistake itself
