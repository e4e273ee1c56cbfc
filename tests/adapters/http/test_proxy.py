"""Through a proxy: only one that configuration names, and as well judged as can be."""

import logging
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from monitor.adapters.http.errors import HttpError, Kind
from monitor.adapters.http.fetcher import HttpFetcher
from monitor.adapters.http.session import Response, Session
from monitor.errors import FetchError
from monitor.model import DIRECT, Feed, FeedState, Health, Secret
from tests.adapters.http.proxies import leading_to
from tests.adapters.http.servers import TLS, dripping, reply, saying, saying_once, serving, silent
from tests.adapters.http.test_fetcher import FEED, a_fetcher
from tests.builders import NOW, a_feed
from tests.servers import closed_port, trust

CANARY = "c4nary"
HELLO = reply(body=b"hello")
KNOWN = {
    "news.example.org": "93.184.215.14",
    "localhost": "93.184.215.14",  # the one name that a test certificate is good for
    "inside.example.org": "10.0.0.1",
}
SCHEMES = pytest.mark.parametrize("scheme", ["http", "https"])


def resolver(host: str, port: int) -> Sequence[str]:
    """Knows a few names, and reads numbers as the operating system does."""
    if host in KNOWN:
        return [KNOWN[host]]
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    return [str(entry[4][0]) for entry in found]


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "authority.pem"))
    opened = Session(tls=trust(), user_agent="x", resolver=resolver)
    yield opened
    opened.close()


def ask(session: Session, url: str, proxy: str, **given: Any) -> Response:
    settings: dict[str, Any] = {"deadline_s": 30, "max_bytes": 100_000, "follow": 5}
    chosen = Secret(proxy, reference="env:PROXY")
    return session.request("GET", url, proxy=chosen, **(settings | given))


def failure(session: Session, url: str, proxy: str, **given: Any) -> HttpError:
    with pytest.raises(HttpError) as caught:
        ask(session, url, proxy, **given)
    assert CANARY not in f"{caught.value} {caught.value!r}"
    return caught.value


# --- the way -------------------------------------------------------------------------------------


def test_a_plain_request_goes_through_the_proxy_whole(session: Session) -> None:
    with serving(saying(HELLO)) as server, serving(leading_to(server)) as proxy:
        response = ask(session, "http://news.example.org:8080/a?b", proxy.url())

    assert response.body == b"hello"
    assert proxy.requests[0].target == "http://news.example.org:8080/a?b"
    assert server.requests[0].target == "/a?b"
    assert server.requests[0].headers["host"] == "news.example.org:8080"


def test_a_tunnel_is_kept_and_the_proxy_does_not_see_inside(session: Session) -> None:
    with serving(saying(HELLO), certificate="good") as server, serving(leading_to(server)) as proxy:
        for path in ("a", "b"):
            url = f"https://localhost/{path}"
            assert ask(session, url, proxy.url(), headers={"X": CANARY}).body == b"hello"
        session.close()

    assert [request.target for request in server.requests] == ["/a", "/b"]
    assert [(r.method, r.target) for r in proxy.requests] == [("CONNECT", "localhost:443")]
    assert CANARY not in str(proxy.requests)


def test_inside_a_tunnel_the_certificate_must_be_that_of_the_host(session: Session) -> None:
    with serving(saying(HELLO), certificate="good") as server, serving(leading_to(server)) as proxy:
        error = failure(session, "https://news.example.org/", proxy.url())

    assert (error.kind, error.sent) == (Kind.TLS, False)
    assert server.requests == []


@SCHEMES
def test_the_login_is_for_the_proxy_alone(
    session: Session, caplog: pytest.LogCaptureFixture, scheme: str
) -> None:
    caplog.set_level(logging.DEBUG)
    certificate = "good" if scheme == "https" else None
    with (
        serving(saying(HELLO), certificate=certificate) as server,
        serving(leading_to(server, login=f"me:{CANARY}/@")) as proxy,
    ):
        address = proxy.url().replace("://", f"://me:{CANARY}%2F%40@")
        response = ask(session, f"{scheme}://localhost/", address)
        session.close()

    assert response.body == b"hello"
    assert "proxy-authorization" not in server.requests[0].headers
    assert CANARY not in caplog.text


def test_each_hop_of_a_redirect_goes_through_it(session: Session) -> None:
    away = saying(reply(302, {"Location": "http://news.example.org/b"}), HELLO)
    with serving(away) as server, serving(leading_to(server)) as proxy:
        response = ask(session, "http://localhost/a", proxy.url())

    assert response.url == "http://news.example.org/b"
    assert len(proxy.requests) == 2


# --- what is judged ------------------------------------------------------------------------------

INSIDE = (
    *("inside.example.org", "127.0.0.1", "10.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "169.254.1.1"),
    *("2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0x7f.1", "１２７.0.0.1", "①②⑦.0.0.1"),
    *("[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[2001::1]", "[fd00::1]", "0", "127.0.0.1."),
    # Not known to us: a proxy may know them, or read them as numbers.
    *(
        "router",
        "printer.local",
        "db.internal",
        "nas.lan",
        "a.localhost",
        "x.home.arpa",
        "wiki.corp",
    ),
    *("256.256.256.256", "1.2.3.4.5", "0x7f.0.0.0.1", "a.0x1", "example.1", "0x", "LOCALHOST."),
)


@SCHEMES
@pytest.mark.parametrize("host", INSIDE)
def test_a_proxy_is_not_asked_for_what_is_inside(session: Session, scheme: str, host: str) -> None:
    with serving(silent) as proxy:
        error = failure(session, f"{scheme}://{host}/", proxy.url(), deadline_s=2)

    assert error.kind in (Kind.REFUSED_ADDRESS, Kind.BAD_URL)
    assert proxy.accepted == 0


@pytest.mark.parametrize("host", INSIDE)
def test_nor_after_a_redirect(session: Session, host: str) -> None:
    raw = host.encode().decode("latin-1")
    away = saying(reply(302, {"Location": f"http://{raw}/"}))
    with serving(away) as server, serving(leading_to(server)) as proxy:
        error = failure(session, "http://news.example.org/", proxy.url())

    assert error.kind in (Kind.REFUSED_ADDRESS, Kind.BAD_URL, Kind.REDIRECT)
    assert len(proxy.requests) == 1


def test_a_name_that_only_the_proxy_knows_is_left_to_it(session: Session) -> None:
    """Behind many a proxy there is no name service for the rest of the world."""
    with serving(saying(HELLO)) as server, serving(leading_to(server)) as proxy:
        assert ask(session, "http://unknown.example.net/", proxy.url()).body == b"hello"


def test_a_slow_name_service_costs_a_share_of_the_time() -> None:
    """It holds on for longer than there is: all of the time would be gone."""

    def hanging(host: str, port: int) -> Sequence[str]:
        over.wait(60)
        raise socket.gaierror(socket.EAI_AGAIN, "late")

    over = threading.Event()
    opened = Session(tls=trust(), user_agent="x", resolver=hanging)
    with serving(saying(HELLO)) as server, serving(leading_to(server)) as proxy:
        assert ask(opened, "http://a.example.net/", proxy.url(), deadline_s=4).body == b"hello"
    over.set()
    opened.close()


def test_what_is_allowed_inside_is_asked_directly(session: Session) -> None:
    """A bridge of one's own, say: a proxy to the outside hardly reaches it."""
    with serving(saying(HELLO)) as server, serving(silent) as proxy:
        response = ask(session, server.url(), proxy.url(), allow_private=["127.0.0.1/32"])

    assert response.body == b"hello"
    assert proxy.accepted == 0


# --- what may go wrong ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (reply(407, {"Proxy-Authenticate": CANARY}), "the proxy refuses to connect (HTTP 407)"),
        (reply(403, body=CANARY.encode()), "the proxy refuses to connect (HTTP 403)"),
        (f"HTTP/1.1 502 {CANARY}\r\n\r\n".encode(), "the proxy refuses to connect (HTTP 502)"),
        (f"{CANARY}\r\n\r\n".encode(), "the proxy does not connect"),
        (b"", "the proxy does not connect"),
        (b"HTTP/1.1 200 " + b"x" * 70_000, "the proxy does not connect"),
    ],
)
def test_a_proxy_that_refuses_says_so_and_has_sent_nothing(
    session: Session, answer: bytes, words: str
) -> None:
    with serving(saying_once(answer)) as proxy:
        error = failure(session, f"https://localhost/{CANARY}", proxy.url())

    assert (str(error), error.kind, error.sent) == (words, Kind.CONNECT, False)


@pytest.mark.parametrize("script", [silent, dripping(b"HTTP/1.1 200 OK\r\n", b"A: b\r\n")])
def test_the_deadline_holds_for_the_proxy_too(session: Session, script: Any) -> None:
    with serving(script) as proxy:
        started = time.monotonic()
        error = failure(session, "https://localhost/", proxy.url(), deadline_s=0.5)
        took_s = time.monotonic() - started

    assert (error.kind, error.sent) == (Kind.TIMEOUT, False)
    assert took_s < 30, "for ever, without a deadline"


def test_a_proxy_that_is_not_there_is_named_as_what_is_missing(session: Session) -> None:
    error = failure(session, "http://news.example.org/", f"http://127.0.0.1:{closed_port()}")

    assert str(error) == "the proxy: connection refused"


def test_without_its_secret_nothing_goes_another_way(session: Session) -> None:
    error = failure(session, "http://news.example.org/", "")

    assert str(error) == "env:PROXY (the proxy) is not at hand"


# --- who chooses ---------------------------------------------------------------------------------


def polled(fetcher: HttpFetcher, feed: Feed) -> None:
    fetcher.fetch(feed, FeedState(feed_id=feed.id, due_at=NOW), feed.url)
    fetcher.close()


def test_a_feed_may_have_its_own_proxy_or_none_at_all() -> None:
    """The names are unknown here, so that only a proxy can bring the answer."""
    feed = a_feed(url="http://feeds.example.invalid/")
    with serving(saying(reply(body=FEED))) as server, serving(leading_to(server)) as common:
        proxy = Secret(common.url())
        with serving(leading_to(server)) as own:
            polled(a_fetcher(proxy=proxy), feed)
            assert (len(common.requests), len(own.requests)) == (1, 0)
            other = a_feed(url=feed.url, proxy=Secret(own.url()))
            polled(a_fetcher(proxy=proxy), other)
            assert (len(common.requests), len(own.requests)) == (1, 1)
            none = a_feed(url=feed.url, proxy=DIRECT)
            with pytest.raises(FetchError) as caught:
                polled(a_fetcher(proxy=proxy), none)

    assert caught.value.health is Health.UNREACHABLE
    assert (len(common.requests), len(own.requests)) == (1, 1)


def test_a_session_may_have_one_for_all_its_requests() -> None:
    with serving(saying(reply(204))) as server, serving(leading_to(server)) as proxy:
        opened = Session(tls=trust(), user_agent="x", resolver=resolver, proxy=Secret(proxy.url()))
        answer = opened.request(
            "POST", "http://news.example.org/", body=b"hi", deadline_s=30, max_bytes=10
        )
        opened.close()

    assert answer.status == 204
    assert (server.requests[0].method, server.requests[0].body) == ("POST", b"hi")


NAMES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


@SCHEMES
@pytest.mark.parametrize("chosen", [None, DIRECT])
def test_the_environment_chooses_nothing(
    monkeypatch: pytest.MonkeyPatch, scheme: str, chosen: Secret | None
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "authority.pem"))
    certificate = "good" if scheme == "https" else None
    with serving(silent) as proxy:
        for name in NAMES:
            monkeypatch.setenv(name, proxy.url())
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        with serving(saying(reply(body=FEED)), certificate=certificate) as server:
            polled(a_fetcher(), a_feed(url=server.url(scheme=scheme), proxy=chosen))

    assert (len(server.requests), proxy.accepted) == (1, 0)


def test_no_proxy_in_the_environment_takes_nothing_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    with serving(saying(reply(body=FEED))) as server, serving(leading_to(server)) as proxy:
        feed = a_feed(url="http://feeds.example.invalid/", proxy=Secret(proxy.url()))
        polled(a_fetcher(), feed)

    assert len(proxy.requests) == 1
