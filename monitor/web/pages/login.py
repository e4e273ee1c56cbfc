"""Logging in with the token, and out."""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from monitor.web.asked import ActionsAsked, PagesAsked, SessionsAsked
from monitor.web.guard import address_of
from monitor.web.sessions import COOKIE, LASTS_S

router = APIRouter()


def _own(to: str) -> str:
    """A path of this page to go to; never another site (open redirect)."""
    return to if to.startswith("/") and not to.startswith(("//", "/\\")) else "/"


@router.get("/login")
def form(request: Request, pages: PagesAsked, to: str = "/") -> Response:
    return pages.render(request, "login.html", to=_own(to), problem="")


@router.post("/login")
def log_in(
    request: Request,
    pages: PagesAsked,
    sessions: SessionsAsked,
    token: Annotated[str, Form()] = "",
    to: Annotated[str, Form()] = "/",
) -> Response:
    if not sessions.exist:
        raise HTTPException(403, "web.token in monitor.toml is not set: nobody can log in.")
    address = address_of(request.scope)
    if sessions.is_slowed(address):
        problem = "Too many wrong tokens; wait a minute."
        return pages.render(request, "login.html", status=429, to=_own(to), problem=problem)
    if not sessions.is_token(token.strip(), address):
        problem = "That is not the token."
        return pages.render(request, "login.html", status=401, to=_own(to), problem=problem)
    answer = RedirectResponse(_own(to), status_code=303)
    answer.set_cookie(
        COOKIE,
        sessions.begin(),
        max_age=LASTS_S,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return answer


@router.post("/logout")
def log_out(_actions: ActionsAsked) -> Response:
    answer = RedirectResponse("/", status_code=303)
    answer.delete_cookie(COOKIE)
    return answer
