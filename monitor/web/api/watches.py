"""Watches."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from monitor.views.listed_watches import history, listed
from monitor.web.api.answers import Name, Stretch, answer, missing, part_of_all, stretch
from monitor.web.api.documents import WatchEntry
from monitor.web.api.shapes import listed as list_of
from monitor.web.api.shapes import shape_of
from monitor.web.asked import SiteAsked

router = APIRouter(prefix="/watches", tags=["watches"])


@router.get("", response_model=list_of(shape_of(WatchEntry)))
def list_watches(
    request: Request, site: SiteAsked, asked: Annotated[Stretch, Depends(stretch)]
) -> Response:
    """Watches and when each last matched, in the order of the configuration."""
    last, counts = history(site.archive(), site.now())
    return answer(
        request,
        part_of_all(
            list(site.config().watches.values()),
            asked,
            lambda watch: watch.id,
            lambda watch: listed(watch, last, counts),
        ),
    )


@router.get("/{id}", response_model=shape_of(WatchEntry))
def show_watch(request: Request, site: SiteAsked, id: Name) -> Response:  # noqa: A002
    """A watch, and when it last matched."""
    watches = site.config().watches
    if id not in watches:
        raise missing("watch", id, list(watches))
    return answer(request, listed(watches[id], *history(site.archive(), site.now())))
