"""What goes on now: how the service is, and stories by their last change."""

from collections.abc import Iterable
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from monitor.core.company import PART, held, holds, role
from monitor.model import Claim
from monitor.views.cards import asked_for, cards
from monitor.views.overview import overview_of, verdict
from monitor.web.api.answers import cursor_of
from monitor.web.asked import ArchiveAsked, PagesAsked, SiteAsked
from monitor.web.live import last_mark

router = APIRouter()

_SHOWN = 20
_EVENTS = "/api/v1/events"
SPANS = {"": "any time", "1h": "an hour", "24h": "a day", "7d": "a week", "30d": "30 days"}


@router.get("/")
def now(
    request: Request,
    site: SiteAsked,
    archive: ArchiveAsked,
    pages: PagesAsked,
    watch: str = "",
    claim: str = "",
    language: str = "",
    since: str = "",
    before: str = "",
) -> Response:
    config, moment = site.config(), site.now()
    seen = overview_of(config, archive, counted=False)
    asked = asked_for(
        watch=watch, claim=claim, language=language, since=since, before=before, now=moment
    )
    shown, more = cards(archive, asked, _SHOWN)
    given = {"watch": watch, "claim": claim, "language": language, "since": since, "before": more}
    return pages.render(
        request,
        "now.html",
        overview=seen,
        verdict=verdict(seen),
        holds=holds(seen.company),
        held=len(held(seen.company, PART)),
        roles={one.id: role(one.queues) for one in seen.company.processes},
        dead=archive.dead_letters(),
        silences=sum(one.is_active(moment) for one in archive.silences()),
        asked=asked,
        cards=shown,
        more=urlencode({key: value for key, value in given.items() if value}) if more else "",
        watches={one.id: one.name or one.id for one in config.watches.values()},
        languages=languages_of(one.language for one in config.feeds.values()),
        claims=list(Claim),
        spans=SPANS,
        events=f"{_EVENTS}?after={cursor_of(last_mark(archive))}",
    )


def languages_of(tags: Iterable[str]) -> list[str]:
    """Each language once, without script or country."""
    return sorted({tag.partition("-")[0].lower() for tag in tags} - {""})
