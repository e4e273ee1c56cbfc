"""One request: its limits, its manners, and what it never does. All servers are on loopback."""

import gzip
import itertools
import logging
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from monitor.adapters.http.codings import ACCEPT_ENCODING
from monitor.adapters.http.errors import HttpError, Kind
from monitor.adapters.http.session import Response, Session
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
    silent,
)
from tests.servers import closed_port, trust

AGENT = "news-monitor/0 (+https://example.org/contact)"
SECRET = "T0ken-canary"
HELLO = reply(body=b"hello")


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    opened = Session(tls=trust(), user_agent=AGENT, allow_private=["127.0.0.1/32"])
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def strict() -> Iterator[Session]:
    """Without any exception for private addresses."""
    opened = Session(tls=trust(), user_agent=AGENT)
    yield opened
    opened.close()


def ask(session: Session, url: str, **given: Any) -> Response:
    settings: dict[str, Any] = {"deadline_s": 30, "max_bytes": 100_000, "follow": 5}
    return session.request("GET", url, **(settings | given))


def failure(session: Session, url: str, **given: Any) -> HttpError:
    """The error that asking ends in; it never shows the address."""
    with pytest.raises(HttpError) as caught:
        ask(session, url, **given)
    assert SECRET not in f"{caught.value} {caught.value!r}"
    return caught.value


# --- manners -------------------------------------------------------------------------------------


def test_a_request_names_us_and_nothing_else(session: Session) -> None:
    with serving(saying(HELLO)) as server:
        response = ask(session, server.url("/a?b=1"), headers={"Accept": "text/xml"})

    assert (response.status, response.body) == (200, b"hello")
    assert server.requests[0].target == "/a?b=1"
    assert server.requests[0].headers == {
        "host": f"127.0.0.1:{server.port}",
        "user-agent": AGENT,
        "accept-encoding": ACCEPT_ENCODING,
        "accept": "text/xml",
    }


def test_a_body_is_posted_byte_for_byte(session: Session) -> None:
    body = bytes(range(256))
    with serving(saying(reply(204))) as server:
        response = session.request(
            "POST", server.url(), body=body, headers={"X": "1"}, deadline_s=30, max_bytes=10
        )

    assert response.status == 204
    assert server.requests[0].body == body
    assert server.requests[0].headers["content-length"] == "256"


def test_cookies_are_never_sent_back(session: Session) -> None:
    cookie = {"Set-Cookie": "id=1; Path=/"}
    pages = {"/": reply(302, {"Location": "/b", **cookie}), "/b": reply(200, cookie, b"x")}
    with serving(routes(pages)) as server:
        ask(session, server.url())
        ask(session, server.url())

    assert len(server.requests) == 4
    assert not any("cookie" in request.headers for request in server.requests)


def test_a_redirect_tells_nobody_where_we_came_from(session: Session) -> None:
    with serving(routes({"/": reply(302, {"Location": "/b"}), "/b": HELLO})) as server:
        ask(session, server.url())

    assert not any("referer" in request.headers for request in server.requests)


def test_proxies_of_the_environment_are_not_used(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with serving(saying(HELLO)) as server:
        assert ask(session, server.url()).body == b"hello"


def test_passwords_of_netrc_are_not_sent(
    session: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine 127.0.0.1 login me password {SECRET}\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with serving(saying(HELLO)) as server:
        ask(session, server.url())

    assert "authorization" not in server.requests[0].headers


def test_a_connection_is_kept_for_the_next_request(session: Session) -> None:
    with serving(saying(HELLO)) as server:
        for _ in range(3):
            ask(session, server.url())

    assert (server.accepted, len(server.requests)) == (1, 3)


def test_many_threads_share_a_session(session: Session) -> None:
    with serving(saying(HELLO)) as server, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: ask(session, server.url(f"/{n}")), range(60)))

    assert {answer.body for answer in answers} == {b"hello"}
    assert {request.target for request in server.requests} == {f"/{n}" for n in range(60)}


def test_headers_are_found_in_any_case_and_repeated_ones_joined(session: Session) -> None:
    raw = b"HTTP/1.1 200 OK\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 0\r\n\r\n"
    with serving(saying(raw)) as server:
        headers = ask(session, server.url()).headers

    assert headers["X-a"] == "1, 2"
    assert headers.get("x-b") is None


# --- addresses -----------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["localhost", "127.1", "2130706433"])
def test_an_exception_opens_the_way(host: str) -> None:
    opened = Session(tls=trust(), user_agent=AGENT, allow_private=["127.0.0.0/8"])
    with serving(saying(HELLO)) as server:
        assert ask(opened, server.url(host=host)).body == b"hello"
    opened.close()


def test_an_exception_may_be_made_for_one_request(strict: Session) -> None:
    with serving(saying(HELLO)) as server:
        assert ask(strict, server.url(), allow_private=["127.0.0.0/8"]).status == 200
        assert failure(strict, server.url()).kind is Kind.REFUSED_ADDRESS

    assert len(server.requests) == 1, "the kept connection was not used without the exception"


def test_a_name_is_looked_up_once_and_the_judged_address_is_dialled() -> None:
    """Rebinding: the second answer, which would be the dangerous one, is never asked for."""
    answers = iter([["127.0.0.1"], ["127.0.0.2"]])
    asked: list[tuple[str, int]] = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return next(answers)

    opened = Session(
        tls=trust(), user_agent=AGENT, allow_private=["127.0.0.1/32"], resolver=rebinding
    )
    with serving(saying(HELLO)) as server:
        assert ask(opened, server.url(host="rebind.example")).body == b"hello"
    opened.close()

    assert asked == [("rebind.example", server.port)]
    assert server.requests[0].headers["host"] == f"rebind.example:{server.port}"


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fd00::1"])
def test_a_name_of_a_private_address_is_refused(address: str) -> None:
    opened = Session(tls=trust(), user_agent=AGENT, resolver=lambda host, port: [address])

    error = failure(opened, f"http://innocent.example/{SECRET}")

    assert error.kind is Kind.REFUSED_ADDRESS
    assert "innocent" not in str(error)
    opened.close()


def test_among_several_addresses_only_judged_ones_are_dialled() -> None:
    opened = Session(
        tls=trust(),
        user_agent=AGENT,
        allow_private=["127.0.0.1/32"],
        resolver=lambda host, port: ["10.0.0.1", "127.0.0.2", "127.0.0.1"],
    )
    with serving(saying(HELLO), host="0.0.0.0") as server:
        assert ask(opened, server.url(host="mixed.example")).status == 200
    opened.close()


def test_a_dead_address_does_not_hide_a_living_one() -> None:
    opened = Session(
        tls=trust(),
        user_agent=AGENT,
        allow_private=["127.0.0.0/8"],
        resolver=lambda host, port: ["127.0.0.9", "127.0.0.1"],
    )
    with serving(saying(HELLO)) as server:
        assert ask(opened, server.url(host="two.example")).status == 200
    opened.close()


def test_an_unknown_host_is_said_to_be_unknown(session: Session) -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, f"{SECRET} not known")

    opened = Session(tls=trust(), user_agent=AGENT, resolver=unknown)

    error = failure(opened, "http://nowhere.example/")

    assert (error.kind, str(error), error.sent) == (Kind.DNS, "no such host", False)
    opened.close()


def test_a_name_service_in_trouble_is_not_an_unknown_host() -> None:
    def troubled(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_AGAIN, "again")

    opened = Session(tls=trust(), user_agent=AGENT, resolver=troubled)

    assert str(failure(opened, "http://a.example/")) == "the host name cannot be looked up"
    opened.close()


@pytest.mark.parametrize("host", ["a..example", "x" * 64 + ".example", "xn--a.example"])
def test_a_name_that_cannot_be_one_is_an_error_like_others(strict: Session, host: str) -> None:
    assert failure(strict, f"http://{host}/").kind in (Kind.DNS, Kind.BAD_URL)


# --- deadline ------------------------------------------------------------------------------------

DEADLINE_S = 0.3
# What comes on top where the machine stands still for a while; who holds on does so for longer.
SLACK_S = 30
HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(silent, id="silence"),
        pytest.param(dripping(b"", b"H"), id="dripped status line"),
        pytest.param(dripping(HEAD, b"X-A: 1\r\n"), id="dripped headers"),
        pytest.param(dripping(b"", b"HTTP/1.1 100 Go on\r\n\r\n"), id="endless go-ons"),
        pytest.param(dripping(reply(length=1000)), id="dripped body"),
        pytest.param(dripping(reply(length=-1)), id="dripped body without length"),
        pytest.param(
            dripping(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
            id="dripped chunks",
        ),
        pytest.param(
            dripping(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5;", b"x"),
            id="dripped chunk mark",
        ),
        pytest.param(
            dripping(reply(headers={"Content-Encoding": "gzip"}, length=10**6), b"\x1f\x8b"),
            id="dripped gzip",
        ),
    ],
)
def test_the_deadline_holds_over_any_drip(session: Session, script: Any) -> None:
    with serving(script) as server:
        started = time.monotonic()
        error = failure(session, server.url(f"/{SECRET}"), deadline_s=DEADLINE_S)
        took_s = time.monotonic() - started

    # A dripped gzip may be found damaged first.
    assert error.kind in (Kind.TIMEOUT, Kind.PROTOCOL)
    assert error.sent or not server.requests
    assert took_s < DEADLINE_S + SLACK_S


def test_the_deadline_holds_over_all_redirects_together(session: Session) -> None:
    def slow(request: Request, sock: socket.socket, server: Server) -> None:
        server.over.wait(0.15)
        sock.sendall(reply(302, {"Location": f"{request.target}x"}))

    with serving(slow) as server:
        started = time.monotonic()
        error = failure(session, server.url(), deadline_s=DEADLINE_S, follow=50)

    assert error.kind is Kind.TIMEOUT
    assert time.monotonic() - started < DEADLINE_S + SLACK_S


def test_the_deadline_holds_over_the_name_service() -> None:
    over = threading.Event()

    def hanging(host: str, port: int) -> list[str]:
        over.wait(90)
        return []

    opened = Session(tls=trust(), user_agent=AGENT, resolver=hanging)
    started = time.monotonic()
    error = failure(opened, "http://slow.example/", deadline_s=DEADLINE_S)
    over.set()
    opened.close()

    assert (error.kind, error.sent) == (Kind.TIMEOUT, False)
    assert time.monotonic() - started < DEADLINE_S + SLACK_S


def test_the_deadline_holds_over_a_tls_handshake(session: Session) -> None:
    """The connection is made, and nobody ever says hello."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        started = time.monotonic()
        url = f"https://127.0.0.1:{mute.getsockname()[1]}/"
        error = failure(session, url, deadline_s=DEADLINE_S)

    assert (error.kind, error.sent) == (Kind.TIMEOUT, False)
    assert time.monotonic() - started < DEADLINE_S + SLACK_S


def test_the_deadline_holds_over_a_receiver_that_does_not_read(session: Session) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        started = time.monotonic()
        with pytest.raises(HttpError) as caught:
            session.request(
                "POST",
                f"http://127.0.0.1:{deaf.getsockname()[1]}/",
                body=bytes(30_000_000),
                deadline_s=DEADLINE_S,
                max_bytes=10,
            )
        arrived = something_arrived(deaf)

    assert (caught.value.kind, caught.value.sent) == (Kind.TIMEOUT, arrived)
    assert time.monotonic() - started < DEADLINE_S + SLACK_S


def something_arrived(listener: socket.socket) -> bool:
    """Of whoever left already."""
    listener.setblocking(False)
    with suppress(BlockingIOError):
        sock, _ = listener.accept()
        with sock:
            return bool(sock.recv(1))
    return False


# --- size and completeness -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(reply(body=bytes(100_001)), id="plain"),
        pytest.param(
            reply(headers={"Content-Encoding": "gzip"}, body=gzip.compress(bytes(50_000_000), 9)),
            id="gzip bomb",
        ),
        pytest.param(reply(body=bytes(100_001), length=-1), id="without length"),
    ],
)
def test_a_body_over_the_cap_is_an_error(session: Session, answer: bytes) -> None:
    with serving(saying_once(answer)) as server:
        error = failure(session, server.url(f"/{SECRET}"))

    assert (error.kind, error.status, error.sent) == (Kind.TOO_BIG, 200, True)


@pytest.mark.parametrize(
    "start",
    [
        pytest.param(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", id="chunk mark"),
        pytest.param(reply(length=-1, headers={"Content-Encoding": "gzip"}), id="body"),
    ],
)
def test_what_never_ends_is_cut_off(session: Session, start: bytes) -> None:
    """A chunk mark of megabytes, say, which urllib3 would read to its end."""
    with serving(dripping(start, b"1" * 100_000, every_s=0)) as server:
        error = failure(session, server.url())

    assert error.kind in (Kind.TOO_BIG, Kind.PROTOCOL)


def test_a_body_of_just_the_cap_is_fine(session: Session) -> None:
    packed = reply(headers={"Content-Encoding": "gzip"}, body=gzip.compress(bytes(100_000)))
    with serving(saying(reply(body=bytes(100_000)), packed)) as server:
        assert len(ask(session, server.url()).body) == 100_000
        assert len(ask(session, server.url()).body) == 100_000


CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def test_chunks_are_joined(session: Session) -> None:
    with serving(saying(CHUNKED + b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n")) as server:
        assert ask(session, server.url()).body == b"abcde"


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(reply(body=b"half", length=100), id="length"),
        pytest.param(CHUNKED + b"5\r\nhello\r\n", id="no last chunk"),
        pytest.param(CHUNKED + b"ff\r\nhello", id="half a chunk"),
        pytest.param(CHUNKED + b"zz\r\nhello\r\n", id="bad chunk mark"),
        pytest.param(
            reply(
                headers={"Content-Encoding": "gzip"}, body=gzip.compress(b"x" * 999)[:-6], length=-1
            ),
            id="gzip",
        ),
        pytest.param(reply(headers={"Content-Encoding": "br"}, body=b"x"), id="unknown coding"),
        pytest.param(reply(headers={"Content-Encoding": "gzip"}, body=b"<rss/>"), id="not gzip"),
    ],
)
def test_a_body_cut_short_or_damaged_is_an_error(session: Session, answer: bytes) -> None:
    with serving(saying_once(answer)) as server:
        error = failure(session, server.url(f"/{SECRET}"))

    assert (error.kind, error.status, error.sent) == (Kind.PROTOCOL, 200, True)


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH\r\n",
        b"\r\n\r\n",
        b"HTTP/1.1 nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
    ],
)
def test_an_answer_that_is_not_http_is_an_error(session: Session, answer: bytes) -> None:
    with serving(saying_once(answer)) as server:
        error = failure(session, server.url(f"/{SECRET}"))

    assert (error.kind, error.sent) == (Kind.PROTOCOL, True)


# --- connections ---------------------------------------------------------------------------------


def test_a_closed_port_is_a_refused_connection(session: Session) -> None:
    error = failure(session, f"http://127.0.0.1:{closed_port()}/{SECRET}")

    assert (error.kind, str(error), error.sent) == (Kind.CONNECT, "connection refused", False)


def test_a_connection_closed_without_an_answer_may_have_been_acted_upon(session: Session) -> None:
    with serving(saying_once(b"")) as server:
        error = failure(session, server.url(f"/{SECRET}"))

    assert (error.kind, error.sent, error.status) == (Kind.CONNECT, True, None)


def closing_every_second(request: Request, sock: socket.socket, server: Server) -> None:
    """Keeps a connection, as promised, but closes it as the next request arrives."""
    if len(server.requests) == 2:
        sock.shutdown(socket.SHUT_RDWR)
    else:
        sock.sendall(HELLO)


def test_a_get_over_a_connection_that_was_just_closed_is_repeated(session: Session) -> None:
    with serving(closing_every_second) as server:
        ask(session, server.url())

        assert ask(session, server.url()).body == b"hello"

    assert (len(server.requests), server.accepted) == (3, 2)


def test_a_post_is_never_repeated_by_itself(session: Session) -> None:
    with serving(closing_every_second) as server:
        ask(session, server.url())
        with pytest.raises(HttpError) as caught:
            session.request("POST", server.url(), body=b"x", deadline_s=30, max_bytes=10)

    assert caught.value.sent
    assert len(server.requests) == 2


# --- redirects -----------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_and_noted(session: Session, status: int) -> None:
    pages = {"/": reply(status, {"Location": "/b#part"}, b"moved"), "/b": HELLO}
    with serving(routes(pages)) as server:
        response = ask(session, server.url(), headers={"If-None-Match": '"x"'})

    assert (response.body, response.url) == (b"hello", server.url("/b"))
    assert [(hop.status, hop.location) for hop in response.hops] == [(status, server.url("/b"))]
    assert all(request.headers["if-none-match"] == '"x"' for request in server.requests)


@pytest.mark.parametrize("status", [300, 304, 305, 306])
def test_other_answers_of_this_class_are_final(session: Session, status: int) -> None:
    with serving(saying(reply(status, {"Location": "/b"}))) as server:
        assert ask(session, server.url()).status == status

    assert len(server.requests) == 1


def test_without_leave_to_follow_a_redirect_is_an_answer(session: Session) -> None:
    with serving(saying(reply(302, {"Location": "/b"}))) as server:
        assert ask(session, server.url(), follow=0).status == 302


def test_a_post_is_never_redirected(session: Session) -> None:
    with serving(saying(reply(307, {"Location": "/b"}))) as server:
        response = session.request(
            "POST", server.url(), body=b"x", deadline_s=30, max_bytes=10, follow=5
        )

    assert response.status == 307
    assert len(server.requests) == 1


def test_a_redirect_to_nowhere_is_an_answer(session: Session) -> None:
    with serving(saying(reply(302))) as server:
        assert ask(session, server.url()).status == 302


@pytest.mark.parametrize("ring", [("/",), ("/b", "/")])
def test_a_circle_of_redirects_is_left(session: Session, ring: tuple[str, ...]) -> None:
    places = ["/", *ring]
    pages = {here: reply(302, {"Location": there}) for here, there in itertools.pairwise(places)}
    with serving(routes(pages)) as server:
        assert failure(session, server.url()).kind is Kind.REDIRECT

    assert len(server.requests) <= 4


def test_five_redirects_are_followed_and_six_are_too_many(session: Session) -> None:
    pages = {f"/{n}": reply(302, {"Location": f"/{n + 1}"}) for n in range(6)} | {"/6": HELLO}
    with serving(routes(pages)) as server:
        assert len(ask(session, server.url("/1")).hops) == 5
        assert failure(session, server.url("/0")).kind is Kind.REDIRECT


@pytest.mark.parametrize("host", ["127.0.0.2", "localhost6.example", "2130706434", "[::1]"])
def test_a_redirect_to_a_private_address_is_refused(session: Session, host: str) -> None:
    opened = Session(
        tls=trust(),
        user_agent=AGENT,
        allow_private=["127.0.0.1/32"],
        resolver=lambda name, port: ["127.0.0.2"],
    )
    with (
        serving(saying(HELLO), host="127.0.0.2") as inner,
        serving(saying(reply(302, {"Location": inner.url(host=host)}))) as outer,
    ):
        error = failure(opened, outer.url())
    opened.close()

    assert error.kind is Kind.REFUSED_ADDRESS
    assert inner.accepted == 0


@pytest.mark.parametrize(
    "location",
    ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "http://a:b@127.0.0.1/"],
)
def test_a_redirect_out_of_the_web_is_refused(session: Session, location: str) -> None:
    with serving(saying(reply(302, {"Location": location}))) as server:
        assert failure(session, server.url()).kind is Kind.REDIRECT


# --- TLS -----------------------------------------------------------------------------------------


@pytest.fixture
def trusting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """Trusts the test authority in the way an operator would make it do so."""
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "authority.pem"))
    opened = Session(tls=trust(), user_agent=AGENT, allow_private=["127.0.0.0/8", "::1/128"])
    yield opened
    opened.close()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_trusted_certificate_for_the_host_is_accepted(trusting: Session, host: str) -> None:
    with serving(saying(HELLO), certificate="good") as server:
        response = ask(trusting, server.url(host=host, scheme="https"))
        again = ask(trusting, server.url(host=host, scheme="https"))

    assert response.body == again.body == b"hello"
    assert server.accepted == 1


@pytest.mark.parametrize(
    ("certificate", "words"),
    [
        ("self-signed", "self-signed certificate"),
        ("expired", "certificate has expired"),
        ("other-name", "it is for another host"),
    ],
)
def test_a_certificate_that_does_not_hold_is_refused(
    trusting: Session, certificate: str, words: str
) -> None:
    with serving(saying(HELLO), certificate=certificate) as server:
        error = failure(trusting, server.url(f"/{SECRET}", host="localhost", scheme="https"))

    assert (error.kind, error.sent) == (Kind.TLS, False)
    assert words in str(error)
    assert "localhost" not in str(error)
    assert server.requests == []


def test_an_authority_nobody_trusts_is_refused(session: Session) -> None:
    with serving(saying(HELLO), certificate="good") as server:
        assert failure(session, server.url(scheme="https")).kind is Kind.TLS


def test_a_new_connection_that_breaks_is_no_kept_one(trusting: Session) -> None:
    """Only a request over a kept one may be repeated: the server closed it without seeing that."""
    with serving(saying_once(b""), certificate="good") as server:
        error = failure(trusting, server.url(scheme="https"))

    assert (error.kind, error.sent) == (Kind.CONNECT, True)
    assert len(server.requests) == 1


def test_a_server_without_tls_is_not_spoken_to_in_plain(session: Session) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        plain = threading.Thread(target=lambda: _say(listener, b"HTTP/1.1 400 Bad\r\n\r\n"))
        plain.start()
        error = failure(session, f"https://127.0.0.1:{listener.getsockname()[1]}/{SECRET}")
        plain.join()

    assert (error.kind, error.sent) == (Kind.TLS, False)


def _say(listener: socket.socket, words: bytes) -> None:
    sock, _ = listener.accept()
    with sock:
        sock.recv(1)
        sock.sendall(words)


def test_the_deadline_and_the_cap_hold_inside_tls(trusting: Session) -> None:
    with serving(dripping(reply(length=1000)), certificate="good") as server:
        started = time.monotonic()
        late = failure(trusting, server.url(scheme="https"), deadline_s=1)
        took_s = time.monotonic() - started
    with serving(saying_once(reply(body=bytes(200_000))), certificate="good") as server:
        big = failure(trusting, server.url(scheme="https"))

    assert (late.kind, late.status, big.kind) == (Kind.TIMEOUT, 200, Kind.TOO_BIG)
    assert took_s < 1 + SLACK_S


# --- secrets -------------------------------------------------------------------------------------


def test_the_address_is_in_no_log_and_no_repr(
    session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    """urllib3 logs request lines at debug, and whole URLs when it does not like a header."""
    caplog.set_level(logging.DEBUG)
    odd = b"HTTP/1.1 200 OK\r\nBad Header\r\nContent-Length: 2\r\n\r\nok"
    with serving(saying_once(odd)) as server:
        response = ask(session, server.url(f"/{SECRET}"))
        failure(session, f"http://127.0.0.1:{server.port}/{SECRET}\\")

    assert SECRET not in caplog.text
    assert SECRET not in repr(response)
