"""Items, and the search in them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from monitor.model import Item
from monitor.ports import Mark
from monitor.web.api.answers import (
    Name,
    Since,
    Stretch,
    answer,
    mark_of,
    missing,
    moment,
    part,
    stretch,
)
from monitor.web.api.shapes import listed, shape_of
from monitor.web.asked import ArchiveAsked, SiteAsked

router = APIRouter(tags=["items"])


@router.get("/items", response_model=listed(shape_of(Item)))
def list_items(
    request: Request,
    site: SiteAsked,
    archive: ArchiveAsked,
    asked: Annotated[Stretch, Depends(stretch)],
    since: Since = None,
) -> Response:
    """Stored items, the last to arrive first."""
    found = archive.newest_items(
        since=moment(since, site.now()), before=mark_of(asked.cursor), limit=asked.limit + 1
    )
    return answer(
        request, part(found, asked.limit, lambda one: Mark(one.seen_at, one.id), lambda one: one)
    )


@router.get("/items/{id}", response_model=shape_of(Item))
def show_item(request: Request, archive: ArchiveAsked, id: Name) -> Response:  # noqa: A002
    """A stored item, as its text is now."""
    item = archive.item(id)
    if item is None:
        raise missing("item", id)
    return answer(request, item)


@router.get("/search", response_model=listed(shape_of(Item)))
def search(
    request: Request,
    archive: ArchiveAsked,
    asked: Annotated[Stretch, Depends(stretch)],
    words: Annotated[
        str,
        Query(
            alias="q",
            min_length=1,
            max_length=500,
            description="All must be in it.",
            examples=["train Beijing"],
        ),
    ],
) -> Response:
    """Stored items that hold all words in title or summary, the latest published first."""
    found = archive.search(words, before=mark_of(asked.cursor), limit=asked.limit + 1)
    return answer(
        request,
        part(found, asked.limit, lambda one: Mark(one.effective_at, one.id), lambda one: one),
    )
