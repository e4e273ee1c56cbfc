"""All of a story, and of one item."""

from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from monitor.core.query import Explanation
from monitor.model import Item
from monitor.views.ladder import ladder
from monitor.views.room import room_of, shown, told_of
from monitor.views.stories import disputed_by, page_of, telling
from monitor.views.timeline import by_voice
from monitor.web.asked import ArchiveAsked, PagesAsked, SiteAsked
from monitor.web.site import Site

router = APIRouter()

_ITEMS, _ALERTS = 60, 60
_ALL = 100_000


@router.get("/stories/{key}")
def story(
    request: Request,
    site: SiteAsked,
    archive: ArchiveAsked,
    pages: PagesAsked,
    key: str,
    all: bool = False,  # noqa: A002 - as the address says it
) -> Response:
    found = archive.story(key)
    if found is None:
        raise HTTPException(404, f"There is no story {key!r}, or more than one that begins so.")
    if key != found.thread_id and found.thread_id:
        return RedirectResponse(f"/stories/{quote(found.thread_id, safe='')}", status_code=303)
    page, config, moment = page_of(archive, found), site.config(), site.now()
    limits = (_ALL, _ALL) if all else (_ITEMS, _ALERTS)
    return pages.render(
        request,
        "story.html",
        page=page,
        room=room_of(archive, page, config.watches, items=limits[0], alerts=limits[1]),
        told=page.thread or page.story,
        rungs=ladder(page.standing),
        disputed_by=disputed_by(page.standing),
        timeline=by_voice(page.standing.history),
        watches=config.watches,
        tellings=[(one.watch_id, telling(one, moment)) for one in page.followers],
    )


@router.get("/items/{key}")
def item(
    request: Request,
    site: SiteAsked,
    archive: ArchiveAsked,
    pages: PagesAsked,
    key: str,
    now: bool = False,
) -> Response:
    """What was stored and decided; with `now` also what each watch says of it at present."""
    found = archive.item(key)
    if found is None:
        raise HTTPException(404, f"There is no item {key!r} (any more).")
    config = site.config()
    of_story = archive.story(found.story_id) if found.story_id else None
    copies = [one for one in archive.items_of(found.story_id) if one.copy_of == found.id]
    seen = shown(archive, found, config.watches, whole=True, copies=copies)
    alerts = [one.judgement.alert for one in seen.became if one.judgement.alert]
    return pages.render(
        request,
        "item.html",
        seen=seen,
        item=found,
        feed=config.feeds.get(found.feed_id),
        story=of_story,
        of_story=archive.thread(of_story.thread_id) if of_story else None,
        alerts=told_of(archive, alerts),
        watches=config.watches,
        asked_now=now,
        says=_explained(site, found) if now else (),
    )


def _explained(site: Site, item: Item) -> list[Explanation]:
    """What each enabled watch says of the item now, matches first."""
    return sorted(site.percolator().explain(item), key=lambda one: not one.matched)
