"""Alerts as they come, as server-sent events."""

from typing import Annotated

from fastapi import APIRouter, Header, HTTPException, Query, Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from monitor.ports import Mark
from monitor.web.api.alerts import OWN
from monitor.web.api.answers import Name, known, mark_of
from monitor.web.asked import SiteAsked
from monitor.web.live import Full, Live

router = APIRouter(prefix="/events", tags=["events"])
_STREAM = {
    "description": "`text/event-stream`: events `alert`, their data as in the list of alerts.",
    "content": {"text/event-stream": {"schema": {"type": "string"}}},
}


class _Stream(StreamingResponse):
    """Leaves when it ends, however it does."""

    def __init__(self, live: Live, place: int, mark: Mark, watches: list[str]) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        stream = live.follow(place, mark, frozenset(watches))
        super().__init__(stream, media_type="text/event-stream", headers=headers)
        self._live = live

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._live.leave()


@router.get("", response_class=StreamingResponse, responses={200: _STREAM})
async def events(
    request: Request,
    site: SiteAsked,
    watch: Annotated[list[Name], Query(description="Of this watch alone; repeatable.")] = [],  # noqa: B006
    after: Annotated[
        str, Query(max_length=400, description="The id of the last event that is known.")
    ] = "",
    last: Annotated[
        str,
        Header(
            alias="Last-Event-ID",
            max_length=400,
            description="The same, as a browser sends it when it comes back.",
        ),
    ] = "",
) -> StreamingResponse:
    """Alerts as they come, without loss or repetition across connections.

    The stream is open until one side ends it; a comment every 15 s shows that it is.
    """
    for one in watch:
        known("watch", one, [*site.config().watches, OWN])
    live: Live = request.app.state.live
    since = mark_of(last or after)  # a foreign one is refused before there is a stream
    try:
        live.join()
    except Full:
        wait = {"Retry-After": "60"}
        raise HTTPException(503, "As many listen as may: try again later.", wait) from None
    try:
        place, mark = await live.begin(since)
    except BaseException:
        live.leave()
        raise
    return _Stream(live, place, mark, watch)
