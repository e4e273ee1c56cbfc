"""Alerts."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from monitor.ports import Mark
from monitor.views.alerts import document, sent_to, shown
from monitor.web.api.answers import (
    Name,
    Since,
    Stretch,
    answer,
    known,
    mark_of,
    missing,
    moment,
    part,
    stretch,
)
from monitor.web.api.documents import AlertNow, AlertWhole
from monitor.web.api.shapes import listed, shape_of
from monitor.web.asked import ArchiveAsked, SiteAsked

router = APIRouter(prefix="/alerts", tags=["alerts"])
SHAPE = shape_of(AlertNow, without=("situation",))
OWN = "health"
"""What the monitor's own alerts name as their watch."""


@router.get("", response_model=listed(SHAPE))
def list_alerts(
    request: Request,
    site: SiteAsked,
    archive: ArchiveAsked,
    asked: Annotated[Stretch, Depends(stretch)],
    watch: Annotated[
        Name | None,
        Query(
            description="Of this watch (`health`: of the monitor itself).",
            examples=["kp-border-rail"],
        ),
    ] = None,
    since: Since = None,
) -> Response:
    """Alerts, newest first."""
    found = archive.alerts(
        watch=watch,
        since=moment(since, site.now()),
        before=mark_of(asked.cursor),
        limit=asked.limit + 1,
    )
    if watch and not found and not archive.alerts(watch=watch, limit=1):
        known("watch", watch, [*site.config().watches, OWN])
    return answer(
        request, part(found, asked.limit, lambda one: Mark(one.created_at, one.id), document)
    )


@router.get("/{id}", response_model=shape_of(AlertWhole, without=("situation",)))
def show_alert(request: Request, archive: ArchiveAsked, id: Name) -> Response:  # noqa: A002
    """All that is known of an alert: why it was raised, and who was told."""
    alert = archive.alert(id)
    if alert is None:
        raise missing("alert", id)
    rated = next((one for one in archive.rated() if one.alert_id == alert.id), None)
    return answer(request, shown(alert, archive, sent_to(alert, archive), rated))
