"""How the service is."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from monitor.views.overview import document, overview_of
from monitor.web.api.answers import answer
from monitor.web.api.documents import Status
from monitor.web.api.shapes import shape_of
from monitor.web.asked import ArchiveAsked, SiteAsked

router = APIRouter(tags=["status"])


@router.get("/status", response_model=shape_of(Status))
def status(request: Request, site: SiteAsked, archive: ArchiveAsked) -> Response:
    """Feeds, deliveries and webhooks, counted. `/healthz` and `/readyz` are cheaper to ask."""
    return answer(request, document(overview_of(site.config(), archive)))
