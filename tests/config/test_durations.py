from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.config.durations import LONGEST, NotADuration, duration_text, parse_duration


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("90s", 90),
        ("0.5s", 0.5),
        ("15m", 900),
        ("48h", 172_800),
        ("7d", 604_800),
        ("2w", 1_209_600),
        ("1h30m", 5400),
        ("1d12h", 129_600),
        (" 15m ", 900),
        ("PT12H", 43_200),
        ("P1DT2H", 93_600),
        ("P2W", 1_209_600),
        ("PT0.5S", 0.5),
    ],
)
def test_lengths_of_time_are_read_as_people_write_them(written: str, seconds: float) -> None:
    assert parse_duration(written) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("written", "what", "cure"),
    [
        (
            "365",
            "365 has no unit",
            'write "365s" for seconds, "365m" for minutes, "365h" for hours, "365d" for days',
        ),
        ("1y", "not of one length", '"30d"'),
        ("2 months", "not of one length", '"30d"'),
        ("0s", "no time at all", "more than zero"),
        ("PT0S", "no time at all", "more than zero"),
        ("P1M", "not of one length", '"30d"'),
        ("P1Y", "not of one length", '"30d"'),
        ("fortnight", "is not a length of time", '"15m"'),
        ("", "is not a length of time", '"15m"'),
        ("P", "is not a length of time", '"15m"'),
        ("PT", "is not a length of time", '"15m"'),
        ("30m1h", "is not a length of time", '"1h30m"'),
        ("-5m", "is not a length of time", '"15m"'),
        ("١٥m", "is not a length of time", '"15m"'),
        ("99999999999d", "longer than a century", '"365d"'),
        ("9" * 400 + "w", "longer than a century", '"365d"'),
    ],
)
def test_what_is_no_length_of_time_is_told_with_the_cure(
    written: str, what: str, cure: str
) -> None:
    with pytest.raises(NotADuration) as caught:
        parse_duration(written)

    assert what in caught.value.what
    assert cure in caught.value.cure


@given(st.timedeltas(min_value=timedelta(microseconds=1), max_value=LONGEST))
@example(timedelta(hours=48))
@example(timedelta(minutes=90))
@example(timedelta(days=36_500))
@example(timedelta(microseconds=1))
def test_what_is_written_is_read_back(length: timedelta) -> None:
    # Microseconds of very long times are beyond a float's digits.
    assert abs(parse_duration(duration_text(length)) - length) < timedelta(milliseconds=1)


@given(st.integers(1, 10**7))
def test_whole_seconds_are_read_back_exactly(seconds: int) -> None:
    length = timedelta(seconds=seconds)

    assert parse_duration(duration_text(length)) == length


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(minutes=15), "15m"),
        (timedelta(hours=48), "2d"),
        (timedelta(minutes=90), "90m"),
        (timedelta(seconds=90), "90s"),
        (timedelta(days=365), "365d"),
        (timedelta(seconds=0.5), "0.5s"),
    ],
)
def test_lengths_are_written_with_one_unit_where_it_fits(length: timedelta, text: str) -> None:
    assert duration_text(length) == text


def read_or_refused(text: str) -> timedelta | NotADuration:
    try:
        return parse_duration(text)
    except NotADuration as problem:
        return problem


@given(st.text(max_size=40))
def test_any_text_is_a_length_of_time_or_refused(text: str) -> None:
    outcome = read_or_refused(text)

    if isinstance(outcome, NotADuration):
        assert outcome.what
        assert outcome.cure
    else:
        assert timedelta() < outcome <= LONGEST
