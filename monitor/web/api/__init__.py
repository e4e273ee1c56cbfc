"""The JSON API, a file a noun; its shapes are those of `--json` on the command line."""

from fastapi import APIRouter

from monitor.web.api import (
    alerts,
    deliveries,
    description,
    events,
    feeds,
    health,
    items,
    metrics,
    out,
    silences,
    status,
    stories,
    watches,
    webhooks,
)
from monitor.web.api.answers import PROBLEMS

_NOUNS = (
    stories,
    items,
    alerts,
    deliveries,
    feeds,
    watches,
    webhooks,
    silences,
    status,
    events,
)

router = APIRouter()
_v1 = APIRouter(prefix="/api/v1", responses=PROBLEMS)
for _part in _NOUNS:
    _v1.include_router(_part.router)
router.include_router(_v1)
router.include_router(description.router)
router.include_router(out.router)
router.include_router(health.router)
router.include_router(metrics.router)
