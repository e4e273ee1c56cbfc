"""The pages, a file each."""

from fastapi import APIRouter

from monitor.web.pages import (
    deliveries,
    feeds,
    login,
    now,
    search,
    silences,
    stories,
    watches,
    webhooks,
    workbench,
)

router = APIRouter()
for _page in (
    now,
    stories,
    deliveries,
    search,
    watches,
    workbench,
    feeds,
    webhooks,
    silences,
    login,
):
    router.include_router(_page.router)
