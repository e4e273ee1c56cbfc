"""What a feed is asked with goes to the origin of its address, and to nobody else."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from monitor.adapters.http.fetcher import HttpFetcher
from monitor.adapters.http.politeness import HostRules
from monitor.errors import FetchError
from monitor.model import Feed, FeedState, Secret
from tests.adapters.http.servers import TLS, Request, Server, reply, routes, saying, serving
from tests.builders import NOW, a_feed

FEED = reply(200, {"ETag": '"v1"'}, b"<rss version='2.0'><channel/></rss>")
CANARY = "c4nary-k3y"
BASIC = "Basic bWU6YzRuYXJ5LWszeQ=="


@pytest.fixture
def fetcher(monkeypatch: pytest.MonkeyPatch) -> Iterator[HttpFetcher]:
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "authority.pem"))
    opened = HttpFetcher(
        user_agent="news-monitor/0",
        deadline=timedelta(seconds=5),
        max_body_bytes=100_000,
        allow_private=("127.0.0.0/8",),
        hosts=HostRules(gap_s=0),
    )
    yield opened
    opened.close()


def with_secrets(url: str, **changes: Any) -> Feed:
    given: dict[str, Any] = {
        "headers": {"X-Api-Key": Secret(CANARY, reference="env:KEY")},
        "auth": Secret(f"me:{CANARY}", reference="env:LOGIN"),
    }
    return a_feed(url=url, **(given | changes))


def fetch(fetcher: HttpFetcher, feed: Feed, url: str | None = None) -> None:
    fetcher.fetch(feed, FeedState(feed_id=feed.id, due_at=NOW), url or feed.url)


def secrets_in(requests: list[Request]) -> list[bool]:
    """Of each request, whether all went along; if not all, then none of them may."""
    seen = []
    for request in requests:
        both = (request.headers.get("authorization"), request.headers.get("x-api-key"))
        assert both in ((BASIC, CANARY), (None, None))
        assert both[0] or CANARY not in str(request)
        seen.append(both[0] is not None)
    return seen


def test_a_feed_is_asked_with_its_login_and_its_headers(fetcher: HttpFetcher) -> None:
    with serving(saying(FEED)) as server:
        fetch(fetcher, with_secrets(server.url("/feed")))

    assert secrets_in(server.requests) == [True]
    assert server.requests[0].headers["accept-encoding"].startswith("gzip")


def test_a_bearer_token_goes_as_it_is(fetcher: HttpFetcher) -> None:
    with serving(saying(FEED)) as server:
        fetch(fetcher, a_feed(url=server.url(), auth=Secret("Bearer abc")))

    assert server.requests[0].headers["authorization"] == "Bearer abc"


def test_one_feed_says_nothing_of_another_ones_secrets(fetcher: HttpFetcher) -> None:
    with serving(saying(FEED)) as server:
        fetch(fetcher, with_secrets(server.url("/a")))
        fetch(fetcher, a_feed("b", url=server.url("/b")))

    assert secrets_in(server.requests) == [True, False]
    assert server.accepted == 1, "over the same connection"


def test_an_accept_header_may_be_another(fetcher: HttpFetcher) -> None:
    with serving(saying(FEED)) as server:
        fetch(fetcher, a_feed(url=server.url(), headers={"accept": Secret("text/xml")}))

    assert server.requests[0].headers["accept"] == "text/xml"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_within_the_origin_a_redirect_keeps_them(fetcher: HttpFetcher, status: int) -> None:
    pages = {"/a": reply(status, {"Location": "/b"}), "/b": FEED}
    with serving(routes(pages)) as server:
        fetch(fetcher, with_secrets(server.url("/a")))

    assert secrets_in(server.requests) == [True, True]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_another_port_is_another_origin(fetcher: HttpFetcher, status: int) -> None:
    with serving(saying(FEED)) as other:
        away = saying(reply(status, {"Location": other.url("/feed")}))
        with serving(away) as server:
            fetch(fetcher, with_secrets(server.url("/feed")))

    assert secrets_in(server.requests) == [True]
    assert secrets_in(other.requests) == [False]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.2", "127.1"])
def test_another_name_is_another_origin(fetcher: HttpFetcher, host: str) -> None:
    def away(request: Request, sock: Any, server: Server) -> None:
        to = f"http://{host}:{server.port}/b"
        sock.sendall(FEED if request.target == "/b" else reply(302, {"Location": to}))

    with serving(away, host="0.0.0.0") as server:
        fetch(fetcher, with_secrets(server.url("/a", host="127.0.0.1")))

    assert secrets_in(server.requests) == [True, False]


@pytest.mark.parametrize("secure_first", [True, False])
def test_another_scheme_is_another_origin(fetcher: HttpFetcher, secure_first: bool) -> None:
    first, last = ("good", None) if secure_first else (None, "good")
    scheme = {"good": "https", None: "http"}
    with serving(saying(FEED), certificate=last) as other:
        to = other.url("/b", host="localhost", scheme=scheme[last])
        with serving(saying(reply(302, {"Location": to})), certificate=first) as server:
            fetch(fetcher, with_secrets(server.url("/a", host="localhost", scheme=scheme[first])))

    assert secrets_in(server.requests) == [True]
    assert secrets_in(other.requests) == [False]


def test_the_way_back_home_is_home(fetcher: HttpFetcher) -> None:
    home: list[Server] = []

    def away(request: Request, sock: Any, server: Server) -> None:
        sock.sendall(reply(302, {"Location": home[0].url("/b")}))

    with serving(away) as other:
        pages = {"/a": reply(302, {"Location": other.url("/")}), "/b": FEED}
        with serving(routes(pages)) as server:
            home.append(server)
            fetch(fetcher, with_secrets(server.url("/a")))

    assert secrets_in(server.requests) == [True, True]
    assert secrets_in(other.requests) == [False]


def test_a_mirror_elsewhere_and_an_address_that_was_adopted_see_nothing(
    fetcher: HttpFetcher,
) -> None:
    """Whoever got a feed to move for good must not get its secrets with it."""
    with serving(saying(FEED)) as server, serving(saying(FEED)) as other:
        feed = with_secrets(server.url("/feed"), mirrors=(other.url("/feed"),))

        fetch(fetcher, feed, other.url("/feed"))
        fetch(fetcher, feed, server.url("/moved"))

    assert secrets_in(other.requests) == [False]
    assert secrets_in(server.requests) == [True]


def test_without_its_secret_a_feed_is_not_asked(fetcher: HttpFetcher) -> None:
    with serving(saying(FEED)) as server:
        feed = with_secrets(server.url(), auth=Secret("", reference="env:LOGIN"))

        with pytest.raises(FetchError, match="env:LOGIN is not at hand"):
            fetch(fetcher, feed)

    assert server.accepted == 0


@pytest.mark.parametrize(
    "answer",
    [
        reply(401, {"WWW-Authenticate": f"Basic realm={CANARY}"}, CANARY.encode()),
        reply(403, body=CANARY.encode()),
        reply(500, {"X": CANARY}),
        reply(302, {"Location": f"ftp://{CANARY}/"}),
        reply(302, {"Location": f"http://{CANARY}@127.0.0.1/"}),
        reply(200, {"Content-Encoding": CANARY}, b"x"),
        reply(200, body=b"x", length=99),
        f"HTTP/1.1 {CANARY}\r\n\r\n".encode(),
        b"",
    ],
)
def test_no_error_shows_a_secret_even_if_the_server_repeats_it(
    fetcher: HttpFetcher, answer: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")

    def once(request: Request, sock: Any, server: Server) -> None:
        sock.sendall(answer)
        sock.shutdown(2)

    with serving(once) as server, pytest.raises(FetchError) as caught:
        fetch(fetcher, with_secrets(server.url()))

    assert CANARY not in f"{caught.value!r} {caught.value} {caplog.text}"
    assert BASIC not in caplog.text
