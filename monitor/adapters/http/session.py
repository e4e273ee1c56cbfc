"""Requests with hard limits: a total deadline, a body cap, judged addresses, no hidden state.

`requests.Session` is where cookies, netrc, proxies from the environment, Referer and automatic
redirects live, so none is used: requests prepares the request, and its transport adapter sends it.
"""

import re
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import lru_cache
from http.client import HTTPException
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError as Urllib3Error

from monitor.adapters.http.addresses import Network, networks
from monitor.adapters.http.attempt import MAX_HEAD_BYTES, Attempt, Resolver, current
from monitor.adapters.http.codings import ACCEPT_ENCODING
from monitor.adapters.http.decoding import DecodingError, decoded
from monitor.adapters.http.errors import HttpError, Kind
from monitor.adapters.http.pool import JudgedAdapter
from monitor.adapters.http.routes import leads_through_proxy
from monitor.adapters.http.sockets import system_resolver, tls_context
from monitor.adapters.http.targets import check_url, origin_of, port_of, redirect_target
from monitor.failpoints import failpoint
from monitor.model import DIRECT, Secret

__all__ = ["Hop", "HttpError", "Kind", "Private", "Response", "Session"]

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SAFE = frozenset({"GET", "HEAD"})
# Beyond the body: headers and chunk marks.
_WIRE_EXTRA = MAX_HEAD_BYTES
_PIECE = 64 * 1024
_LENGTH = re.compile(r"[0-9]{1,100}", re.ASCII)

Turn = Callable[[str], AbstractContextManager[None]]
"""The right to ask an address, held for one request; getting it may take a while."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """A redirect that was followed: its status, and the absolute address it pointed to."""

    status: int
    location: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Private:
    """Headers for one origin (scheme, host and port); no other sees them, redirects or not.

    Attributes:
        url: Any address of that origin.
    """

    url: str
    headers: Mapping[str, str] = field(repr=False)

    def headers_for(self, url: str) -> Mapping[str, str]:
        return self.headers if origin_of(url) == origin_of(self.url) else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A complete answer; one cut short or too big is an `HttpError` instead.

    Attributes:
        headers: Case-insensitive; repeated fields are joined by ", ".
        body: Decoded.
        url: Final address, after redirects.
        hops: Redirects followed, in order.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    url: str = field(repr=False)
    hops: tuple[Hop, ...] = ()


class Session:
    """Makes requests from any thread, over connections that all threads share.

    Args:
        user_agent: Sent with every request.
        allow_private: CIDR ranges that may be connected to although they are not public.
        resolver: Where addresses come from.
        proxy: What requests go through that name no other (`http://host:port`, perhaps with a
            login); what is allowed to stand on a private address is asked directly.
        tls: Of `sockets.tls_context`, to share: making one costs more than several requests.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        allow_private: Iterable[str] = (),
        resolver: Resolver = system_resolver,
        proxy: Secret = DIRECT,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._user_agent = user_agent
        self.allow_private = tuple(allow_private)
        self._allow_private = networks(self.allow_private)
        self._resolver = resolver
        self._proxy = proxy
        self._adapter = JudgedAdapter(tls or tls_context())

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        private: Private | None = None,
        body: bytes | None = None,
        deadline_s: float,
        max_bytes: int,
        follow: int = 0,
        allow_private: Iterable[str] = (),
        proxy: Secret | None = None,
        turn: Turn | None = None,
    ) -> Response:
        """Ask once, and follow up to `follow` redirects (of GET and HEAD).

        Args:
            deadline_s: Seconds for everything: name look-up, connection, TLS, all hops, body.
            max_bytes: Cap of the decoded body, and, with some room for headers, of the wire.
            follow: 0: a redirect is an answer like any other; else one too many is an error.
            allow_private: In addition to the session's own.
            proxy: Instead of the session's own, if there is one.
            turn: Held for each hop in turn, with its address; waiting for it is not our time.

        Raises:
            HttpError: There is no complete answer within the limits.
        """
        own = {"User-Agent": self._user_agent, "Accept-Encoding": ACCEPT_ENCODING}
        asked = _Asked(
            method=method,
            headers=own | dict(headers or {}),
            private=private,
            body=body,
            max_bytes=max_bytes,
            follow=follow if method in _SAFE else 0,
            proxy=proxy or self._proxy,
            turn=turn,
        )
        with self.attempt(
            deadline_s=deadline_s,
            wire_bytes=max_bytes + _WIRE_EXTRA,
            allow_private=allow_private,
        ):
            return self._follow(asked, url)

    @contextmanager
    def attempt(
        self, *, deadline_s: float, wire_bytes: int, allow_private: Iterable[str] = ()
    ) -> Iterator[Attempt]:
        """The limits under which `sockets.connect`, and what it returns, work in this thread.

        Of use to protocols besides HTTP; each of their failures is an `HttpError` or `OSError`.
        """
        limits = Attempt(
            until=time.monotonic() + deadline_s,
            wire_bytes=wire_bytes,
            allow_private=self._allow_private + _networks(tuple(allow_private)),
            resolver=self._resolver,
        )
        token = current.set(limits)
        try:
            yield limits
        finally:
            current.reset(token)

    def close(self) -> None:
        """Close every kept connection; requests under way end as they may."""
        self._adapter.close()

    def _follow(self, asked: "_Asked", url: str) -> Response:
        hops: tuple[Hop, ...] = ()
        while True:
            check_url(url)
            with _in_turn(asked.turn, url):
                response, location = self._exchange(asked, url)
            if location is None:
                return replace(response, hops=hops)
            url = redirect_target(url, location)
            hops = (*hops, Hop(status=response.status, location=url))
            if len(hops) > asked.follow or url in {hop.location for hop in hops[:-1]}:
                raise HttpError(
                    f"redirected in a circle or more than {asked.follow} times", kind=Kind.REDIRECT
                )

    def _exchange(self, asked: "_Asked", url: str) -> tuple[Response, str | None]:
        """One request's answer; with where it leads, and without a body, if that is followed."""
        prepared = _prepared(asked, url)
        answer = self._send(prepared, _proxies(asked.proxy, prepared))
        location = answer.headers.get("Location")
        leads_on = bool(asked.follow and location and answer.status_code in _REDIRECTS)
        try:
            response = Response(
                status=answer.status_code,
                headers=answer.headers,
                body=b"" if leads_on else _body_of(answer, asked.max_bytes),
                url=url,
            )
        finally:
            # Gives a connection back if its answer was read to the end, else closes it.
            answer.close()
        return response, location if leads_on else None

    def _send(
        self, prepared: requests.PreparedRequest, proxies: dict[str, str]
    ) -> requests.Response:
        """Status and headers; the body is still on the wire."""
        attempt = current.get()
        attempt.sent = attempt.answered = False
        attempt.status, attempt.head_bytes = None, MAX_HEAD_BYTES
        try:
            failpoint("http.before_request")
            answer = self._transport(prepared, proxies)
        except HttpError as exc:
            # A server may close a kept connection just as it is used (RFC 9112, section 9.3.1).
            stale = attempt.reused and not attempt.answered and exc.kind is Kind.CONNECT
            if not stale or prepared.method not in _SAFE:
                raise
            answer = self._transport(prepared, proxies)
        attempt.status = answer.status_code
        failpoint("http.answered")
        return answer

    def _transport(
        self, prepared: requests.PreparedRequest, proxies: dict[str, str]
    ) -> requests.Response:
        timeout = current.get().remaining()
        try:
            return self._adapter.send(prepared, stream=True, timeout=timeout, proxies=proxies)
        except (requests.RequestException, Urllib3Error, HTTPException, OSError, ValueError) as exc:
            # "from None": requests puts the URL, which may be a secret, into its messages.
            raise _translated(exc) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What is the same for every hop of a request."""

    method: str
    headers: Mapping[str, str] = field(repr=False)
    private: Private | None
    body: bytes | None = field(repr=False)
    max_bytes: int
    follow: int
    proxy: Secret
    turn: Turn | None


@contextmanager
def _in_turn(turn: Turn | None, url: str) -> Iterator[None]:
    """Hold the right to ask; the deadline moves by the time it took to get it."""
    waiting_since = time.monotonic()
    with turn(url) if turn else nullcontext():
        current.get().until += time.monotonic() - waiting_since
        yield


@lru_cache(maxsize=256)
def _networks(cidrs: tuple[str, ...]) -> tuple[Network, ...]:
    return networks(cidrs)


def _prepared(asked: _Asked, url: str) -> requests.PreparedRequest:
    private = asked.private.headers_for(url) if asked.private else {}
    headers = {**asked.headers, **private}
    try:
        return requests.Request(asked.method, url, headers=headers, data=asked.body).prepare()
    except (requests.RequestException, ValueError):
        raise HttpError(
            "the address or a header cannot be sent as it is", kind=Kind.BAD_URL
        ) from None


def _proxies(proxy: Secret, prepared: requests.PreparedRequest) -> dict[str, str]:
    """As requests takes them; empty: directly.

    Raises:
        HttpError: We may not connect to the target, or the proxy's secret was not fetched.
    """
    if proxy == DIRECT:
        return {}
    if not proxy.reveal():
        raise HttpError(f"{proxy.reference} (the proxy) is not at hand", kind=Kind.CONNECT)
    target = urlsplit(str(prepared.url))
    through = leads_through_proxy(target.hostname or "", port_of(target), current.get())
    return {"all": proxy.reveal()} if through else {}


def _body_of(answer: requests.Response, max_bytes: int) -> bytes:
    coding, length = (
        answer.headers.get(name, "") for name in ("Content-Encoding", "Content-Length")
    )
    if _LENGTH.fullmatch(length) and int(length) > current.get().wire_bytes:
        raise current.get().error("the answer is too big", Kind.TOO_BIG)
    try:
        return decoded(_pieces(answer), coding, max_bytes)
    except DecodingError as exc:
        raise current.get().error(str(exc), exc.kind) from None
    except (Urllib3Error, HTTPException, OSError, ValueError):
        raise current.get().error("the answer was cut short", Kind.PROTOCOL) from None


def _pieces(answer: requests.Response) -> Iterator[bytes]:
    """As they were on the wire, apart from chunk marks; a missing end is an error."""
    pieces: Iterator[bytes] = answer.raw.stream(_PIECE, decode_content=False)
    return pieces


def _translated(exc: Exception) -> HttpError:
    attempt = current.get()
    if isinstance(exc, requests.exceptions.SSLError):
        return attempt.error("TLS: the connection broke", Kind.TLS)
    if isinstance(exc, requests.exceptions.ConnectionError) and not attempt.answered:
        return attempt.error("the connection was closed without an answer", Kind.CONNECT)
    return attempt.error("the answer is not HTTP", Kind.PROTOCOL)
