"""Who said what, and when, as places on a drawing: pure arithmetic, drawn by a template."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from unicodedata import east_asian_width

from monitor.core.inert import cut, one_line
from monitor.core.story_lines import in_words
from monitor.model import Claim, Step
from monitor.views.ladder import OFFICIAL

K = TypeVar("K")

WIDTH = 720
_LABELS = 184  # the most that the names of the lanes take
_RIGHT = 16
_LANE, _TOP, _AXIS = 26, 8, 26
_APART = 15  # least distance of two marks on a lane
_NAME = 40
_LETTER = 6.2
_NARROW, _MIDDLE, _BROAD = 7.0, 8.4, 12.7  # letters: Latin, Cyrillic and the like, Han and such
_DAY = timedelta(days=1)
_STEPS = (
    *(timedelta(minutes=n) for n in (1, 5, 15, 30)),
    *(timedelta(hours=n) for n in (1, 3, 6, 12)),
    *(timedelta(days=n) for n in (1, 2, 5, 10, 30, 90, 365)),
)
_BOLD = 1.08  # as official names are written
_MOST_TICKS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One word of one source.

    Attributes:
        shape: "official" or "other", so that colour is not all that tells them apart.
        against: It takes something back.
        label: What is said, where there is room for it; it begins or ends at `label_x`.
    """

    x: float
    y: float
    step: Step
    shape: str
    against: bool
    label: str = ""
    label_x: float = 0.0
    anchor: str = "start"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A row of the drawing: a claim or a voice."""

    y: float
    name: str
    official: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    x: float
    text: str
    anchor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """All that is drawn.

    Attributes:
        path: Of the story from claim to claim, as SVG writes it; empty: there is none.
        about: What it shows in a sentence.
    """

    width: int
    height: float
    left: int
    lanes: tuple[Lane, ...]
    marks: tuple[Mark, ...]
    ticks: tuple[Tick, ...]
    path: str
    about: str

    @property
    def room(self) -> int:
        """Beside the names."""
        return self.width - self.left


def by_claim(history: Sequence[Step]) -> Timeline | None:
    """Lanes are what is claimed, the highest rung on top; None: nothing was claimed."""
    stood = {one.state for one in history if one.moved and one.state}
    order = sorted({one.claim for one in history} | stood, key=_height, reverse=True)
    names = {claim: (in_words(claim), False) for claim in order}
    return _drawn(history, lambda one: one.claim, names, stood=lambda one: one.state or one.claim)


def by_voice(history: Sequence[Step]) -> Timeline | None:
    """Lanes are who speaks, in the order in which they did."""
    voices: dict[str, tuple[str, bool]] = {}
    for one in history:
        is_official = one.tier in OFFICIAL
        room = _LABELS / _BOLD if is_official else _LABELS
        name = _fitted(one_line(one.publisher) or "(unnamed)", room)
        voices.setdefault(one.publisher, (name, is_official))
    return _drawn(history, lambda one: one.publisher, voices)


def _fitted(name: str, room: float) -> str:
    """As much of it as there is room for."""
    return next(
        (short for n in range(_NAME, 1, -1) if _width(short := cut(name, n)) <= room), name[:1]
    )


def _width(name: str) -> float:
    return sum(
        _BROAD if east_asian_width(sign) in "WF" else _NARROW if sign.isascii() else _MIDDLE
        for sign in name
    )


def _height(claim: Claim) -> float:
    """What is no rung stands below the ladder, in its own order."""
    return claim.rung if claim.rung is not None else -1.0 - list(Claim).index(claim)


def _drawn(
    history: Sequence[Step],
    lane_of: Callable[[Step], K],
    names: dict[K, tuple[str, bool]],
    stood: Callable[[Step], K] | None = None,
) -> Timeline | None:
    """Each step on its lane; perhaps with a way over the lanes on which the story stood."""
    if not history:
        return None
    steps = sorted(history, key=lambda one: one.at)
    first, last = steps[0].at, steps[-1].at
    left = min(_LABELS, 8 + round(max(_width(name) for name, _ in names.values())))
    room = WIDTH - left - _RIGHT - 20

    def x_of(at: datetime) -> float:
        share = (at - first) / (last - first) if last > first else 0.0
        return left + 10 + room * share

    ys = {key: _TOP + _LANE * (n + 0.5) for n, key in enumerate(names)}
    marks = tuple(_marks(steps, lane_of, x_of, ys))
    marks = marks if stood else tuple(_labelled(marks))
    return Timeline(
        width=WIDTH,
        height=_TOP + _LANE * len(ys) + _AXIS,
        left=left,
        lanes=tuple(Lane(y=ys[key], name=name, official=own) for key, (name, own) in names.items()),
        marks=marks,
        ticks=tuple(_ticks(first, last, x_of)),
        path=_path(marks, stood, ys) if stood else "",
        about=_about(steps),
    )


def _marks(
    steps: Sequence[Step],
    lane_of: Callable[[Step], K],
    x_of: Callable[[datetime], float],
    ys: dict[K, float],
) -> Iterator[Mark]:
    """Those that would cover each other stand side by side, as far as there is room."""
    taken: dict[K, float] = {}
    for one in steps:
        lane = lane_of(one)
        x = max(x_of(one.at), taken.get(lane, 0.0) + _APART)
        x = min(x, WIDTH - _RIGHT)
        taken[lane] = x
        yield Mark(
            x=round(x, 1),
            y=ys[lane],
            step=one,
            shape="official" if one.tier in OFFICIAL else "other",
            against=one.claim.goes_down,
        )


def _labelled(marks: Sequence[Mark]) -> Iterator[Mark]:
    """What is said stands to the right of its mark, or to the left at the end of the drawing."""
    for mark in marks:
        text = in_words(mark.step.claim)
        wide = _LETTER * len(text) + 12
        others = [one.x for one in marks if one.y == mark.y and one is not mark]
        if mark.x + wide < WIDTH and not any(mark.x <= x < mark.x + wide + 8 for x in others):
            yield replace(mark, label=text, label_x=round(mark.x + 11, 1))
        elif mark.x + wide >= WIDTH and not any(mark.x - wide - 8 < x <= mark.x for x in others):
            yield replace(mark, label=text, label_x=round(mark.x - 11, 1), anchor="end")
        else:
            yield mark


def _path(marks: Sequence[Mark], stood: Callable[[Step], K], ys: dict[K, float]) -> str:
    """From left to right over what the story stood at, as stairs.

    What merely disputes it leaves it where it stood.
    """
    drawn, reach = "", 0.0
    for one in marks:
        reach = max(reach, one.x)
        if one.step.moved:
            y = ys[stood(one.step)]
            drawn += f"H{reach} V{y} " if drawn else f"M{reach} {y} "
    return f"{drawn}H{reach}" if drawn and len(marks) > 1 else ""


def _ticks(first: datetime, last: datetime, x_of: Callable[[datetime], float]) -> Iterator[Tick]:
    span = last - first
    step = next((one for one in _STEPS if span <= one * _MOST_TICKS), _STEPS[-1])
    if span < _STEPS[0]:
        yield Tick(x=x_of(first), text=f"{first.astimezone(UTC):%Y-%m-%d %H:%M}", anchor="start")
        return
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    at = epoch + step * -(-(first - epoch) // step)
    while at <= last:
        text = f"{at:%m-%d}" if step >= _DAY else f"{at:%m-%d %H:%M}"
        near_end, near_start = x_of(at) > WIDTH - _RIGHT - 40, x_of(at) < x_of(first) + 30
        anchor = "end" if near_end else "start" if near_start else "middle"
        yield Tick(x=round(x_of(at), 1), text=text, anchor=anchor)
        at += step


def _about(steps: Sequence[Step]) -> str:
    official = sum(one.tier in OFFICIAL for one in steps)
    days = (steps[-1].at.date() - steps[0].at.date()).days + 1
    return (
        f"{len(steps)} statements on {days} day{'s' * (days > 1)}, {official} of them by official"
        f" voices, from {steps[0].at.astimezone(UTC):%Y-%m-%d}"
        f" to {steps[-1].at.astimezone(UTC):%Y-%m-%d}"
    )
