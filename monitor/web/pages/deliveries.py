"""Alerts as they were told, and what became of each at every webhook."""

import json
from contextlib import suppress
from datetime import datetime
from urllib.parse import quote, urlencode

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from monitor.core.delivery import may_send
from monitor.model import Attempt, DeliveryState
from monitor.ports import Archive
from monitor.views.actions import requeue
from monitor.views.alerts import by_hand, held, place
from monitor.views.places import place_in, written
from monitor.views.room import told_of, way_of
from monitor.web.asked import ActionsAsked, ArchiveAsked, PagesAsked, SiteAsked

router = APIRouter()

_SHOWN = 50
_WAITS = (DeliveryState.PENDING, DeliveryState.LEASED)


@router.get("/alerts/{key}")
def alert(
    request: Request, site: SiteAsked, archive: ArchiveAsked, pages: PagesAsked, key: str
) -> Response:
    found = archive.alert(key)
    if found is None:
        raise HTTPException(404, f"There is no alert {key!r} (any more).")
    members = [one for one in map(archive.alert, found.members) if one]
    return pages.render(
        request,
        "alert.html",
        told=told_of(archive, [found])[0],
        alert=found,
        members=members,
        watches=site.config().watches,
        place=place(found, archive) if found.story_id else None,
        story=archive.thread(found.story_id) if found.story_id else None,
    )


@router.get("/deliveries")
def outbox(
    request: Request,
    site: SiteAsked,
    archive: ArchiveAsked,
    pages: PagesAsked,
    state: str = "",
    webhook: str = "",
    before: str = "",
) -> Response:
    wanted = DeliveryState(state) if state in list(DeliveryState) else None
    found = archive.outbox(
        state=wanted, webhook=webhook or None, before=place_in(before), limit=_SHOWN + 1
    )
    rows, more = found[:_SHOWN], ""
    if len(found) > _SHOWN:
        cursor = written(rows[-1].created_at, rows[-1].id)
        given = {"state": state, "webhook": webhook, "before": cursor}
        more = urlencode({key: value for key, value in given.items() if value})
    alerts = {one.alert_id: archive.alert(one.alert_id) for one in rows}
    return pages.render(
        request,
        "deliveries.html",
        rows=[(one, alerts[one.alert_id]) for one in rows],
        state=wanted,
        states=list(DeliveryState),
        webhook=webhook,
        webhooks=sorted({*site.config().webhooks, *archive.webhook_states(), webhook} - {""}),
        more=more,
        narrows=bool(wanted or webhook),
        before=before,
    )


@router.get("/deliveries/{key}")
def delivery(
    request: Request,
    site: SiteAsked,
    archive: ArchiveAsked,
    pages: PagesAsked,
    key: str,
    asked: str = "",
) -> Response:
    found = archive.delivery(key)
    if found is None:
        raise HTTPException(404, f"There is no delivery {key!r} (any more).")
    if key != found.id:
        return RedirectResponse(f"/deliveries/{quote(found.id, safe='')}", status_code=303)
    states, config = archive.webhook_states(), site.config()
    configured = config.webhooks.get(found.webhook)
    webhook = states.get(found.webhook)
    return pages.render(
        request,
        "delivery.html",
        delivery=found,
        way=way_of(archive, found, states),
        alert=archive.alert(found.alert_id),
        history=_history(archive, found.id),
        payload=_pretty(found.payload),
        is_configured=configured is not None and configured.enabled,
        webhook=webhook,
        is_held=webhook is not None and not may_send(webhook, site.now()),
        waits=found.state in _WAITS,
        asked=asked,
    )


@router.post("/deliveries/{key}/again")
def send_again(archive: ArchiveAsked, site: SiteAsked, actions: ActionsAsked, key: str) -> Response:
    """The same bytes under the same id; a webhook that is disabled is enabled."""
    found = archive.delivery(key)
    if found is None:
        raise HTTPException(404, f"There is no delivery {key!r} (any more).")
    done = actions.write(lambda unit: requeue(unit, [found], site.now()))
    actions.wake()
    said = "left" if not done.queued else "enabled" if done.enabled else "queued"
    return RedirectResponse(f"/deliveries/{quote(found.id, safe='')}?asked={said}", status_code=303)


def _history(archive: Archive, delivery_id: str) -> list[tuple[datetime, str, Attempt | None]]:
    """All that was decided, tried and done, oldest first: when, in words, and the attempt."""
    told: list[tuple[datetime, str, Attempt | None]] = [
        (one.at, held(one), None) for one in archive.holds(delivery_id)
    ]
    told += [(one.at, by_hand(one), None) for one in archive.interventions(delivery_id)]
    told += [(one.at, one.answer.verdict.value, one) for one in archive.attempts(delivery_id)]
    return sorted(told, key=lambda one: one[0])


def _pretty(payload: bytes) -> str:
    text = payload.decode("utf-8", "replace")
    with suppress(ValueError, RecursionError):  # not every kind sends JSON
        text = json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    return text
