"""Webhooks: how they stand, trying one, and enabling one again."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from starlette.responses import Response

from monitor.model import DeliveryState, WebhookConfig
from monitor.views.listed_webhooks import listed
from monitor.views.nouns import as_json
from monitor.web.api.answers import (
    ACTION_PROBLEMS,
    Name,
    Stretch,
    answer,
    missing,
    part_of_all,
    stretch,
)
from monitor.web.api.documents import Enabled, TestAnswer, WebhookEntry
from monitor.web.api.shapes import listed as list_of
from monitor.web.api.shapes import shape_of
from monitor.web.asked import ActionsAsked, ArchiveAsked, SiteAsked
from monitor.web.site import Site

router = APIRouter(prefix="/webhooks", tags=["webhooks"])
_ALL = 1_000_000


@router.get("", response_model=list_of(shape_of(WebhookEntry)))
def list_webhooks(
    request: Request, site: SiteAsked, asked: Annotated[Stretch, Depends(stretch)]
) -> Response:
    """Webhooks and how they stand, in the order of the configuration."""
    archive, now = site.archive(), site.now()
    states = archive.webhook_states() if archive else {}
    return answer(
        request,
        part_of_all(
            list(site.config().webhooks.values()),
            asked,
            lambda one: one.id,
            lambda one: listed(one, states.get(one.id), now),
        ),
    )


@router.get("/{name}", response_model=shape_of(WebhookEntry))
def show_webhook(request: Request, site: SiteAsked, name: Name) -> Response:
    """A webhook, and how it stands."""
    archive, found = site.archive(), _found(site, name)
    state = archive.webhook_states().get(name) if archive else None
    return answer(request, listed(found, state, site.now()))


@router.post("/{name}/test", response_model=shape_of(TestAnswer), responses=ACTION_PROBLEMS)
def test_webhook(request: Request, site: SiteAsked, actions: ActionsAsked, name: Name) -> Response:
    """Send it one alert, at once and marked as a test; nothing is stored.

    `verdict` says whether it was taken: the question was answered either way.
    """
    if not _found(site, name).enabled:
        raise HTTPException(409, f"{name} is disabled in webhooks.toml.")
    return answer(request, {"webhook": name} | as_json(actions.test(name)))


@router.post("/{name}/enable", response_model=shape_of(Enabled), responses=ACTION_PROBLEMS)
def enable_webhook(
    request: Request, site: SiteAsked, archive: ArchiveAsked, actions: ActionsAsked, name: Name
) -> Response:
    """Send to it again: what waits for it is due at once. One that is not disabled stays so."""
    _found(site, name)
    waiting = archive.deliveries(state=DeliveryState.PENDING, webhook=name, limit=_ALL)
    now = site.now()
    before = actions.write(lambda unit: unit.enable(name, now))
    actions.wake()
    was_disabled = bool(before and before.disabled_at)
    return answer(request, {"webhook": name, "was_disabled": was_disabled, "waiting": len(waiting)})


def _found(site: Site, name: str) -> WebhookConfig:
    webhooks = site.config().webhooks
    if name not in webhooks:
        raise missing("webhook", name, list(webhooks))
    return webhooks[name]
