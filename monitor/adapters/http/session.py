"""Requests with hard limits: a total deadline, a body cap, judged addresses, no hidden state.

`requests.Session` is where cookies, netrc, proxies from the environment, Referer and automatic
redirects live, so none is used: requests prepares the request, and its transport adapter sends it.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from http.client import HTTPException

import requests
from urllib3.exceptions import HTTPError as Urllib3Error

from monitor.adapters.http.addresses import Network, networks
from monitor.adapters.http.attempt import Attempt, Resolver, current
from monitor.adapters.http.decoding import DecodingError, decoded
from monitor.adapters.http.errors import HttpError, Kind
from monitor.adapters.http.pool import JudgedAdapter
from monitor.adapters.http.sockets import system_resolver
from monitor.adapters.http.targets import check_url, redirect_target
from monitor.failpoints import failpoint

__all__ = ["Hop", "HttpError", "Kind", "Response", "Session"]

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SAFE = frozenset({"GET", "HEAD"})
# Beyond the body: headers (http.client stops at 100 lines of 64 KiB) and chunk marks.
_WIRE_EXTRA = 1024 * 1024
_PIECE = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """A redirect that was followed: its status, and the absolute address it pointed to."""

    status: int
    location: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A complete answer; one cut short or too big is an `HttpError` instead.

    Attributes:
        headers: Case-insensitive; repeated fields are joined by ", ".
        body: Decoded (gzip, deflate).
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
    """

    def __init__(
        self,
        *,
        user_agent: str,
        allow_private: Iterable[str] = (),
        resolver: Resolver = system_resolver,
    ) -> None:
        self._user_agent = user_agent
        self._allow_private = networks(allow_private)
        self._resolver = resolver
        self._adapter = JudgedAdapter()

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        deadline_s: float,
        max_bytes: int,
        follow: int = 0,
        allow_private: Iterable[str] = (),
    ) -> Response:
        """Ask once, and follow up to `follow` redirects (of GET and HEAD).

        Args:
            deadline_s: Seconds for everything: name look-up, connection, TLS, all hops, body.
            max_bytes: Cap of the decoded body, and, with some room for headers, of the wire.
            follow: 0: a redirect is an answer like any other; else one too many is an error.
            allow_private: In addition to the session's own.

        Raises:
            HttpError: There is no complete answer within the limits.
        """
        attempt = Attempt(
            until=time.monotonic() + deadline_s,
            wire_bytes=max_bytes + _WIRE_EXTRA,
            allow_private=self._allow_private + _networks(tuple(allow_private)),
            resolver=self._resolver,
        )
        sent_headers = {"User-Agent": self._user_agent, "Accept-Encoding": "gzip"}
        sent_headers.update(headers or {})
        may_follow = follow if method in _SAFE else 0
        token = current.set(attempt)
        try:
            return self._follow(method, url, sent_headers, body, max_bytes, may_follow)
        finally:
            current.reset(token)

    def close(self) -> None:
        """Close every kept connection; requests under way end as they may."""
        self._adapter.close()

    def _follow(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        max_bytes: int,
        follow: int,
    ) -> Response:
        hops: tuple[Hop, ...] = ()
        while True:
            check_url(url)
            answer = self._send(_prepared(method, url, headers, body))
            try:
                location = answer.headers.get("Location")
                if not follow or answer.status_code not in _REDIRECTS or not location:
                    content = _body_of(answer, max_bytes)
                    return Response(
                        status=answer.status_code,
                        headers=answer.headers,
                        body=content,
                        url=url,
                        hops=hops,
                    )
            finally:
                # Gives a connection back if its answer was read to the end, else closes it.
                answer.close()
            url = redirect_target(url, location)
            hops = (*hops, Hop(status=answer.status_code, location=url))
            if len(hops) > follow or url in {hop.location for hop in hops[:-1]}:
                raise HttpError(
                    f"redirected in a circle or more than {follow} times", kind=Kind.REDIRECT
                )

    def _send(self, prepared: requests.PreparedRequest) -> requests.Response:
        """Status and headers; the body is still on the wire."""
        attempt = current.get()
        attempt.sent = attempt.answered = False
        attempt.status = None
        try:
            failpoint("http.before_request")
            answer = self._transport(prepared)
        except HttpError as exc:
            # A server may close a kept connection just as it is used (RFC 9112, section 9.3.1).
            stale = attempt.reused and not attempt.answered and exc.kind is Kind.CONNECT
            if not stale or prepared.method not in _SAFE:
                raise
            answer = self._transport(prepared)
        attempt.status = answer.status_code
        failpoint("http.answered")
        return answer

    def _transport(self, prepared: requests.PreparedRequest) -> requests.Response:
        try:
            return self._adapter.send(prepared, stream=True, timeout=current.get().remaining())
        except (requests.RequestException, Urllib3Error, HTTPException, OSError, ValueError) as exc:
            # "from None": requests puts the URL, which may be a secret, into its messages.
            raise _translated(exc) from None


@lru_cache(maxsize=256)
def _networks(cidrs: tuple[str, ...]) -> tuple[Network, ...]:
    return networks(cidrs)


def _prepared(
    method: str, url: str, headers: Mapping[str, str], body: bytes | None
) -> requests.PreparedRequest:
    try:
        return requests.Request(method, url, headers=dict(headers), data=body).prepare()
    except (requests.RequestException, ValueError):
        raise HttpError(
            "the address or a header cannot be sent as it is", kind=Kind.BAD_URL
        ) from None


def _body_of(answer: requests.Response, max_bytes: int) -> bytes:
    coding = answer.headers.get("Content-Encoding", "")
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
