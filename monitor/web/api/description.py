"""The API's description of itself: OpenAPI 3.1."""

from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.responses import Response

from monitor import __version__
from monitor.web.api.answers import answer

router = APIRouter(include_in_schema=False)
PATH = "/api/v1/openapi.json"
_SAYS = """What was stored, decided and sent, and what a person may change.

The shapes are those of `--json` on the command line. Moments are ISO 8601 in UTC, lengths of time
are seconds. Lists come in stretches: `next` is the `cursor` of the following one. Every answer has
an `ETag`: asked with `If-None-Match`, one that is the same is a 304. Errors are
`{"detail": "..."}`.

Reading needs the token only where the page needs a login; acting always does.
"""
_TAGS = {
    "stories": "What is told as one, in all its languages.",
    "items": "Entries of feeds, each kept once.",
    "alerts": "What was worth telling to a watch.",
    "deliveries": "One alert to one webhook: attempts and decisions.",
    "feeds": "Where items come from.",
    "watches": "What is watched for.",
    "webhooks": "Where alerts go.",
    "silences": "What is not to be sent for a time.",
    "status": "How the service is.",
    "events": "Alerts as they come.",
}


def operation(route: APIRoute) -> str:
    """What generated clients call it."""
    return route.name


def describe(app: FastAPI) -> None:
    """Have the application describe itself so."""

    def described() -> dict[str, Any]:
        if not app.openapi_schema:
            app.openapi_schema = _schema(app)
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]


def _schema(app: FastAPI) -> dict[str, Any]:
    schema: dict[str, Any] = get_openapi(
        title="news-monitor",
        version=__version__,
        description=_SAYS,
        routes=app.routes,
        tags=[{"name": name, "description": text} for name, text in _TAGS.items()],
    )
    schema["components"]["securitySchemes"] = {
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "`web.token` of monitor.toml.",
        }
    }
    for path in schema["paths"].values():
        for method, told in path.items():
            told["security"] = [{"token": []}, *([{}] if method == "get" else [])]
    return schema


@router.get(PATH)
def openapi(request: Request) -> Response:
    """This description."""
    return answer(request, request.app.openapi())
