"""Gets feed documents politely: conditional, one request per host at a time, and well apart."""

import re
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from monitor.adapters.http.politeness import HostBusy, HostGate, HostRules
from monitor.adapters.http.session import HttpError, Kind, Private, Response, Session
from monitor.core.evidence import shown_headers
from monitor.core.headers import authorization
from monitor.core.http_status import clock_of, fetch_health, fresh_for, http_date, retry_after
from monitor.errors import FetchError
from monitor.model import DIRECT, Feed, FeedState, Fetched, Health, NotModified, Secret

_MAX_HOPS = 5
_PERMANENT = frozenset({301, 308})
_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, "
    "text/xml;q=0.9, application/json;q=0.8, */*;q=0.1"
)
# 429 without Retry-After: what feed owners ask of readers that send validators.
_THROTTLED = timedelta(hours=1)
# What a request header can carry back unchanged.
_VALIDATOR = re.compile(r"[^\x00-\x1f\x7f]{1,2048}")
_WORDS = {
    400: "the server does not understand our request",
    401: "a login is needed",
    403: "the server refuses us (blocked here, or a login is needed)",
    404: "no such page; has the feed moved?",
    406: "the server has no form of the feed that we accept",
    407: "the proxy wants a login",
    410: "the feed is gone for good",
    429: "we ask too often",
    451: "withheld for legal reasons",
    500: "the server has a fault",
    502: "a gateway before the server has a fault",
    503: "the server is overloaded or under maintenance",
    504: "a gateway waited for the server in vain",
}


class HttpFetcher:
    """A `ports.Fetcher` over HTTP.

    Args:
        deadline: For one fetch from first byte to last, redirects and name look-up included.
        max_body_bytes: Cap of the decoded body.
        allow_private: CIDR ranges every feed may connect to, besides `Feed.allow_private`.
        hosts: What counts as one host, and how far apart it is asked.
        proxy: For feeds that name none of their own.
        tls: As for a `Session`.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        deadline: timedelta,
        max_body_bytes: int,
        allow_private: tuple[str, ...] = (),
        hosts: HostRules,
        proxy: Secret = DIRECT,
        tls: ssl.SSLContext | None = None,
        may_ask: Callable[[], bool] = lambda: True,
    ) -> None:
        self._session = Session(
            user_agent=user_agent, allow_private=allow_private, proxy=proxy, tls=tls
        )
        self._deadline_s = deadline.total_seconds()
        self._max_body_bytes = max_body_bytes
        self._hosts, self._gate = hosts, HostGate(hosts, may_ask)
        self._host_of = lru_cache(maxsize=16_384)(hosts.scope_of)  # of the feeds, at each tick

    def host_of(self, url: str) -> str:
        """What is asked one request at a time; empty if there is no host."""
        return self._host_of(url)

    def fetch(self, feed: Feed, state: FeedState, url: str) -> Fetched | NotModified:
        """Ask `url`, with the state's validators if `url` is the address that gave them.

        Each request of it, those after redirects too, may first wait up to the deadline for its
        turn at the host; that time does not count.

        Raises:
            FetchError: No complete body within the limits; says what the feed's health is now.
            Adrift: It was not this process's to ask any more.
        """
        validators = _validators(state, url)
        turns = _Turns(self._gate, self._deadline_s)
        started_s = time.monotonic()
        try:
            response = self._session.request(
                "GET",
                url,
                headers={"Accept": _ACCEPT, **validators},
                private=_private(feed),
                deadline_s=self._deadline_s,
                max_bytes=self._max_body_bytes,
                follow=_MAX_HOPS,
                allow_private=feed.allow_private,
                proxy=feed.proxy,
                turn=turns.turn,
            )
        except HostBusy:
            raise FetchError("other requests to the same host took too long") from None
        except HttpError as exc:
            raise _failure(exc) from None
        took = timedelta(seconds=time.monotonic() - started_s - turns.waited_s)
        return _judged(url, response, took, conditional=bool(validators))

    def gap_of(self, url: str) -> float:
        """For how many seconds its host is left alone after each request."""
        return self._hosts.gap_of(url)

    def rests(self) -> Mapping[str, float]:
        """Hosts that are left alone after they were asked, and for how many seconds yet."""
        return self._gate.rests()

    def rest(self, host: str, seconds: float) -> None:
        """Leave a host alone that somebody else asked."""
        self._gate.rest(host, seconds)

    def close(self) -> None:
        """Close every kept connection."""
        self._session.close()


class _Turns:
    """The turns of one fetch at the hosts that it comes by, and how long it waited for them."""

    def __init__(self, gate: HostGate, patience_s: float) -> None:
        self._gate, self._patience_s = gate, patience_s
        self.waited_s = 0.0

    @contextmanager
    def turn(self, url: str) -> Iterator[None]:
        asked_s = time.monotonic()
        with self._gate.turn(url, self._patience_s):
            self.waited_s += time.monotonic() - asked_s
            yield


def _validators(state: FeedState, url: str) -> dict[str, str]:
    """Byte for byte as they were given: to us they mean nothing (RFC 9110, section 8.8)."""
    if state.validated_url != url:
        return {}
    given = {"If-None-Match": state.etag, "If-Modified-Since": state.last_modified}
    return {name: value for name, value in given.items() if value and _VALIDATOR.fullmatch(value)}


def _private(feed: Feed) -> Private | None:
    """What only the feed's own origin may see.

    Raises:
        FetchError: A secret of it was not fetched (the feed is disabled, say).
    """
    secrets = {**feed.headers, **({"Authorization": feed.auth} if feed.auth else {})}
    if missing := [secret for secret in secrets.values() if not secret.reveal()]:
        raise FetchError(f"{missing[0].reference} is not at hand, and the feed needs it")
    headers = {name: secret.reveal() for name, secret in secrets.items()}
    if feed.auth:
        headers["Authorization"] = authorization(feed.auth.reveal()) or ""
    return Private(url=feed.url, headers=headers) if headers else None


def _judged(
    asked: str, response: Response, took: timedelta, *, conditional: bool
) -> Fetched | NotModified:
    headers = response.headers
    # By the server's own clock if it tells it: ours may be wrong, or its.
    now = http_date(headers.get("Date")) or datetime.now(UTC)
    server_at = clock_of(headers)
    wait = retry_after(headers.get("Retry-After"), now)
    if response.status == 304 and conditional:
        return NotModified(
            etag=headers.get("ETag"),
            last_modified=headers.get("Last-Modified"),
            fresh_for=fresh_for(headers, now),
            retry_after=wait,
            server_at=server_at,
            took=took,
        )
    if response.status == 304:
        raise FetchError("HTTP 304: nothing new, though we have nothing old", status=304)
    if not 200 <= response.status < 300:
        raise _refusal(response.status, wait)
    if not response.body.strip():
        raise FetchError(
            f"HTTP {response.status}: the body is empty",
            health=Health.NO_BODY,
            status=response.status,
            retry_after=wait,
        )
    return Fetched(
        url=response.url,
        body=response.body,
        content_type=headers.get("Content-Type", ""),
        etag=headers.get("ETag"),
        last_modified=headers.get("Last-Modified"),
        fresh_for=fresh_for(headers, now),
        retry_after=wait,
        moved_to=_moved_to(asked, response),
        status=response.status,
        headers=shown_headers(headers),
        server_at=server_at,
        took=took,
    )


def _moved_to(asked: str, response: Response) -> str | None:
    """Where the feed lives now: only if every hop is permanent, and none gives up TLS."""
    if not response.hops or any(hop.status not in _PERMANENT for hop in response.hops):
        return None
    way = [asked, *(hop.location for hop in response.hops)]
    secure = [url.lower().startswith("https:") for url in way]
    return None if secure != sorted(secure) else response.url


def _refusal(status: int, wait: timedelta | None) -> FetchError:
    if status == 429 and wait is None:
        wait = _THROTTLED
    words = _WORDS.get(status, "redirected nowhere" if 300 <= status < 400 else "")
    return FetchError(
        f"HTTP {status}" + (f": {words}" if words else ""),
        health=fetch_health(status, retry_after_given=wait is not None),
        status=status,
        retry_after=wait,
    )


def _failure(exc: HttpError) -> FetchError:
    if exc.status is not None and exc.status >= 400:
        return _refusal(exc.status, None)
    text = str(exc)
    if exc.kind is Kind.REFUSED_ADDRESS:
        text += "; allow_private, of the feed or under [network], names exceptions"
    no_answer = exc.status is None and exc.kind in (Kind.DNS, Kind.CONNECT, Kind.TIMEOUT)
    return FetchError(
        text, health=Health.UNREACHABLE if no_answer else Health.FAILING, status=exc.status
    )
