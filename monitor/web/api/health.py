"""Whether the service lives (`/healthz`), and whether it does its work (`/readyz`)."""

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse

from monitor.views.overview import overview_of, verdict
from monitor.web.asked import ArchiveAsked, SiteAsked
from monitor.web.site import Site

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def healthz(request: Request) -> PlainTextResponse:
    """Alive: its loop turns, its database answers, what is due is asked. Else: start it anew.

    A full disk or a lost network is no reason to: they would still be there. `/readyz` tells them.
    """
    site: Site = request.app.state.site  # nothing here waits for a thread that others may hold
    problem = site.stuck()
    return PlainTextResponse(f"{problem or 'ok'}\n", status_code=503 if problem else 200)


@router.get("/readyz")
def readyz(site: SiteAsked, archive: ArchiveAsked) -> PlainTextResponse:
    """Ready: a service runs on this database, polls, and can store what it finds."""
    seen = overview_of(site.config(), archive, counted=False)
    ready = not (seen.looks_dead or seen.sick)
    return PlainTextResponse(f"{verdict(seen)}\n", status_code=200 if ready else 503)
