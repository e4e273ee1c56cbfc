"""What an answer needs: the site, its archive, and who asks."""

from typing import Annotated, TypeAlias

from fastapi import Depends, HTTPException, Request

from monitor.ports import Archive
from monitor.web.guard import Visitor
from monitor.web.sessions import Sessions
from monitor.web.site import Actions, Site
from monitor.web.templating import Pages


def _site(request: Request) -> Site:
    site: Site = request.app.state.site
    return site


def _pages(request: Request) -> Pages:
    pages: Pages = request.app.state.pages
    return pages


def _sessions(request: Request) -> Sessions:
    sessions: Sessions = request.app.state.sessions()
    return sessions


def _visitor(request: Request) -> Visitor:
    visitor: Visitor = request.state.visitor
    return visitor


SiteAsked: TypeAlias = Annotated[Site, Depends(_site)]
PagesAsked: TypeAlias = Annotated[Pages, Depends(_pages)]
SessionsAsked: TypeAlias = Annotated[Sessions, Depends(_sessions)]
VisitorAsked: TypeAlias = Annotated[Visitor, Depends(_visitor)]


def _archive(site: SiteAsked) -> Archive:
    archive = site.archive()
    if archive is None:
        raise HTTPException(503, "Nothing is stored yet: the service has not run.")
    return archive


ArchiveAsked: TypeAlias = Annotated[Archive, Depends(_archive)]


async def _actions(
    request: Request, site: SiteAsked, sessions: SessionsAsked, visitor: VisitorAsked
) -> Actions:
    """What may be done; the guard let nobody through who has not shown the token."""
    if site.actions is None or not visitor.may_act:
        raise HTTPException(403, "Set web.token in monitor.toml and log in with it.")
    if visitor.cookie:
        form = await request.form()
        if not sessions.is_own_form(visitor.cookie, str(form.get("form_key", ""))):
            raise HTTPException(403, "The form is too old, or of another page: load it anew.")
    return site.actions


ActionsAsked: TypeAlias = Annotated[Actions, Depends(_actions)]
"""For answers to POST: the form of a session is checked, a request with the token is let in."""
