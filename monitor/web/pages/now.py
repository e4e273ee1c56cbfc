"""What goes on now: stories by their last change."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from monitor.views.overview import overview_of, verdict
from monitor.web.asked import ArchiveAsked, PagesAsked, SiteAsked

router = APIRouter()


@router.get("/")
def now(request: Request, site: SiteAsked, archive: ArchiveAsked, pages: PagesAsked) -> Response:
    seen = overview_of(site.config(), archive, counted=False)
    return pages.render(
        request,
        "now.html",
        overview=seen,
        verdict=verdict(seen),
        threads=archive.threads(limit=50),
    )
