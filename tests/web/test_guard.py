"""Who is let in, and what every answer carries."""

import asyncio
import socket
from collections.abc import Callable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from monitor import bootstrap
from monitor.config import init
from monitor.errors import ConfigError
from monitor.web import server
from monitor.web.app import create_app
from monitor.web.guard import HEADERS
from monitor.web.sessions import Sessions
from monitor.web.sites import beside
from tests.web.conftest import Served
from tests.web.world import TOKEN


@pytest.mark.parametrize("path", ["/", "/login", "/healthz", "/static/app.css", "/nowhere"])
def test_every_answer_carries_the_safe_headers(page_of_story: Served, path: str) -> None:
    answer = page_of_story.get(path)

    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert "server" not in answer.headers


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "a b", "[::1"])
def test_a_foreign_name_is_refused(page_of_story: Served, host: str) -> None:
    """DNS rebinding: a stranger's page makes its own name lead here."""
    answer = page_of_story.get("/", headers={"Host": host})

    assert answer.status_code in (400, 421)
    assert "news-monitor" not in answer.text


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:80", "127.0.0.1", "[::1]:8420"])
def test_names_of_this_machine_are_served(page_of_story: Served, host: str) -> None:
    assert page_of_story.get("/", headers={"Host": host}).status_code == 200


def test_asked_by_the_address_of_a_network_it_shows_nothing_without_the_token(
    page_of_story: Served,
) -> None:
    asked = {"Host": "192.0.2.7:8420", "Accept": "text/html"}

    assert page_of_story.get("/", headers=asked).headers["location"] == "/login?to=/"
    assert page_of_story.get("/healthz", headers=asked).status_code == 200
    bare = page_of_story.get("/", headers={"Host": "192.0.2.7"})
    assert bare.status_code == 401
    told = page_of_story.get("/", headers={"Host": "192.0.2.7", "Authorization": f"Bearer {TOKEN}"})
    assert told.status_code == 200


@pytest.mark.parametrize(
    "client", [("203.0.113.9", 4711), ("::ffff:203.0.113.9", 1), None], ids=str
)
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]:8420"])
def test_who_asks_from_elsewhere_cannot_name_itself_this_machine(
    told: Path, host: str, client: tuple[str, int] | None
) -> None:
    """`Host` is what the asker likes it to be; the connection is not."""
    assert status_of(told, {"host": host}, client) == 401


@pytest.mark.parametrize("name", ["x-forwarded-for", "forwarded", "via", "x-real-ip"])
def test_what_a_proxy_passes_on_is_not_asked_by_this_machine(told: Path, name: str) -> None:
    here = ("127.0.0.1", 4711)
    assert status_of(told, {"host": "localhost"}, here) == 200
    assert status_of(told, {"host": "localhost", name: "203.0.113.9"}, here) == 401


def status_of(folder: Path, headers: dict[str, str], client: tuple[str, int] | None) -> int:
    """What the application itself answers to a connection from there."""
    said: list[int] = []

    async def ask() -> None:
        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                said.append(message["status"])

        scope = {
            "type": "http", "method": "GET", "path": "/api/v1/silences", "query_string": b"",
            "raw_path": b"/api/v1/silences", "root_path": "", "scheme": "http",
            "http_version": "1.1", "server": ("192.0.2.2", 8420), "client": client,
            "headers": [(k.encode(), v.encode()) for k, v in headers.items()],
        }  # fmt: skip
        with beside(bootstrap.load(folder)) as site:
            await create_app(site)(scope, receive, send)

    with ThreadPoolExecutor(1) as thread:  # the browser's loop runs in this one
        thread.submit(lambda: asyncio.run(ask())).result()
    return said[0]


@pytest.fixture
def session(page_of_story: Served) -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


def test_login_opens_a_session_and_logout_ends_it(
    page_of_story: Served, session: requests.Session
) -> None:
    url = page_of_story.url
    wrong = session.post(f"{url}/login", data={"token": "guess"})
    assert wrong.status_code == 401
    assert "That is not the token" in wrong.text

    answer = session.post(
        f"{url}/login", data={"token": TOKEN, "to": "//evil.example"}, allow_redirects=False
    )

    assert answer.headers["location"] == "/"
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert "SameSite=strict" in answer.headers["set-cookie"]
    assert TOKEN not in answer.headers["set-cookie"]
    page = session.get(url)
    assert "Log out" in page.text


def test_a_form_of_another_page_is_refused(
    page_of_story: Served, session: requests.Session
) -> None:
    url = page_of_story.url
    session.post(f"{url}/login", data={"token": TOKEN})

    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert session.post(f"{url}/logout", headers=headers).status_code == 403
    without_key = session.post(f"{url}/logout")
    assert without_key.status_code == 403
    assert "load it anew" in without_key.text


def test_guessing_is_slowed(told: Path, serve: Callable[[Path], Served]) -> None:
    url = serve(told).url
    answers = [
        requests.post(f"{url}/login", data={"token": f"guess {n}"}, timeout=10).status_code
        for n in range(12)
    ]

    assert answers == [401] * 10 + [429] * 2
    right = requests.post(f"{url}/login", data={"token": TOKEN}, timeout=10)
    assert right.status_code == 429


def test_who_knows_the_token_is_let_in_whoever_guesses_elsewhere() -> None:
    sessions = Sessions(TOKEN, monotonic=lambda: 0.0)
    for number in range(12):
        sessions.is_token(f"guess {number}", "203.0.113.9")

    assert sessions.is_slowed("203.0.113.9")
    assert not sessions.is_slowed("127.0.0.1")
    for _ in range(20):
        assert not sessions.is_token("the token of yesterday", "127.0.0.1")
    assert not sessions.is_slowed("127.0.0.1"), "the same again is no guess"


@pytest.mark.parametrize("origin", ["http://[", "null", "https://127.0.0.1.evil.example"])
def test_an_odd_origin_is_another_page(page_of_story: Served, origin: str) -> None:
    answer = requests.post(
        f"{page_of_story.url}/login", data={"token": TOKEN}, headers={"Origin": origin}, timeout=10
    )

    assert answer.status_code == 403
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


@pytest.mark.parametrize(
    "path",
    [
        "/search?before=0001-01-01T00:00:00%2B23:59~a",
        "/deliveries?before=9999-12-31T23:59:59-23:59~a",
        "/?before=9999-12-31T23:59:59-23:59~a",
    ],
)
def test_a_place_out_of_time_is_the_beginning(page_of_story: Served, path: str) -> None:
    assert page_of_story.get(path).status_code == 200


def test_head_is_answered_like_get_without_a_body(page_of_story: Served) -> None:
    answer = requests.head(f"{page_of_story.url}/healthz", timeout=10)

    assert (answer.status_code, answer.text) == (200, "")
    assert answer.headers["content-length"] == "3"


def test_who_connects_and_says_nothing_is_left(
    told: Path, serve: Callable[[Path], Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Connections that are merely held must not keep others out."""
    monkeypatch.setattr(server, "_HEAD_S", 0.2)
    port = int(serve(told).url.rpartition(":")[2])
    with (
        socket.create_connection(("127.0.0.1", port)) as silent,
        socket.create_connection(("127.0.0.1", port)) as slow,
    ):
        slow.sendall(b"GET / HTTP/1.1\r\nHost: local")
        for held in (silent, slow):
            held.settimeout(20)
            assert held.recv(1) == b""


def test_a_big_body_is_refused(page_of_story: Served) -> None:
    answer = requests.post(f"{page_of_story.url}/login", data={"token": "x" * 300_000}, timeout=10)

    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("section", "key"),
    [
        ('listen = "0.0.0.0:8420"', "web.listen"),
        ('listen = "[::]:8420"', "web.listen"),
        ('hosts = ["news.example.org"]', "web.hosts"),
        ("login_to_read = true", "web.login_to_read"),
        ('listen = "8420"', "web.listen"),
        ('listen = "localhost"', "web.listen"),
        ('listen = "nowhere.example.org:80"', "web.listen"),
        ('token = "too plain to be a secret"', "web.token"),
        ('token = "env:SHORT"', "web.token"),
        ('token = "env:LONG"\nhosts = ["http://a"]', "web.hosts"),
    ],
)
def test_what_is_not_safe_is_refused_at_the_start(
    told: Path, tmp_path: Path, section: str, key: str
) -> None:
    settings = tmp_path / "config" / "monitor.toml"
    init(tmp_path / "config")
    settings.write_text(f"[web]\n{section}\n")

    with pytest.raises(ConfigError) as caught:
        bootstrap.load(tmp_path / "config", {"SHORT": "abc", "LONG": TOKEN})

    assert [p.where for p in caught.value.problems if p.fatal] == [f"monitor.toml: {key}"]
    assert "too plain" not in str(caught.value)
