"""The pages, a file each."""

from fastapi import APIRouter

from monitor.web.pages import login, now, watches, workbench

router = APIRouter()
for _page in (now, login, watches, workbench):
    router.include_router(_page.router)
