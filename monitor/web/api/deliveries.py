"""Deliveries, and sending them again."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from starlette.responses import Response

from monitor.model import Delivery, DeliveryState
from monitor.ports import Mark
from monitor.views.actions import Requeued, requeue
from monitor.views.deliveries import shown
from monitor.web.api.answers import (
    ACTION_PROBLEMS,
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
from monitor.web.api.documents import DeliveryWhole
from monitor.web.api.shapes import listed, shape_of
from monitor.web.asked import ActionsAsked, ArchiveAsked, SiteAsked

router = APIRouter(prefix="/deliveries", tags=["deliveries"])


@router.get("", response_model=listed(shape_of(Delivery)))
def list_deliveries(
    request: Request,
    site: SiteAsked,
    archive: ArchiveAsked,
    asked: Annotated[Stretch, Depends(stretch)],
    alert: Annotated[Name | None, Query(description="Of this alert.")] = None,
    webhook: Annotated[Name | None, Query(description="To this webhook.")] = None,
    state: Annotated[list[DeliveryState], Query(description="In it; repeatable.")] = [],  # noqa: B006
    since: Since = None,
    until: Annotated[
        str | None, Query(max_length=40, description="Made before it; written alike.")
    ] = None,
) -> Response:
    """Deliveries, newest first."""
    now = site.now()
    meant = archive.alert(alert) if alert else None
    if alert and meant is None:
        raise HTTPException(422, f"no alert with the id {alert[:100]!r}")
    found = archive.deliveries(
        states=state,
        webhook=webhook,
        alert_id=meant.id if meant else None,
        since=moment(since, now),
        until=moment(until, now),
        before=mark_of(asked.cursor),
        limit=asked.limit + 1,
    )
    if webhook and not found and not archive.deliveries(webhook=webhook, limit=1):
        known("webhook", webhook, list(site.config().webhooks))
    return answer(
        request,
        part(found, asked.limit, lambda one: Mark(one.created_at, one.id), lambda one: one),
    )


@router.get("/{id}", response_model=shape_of(DeliveryWhole))
def show_delivery(request: Request, archive: ArchiveAsked, id: Name) -> Response:  # noqa: A002
    """All of a delivery: what is sent, its attempts, and what people did to it."""
    delivery = archive.delivery(id)
    if delivery is None:
        raise missing("delivery", id)
    return answer(request, shown(delivery, archive))


@router.post("/{id}/redeliver", response_model=shape_of(Requeued), responses=ACTION_PROBLEMS)
def redeliver(
    request: Request,
    site: SiteAsked,
    archive: ArchiveAsked,
    actions: ActionsAsked,
    id: Name,  # noqa: A002
) -> Response:
    """Send again what was given up, or delivered, under the same id.

    A webhook that is disabled is enabled. What waits to be sent as it is is left alone, so asking
    twice sends once.
    """
    delivery, now = archive.delivery(id), site.now()
    if delivery is None or delivery.id != id:
        raise missing("delivery", id)
    requeued = actions.write(lambda unit: requeue(unit, [delivery], now))
    actions.wake()
    return answer(request, requeued)
