"""Small charts as values; templates/charts.html draws them. No script, no inline style."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from monitor.views.words import plural

_STEP = 10
_GAP = 2
_HEIGHT = 40
_FEWEST = 10  # bars for which there is room: few are no walls


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, in the units of the chart's view box.

    Attributes:
        height: Of all that is counted.
        part: Of what is drawn darker, as alerts among matches.
    """

    x: int
    height: float
    part: float
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Bars beside each other.

    Attributes:
        label: What it shows, for those who do not see it.
    """

    bars: Sequence[Bar]
    label: str
    first: str
    last: str
    width: int
    height: int = _HEIGHT
    bar: int = _STEP - _GAP

    @property
    def is_empty(self) -> bool:
        return not any(bar.height for bar in self.bars)


def by_day(
    counts: Mapping[date, tuple[int, int]],
    days: int,
    now: datetime,
    *,
    whole: str,
    part: str = "",
    span: str = "",
) -> Chart:
    """The last days, today included.

    Args:
        whole, part: What is counted, as in "match" and "alert".
        span: What these days are called, if not the last so many.
    """
    shown = [now.date() - timedelta(days=n) for n in reversed(range(days))]
    rows = [(f"{day:%m-%d}", *counts.get(day, (0, 0))) for day in shown]
    return bars(rows, span or f"the last {days} days", whole=whole, part=part)


def bars(rows: Sequence[tuple[str, int, int]], span: str, *, whole: str, part: str = "") -> Chart:
    """A bar for each row: its name, how many, and how many of the darker kind."""
    most = max((max(n, told) for _, n, told in rows), default=0)
    scale = _HEIGHT / most if most else 0.0
    drawn = [
        Bar(number * _STEP, _tall(n, scale), _tall(told, scale), _title(name, n, told, whole, part))
        for number, (name, n, told) in enumerate(rows)
    ]
    total, told = sum(n for _, n, _ in rows), sum(t for _, _, t in rows)
    at_most = f"; {most:,} at most" if most else ""
    also = f", {plural(told, part)}" if part else ""
    return Chart(
        bars=drawn,
        label=f"{plural(total, whole)}{also} in {span}{at_most}",
        first=rows[0][0] if rows else "",
        last=rows[-1][0] if rows else "",
        width=max(len(rows), _FEWEST) * _STEP - _GAP,
    )


def _tall(count: int, scale: float) -> float:
    """What is there at all can be seen."""
    return round(max(count * scale, 2.0), 1) if count else 0.0


def _title(name: str, count: int, told: int, whole: str, part: str) -> str:
    return f"{name}: {plural(count, whole)}" + (f", {plural(told, part)}" if part else "")
