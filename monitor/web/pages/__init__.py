"""The pages, a file each."""

from fastapi import APIRouter

from monitor.web.pages import feeds, login, now, silences, watches, webhooks, workbench

router = APIRouter()
for _page in (now, login, watches, workbench, feeds, webhooks, silences):
    router.include_router(_page.router)
