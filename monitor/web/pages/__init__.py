"""The pages, a file each."""

from fastapi import APIRouter

from monitor.web.pages import login, now

router = APIRouter()
for _page in (now, login):
    router.include_router(_page.router)
