"""Hours and days at which a feed asks not to be asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.adapters.feeds import read
from monitor.adapters.feeds.skips import read_skips
from tests.adapters.feeds.documents import an_rss, an_rss_item

ALL_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def hours(*values: object) -> str:
    return f"<skipHours>{''.join(f'<hour>{value}</hour>' for value in values)}</skipHours>"


def days(*names: str) -> str:
    return f"<skipDays>{''.join(f'<day>{name}</day>' for name in names)}</skipDays>"


def test_every_hour_and_day_of_a_document_is_read():
    body = an_rss(hours(23, 0, 1, " 2 ") + days("Sunday", "saturday") + an_rss_item("One"))

    feed = read(body)

    assert (feed.skip_hours, feed.skip_days) == ((0, 1, 2, 23), (5, 6))


@pytest.mark.parametrize(
    ("text", "skipped"),
    [
        ("", ((), ())),
        (hours(24), ((0,), ())),
        (hours(24, 0, 0), ((0,), ())),
        (hours(25, -1, "noon", "", 1.5, 9999, 7), ((7,), ())),
        (hours(*range(24)), ((), ())),
        (hours(*range(1, 25)), ((), ())),
        (days("Caturday", "", "Sun"), ((), ())),
        (days(*ALL_DAYS), ((), ())),
        (hours(1) + hours(2), ((1, 2), ())),
        ("<SKIPHOURS><HOUR>5</HOUR></SKIPHOURS>", ((5,), ())),
        ("<skipHours><hour>5</hour>", ((5,), ())),
        ("<skipHours/>", ((), ())),
        (f"<!-- {hours(5)} -->", ((), ())),
        (f"<![CDATA[{hours(5)}]]>", ((), ())),
        (f"<item><title>x</title>{hours(5)}</item>", ((), ())),
        (f"<item></item>{hours(5)}<item></item>", ((5,), ())),
        (hours(5).replace("<", "&lt;"), ((), ())),
        ("<hour>5</hour>", ((), ())),
    ],
)
def test_only_what_makes_sense_and_speaks_of_the_feed_counts(
    text: str, skipped: tuple[tuple[int, ...], tuple[int, ...]]
):
    assert read_skips(text) == skipped


@given(st.lists(st.integers(-5, 40)), st.lists(st.sampled_from(ALL_DAYS)))
def test_some_hour_and_day_is_always_left(written: list[int], named: list[str]):
    found = read_skips(hours(*written) + days(*named))

    assert set(found[0]) < set(range(24))
    assert set(found[1]) < set(range(7))
    assert list(found) == [tuple(sorted(set(part))) for part in found]


def test_a_document_made_of_openings_takes_no_time():
    """Comments, CDATA and blocks that never end must not be searched for again and again."""
    for piece in ("<skipHours>", "<!--<skipHours>", "<![CDATA[<skipDays>", "<item><skipHours>"):
        assert read_skips(piece * 50_000 + "]]>-->") == ((), ())
