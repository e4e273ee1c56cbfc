"""Searching all that is stored."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from monitor.model import Tier
from monitor.views.found import Form, hits, read, wider
from monitor.views.places import place_in
from monitor.web.asked import ArchiveAsked, PagesAsked, SiteAsked
from monitor.web.pages.now import languages_of

router = APIRouter()

_SHOWN = 30
_LONGEST = 500
_Text = Annotated[str, Query(max_length=_LONGEST)]


@router.get("/search")
def search(
    request: Request,
    site: SiteAsked,
    archive: ArchiveAsked,
    pages: PagesAsked,
    q: str = "",
    watch: _Text = "",
    feed: _Text = "",
    tier: _Text = "",
    language: _Text = "",
    since: _Text = "",
    until: _Text = "",
    before: _Text = "",
) -> Response:
    config = site.config()
    form = Form(
        q=q[:_LONGEST].strip(),
        watch=watch,
        feed=feed,
        tier=tier,
        language=language,
        since=since.strip(),
        until=until.strip(),
        before=before,
    )
    asked, problems = read(form, site.now())
    found, cursor = hits(archive, asked, place_in(before), _SHOWN)
    return pages.render(
        request,
        "search.html",
        form=form,
        problems=problems,
        wider=wider(form) if not found and not before else None,
        found=found,
        more=form.link(cursor) if cursor else "",
        newest=f"/search?{form.link()}".rstrip("?") if before else "",
        watches={one.id: one.name or one.id for one in config.watches.values()},
        feeds=sorted((one.name or one.id, one.id) for one in config.feeds.values()),
        tiers=list(Tier),
        languages=languages_of(one.language for one in config.feeds.values()),
    )
