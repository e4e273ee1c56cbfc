"""What is watched for: the list, and all of one watch."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import Response

from monitor.config import Config
from monitor.core.query.parser import parse
from monitor.core.query.printer import to_text
from monitor.model import Rating, Watch
from monitor.ports import Archive
from monitor.views import marks, watches
from monitor.web import charts
from monitor.web.asked import PagesAsked, SiteAsked

router = APIRouter()

_DAYS = 30
_PUBLISHERS = 10
_RATINGS = 20
LIMITS = (20, 100, 500)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A watch in the list."""

    watch: Watch
    chart: charts.Chart
    matches: int
    alerts: int
    last_at: datetime | None
    findings: int


@router.get("/watches")
def listed(request: Request, site: SiteAsked, pages: PagesAsked) -> Response:
    config, archive, now = site.config(), site.archive(), site.now()
    quiet = watches.quiet_of(archive, now)
    rows = [
        _row(config, watch, _days(archive, watch.id, now), quiet, now)
        for watch in sorted(config.watches.values(), key=lambda one: not one.enabled)
    ]
    return pages.render(request, "watches.html", rows=rows, days=_DAYS)


def _days(archive: Archive | None, watch_id: str, now: datetime) -> Mapping[date, tuple[int, int]]:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    since = midnight - timedelta(days=_DAYS - 1)
    return archive.watch_days(watch_id, since) if archive else {}


def _row(
    config: Config,
    watch: Watch,
    days: Mapping[date, tuple[int, int]],
    quiet: watches.Quiet,
    now: datetime,
) -> Row:
    return Row(
        watch=watch,
        chart=charts.by_day(days, _DAYS, now, whole="match", part="alert"),
        matches=sum(matches for matches, _ in days.values()),
        alerts=sum(alerts for _, alerts in days.values()),
        last_at=quiet.last_matches.get(watch.id),
        findings=len(watches.findings_of(config, watch, quiet, now)),
    )


def known_watch(config: Config, watch_id: str) -> Watch:
    """Raises HTTPException (404) if there is none."""
    watch = config.watches.get(watch_id)
    if watch is None:
        raise HTTPException(404, "No watch has this id; it may have been renamed or removed.")
    return watch


@router.get("/watches/{watch_id}")
def one(
    request: Request, site: SiteAsked, pages: PagesAsked, watch_id: str, limit: int = LIMITS[0]
) -> Response:
    config, archive, now = site.config(), site.archive(), site.now()
    watch = known_watch(config, watch_id)
    limit = min(max(limit, 1), LIMITS[-1])
    hits = archive.hits(watch.id, limit=limit + 1) if archive else ()
    publishers = archive.publishers(watch.id) if archive else {}
    rated = archive.rated(watch.id)[::-1] if archive else ()
    return pages.render(
        request,
        "watch.html",
        watch=watch,
        query=to_text(parse(watch.query)),
        tree=watches.tree_of(watch.query, config.lexicon),
        policy=list(watches.policy(watch, config)),
        escalation_words=watches.escalation_words,
        expectation_words=watches.expectation_words,
        findings=watches.findings_of(config, watch, watches.quiet_of(archive, now), now),
        chart=charts.by_day(_days(archive, watch.id, now), _DAYS, now, whole="match", part="alert"),
        hits=hits[:limit],
        more=next((n for n in LIMITS if n > limit), 0) if len(hits) > limit else 0,
        publishers=list(publishers.items())[:_PUBLISHERS],
        publisher_count=len(publishers),
        rated=rated[:_RATINGS],
        good=sum(one.rating is Rating.GOOD for one in rated),
        noise=sum(one.rating is Rating.NOISE for one in rated),
        pieces=marks.pieces,
        terms=marks.terms,
    )
