"""The pages, a file each."""

from fastapi import APIRouter

from monitor.web.pages import deliveries, login, now, search, stories

router = APIRouter()
for _page in (now, stories, deliveries, search, login):
    router.include_router(_page.router)
