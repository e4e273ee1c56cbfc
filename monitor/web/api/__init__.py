"""The JSON API, a file a noun; its shapes are those of `--json` on the command line."""

from fastapi import APIRouter

from monitor.web.api import health

router = APIRouter()
for _part in (health,):
    router.include_router(_part.router)
