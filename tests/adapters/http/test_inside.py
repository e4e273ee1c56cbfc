"""However an address inside is spelt, and whichever way it reaches us, nobody connects to it.

One listener takes every address of this machine, of both families, and counts.
"""

import socket
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from monitor.adapters.http.errors import HttpError, Kind
from monitor.adapters.http.fetcher import HttpFetcher
from monitor.adapters.http.session import Session
from monitor.adapters.http.sockets import system_resolver
from monitor.errors import FetchError
from monitor.model import FeedState
from tests.adapters.http.servers import Request, Server, reply, saying, serving
from tests.adapters.http.test_fetcher import a_fetcher
from tests.builders import NOW, a_feed
from tests.servers import trust

# The port is put in for @; what stands without a scheme gets http://.
SPELLINGS = (
    # Decimal, octal, hexadecimal, short
    *("127.0.0.1", "127.1", "127.0.1", "127.255.255.254", "2130706433", "017700000001", "0177.1"),
    *("0x7f000001", "0x7F.0.0.1", "0x7f.1", "0177.0.0.1", "0177.0x0.0.01", "00000177.0.0.1"),
    *("0", "0.0.0.0", "0x0", "00", "0.1", "127.0.0.01", "127.00.000.0001", "3232235521", "10.1"),
    # Finished by dots, spelt by other letters, quoted
    *("127.0.0.1.", "localhost", "LOCALHOST", "LocalHost.", "localhost..", "x.localhost"),
    *(
        "①②⑦.⓪.⓪.①",
        "１２７.0.0.1",
        "127。0。0。1",
        "127．0．0．1",
        "127｡1",
        "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
        "𝟙𝟚𝟟.0.0.1",
    ),
    *("%31%32%37.0.0.1", "127%2e0.0.1", "localho%73t", "127.0.0.1\u200b", "l\u00adocalhost"),
    # IPv6: itself, and IPv4 inside it
    *("[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[0000::0001]", "[::1%25lo]", "[::1%lo]", "[::1%1]"),
    *("[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::127.0.0.1]"),
    *("[::7f00:1]", "[::ffff:0:127.0.0.1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]"),
    *("[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2002:7f00:0001::1]", "[::ffff:0.0.0.0]"),
    *("[2001::1]", "[2001:0:7f00:1::]", "[2001:0:4136:e378:8000:63bf:80ff:fffe]"),
    *("[fe80::1]", "[fe80::1%25eth0]", "[fec0::1]", "[fd00::1]", "[fc00::1]", "[ff02::1]"),
    *("[100::1]", "[2001:db8::1]", "[3fff::1]", "[5f00::1]", "[::ffff:10.0.0.1]", "[v1.x]"),
    # Other networks that are not ours to ask
    *("10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "169.254.169.254"),
    *("168.63.129.16", "192.0.0.1", "192.0.2.1", "198.18.0.1", "203.0.113.1", "224.0.0.1"),
    *("240.0.0.1", "255.255.255.255", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376"),
    *("[64:ff9b::a9fe:a9fe]", "[2002:a9fe:a9fe::]", "[::ffff:169.254.169.254]", "192.88.99.1"),
    # Who reads where the host ends?
    *("user@127.0.0.1", "example.org@127.0.0.1", "a:b@127.0.0.1", "@127.0.0.1", "127.0.0.1\\"),
    *("127.0.0.1\\@example.org", "example.org\\@127.0.0.1", "127.0.0.1%00.example.org"),
    *("127.0.0.1\t", "127.0.0\r.1", "127.0.0.1\n", "127.0.0.1\x00", "127.0.0.1 ", "\x00127.0.0.1"),
    *(
        "http:127.0.0.1:@/",
        "http:/127.0.0.1:@/",
        "http:///127.0.0.1:@/",
        "http://127.0.0.1:@#@x.org/",
    ),
    *("http://127.0.0.1:@?@example.org/", "http://[::1]:@:80/", "http://127.0.0.1:+@/"),
    *("http://127.0.0.1: @/", "http://127.0.0.1:0@/", "http://127.0.0.1:@;x@example.org/"),
    *("HTTP://127.0.0.1:@/", "https://127.0.0.1:@/", "https://localhost:@/", "https://[::1]:@/"),
    *("http://127.0.0.1:22/", "http://127.0.0.1:6000/", "http://127.0.0.1:1@/"),
    *(
        "ftp://127.0.0.1:@/",
        "gopher://127.0.0.1:@/x",
        "file://127.0.0.1/etc/passwd",
        "ws://127.0.0.1:@/",
    ),
)
REFUSED = {Kind.REFUSED_ADDRESS, Kind.BAD_URL, Kind.REDIRECT, Kind.DNS}
"""Never that a connection was tried and failed."""
PUBLIC = "127.0.0.77"
"""Stands for the world outside: the one address that is excepted."""


def spelt(spelling: str, port: int) -> str:
    is_url = ":" in spelling and not spelling.startswith("[") and "/" in spelling
    url = spelling if is_url else f"http://{spelling}:@/"
    return url.replace(":@", f":{port}", 1) if ":@" in url else url.replace(":+@", f":+{port}")


@pytest.fixture(scope="module")
def inside() -> Iterator[list[int]]:
    """The port of the listener, and how many connections it took."""
    dual = socket.has_dualstack_ipv6()
    listener = (
        socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
        if dual
        else socket.create_server(("0.0.0.0", 0))
    )
    seen = [listener.getsockname()[1], 0]

    def accept() -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            seen[1] += 1  # before whoever connected can tell
            sock.close()

    thread = threading.Thread(target=accept)
    thread.start()
    yield seen
    listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)
    listener.close()


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    opened = Session(tls=trust(), user_agent="x", allow_private=[f"{PUBLIC}/32"])
    yield opened
    opened.close()


def refused(session: Session, url: str, **given: Any) -> HttpError:
    settings: dict[str, Any] = {"method": "GET", "deadline_s": 30, "max_bytes": 1000, "follow": 5}
    with pytest.raises(HttpError) as caught:
        session.request(url=url, **(settings | given))
    assert caught.value.kind in REFUSED, str(caught.value)
    return caught.value


def test_the_listener_counts(inside: list[int]) -> None:
    """Else all of the rest would prove nothing."""
    before = inside[1]
    for host in ("127.0.0.1", "127.9.9.9", *(["::1"] if socket.has_dualstack_ipv6() else [])):
        with socket.create_connection((host, inside[0]), timeout=5) as sock:
            sock.recv(1)
        before += 1

    assert inside[1] == before
    inside[1] = 0


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_asked_directly(session: Session, inside: list[int], spelling: str) -> None:
    before = inside[1]
    error = refused(session, spelt(spelling, inside[0]))

    assert not error.sent
    assert inside[1] == before


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_posted_to(session: Session, inside: list[int], spelling: str) -> None:
    before = inside[1]
    error = refused(session, spelt(spelling, inside[0]), method="POST", body=b"{}", follow=0)

    assert not error.sent
    assert inside[1] == before


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_after_a_redirect(session: Session, inside: list[int], spelling: str) -> None:
    before = inside[1]
    raw = spelt(spelling, inside[0]).encode().decode("latin-1")
    with serving(saying(reply(302, {"Location": raw})), host=PUBLIC) as server:
        outcome = followed(session, server.url())

    # Some have no host of their own (`http:127.0.0.1/`) or break the line: no redirect elsewhere.
    assert outcome in {*REFUSED, Kind.PROTOCOL, 200, 302}
    assert inside[1] == before


def followed(session: Session, url: str) -> Kind | int:
    try:
        return session.request("GET", url, deadline_s=30, max_bytes=1000, follow=2).status
    except HttpError as exc:
        return exc.kind


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_named_by_a_name_service_that_changes_its_mind(inside: list[int], spelling: str) -> None:
    """The first answer is the world outside, and every later one is inside."""
    asked: list[str] = []

    def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return [PUBLIC] if len(asked) == 1 else system_resolver(host_in(spelling), port)

    def sending_back(request: Request, sock: socket.socket, server: Server) -> None:
        to = f"http://rebinding.example:{inside[0]}/"
        sock.sendall(reply(302, {"Location": to, "Connection": "close"}))

    before = inside[1]
    opened = Session(
        tls=trust(), user_agent="x", allow_private=[f"{PUBLIC}/32"], resolver=rebinding
    )
    with serving(sending_back, host=PUBLIC) as server:
        error = refused(opened, server.url(host="rebinding.example"))
    opened.close()

    assert len(server.requests) == 1
    assert len(asked) == 2
    assert not error.sent or error.kind is Kind.REDIRECT
    assert inside[1] == before


def host_in(spelling: str) -> str:
    """What an evil name service might give for a name: the bare address, if there is one."""
    host = spelling.rpartition("//")[2].partition("/")[0].partition(":@")[0]
    return host.strip("[]").rpartition("@")[2] or "127.0.0.1"


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_polled_as_a_feed_that_may_reach_one_address_only(
    fetcher: HttpFetcher, inside: list[int], spelling: str
) -> None:
    """An exception is for what it names: the next address is as closed as ever."""
    before = inside[1]
    feed = a_feed(url=spelt(spelling, inside[0]), allow_private=("127.0.0.78/32",))

    with pytest.raises(FetchError):
        fetcher.fetch(feed, FeedState(feed_id=feed.id, due_at=NOW), feed.url)

    assert inside[1] == before


@pytest.fixture(scope="module")
def fetcher() -> Iterator[HttpFetcher]:
    opened = a_fetcher(allow_private=())
    yield opened
    opened.close()


def test_there_are_enough_of_them() -> None:
    assert len(set(SPELLINGS)) == len(SPELLINGS) >= 100
