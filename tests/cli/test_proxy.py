"""A whole poll from behind a proxy: feeds come in and alerts go out through it alone."""

import socket
from pathlib import Path

import pytest

from tests.adapters.http.proxies import leading_to
from tests.adapters.http.servers import Request, Server, reply, serving, silent
from tests.cli.conftest import NEWS, a_house, rss

BODY = rss(*NEWS).encode()


def feed_and_webhook(request: Request, sock: socket.socket, server: Server) -> None:
    sock.sendall(reply(body=BODY) if request.method == "GET" else reply(204))


def test_feeds_and_webhooks_go_through_the_named_proxy_and_not_the_environment_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        serving(feed_and_webhook) as world,
        serving(leading_to(world, login="me:w0rd")) as proxy,
        serving(silent) as other,
    ):
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, other.url())
        monkeypatch.setenv("PROXY", proxy.url().replace("//", "//me:w0rd@"))
        monkeypatch.setenv("HOOK", "http://hook.example.invalid/in")
        house = a_house(tmp_path, "http://feeds.example.invalid/rail", "env:HOOK")
        house.write(
            {"monitor.toml": house.tables["monitor.toml"] | {"network": {"proxy": "env:PROXY"}}}
        )

        polled = house.run("poll")

    assert polled.exit_code == 0, polled.output
    assert {(r.method, r.target) for r in proxy.requests} == {
        ("GET", "http://feeds.example.invalid/rail"),
        ("POST", "http://hook.example.invalid/in"),
    }
    assert b"Pyongyang" in world.requests[-1].body
    assert other.accepted == 0
