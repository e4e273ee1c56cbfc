"""What every status means, and how long servers ask us to wait."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.http_status import (
    clock_of,
    fetch_health,
    fresh_for,
    http_date,
    retry_after,
    verdict,
)
from monitor.model import Health, Verdict

NOW = datetime(2025, 6, 12, 9, 30, tzinfo=UTC)


def expected_verdict(status: int) -> Verdict:
    named = {
        401: Verdict.HELD,
        403: Verdict.HELD,
        404: Verdict.HELD,
        408: Verdict.RETRY,
        410: Verdict.GONE,
        425: Verdict.RETRY,
        429: Verdict.THROTTLED,
    }
    by_class = {
        1: Verdict.RETRY,
        2: Verdict.DELIVERED,
        3: Verdict.HELD,
        4: Verdict.REFUSED,
        5: Verdict.RETRY,
    }
    return named.get(status, by_class[status // 100])


def expected_health(status: int) -> Health:
    named = {
        304: Health.OK,
        401: Health.BLOCKED,
        403: Health.BLOCKED,
        404: Health.NOT_FOUND,
        410: Health.GONE,
        429: Health.THROTTLED,
    }
    return named.get(status, Health.OK if status // 100 == 2 else Health.FAILING)


EVERY = range(100, 600)


def test_every_status_has_a_verdict_for_deliveries() -> None:
    assert {status: verdict(status) for status in EVERY} == {
        status: expected_verdict(status) for status in EVERY
    }


def test_every_status_has_a_meaning_for_feeds() -> None:
    expected = {status: expected_health(status) for status in EVERY}

    assert {status: fetch_health(status) for status in EVERY} == expected
    assert {status: fetch_health(status, retry_after_given=True) for status in EVERY} == {
        **expected,
        503: Health.THROTTLED,
    }


@pytest.mark.parametrize("status", [-1, 0, 99, 600, 999])
def test_a_status_that_no_standard_knows_is_tried_again(status: int) -> None:
    assert verdict(status) is Verdict.RETRY
    assert fetch_health(status) is Health.FAILING


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("120", timedelta(seconds=120)),
        (" 120 ", timedelta(seconds=120)),
        ("0", timedelta()),
        ("1.5", timedelta(seconds=1.5)),
        ("0.25", timedelta(seconds=0.25)),
        ("999999999", timedelta(seconds=999999999)),
        ("Thu, 12 Jun 2025 09:31:00 GMT", timedelta(minutes=1)),
        ("Thursday, 12-Jun-25 09:31:00 GMT", timedelta(minutes=1)),
        ("Thu Jun 12 09:31:00 2025", timedelta(minutes=1)),
        ("Thu, 12 Jun 2025 18:31:00 +0900", timedelta(minutes=1)),
        ("Thu, 12 Jun 2025 09:00:00 GMT", timedelta()),
        (None, None),
        ("", None),
        ("-5", None),
        ("+5", None),
        ("5s", None),
        ("1e9", None),
        ("inf", None),
        ("nan", None),
        ("٣", None),
        ("9" * 400, None),
        ("soon", None),
        ("Thu, 32 Jun 2025 09:31:00 GMT", None),
        ("Thu, 12 Jun 99999 09:31:00 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 -2359", None),
    ],
)
def test_retry_after_is_read_in_all_its_forms(
    header: str | None, expected: timedelta | None
) -> None:
    assert retry_after(header, NOW) == expected


@given(st.text())
def test_no_header_is_a_reason_to_fail(text: str) -> None:
    wait = retry_after(text, NOW)

    assert wait is None or wait >= timedelta()
    assert (moment := http_date(text)) is None or moment.tzinfo is UTC
    fresh_for({"Cache-Control": text, "Expires": text, "Date": text, "Age": text}, NOW)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"Cache-Control": "max-age=600"}, timedelta(minutes=10)),
        ({"Cache-Control": "public, Max-Age=600"}, timedelta(minutes=10)),
        ({"Cache-Control": 'max-age="600"'}, timedelta(minutes=10)),
        ({"Cache-Control": "max-age=600", "Age": "540"}, timedelta(minutes=1)),
        ({"Cache-Control": "max-age=600", "Age": "700"}, None),
        ({"Cache-Control": "max-age=0"}, None),
        ({"Cache-Control": "max-age=-1"}, None),
        ({"Cache-Control": "max-age=soon"}, None),
        ({"Cache-Control": "max-age=99999999999999"}, timedelta(seconds=2**31)),
        ({"Cache-Control": "no-store, max-age=600"}, None),
        ({"Cache-Control": "no-cache, max-age=600"}, None),
        ({"Cache-Control": "s-maxage=600"}, None),
        ({"Expires": "Thu, 12 Jun 2025 10:00:00 GMT"}, timedelta(minutes=30)),
        ({"Expires": "0"}, None),
        ({"Expires": "-1"}, None),
        ({"Expires": "Thu, 12 Jun 2025 09:00:00 GMT"}, None),
        (
            {"Cache-Control": "max-age=60", "Expires": "Thu, 12 Jun 2025 10:00:00 GMT"},
            timedelta(minutes=1),
        ),
        (
            {
                "Date": "Wed, 11 Jun 2025 10:00:00 GMT",
                "Expires": "Wed, 11 Jun 2025 10:05:00 GMT",
            },
            timedelta(minutes=5),
        ),
    ],
)
def test_freshness_is_what_the_server_says(
    headers: dict[str, str], expected: timedelta | None
) -> None:
    assert fresh_for(headers, NOW) == expected


@pytest.mark.parametrize(
    ("headers", "clock"),
    [
        ({"Date": "Thu, 12 Jun 2025 09:30:00 GMT"}, NOW),
        ({"Date": "Thu, 12 Jun 2025 09:30:00 GMT", "Age": "90"}, NOW + timedelta(seconds=90)),
        ({"Date": "Thu, 12 Jun 2025 09:30:00 GMT", "Age": "old"}, NOW),
        ({"Date": "Fri, 31 Dec 9999 23:59:59 GMT", "Age": "90"}, None),
        ({"Date": "noon"}, None),
        ({}, None),
    ],
)
def test_the_clock_of_a_server_is_its_date_and_the_age_of_the_answer(headers, clock):
    assert clock_of(headers) == clock
