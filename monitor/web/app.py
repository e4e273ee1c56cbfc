"""The application: pages, API, and what watches the service."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import lru_cache

import anyio.to_thread
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from monitor.errors import StoreError
from monitor.web import api, pages
from monitor.web.api.description import describe, operation
from monitor.web.gate import Busy
from monitor.web.guard import Guard
from monitor.web.live import Live
from monitor.web.metrics import registry_of
from monitor.web.sessions import Sessions
from monitor.web.site import Site
from monitor.web.templating import HERE, Pages

_THREADS = 4
"""Answers that are made at the same time; polling has the rest of the machine."""

_WORDS = {
    401: "This needs the token",
    403: "This is not allowed",
    404: "There is no such page",
    405: "That cannot be done here",
    503: "The database cannot be read",
}


def create_app(site: Site, stopping: Callable[[], bool] = lambda: False) -> FastAPI:
    """The whole of it over one site.

    Args:
        stopping: Whether streams are to end, for the server does.
    """

    @lru_cache(maxsize=4)
    def sessions_with(token: str) -> Sessions:
        return Sessions(token)

    def sessions() -> Sessions:
        return sessions_with(site.config().settings.web_token.reveal())

    app = FastAPI(
        openapi_url=None,  # api.description serves it
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=operation,
        lifespan=_with_few_threads,
    )
    app.state.site = site
    app.state.sessions = sessions
    app.state.registry = registry_of(site)
    app.state.live = Live(site.archive, stopping)
    app.state.pages = Pages(site, lambda cookie: sessions().form_key(cookie))
    app.add_middleware(Guard, settings=lambda: site.config().settings, sessions=sessions)
    app.add_exception_handler(HTTPException, _failed)
    app.add_exception_handler(StoreError, _unreadable)
    app.add_exception_handler(Busy, _busy)
    app.add_exception_handler(RequestValidationError, _misread)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    app.include_router(pages.router, include_in_schema=False)
    app.include_router(api.router)
    describe(app)
    return app


@asynccontextmanager
async def _with_few_threads(_app: FastAPI) -> AsyncIterator[None]:
    anyio.to_thread.current_default_thread_limiter().total_tokens = _THREADS
    yield


def _failed(request: Request, error: Exception) -> Response:
    """What went wrong, as the asker reads it."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = str(error.detail) if isinstance(error, HTTPException) else ""
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    if request.url.path.startswith("/api/"):
        return JSONResponse({"detail": detail}, status_code=status, headers=headers)
    title = _WORDS.get(status, "This went wrong")
    plain = detail in ("Not Found", "Method Not Allowed", "")
    found: Pages = request.app.state.pages
    page = found.render(
        request, "problem.html", status=status, title=title, detail="" if plain else detail
    )
    page.headers.update(headers)
    return page


def _misread(request: Request, error: Exception) -> Response:
    """What is wrong where, without what was sent: that need not even be text."""
    flaws = error.errors() if isinstance(error, RequestValidationError) else ()
    told = (f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in flaws)
    detail = "; ".join(told).encode("utf-8", "replace").decode()
    return _failed(request, HTTPException(422, detail))


def _busy(request: Request, _error: Exception) -> Response:
    detail = "Somebody else asks for the same, which takes a moment: try again."
    return _failed(request, HTTPException(503, detail, headers={"Retry-After": "1"}))


def _unreadable(request: Request, error: Exception) -> Response:
    return _failed(request, HTTPException(503, str(error)))
