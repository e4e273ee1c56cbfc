"""Feeds."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from monitor.config import paced
from monitor.views.feeds import entry, learned
from monitor.web.api.answers import Name, Stretch, answer, missing, part_of_all, stretch
from monitor.web.api.documents import FeedEntry, FeedWhole
from monitor.web.api.shapes import listed, shape_of
from monitor.web.asked import SiteAsked

router = APIRouter(prefix="/feeds", tags=["feeds"])


@router.get("", response_model=listed(shape_of(FeedEntry)))
def list_feeds(
    request: Request,
    site: SiteAsked,
    asked: Annotated[Stretch, Depends(stretch)],
    every: Annotated[bool, Query(alias="all", description="The disabled ones too.")] = False,
) -> Response:
    """Feeds with their health, in the order of the configuration."""
    archive = site.archive()
    states = archive.feed_states() if archive else {}
    feeds = [feed for feed in site.config().feeds.values() if feed.enabled or every]
    return answer(
        request,
        part_of_all(
            feeds, asked, lambda feed: feed.id, lambda feed: entry(feed, states.get(feed.id))
        ),
    )


@router.get("/{id}", response_model=shape_of(FeedWhole))
def show_feed(request: Request, site: SiteAsked, id: Name) -> Response:  # noqa: A002
    """All of a feed: its pace and why, rhythm and health."""
    config, archive = site.config(), site.archive()
    if id not in config.feeds:
        raise missing("feed", id, list(config.feeds))
    feed = paced(config.feeds[id], config.settings)
    state = archive.feed_states().get(id) if archive else None
    return answer(request, entry(feed, state) | learned(feed, state))
