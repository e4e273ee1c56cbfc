"""Charts as values."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.web.charts import bars, by_day
from tests.builders import NOW

ROWS = st.lists(st.tuples(st.text(max_size=5), st.integers(0, 10**9), st.integers(0, 10**9)))


@given(rows=ROWS)
def test_bars_stand_inside_their_box_and_what_is_there_is_seen(
    rows: list[tuple[str, int, int]],
) -> None:
    chart = bars(rows, "a while", whole="match", part="alert")

    assert len(chart.bars) == len(rows)
    for bar, (_, count, told) in zip(chart.bars, rows, strict=True):
        assert 0 <= bar.x <= chart.width - chart.bar
        assert 0 <= bar.height <= chart.height
        assert 0 <= bar.part <= chart.height
        assert (bar.height > 0, bar.part > 0) == (count > 0, told > 0)
    assert chart.is_empty == (not any(count for _, count, _ in rows))


def test_days_without_any_are_there_and_the_label_says_it_all() -> None:
    today = NOW.date()
    counts = {today: (3, 1), today - timedelta(days=2): (5, 0), date(2020, 1, 1): (9, 9)}

    chart = by_day(counts, 4, NOW, whole="match", part="alert")

    assert [bar.height > 0 for bar in chart.bars] == [False, True, False, True]
    assert chart.label == "8 matches, 1 alert in the last 4 days; 5 at most"
    assert (chart.first, chart.last) == ("06-09", "06-12")
