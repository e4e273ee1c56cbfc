"""Stories."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from starlette.responses import Response

from monitor.core.query.mistakes import value_flaw
from monitor.model import Claim
from monitor.ports import Mark
from monitor.views.stories import document, listed, page_of
from monitor.web.api.answers import (
    Name,
    Since,
    Stretch,
    answer,
    known,
    mark_of,
    missing,
    moment,
    part,
    stretch,
)
from monitor.web.api.documents import StoryEntry, StoryWhole
from monitor.web.api.shapes import listed as list_of
from monitor.web.api.shapes import shape_of
from monitor.web.asked import ArchiveAsked, SiteAsked

router = APIRouter(prefix="/stories", tags=["stories"])


@router.get("", response_model=list_of(shape_of(StoryEntry)))
def list_stories(
    request: Request,
    site: SiteAsked,
    archive: ArchiveAsked,
    asked: Annotated[Stretch, Depends(stretch)],
    watch: Annotated[Name | None, Query(description="Of which an item matched it.")] = None,
    since: Since = None,
    state: Annotated[Claim | None, Query(description="What is claimed of them.")] = None,
    language: Annotated[
        Name | None, Query(description="In which they are told.", examples=["ko"])
    ] = None,
    every: Annotated[
        bool, Query(alias="all", description="Also those of which no item matched a watch.")
    ] = False,
) -> Response:
    """Stories, the latest change first."""
    if language and (flaw := value_flaw("lang", language)):
        raise HTTPException(422, f"language: {flaw}")
    if every and (watch or state):
        raise HTTPException(422, "all lists what no watch matched: not with watch or state")
    found = archive.threads(
        watch=watch,
        since=moment(since, site.now()),
        state=state,
        language=language.partition("-")[0].lower() if language else None,
        every=every,
        before=mark_of(asked.cursor),
        limit=asked.limit + 1,
    )
    if watch and not found and not archive.threads(watch=watch, limit=1):
        known("watch", watch, list(site.config().watches))
    return answer(
        request,
        part(found, asked.limit, lambda one: Mark(one.changed_at, one.thread.id), listed),
    )


@router.get("/{id}", response_model=shape_of(StoryWhole))
def show_story(request: Request, archive: ArchiveAsked, id: Name) -> Response:  # noqa: A002
    """All of the story of this id, or of the item or alert of this id."""
    story = archive.story(id)
    if story is None:
        raise missing("story", id)
    return answer(request, document(page_of(archive, story)))
