"""The pages, a file each."""

from fastapi import APIRouter

from monitor.web.pages import feeds, login, now, watches, webhooks, workbench

router = APIRouter()
for _page in (now, login, watches, workbench, feeds, webhooks):
    router.include_router(_page.router)
