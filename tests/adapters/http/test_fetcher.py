"""Feeds are fetched politely, and whatever comes instead of a body is said in words."""

import gzip
import itertools
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from monitor.adapters.http.fetcher import HttpFetcher
from monitor.adapters.http.politeness import HostRules
from monitor.errors import FetchError
from monitor.model import FeedState, Fetched, Health, NotModified
from monitor.ports import Fetcher
from tests.adapters.http.servers import (
    TLS,
    Request,
    Server,
    dripping,
    reply,
    routes,
    saying,
    saying_once,
    serving,
)
from tests.builders import NOW, a_feed
from tests.servers import closed_port, trust

FEED = b"<?xml version='1.0'?><rss version='2.0'><channel/></rss>"
LOOPBACK = ("127.0.0.1/32",)


def a_fetcher(**changes: Any) -> HttpFetcher:
    given: dict[str, Any] = {
        "user_agent": "news-monitor/0 (+https://example.org/contact)",
        "deadline": timedelta(seconds=30),
        "max_body_bytes": 100_000,
        "allow_private": LOOPBACK,
        "hosts": HostRules(gap_s=0),
        "tls": trust(),
    }
    return HttpFetcher(**(given | changes))


@pytest.fixture(scope="module")
def fetcher() -> Iterator[HttpFetcher]:
    opened = a_fetcher()
    yield opened
    opened.close()


def a_state(**changes: Any) -> FeedState:
    given: dict[str, Any] = {"feed_id": "pennant", "due_at": NOW}
    return FeedState(**(given | changes))


def fetched(fetcher: Fetcher, url: str, state: FeedState | None = None) -> Fetched:
    answer = fetcher.fetch(a_feed(), state or a_state(), url)
    assert isinstance(answer, Fetched)
    return answer


def failure(fetcher: Fetcher, url: str, state: FeedState | None = None) -> FetchError:
    with pytest.raises(FetchError) as caught:
        fetcher.fetch(a_feed(), state or a_state(), url)
    return caught.value


# --- conditional requests ------------------------------------------------------------------------


def test_the_first_request_is_unconditional_and_brings_a_body(fetcher: HttpFetcher) -> None:
    headers = {
        "ETag": '"v1"',
        "Last-Modified": "Thu, 12 Jun 2025 09:00:00 GMT",
        "Content-Type": "application/rss+xml; charset=utf-8",
        "Cache-Control": "max-age=900",
    }
    with serving(saying(reply(200, headers, FEED))) as server:
        answer = fetched(fetcher, server.url("/feed"))

    assert answer == Fetched(
        url=server.url("/feed"),
        body=FEED,
        content_type="application/rss+xml; charset=utf-8",
        etag='"v1"',
        last_modified="Thu, 12 Jun 2025 09:00:00 GMT",
        fresh_for=timedelta(minutes=15),
    )
    sent = server.requests[0].headers
    assert "if-none-match" not in sent
    assert "if-modified-since" not in sent
    assert sent["accept-encoding"].startswith("gzip")


@pytest.mark.parametrize(
    "etag",
    [
        '"plain"',
        'W/"weak"',
        "unquoted",
        '"half',
        '""',
        "W/weird",
        "'single'",
        '"with "quotes" inside"',
        '"a, b"',
        '"back\\slash"',
        '"tab\tinside"',
        '"two  spaces"',
        '"5f3-gzip"',
        "\xe9\xff\x85\xa0",
        '"열차"',
        "*",
        "-",
        "=?utf-8?q?x?=",
        '"%22"',
        "x" * 500,
    ],
)
def test_validators_go_back_byte_for_byte(fetcher: HttpFetcher, etag: str) -> None:
    """To us they mean nothing, and to some servers even the odd quote does."""
    wire = etag.encode("latin-1" if etag[0] == "\xe9" else "utf-8")
    head = b"HTTP/1.1 200 OK\r\nETag: " + wire + b"\r\nLast-Modified:  yesterday, at 5 \r\n"
    first = head + b"Content-Length: %d\r\n\r\n" % len(FEED) + FEED
    with serving(saying(first, reply(304))) as server:
        url = server.url()
        answer = fetched(fetcher, url)
        state = a_state(etag=answer.etag, last_modified=answer.last_modified, validated_url=url)
        assert isinstance(fetcher.fetch(a_feed(), state, url), NotModified)

    sent = server.requests[1].headers
    if "\t" not in etag:  # a control character: rather no validator than a damaged one
        assert sent["if-none-match"].encode("latin-1") == wire
    assert sent["if-modified-since"] == "yesterday, at 5"


def test_validators_belong_to_the_address_that_gave_them(fetcher: HttpFetcher) -> None:
    with serving(saying(reply(body=FEED))) as server:
        state = a_state(etag='"v1"', last_modified="x", validated_url=server.url("/old"))
        fetched(fetcher, server.url("/new"), state)

    assert not {"if-none-match", "if-modified-since"} & set(server.requests[0].headers)


def test_validators_survive_a_redirect_of_their_address(fetcher: HttpFetcher) -> None:
    pages = {"/old": reply(301, {"Location": "/new"}), "/new": reply(304)}
    with serving(routes(pages)) as server:
        state = a_state(etag='"v1"', validated_url=server.url("/old"))

        assert fetcher.fetch(a_feed(), state, server.url("/old")) == NotModified()

    assert server.requests[1].headers["if-none-match"] == '"v1"'


def test_nothing_new_may_bring_changed_validators(fetcher: HttpFetcher) -> None:
    """A body, which a 304 must not have, is not even read."""
    headers = {"ETag": '"v2"', "Last-Modified": "later", "Cache-Control": "max-age=60"}
    with serving(saying_once(reply(304, headers) + b"surprise")) as server:
        state = a_state(etag='"v1"', validated_url=server.url())
        answer = fetcher.fetch(a_feed(), state, server.url())

    assert answer == NotModified(etag='"v2"', last_modified="later", fresh_for=timedelta(minutes=1))


def test_nothing_new_without_having_asked_is_an_error(fetcher: HttpFetcher) -> None:
    with serving(saying(reply(304))) as server:
        error = failure(fetcher, server.url())

    assert (error.health, error.status) == (Health.FAILING, 304)


def test_a_server_that_really_compares_is_satisfied(fetcher: HttpFetcher) -> None:
    def comparing(request: Request, sock: socket.socket, server: Server) -> None:
        same = request.headers.get("if-none-match") == 'W/"7"'
        sock.sendall(reply(304) if same else reply(200, {"ETag": 'W/"7"'}, FEED))

    with serving(comparing) as server:
        url = server.url()
        state = a_state(etag=fetched(fetcher, url).etag, validated_url=url)

        assert isinstance(fetcher.fetch(a_feed(), state, url), NotModified)


# --- answers -------------------------------------------------------------------------------------


def test_every_status_but_success_is_an_error_with_its_number(fetcher: HttpFetcher) -> None:
    named = {
        401: Health.BLOCKED,
        403: Health.BLOCKED,
        404: Health.NOT_FOUND,
        410: Health.GONE,
        429: Health.THROTTLED,
    }

    def by_path(request: Request, sock: socket.socket, server: Server) -> None:
        sock.sendall(reply(int(request.target[1:])))

    with serving(by_path) as server:
        for status in range(300, 600):
            error = failure(fetcher, server.url(f"/{status}"))
            assert error.status == status
            assert error.health is named.get(status, Health.FAILING)
            assert str(error).startswith(f"HTTP {status}")


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (403, "HTTP 403: the server refuses us (blocked here, or a login is needed)"),
        (404, "HTTP 404: no such page; has the feed moved?"),
        (418, "HTTP 418"),
    ],
)
def test_an_operator_can_read_what_happened(fetcher: HttpFetcher, status: int, words: str) -> None:
    with serving(saying(reply(status))) as server:
        assert str(failure(fetcher, server.url())) == words


@pytest.mark.parametrize(
    ("status", "header", "wait", "health"),
    [
        (429, "120", timedelta(minutes=2), Health.THROTTLED),
        (429, "1.5", timedelta(seconds=1.5), Health.THROTTLED),
        (429, "soon", timedelta(hours=1), Health.THROTTLED),
        (429, "-1", timedelta(hours=1), Health.THROTTLED),
        (503, "120", timedelta(minutes=2), Health.THROTTLED),
        (503, "soon", None, Health.FAILING),
        (500, "120", timedelta(minutes=2), Health.FAILING),
        (404, "120", timedelta(minutes=2), Health.NOT_FOUND),
    ],
)
def test_retry_after_is_handed_on(
    fetcher: HttpFetcher, status: int, header: str, wait: timedelta | None, health: Health
) -> None:
    with serving(saying(reply(status, {"Retry-After": header}))) as server:
        error = failure(fetcher, server.url())

    assert (error.retry_after, error.health) == (wait, health)


def test_retry_after_may_be_a_date(fetcher: HttpFetcher) -> None:
    until = format_datetime(datetime.now(UTC) + timedelta(hours=2), usegmt=True)
    with serving(saying(reply(429, {"Retry-After": until}))) as server:
        wait = failure(fetcher, server.url()).retry_after

    assert wait is not None
    assert timedelta(minutes=119) < wait <= timedelta(hours=2)


@pytest.mark.parametrize("status", [200, 304])
def test_retry_after_counts_on_good_answers_too(fetcher: HttpFetcher, status: int) -> None:
    answer = reply(status, {"Retry-After": "7200"}, FEED if status == 200 else b"")
    with serving(saying(answer)) as server:
        state = a_state(etag='"v1"', validated_url=server.url())
        given = fetcher.fetch(a_feed(), state, server.url())

    assert given.retry_after == timedelta(hours=2)


def test_a_date_is_measured_against_the_clock_of_its_server(fetcher: HttpFetcher) -> None:
    """A clock that is wrong by a day, ours or the server's, makes no difference."""
    headers = {
        "Date": "Thu, 12 Jun 2025 09:00:00 GMT",
        "Retry-After": "Thu, 12 Jun 2025 10:00:00 GMT",
    }
    with serving(saying(reply(503, headers))) as server:
        assert failure(fetcher, server.url()).retry_after == timedelta(hours=1)


@pytest.mark.parametrize("body", [b"", b" \r\n\t"])
def test_an_empty_body_is_not_no_news(fetcher: HttpFetcher, body: bytes) -> None:
    with serving(saying(reply(200, body=body))) as server:
        error = failure(fetcher, server.url())

    assert (error.health, error.status) == (Health.NO_BODY, 200)


def test_a_packed_body_is_unpacked(fetcher: HttpFetcher) -> None:
    packed = reply(200, {"Content-Encoding": "gzip"}, gzip.compress(FEED))
    with serving(saying(packed)) as server:
        assert fetched(fetcher, server.url()).body == FEED


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(reply(200, {"ETag": '"v1"'}, FEED, length=9999), id="cut short"),
        pytest.param(reply(200, body=bytes(100_001)), id="too big"),
        pytest.param(
            reply(200, {"Content-Encoding": "gzip"}, gzip.compress(bytes(10**8))), id="bomb"
        ),
        pytest.param(reply(200, {"Content-Encoding": "br"}, FEED), id="unknown coding"),
    ],
)
def test_half_a_body_is_no_body(fetcher: HttpFetcher, answer: bytes) -> None:
    with serving(saying_once(answer)) as server:
        error = failure(fetcher, server.url())

    assert (error.health, error.status) == (Health.FAILING, 200)


def test_a_refusal_counts_even_if_its_page_cannot_be_read(fetcher: HttpFetcher) -> None:
    with serving(saying_once(reply(403, {"Content-Encoding": "br"}, b"<html>"))) as server:
        error = failure(fetcher, server.url())

    assert (error.health, error.status) == (Health.BLOCKED, 403)


# --- no answer -----------------------------------------------------------------------------------


def test_a_closed_port_is_unreachable(fetcher: HttpFetcher) -> None:
    error = failure(fetcher, f"http://127.0.0.1:{closed_port()}/")

    assert (error.health, str(error)) == (Health.UNREACHABLE, "connection refused")


def test_a_server_that_hangs_up_is_unreachable(fetcher: HttpFetcher) -> None:
    with serving(saying_once(b"")) as server:
        assert failure(fetcher, server.url()).health is Health.UNREACHABLE


@pytest.mark.parametrize(
    ("start", "health"),
    [(b"", Health.UNREACHABLE), (reply(200, body=b"<rss", length=999), Health.FAILING)],
)
def test_a_server_that_drips_is_left_at_the_deadline(start: bytes, health: Health) -> None:
    fetcher = a_fetcher(deadline=timedelta(seconds=0.3))
    with serving(dripping(start, b"H")) as server:
        started = time.monotonic()
        error = failure(fetcher, server.url())
    fetcher.close()

    assert error.health is health
    assert time.monotonic() - started < 30, "for ever, without a deadline"


def test_a_private_address_needs_leave_and_a_feed_may_give_it() -> None:
    fetcher = a_fetcher(allow_private=())
    with serving(saying(reply(200, body=FEED))) as server:
        error = failure(fetcher, server.url())
        opened = fetcher.fetch(a_feed(allow_private=LOOPBACK), a_state(), server.url())
        again = failure(fetcher, server.url())
    fetcher.close()

    assert isinstance(opened, Fetched)
    assert error.health is again.health is Health.FAILING
    assert "allow_private" in str(error)
    assert len(server.requests) == 1


@pytest.mark.parametrize("url", ["", "file:///etc/passwd", "http://u:p@127.0.0.1/", "http://["])
def test_what_is_no_web_address_is_an_error_like_others(fetcher: HttpFetcher, url: str) -> None:
    assert failure(fetcher, url).health is Health.FAILING


# --- redirects -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statuses", "moves"),
    [
        ((301,), True),
        ((308,), True),
        ((301, 308), True),
        ((302,), False),
        ((303,), False),
        ((307,), False),
        ((301, 302), False),
        ((302, 301), False),
    ],
)
def test_a_feed_has_moved_only_if_every_hop_is_permanent(
    fetcher: HttpFetcher, statuses: tuple[int, ...], moves: bool
) -> None:
    pages = {f"/{n}": reply(s, {"Location": f"/{n + 1}"}) for n, s in enumerate(statuses)}
    last = f"/{len(statuses)}"
    with serving(routes(pages | {last: reply(200, body=FEED)})) as server:
        answer = fetched(fetcher, server.url("/0"))

    assert answer.url == server.url(last)
    assert answer.moved_to == (server.url(last) if moves else None)


def test_a_feed_that_stays_has_not_moved(fetcher: HttpFetcher) -> None:
    with serving(saying(reply(200, body=FEED))) as server:
        assert fetched(fetcher, server.url()).moved_to is None


def test_a_move_from_tls_to_plain_is_followed_but_not_adopted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "authority.pem"))
    fetcher = a_fetcher()
    with serving(saying(reply(200, body=FEED))) as plain:
        to_plain = reply(301, {"Location": plain.url()})
        with serving(saying(to_plain), certificate="good") as secure:
            down = fetched(fetcher, secure.url(scheme="https"))
    with serving(saying(reply(200, body=FEED)), certificate="good") as secure:
        to_secure = reply(301, {"Location": secure.url(scheme="https")})
        with serving(saying(to_secure)) as plain:
            up = fetched(fetcher, plain.url())
    fetcher.close()

    assert (down.body, down.moved_to) == (FEED, None)
    assert up.moved_to == secure.url(scheme="https")


def test_a_circle_is_a_failure(fetcher: HttpFetcher) -> None:
    with serving(saying(reply(301, {"Location": "/"}))) as server:
        assert failure(fetcher, server.url()).health is Health.FAILING


# --- politeness ----------------------------------------------------------------------------------


GAP_S = 0.06


def test_requests_to_one_host_are_alone_and_apart() -> None:
    fetcher = a_fetcher(hosts=HostRules(gap_s=GAP_S))
    with serving(saying(reply(200, body=FEED))) as server, ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: fetched(fetcher, server.url(f"/{n}")), range(4)))
    fetcher.close()

    times = sorted(request.at for request in server.requests)
    assert len(times) == 4
    assert all(b - a >= GAP_S for a, b in itertools.pairwise(times))


def test_a_redirect_waits_for_the_turn_of_the_host_that_it_leads_to() -> None:
    """Eight fetches, two hosts, and every one of them is sent from one host to the other."""
    fetcher = a_fetcher(hosts=HostRules(gap_s=GAP_S))
    with serving(saying(reply(200, body=FEED))) as last:
        there = saying(reply(302, {"Location": last.url("/feed")}))
        with serving(there) as first, ThreadPoolExecutor(8) as pool:
            servers = [first, last] * 4
            list(pool.map(lambda server: fetched(fetcher, server.url()), servers))
    fetcher.close()

    for server, asked in ((first, 4), (last, 8)):
        times = sorted(request.at for request in server.requests)
        assert len(times) == asked
        assert all(b - a >= GAP_S for a, b in itertools.pairwise(times))


def test_a_redirect_within_a_host_is_no_exception_and_costs_no_time_of_the_deadline() -> None:
    gap = HostRules(gap_s=0.3)
    fetcher = a_fetcher(hosts=gap, deadline=timedelta(seconds=0.8))  # there are three gaps
    pages = {f"/{n}": reply(302, {"Location": f"/{n + 1}"}) for n in range(3)}
    with serving(routes(pages | {"/3": reply(200, body=FEED)})) as server:
        assert fetched(fetcher, server.url("/0")).body == FEED
    fetcher.close()

    times = [request.at for request in server.requests]
    assert all(b - a >= gap.gap_s for a, b in itertools.pairwise(times))


def test_two_hosts_that_lead_to_each_other_hold_nobody_up() -> None:
    """Nobody keeps one host while waiting for another: that would be a deadlock."""
    fetcher = a_fetcher(deadline=timedelta(seconds=30))
    both: list[Server] = []
    met = threading.Barrier(2)

    def crosswise(request: Request, sock: socket.socket, server: Server) -> None:
        if request.target == "/":
            met.wait(30)
            other = both[1 - both.index(server)]
            sock.sendall(reply(302, {"Location": other.url("/feed")}))
        else:
            sock.sendall(reply(200, body=FEED))

    with (
        serving(crosswise) as first,
        serving(crosswise) as second,
        ThreadPoolExecutor(2) as pool,
    ):
        both += [first, second]
        answers = list(pool.map(lambda server: fetched(fetcher, server.url()), both))
    fetcher.close()

    assert [answer.body for answer in answers] == [FEED, FEED]


def test_a_busy_host_is_not_waited_for_beyond_the_deadline() -> None:
    fetcher = a_fetcher(hosts=HostRules(gap_s=3600), deadline=timedelta(seconds=0.2))
    with serving(saying(reply(200, body=FEED))) as server:
        with fetcher._gate.turn(server.url(), patience_s=0):
            pass

        assert "same host" in str(failure(fetcher, server.url()))
    fetcher.close()

    assert server.requests == []


def test_the_scheduler_can_ask_what_counts_as_one_host() -> None:
    fetcher = a_fetcher(hosts=HostRules(gap_s=0, shared=(("example.org",),)))

    assert fetcher.host_of("https://News.Example.org/rss") == "example.org"
    assert fetcher.host_of("http://127.0.0.1:8001/rss") == "127.0.0.1:8001"
