"""What a feed is asked with is nowhere to be found afterwards, whatever the server does."""

import socket
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import pytest

from monitor.listen import Receiver
from tests.adapters.http.proxies import leading_to
from tests.adapters.http.servers import Request, Server, reply, saying, serving
from tests.cli.conftest import NEWS, House, a_house, rss

CANARIES = ("k3y-c4nary", "w0rd-c4nary", "bWU6dzByZC1jNG5hcnk=", "pr0xy-c4nary")
BODY = rss(*NEWS).encode()


def breaking(elsewhere: str) -> Iterator[bytes]:
    """What a server may do instead of giving a feed."""
    return cycle(
        (
            reply(302, {"Location": elsewhere}),
            reply(200, {"ETag": '"v1"'}, BODY),
            reply(301, {"Location": elsewhere}),
            reply(401, {"WWW-Authenticate": "Basic"}),
            reply(403, body=b"<html>"),
            reply(429, {"Retry-After": "0"}),
            reply(500),
            reply(302, {"Location": "ftp://example.org/"}),
            reply(302, {"Location": "http://10.0.0.1/"}),
            reply(200, body=BODY, length=len(BODY) + 1),
            reply(200, {"Content-Encoding": "gzip"}, b"no gzip"),
            reply(200, body=b"<html><title>Log in</title></html>"),
            reply(200, body=b"\x00\xff" * 100),
            b"HTTP/1.1 nonsense\r\n\r\n",
            b"",
        )
    )


@pytest.fixture
def proxy() -> Iterator[Server]:
    """Wants a login; where it leads, there are odd answers."""
    answers = saying(reply(200, body=BODY), reply(407), b"nonsense")
    with serving(answers) as own, serving(leading_to(own, login=f"me:{CANARIES[3]}")) as server:
        yield server


@pytest.fixture
def guarded(
    tmp_path: Path, receiver: Receiver, proxy: Server, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[House, Server, Server]]:
    """A feed with secrets, its server, and the server that it sends us to at times.

    Another feed is far away, behind a proxy.
    """
    with serving(saying(reply(200, body=BODY))) as elsewhere:
        answers = breaking(elsewhere.url("/feed"))

        def answer(request: Request, sock: socket.socket, server: Server) -> None:
            assert request.headers["authorization"] == f"Basic {CANARIES[2]}"
            assert request.headers["x-key"] == CANARIES[0]
            sock.sendall(next(answers))
            sock.shutdown(socket.SHUT_RDWR)

        with serving(answer) as server:
            house = a_house(tmp_path, server.url("/feed"), receiver.url)
            [feed, asleep] = house.tables["feeds/press.toml"]["feed"]
            feed |= {"auth": "env:LOGIN", "headers": {"X-Key": "file:key"}}
            asleep |= {"auth": "env:NOT_SET"}
            house.tables["feeds/press.toml"]["feed"] += [
                {"id": f"far-{n}", "owner": "far", "url": f"{scheme}://far.example.invalid/{n}"}
                for n, scheme in enumerate(("http", "https"))
            ]
            settings = house.tables["monitor.toml"]
            network = settings.get("network", {}) | {"proxy": "env:PROXY"}
            house.write(
                {"monitor.toml": settings | {"log": {"level": "debug"}, "network": network}}
            )
            monkeypatch.setenv("PROXY", proxy.url().replace("//", f"//me:{CANARIES[3]}@"))
            (house.config / "key").write_text(CANARIES[0])
            (house.config / "key").chmod(0o600)
            monkeypatch.setenv("LOGIN", f"me:{CANARIES[1]}")
            yield house, server, elsewhere


def test_secrets_of_feed_and_proxy_leave_no_trace(
    guarded: tuple[House, Server, Server], proxy: Server
) -> None:
    house, server, elsewhere = guarded
    report = house.root / "report.json"

    polls = [house.run("poll", "--force", "--no-deliver", "--verbose") for _ in range(15)]
    told = [
        house.run(*command)
        for command in (
            ("check",),
            ("feeds", "list", "--all"),
            ("feeds", "list", "--all", "--json"),
            ("feeds", "export"),
            ("feeds", "probe", "--report", str(report), "--json"),
            ("status",),
            ("status", "--json"),
            ("watches",),
            ("alerts", "--json"),
        )
    ]

    assert len(server.requests) >= 15
    assert elsewhere.requests
    assert {request.method for request in proxy.requests} == {"GET", "CONNECT"}
    for request in elsewhere.requests:
        assert not {"authorization", "x-key"} & set(request.headers)
    said = "".join(result.output + (result.stderr or "") for result in (*polls, *told))
    kept = b"".join(path.read_bytes() for path in house.root.rglob("data/*"))
    assert '"failures": 1' in said, "the lines of the polls"
    assert len(kept) > 10_000
    for canary in CANARIES:
        assert canary not in said
        assert canary.encode() not in kept
        assert canary not in report.read_text("utf-8")


def test_only_who_asks_feeds_needs_their_secrets(
    guarded: tuple[House, Server, Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    house, server, _ = guarded
    monkeypatch.delenv("LOGIN")

    assert house.run("feeds", "list").exit_code == 0
    for command in (("feeds", "probe"), ("poll",), ("check",)):
        result = house.run(*command)
        assert result.exit_code != 0
        assert "LOGIN is not set" in result.output
    assert server.accepted == 0
