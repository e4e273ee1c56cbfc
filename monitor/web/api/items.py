"""Items, and the search in them."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from starlette.responses import Response

from monitor.core.query.mistakes import value_flaw
from monitor.model import Item, Tier
from monitor.ports import Mark, Sought
from monitor.views.explained import explained, past_of, told_by
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
from monitor.web.api.documents import ItemExplained
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


@router.get("/items/{id}/explain", response_model=shape_of(ItemExplained))
def explain_item(request: Request, site: SiteAsked, archive: ArchiveAsked, id: Name) -> Response:  # noqa: A002
    """Why each watch, as it is now, matches an item or does not, and what became of it."""
    item, config = archive.item(id), site.config()
    if item is None:
        raise missing("item", id)
    says = site.percolator().explain(item)
    past = past_of(archive, item)
    matched = {one.watch_id for one in says if one.matched}
    told = [told_by(one, item, config.watches[one.watch_id], matched, past) for one in says]
    disabled = [one.id for one in config.watches.values() if not one.enabled]
    return answer(request, explained(item, told, past, stored=True, not_asked=disabled))


@router.get("/search", response_model=listed(shape_of(Item)))
def search(
    request: Request,
    site: SiteAsked,
    archive: ArchiveAsked,
    asked: Annotated[Stretch, Depends(stretch)],
    words: Annotated[
        Name,
        Query(
            alias="q",
            max_length=500,
            description="All must be in title or summary.",
            examples=["train Beijing"],
        ),
    ] = "",
    watch: Annotated[Name, Query(max_length=100, description="That this watch matched.")] = "",
    feed: Annotated[Name, Query(max_length=100, description="Of this feed.")] = "",
    tier: Annotated[Tier | None, Query(description="Of feeds so close to the event.")] = None,
    language: Annotated[
        Name, Query(max_length=35, description="In this language.", examples=["ko"])
    ] = "",
    since: Since = None,
    until: Annotated[
        str | None, Query(max_length=40, description="Published before it; written alike.")
    ] = None,
) -> Response:
    """Stored items by words and filters, the latest published first; one of them is needed."""
    if language and (flaw := value_flaw("lang", language)):
        raise HTTPException(422, f"language: {flaw}")
    now = site.now()
    sought = Sought(
        text=words,
        watch=watch,
        feed=feed,
        tier=tier,
        language=language.partition("-")[0].lower(),
        since=moment(since, now),
        until=moment(until, now),
    )
    if sought == Sought():
        raise HTTPException(422, "say what to look for: q, or what narrows it down")
    found = archive.search(sought, before=mark_of(asked.cursor), limit=asked.limit + 1)
    if watch and not found and not archive.search(Sought(watch=watch), limit=1):
        known("watch", watch, list(site.config().watches))
    if feed and not found and not archive.search(Sought(feed=feed), limit=1):
        known("feed", feed, list(site.config().feeds))
    return answer(
        request,
        part(found, asked.limit, lambda one: Mark(one.effective_at, one.id), lambda one: one),
    )
