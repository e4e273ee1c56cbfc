"""The ways feeds write a moment."""

from datetime import UTC, datetime
from time import struct_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.adapters.feeds.dates import read_moment

MORNING = datetime(2025, 6, 12, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "Thu, 12 Jun 2025 09:30:00 GMT",
        "Thu, 12 Jun 2025 09:30 +0000",
        "12 June 2025 09:30:00 Z",
        "Thu,12-Jun-2025 09:30:00 GMT",
        "Thu, 12 Jun 25 09:30:00 UTC",
        "Thu, 12 Jun 2025 18:30:00 KST",
        "Thu, 12 Jun 2025 18:30:00 JST",
        "Thu, 12 Jun 2025 12:30:00 MSK",
        "Thu, 12 Jun 2025 05:30:00 EDT",
        "Thu, 12 Jun 2025 17:30:00 GMT+0800",
        "Thu, 12 Jun 2025 15:00:00 +0530",
        "Thu, 12 Jun 2025 11:30:00 +02:00 (CEST)",
        "Thu Jun 12 09:30:00 2025",
        "Thu Jun 12 09:30:00 UTC 2025",
        "June 12, 2025 9:30 AM",
        "Jun 12, 2025, 09:30:00",
        "чт, 12 июня 2025 12:30:00 +0300",
        "12.06.2025 09:30",
        "2025-06-12T09:30:00Z",
        "2025-06-12T09:30:00",
        "2025-06-12T09:30:00.123456+00:00",
        "2025-06-12 15:00:00 +0530",
        "2025/06/12 09:30:00",
        "2025-6-12 9:30",
        "20250612T093000Z",
        "20250612093000",
        "1749720600",
        "1749720600000",
        "2025년 06월 12일 18:30:00",
        "2025-06-12 오후 6:30:00",
        "2025. 6. 12. 오후 6:30",
        "  Thu,  12 Jun 2025\n09:30:00 GMT ",
    ],
)
def test_form_is_read(written: str):
    moment = read_moment(written)

    assert moment is not None
    assert moment.replace(microsecond=0) == MORNING


@pytest.mark.parametrize(
    ("written", "language"),
    [
        ("Thu Jun 12 17:30:00 CST 2025", "zh-cn"),
        ("2025年6月12日 17:30", "zh-CN"),
        ("2025年06月12日 下午5:30", "zh"),
        ("2025年6月12日 18時30分", "ja"),
        ("2025年6月12日(木) 18:30", "ja"),
    ],
)
def test_clock_of_the_feed_decides_where_the_text_does_not(written: str, language: str):
    assert read_moment(written, language=language) == MORNING


def test_day_alone_is_its_first_moment():
    for written in ("2025-06-12", "Thu, 12 Jun 2025", "12.06.2025", "20250612"):
        assert read_moment(written) == datetime(2025, 6, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "written", ["", "soon", "32 Jun 2025 00:00:00 GMT", "2025-13-01", "12 Jun 2025 25:00:00", "99"]
)
def test_what_makes_no_sense_is_none(written: str):
    assert read_moment(written) is None


def test_reading_of_feedparser_serves_for_other_forms():
    parsed = struct_time((2004, 7, 11, 19, 0, 0, 6, 193, 0))

    moment = read_moment("Κυρ, 11 Ιούλ 2004 12:00:00 EST", parsed=parsed)

    assert moment == datetime(2004, 7, 11, 19, 0, tzinfo=UTC)


@given(st.text(max_size=60))
def test_any_text_may_stand_for_a_date(text: str):
    moment = read_moment(text)

    assert moment is None or moment.tzinfo is UTC


@given(st.datetimes(min_value=datetime(1980, 1, 1), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001
def test_usual_forms_are_read_to_the_second(moment: datetime):
    moment = moment.replace(microsecond=0, tzinfo=UTC)

    assert read_moment(moment.isoformat()) == moment
    assert read_moment(moment.strftime("%a, %d %b %Y %H:%M:%S +0000")) == moment
