"""The workbench: a query is changed and tried on what is stored. It changes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from monitor.backtest import Backtest, Tally
from monitor.config import Config
from monitor.config.reading import ID, ID_CURE
from monitor.config.written import watch_toml
from monitor.model import Severity, Watch
from monitor.views import marks
from monitor.views.words import span
from monitor.views.workbench import Trial, try_out
from monitor.web import charts
from monitor.web.asked import PagesAsked, SiteAsked
from monitor.web.gate import Busy, Gate
from monitor.web.pages.watches import known_watch

router = APIRouter()

NEW = "-"
"""In the place of an id: a watch that is not configured. No id looks like this."""

_SPANS = (7, 30, 90, 365)
_LISTED = 8
_DAY = timedelta(days=1)
_gate = Gate()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was written into the form."""

    id: str
    query: str
    severity: Severity
    min_score: float
    days: int


def _base(config: Config, watch_id: str) -> Watch | None:
    return None if watch_id == NEW else known_watch(config, watch_id)


@router.get("/watches/{watch_id}/workbench")
def form(request: Request, site: SiteAsked, pages: PagesAsked, watch_id: str) -> Response:
    base = _base(site.config(), watch_id)
    wish = Wish(
        id=base.id if base else "new-watch",
        query=base.query.strip() if base else "",
        severity=base.severity if base else Severity.LOW,
        min_score=base.min_score if base else 0.0,
        days=30,
    )
    return _page(request, pages, watch_id, base, wish)


@router.post("/watches/{watch_id}/workbench")
def tried(
    request: Request,
    site: SiteAsked,
    pages: PagesAsked,
    watch_id: str,
    query: Annotated[str, Form()] = "",
    id: Annotated[str, Form()] = "new-watch",  # noqa: A002 - so it is called in the file
    severity: Annotated[str, Form()] = "low",
    min_score: Annotated[str, Form()] = "0",
    days: Annotated[str, Form()] = "30",
    part: bool = False,
) -> Response:
    config = site.config()
    base = _base(config, watch_id)
    wish = Wish(
        id=base.id if base else id.strip(),
        query=query.replace("\r\n", "\n").strip(),
        severity=Severity(severity) if severity in set(Severity) else Severity.LOW,
        min_score=_number(min_score),
        days=min(max(int(_number(days)), 1), _SPANS[-1]),
    )
    watch = _watch(base, wish)
    try:
        with _gate.passed():
            trial = try_out(watch, config, site.archive(), now=site.now(), days=wish.days)
    except Busy:
        # To the script that asks again by itself this is no error.
        status = 200 if part else 503
        page = _page(request, pages, watch_id, base, wish, busy=True, part=part, status=status)
        page.headers["Retry-After"] = "1"
        return page
    shown = _shown(watch, trial, wish, is_stored=site.archive() is not None)
    return _page(request, pages, watch_id, base, wish, part=part, **shown)


def _number(written: str) -> float:
    """0 if it is none, or none that is of use."""
    try:
        number = float(written)
    except ValueError:
        return 0.0
    return number if 0 <= number < 1e6 else 0.0


def _watch(base: Watch | None, wish: Wish) -> Watch:
    """A new one has the id of none that is configured, else it would be compared with that."""
    changed = {"query": wish.query, "severity": wish.severity, "min_score": wish.min_score}
    if base is None:
        return Watch(id=wish.id if ID.fullmatch(wish.id) else "new-watch", **changed)  # type: ignore[arg-type]
    return replace(base, **changed)  # type: ignore[arg-type]


def _shown(watch: Watch, trial: Trial, wish: Wish, *, is_stored: bool) -> Mapping[str, Any]:
    notes = []
    if wish.id != watch.id:
        notes.append(f"{wish.id!r} cannot be an id: {ID_CURE}.")
    result = trial.result
    tallies: list[tuple[str, Tally]] = []
    if result and result.texts:
        sides = (("now", result.current), ("changed" if result.current else "new", result.changed))
        tallies = [(name, tally) for name, tally in sides if tally]
    return {
        "trial": trial,
        "result": result,
        "notes": notes,
        "is_stored": is_stored,
        "tallies": [
            (name, tally, _a_day(tally, result), *_most(tally)) for name, tally in tallies if result
        ],
        "charts_of": [(name, _chart(tally, result)) for name, tally in tallies if result],
        "summary": _summary(trial, tallies),
        "asks_stories": any(rule.when for rule in watch.escalations),
        "listed": _listed,
        "toml": watch_toml(watch),
        "pieces": marks.pieces,
        "excerpt": marks.excerpt,
        "terms": marks.terms,
    }


def _summary(trial: Trial, tallies: list[tuple[str, Tally]]) -> str:
    """What a screen reader says first."""
    if trial.is_fatal:
        return "This query cannot be used as it is."
    if trial.result is None or not trial.result.first_at or not trial.result.last_at:
        return "Nothing is stored in that time."
    length = trial.result.last_at - trial.result.first_at
    if length >= _DAY:
        alerts = " → ".join(f"{tally.alerts / trial.result.days:.1f}" for _, tally in tallies)
        alerts += " alerts a day"
    else:  # a few hours are no rate
        alerts = " → ".join(f"{tally.alerts:,}" for _, tally in tallies)
        alerts += f" alerts in {span(length)}"
    if len(tallies) < 2:
        return f"{len(tallies[0][1].items):,} items found; {alerts}."
    added, lost = trial.result.added_count, trial.result.lost_count
    return f"{added:,} items added, {lost:,} lost; {alerts}."


def _a_day(tally: Tally, result: Backtest) -> str:
    """Alerts a day; empty if less than a day was looked at."""
    if not result.first_at or not result.last_at or result.last_at - result.first_at < _DAY:
        return ""
    return f"{tally.alerts / result.days:.1f}"


def _most(tally: Tally) -> tuple[int, str]:
    """The most alerts on a day, and that day."""
    if not tally.days:
        return 0, ""
    day, (_, alerts) = max(tally.days.items(), key=lambda one: (one[1][1], one[0]))
    return alerts, day.isoformat() if alerts else ""


def _chart(tally: Tally, result: Backtest) -> charts.Chart:
    assert result.first_at
    assert result.last_at
    days = (result.last_at.date() - result.first_at.date()).days + 1
    return charts.by_day(
        tally.days, days, result.last_at, whole="match", part="alert", span="this time"
    )


def _listed(counts: Mapping[Any, int]) -> list[tuple[str, int]]:
    ordered = sorted(counts.items(), key=lambda one: -one[1])
    return [(str(name), count) for name, count in ordered[:_LISTED]]


def _page(
    request: Request,
    pages: PagesAsked,
    watch_id: str,
    base: Watch | None,
    wish: Wish,
    *,
    part: bool = False,
    status: int = 200,
    **context: Any,
) -> Response:
    """All of the page, or only what came of the trial."""
    given: dict[str, Any] = {"trial": None, "busy": False} | context
    return pages.render(
        request,
        "trial.html" if part else "workbench.html",
        status=status,
        key=watch_id,
        base=base,
        wish=wish,
        severities=list(Severity),
        spans=sorted({*_SPANS, wish.days}),
        **given,
    )
