"""Silences: listed, begun and ended."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, HTTPException, Query, Request
from starlette.responses import Response

from monitor.model import Silence
from monitor.ports import Archive
from monitor.views.actions import (
    NotSensible,
    end_silence,
    new_silence,
    silence_length,
    silence_matchers,
)
from monitor.views.silences import listed
from monitor.web.api.answers import (
    ACTION_PROBLEMS,
    Name,
    Stretch,
    answer,
    missing,
    part_of_all,
    stretch,
)
from monitor.web.api.documents import NewSilence, SilenceNow
from monitor.web.api.shapes import listed as list_of
from monitor.web.api.shapes import shape_of
from monitor.web.asked import ActionsAsked, ArchiveAsked, SiteAsked

router = APIRouter(prefix="/silences", tags=["silences"])
SHAPE = shape_of(SilenceNow)


@router.get("", response_model=list_of(SHAPE))
def list_silences(
    request: Request,
    site: SiteAsked,
    archive: ArchiveAsked,
    asked: Annotated[Stretch, Depends(stretch)],
    every: Annotated[bool, Query(alias="all", description="Those that are over too.")] = False,
) -> Response:
    """Silences that hold, newest first."""
    now = site.now()
    found = [one for one in reversed(archive.silences()) if every or one.is_active(now)]
    return answer(
        request,
        part_of_all(found, asked, lambda one: one.id, lambda one: listed(one, archive, now)),
    )


@router.get("/{id}", response_model=SHAPE)
def show_silence(request: Request, site: SiteAsked, archive: ArchiveAsked, id: Name) -> Response:  # noqa: A002
    """A silence, whether it holds or is over."""
    return answer(request, listed(_found(archive, id), archive, site.now()))


@router.post(
    "",
    status_code=201,
    response_model=SHAPE,
    responses=ACTION_PROBLEMS | {200: {"model": SHAPE, "description": "It was made before."}},
)
def add_silence(
    request: Request,
    site: SiteAsked,
    archive: ArchiveAsked,
    actions: ActionsAsked,
    asked: NewSilence,
    key: Annotated[
        str,
        Header(
            alias="Idempotency-Key",
            max_length=200,
            description="Asked again with the same key, the first silence is the answer.",
        ),
    ] = "",
) -> Response:
    """Send no alerts of some kind for a time: they are stored and listed, but not sent."""
    now = site.now()
    try:
        made = new_silence(
            silence_matchers(asked.matchers),
            silence_length(asked.length),
            asked.comment,
            asked.author,
            now,
            key,
        )
    except NotSensible as error:
        raise HTTPException(422, str(error)) from None
    before = _by_id(archive, made.id)
    if before is None:
        actions.write(lambda unit: unit.save_silence(made))
    elif _what(before) != _what(made):
        raise HTTPException(422, "This Idempotency-Key was used for another silence.")
    kept = before or made
    where = {"Location": f"{request.url.path.rstrip('/')}/{kept.id}"}
    status = 200 if before else 201
    return answer(request, listed(kept, archive, now), status=status, headers=where)


@router.delete("/{id}", response_model=SHAPE, responses=ACTION_PROBLEMS)
def expire_silence(
    request: Request,
    site: SiteAsked,
    archive: ArchiveAsked,
    actions: ActionsAsked,
    id: Name,  # noqa: A002
) -> Response:
    """End a silence now. It stays listed, and what it muted stays muted; one that is over, is."""
    now, found = site.now(), _found(archive, id)
    ended = actions.write(lambda unit: end_silence(unit, found, now))
    return answer(request, listed(ended, archive, now))


def _what(one: Silence) -> tuple[object, ...]:
    return one.matchers, one.comment, one.author, one.ends_at - one.starts_at


def _by_id(archive: Archive, silence_id: str) -> Silence | None:
    return next((one for one in archive.silences() if one.id == silence_id), None)


def _found(archive: Archive, silence_id: str) -> Silence:
    found = _by_id(archive, silence_id)
    if found is None:
        raise missing("silence", silence_id)
    return found
