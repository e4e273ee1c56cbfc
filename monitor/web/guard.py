"""What stands before every answer: the right name, a login where one is due, safe headers.

Sources: OWASP on DNS rebinding, cross-site requests and Content Security Policy Level 3.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.core.listener import host_of, is_loopback, is_ours
from monitor.model import Settings
from monitor.web.sessions import COOKIE, Sessions

_MAX_BODY = 256 * 1024
_SAFE = ("GET", "HEAD", "OPTIONS")
_OPEN = ("/login", "/healthz", "/static/")
"""What is answered without a login: nothing that was collected stands there."""

_CHANGES_NOTHING = re.compile(r"/login|/watches/[^/]+/workbench")
"""Where POST only asks: who may read may do so, from our own pages."""

_STATIC = "public, max-age=86400"  # their address changes with the version

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
        " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not "no-referrer": with that, forms of our own pages are sent with `Origin: null`.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks.

    Attributes:
        cookie: Of an open session; empty: none.
        may_act: Has shown the token, by a session or with the request itself.
    """

    cookie: str = ""
    may_act: bool = False


class Guard:
    """Wraps the application; what it learned of the visitor is `scope["state"]["visitor"]`.

    Args:
        settings: The present ones.
        sessions: Those of the present token.
    """

    def __init__(
        self, app: ASGIApp, settings: Callable[[], Settings], sessions: Callable[[], Sessions]
    ) -> None:
        self._app, self._settings, self._sessions = app, settings, sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers, settings, sessions = Headers(scope=scope), self._settings(), self._sessions()
        visitor = _visitor(headers, sessions, address_of(scope))
        scope.setdefault("state", {})["visitor"] = visitor
        refusal = _refusal(scope, headers, visitor, settings, sessions)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    sent[name] = value
                if "cache-control" not in sent:
                    is_static = scope["path"].startswith("/static/")
                    sent["Cache-Control"] = _STATIC if is_static else "no-store"
            await send(message)

        # What may be read may be asked for without its body; the server leaves that out.
        asked = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope
        await (refusal or self._app)(asked, _capped(receive), with_headers)


def address_of(scope: Scope) -> str:
    """Of who is connected."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def _visitor(headers: Headers, sessions: Sessions, address: str) -> Visitor:
    cookie = _cookie(headers.get("cookie", ""))
    if cookie and sessions.is_open(cookie):
        return Visitor(cookie, may_act=True)
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and not sessions.is_slowed(address):
        return Visitor(may_act=sessions.is_token(token.strip(), address))
    return Visitor()


def _cookie(header: str) -> str:
    try:
        found = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


def _refusal(
    scope: Scope, headers: Headers, visitor: Visitor, settings: Settings, sessions: Sessions
) -> Response | None:
    """None: the application may answer."""
    host, path = host_of(headers.get("host", "")), scope["path"]
    names = frozenset(name.lower() for name in settings.web_hosts)
    if not is_ours(host, names):
        cure = "add it to web.hosts in monitor.toml if it is meant to lead here"
        return _no(scope, f"This is not the page of {host!r}; {cure}.", 421)
    is_open = path.startswith(_OPEN)
    # Behind a proxy, `Host` is what the asker likes it to be: with one, all has to log in.
    here = is_loopback(host) and _from_here(scope, headers) and not names
    must_log_in = settings.web_login_to_read or not here
    if must_log_in and not visitor.may_act and not is_open:
        return _log_in(scope, headers, sessions)
    if scope["method"] in _SAFE:
        return None
    if not _is_same_origin(headers):
        return _no(scope, "This was asked by another page.", 403)
    if not visitor.may_act and not _CHANGES_NOTHING.fullmatch(path):
        return _log_in(scope, headers, sessions)
    if int(headers.get("content-length") or 0) > _MAX_BODY:
        return _no(scope, "Too much.", 413)
    return None


_PASSED_ON = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


def _from_here(scope: Scope, headers: Headers) -> bool:
    """Whether this machine asks, and for itself: by the connection, and by what proxies add."""
    client = scope.get("client")
    passed_on = any(name in headers for name in _PASSED_ON)
    return client is not None and is_loopback(client[0]) and not passed_on


def _no(scope: Scope, text: str, status: int) -> Response:
    """In a form that the asker reads."""
    if scope["path"].startswith("/api/"):
        return JSONResponse({"detail": text}, status_code=status)
    return PlainTextResponse(f"{text}\n", status_code=status)


def _log_in(scope: Scope, headers: Headers, sessions: Sessions) -> Response:
    if not sessions.exist:
        return _no(scope, "The page only shows: web.token in monitor.toml is not set.", 403)
    wants_page = "text/html" in headers.get("accept", "") and scope["method"] in _SAFE
    if wants_page and not scope["path"].startswith("/api/"):
        return RedirectResponse(f"/login?to={quote(scope['path'], safe='/')}", status_code=303)
    problem = {"detail": "This needs the token: Authorization: Bearer TOKEN."}
    return JSONResponse(problem, status_code=401, headers={"WWW-Authenticate": "Bearer"})


def _is_same_origin(headers: Headers) -> bool:
    """Whether a browser says that another site sent this; programs say nothing.

    Source: Fetch Metadata Request Headers; RFC 6454, section 7.
    """
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc.lower() == headers.get("host", "").lower()
    except ValueError:
        return False


def _capped(receive: Receive) -> Receive:
    """A body without a length ends where one with a length would have been refused."""
    seen = 0

    async def received() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > _MAX_BODY:
            return {"type": "http.disconnect"}
        return message

    return received
