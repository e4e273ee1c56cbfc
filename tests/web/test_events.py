"""Alerts as they come: each once across connections, for as many as may listen."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests
from playwright.sync_api import Page

from monitor import bootstrap
from monitor.adapters.sqlite import SqliteStore
from monitor.web import live
from monitor.web.server import WebServer
from monitor.web.sites import beside
from tests.builders import NOW, an_alert
from tests.web.conftest import Served

PATH = "/api/v1/events"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    from monitor.config import init

    init(tmp_path / "config")
    settings = tmp_path / "config" / "monitor.toml"
    settings.write_text(f'[service]\ndatabase = "{tmp_path}/db"\n')
    return tmp_path / "config"


@pytest.fixture
def store(folder: Path, tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore(tmp_path / "db") as store:
        yield store


@pytest.fixture
def served(folder: Path, store: SqliteStore, serve: Callable[[Path], Served]) -> Served:
    return serve(folder)


def tell(store: SqliteStore, *names: str, **changes: Any) -> None:
    alerts = [an_alert(f"News of\nthe {name}", id=f"a_{name}", **changes) for name in names]
    store.write(lambda unit: unit.save_alerts(alerts))


class Said(NamedTuple):
    id: str
    event: str
    data: Any


class Listener:
    """Reads a stream as HTML, section 9.2.6, tells."""

    def __init__(self, served: Served, query: str = "", last: str = "") -> None:
        headers = {"Last-Event-ID": last} if last else {}
        self.answer = requests.get(
            served.url + PATH + query, headers=headers, stream=True, timeout=20
        )
        assert self.answer.status_code == 200, self.answer.text
        self._lines = self.answer.iter_lines(chunk_size=1)
        self.last = last
        self.begin()

    def begin(self) -> None:
        """Read what stands before the first event: from then on it listens."""
        assert next(self._lines) == b"retry: 3000"
        self.last = next(self._lines).decode().removeprefix("id: ")
        assert next(self._lines) == b""

    def next(self) -> Said:
        fields: dict[str, str] = {}
        for line in self._lines:
            if not line and fields:
                break
            name, _, value = line.decode().partition(": ")
            if name.strip(":"):
                fields[name] = value
        assert fields, "the stream ended"
        self.last = fields["id"]
        return Said(fields["id"], fields["event"], json.loads(fields["data"]))

    def ids(self, count: int) -> list[str]:
        return [self.next().data["id"] for _ in range(count)]

    def __enter__(self) -> "Listener":
        return self

    def __exit__(self, *_: object) -> None:
        self.answer.close()


def test_an_alert_is_an_event_in_the_shape_of_the_list(served: Served, store: SqliteStore) -> None:
    tell(store, "past")
    with Listener(served) as listener:
        tell(store, "present")

        said = listener.next()

    assert said.event == "alert"
    assert said.data == served.get("/api/v1/alerts").json()["results"][0]
    assert said.data["title"] == "News of\nthe present"


def test_who_comes_back_misses_and_repeats_nothing(served: Served, store: SqliteStore) -> None:
    """Also if there was no event yet, and if a later alert is older by its own moment."""
    with Listener(served) as listener:
        pass
    tell(store, "one", "two")
    tell(store, "early", created_at=NOW - timedelta(seconds=9))
    with Listener(served, last=listener.last) as listener:
        assert listener.ids(1) == ["a_one"]
    tell(store, "three")
    with Listener(served, last=listener.last) as listener:
        assert listener.ids(2) == ["a_two", "a_early"]
        tell(store, "four")
        assert listener.ids(2) == ["a_three", "a_four"]
    with Listener(served, query=f"?after={listener.last}") as listener:
        tell(store, "five")
        assert listener.ids(1) == ["a_five"]


def test_a_long_past_is_read_in_parts(served: Served, store: SqliteStore) -> None:
    many = [f"{n:03}" for n in range(2 * live._READ_AT_ONCE + 50)]
    with Listener(served) as listener:
        pass
    tell(store, *many)

    with Listener(served, last=listener.last) as listener:
        tell(store, "new")

        assert listener.ids(len(many) + 1) == [*(f"a_{one}" for one in many), "a_new"]


def test_a_listener_may_ask_for_watches(served: Served, store: SqliteStore) -> None:
    with Listener(served, "?watch=sanctions&watch=health") as listener:
        tell(store, "one", watch_id="kp-diplomacy")
        tell(store, "two", watch_id="sanctions")
        tell(store, "three", watch_id="health")

        assert listener.ids(2) == ["a_two", "a_three"]


def test_all_who_listen_hear_the_same(served: Served, store: SqliteStore) -> None:
    listeners = [Listener(served) for _ in range(live.MOST_LISTENERS)]
    refused = served.get(PATH)
    tell(store, "one", "two")

    assert all(one.ids(2) == ["a_one", "a_two"] for one in listeners)
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "60")
    assert "try again later" in refused.json()["detail"]
    for one in listeners:
        one.answer.close()
    until = time.monotonic() + 20
    while (answer := requests.get(served.url + PATH, stream=True, timeout=20)).status_code != 200:
        assert time.monotonic() < until, "who left keeps a place"
        time.sleep(0.05)
    answer.close()


@pytest.mark.parametrize(
    ("query", "status"), [("?watch=nothing", 422), ("?after=foreign", 400), ("?after=", 200)]
)
def test_what_cannot_be_read_is_refused(served: Served, query: str, status: int) -> None:
    with requests.get(served.url + PATH + query, stream=True, timeout=20) as answer:
        assert answer.status_code == status


def test_silence_is_shown_to_be_alive(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "KEEP_ALIVE_S", 0.1)
    with Listener(served) as listener:
        assert next(listener._lines) == b":"


def test_the_server_ends_at_once_with_a_listener_attached(folder: Path, store: SqliteStore) -> None:
    config = bootstrap.load(folder)
    with beside(config) as site:
        server = WebServer(site, "127.0.0.1:0")
        with server:
            listener = Listener(Served(server.wait(20), config))
            started = time.monotonic()
        took = time.monotonic() - started

        assert took < 30, "as long as who listens stays"
        assert not server._thread.is_alive()
        assert list(listener._lines) == [], "it ends as a stream does, not in the middle"


def test_a_browser_hears_it(served: Served, store: SqliteStore, tab: Page) -> None:
    tab.goto(f"{served.url}/login")
    tab.evaluate(
        """() => new Promise(opened => {
            window.source = new EventSource("/api/v1/events");
            window.heard = new Promise(both => {
                const heard = [];
                source.addEventListener("alert", event => {
                    heard.push([event.lastEventId, JSON.parse(event.data).id]);
                    if (heard.length == 2) both(heard);
                });
            });
            source.onopen = opened;
        })"""
    )
    tell(store, "one", "two")

    heard = tab.evaluate("heard")
    assert [name for _, name in heard] == ["a_one", "a_two"]
    assert all(last for last, _ in heard)
    tab.evaluate("source.close()")


def test_the_page_says_that_there_is_news(served: Served, store: SqliteStore, tab: Page) -> None:
    """From where it ends, although it may be a while until it listens."""
    tell(store, "past")
    tab.goto(served.url)
    assert not tab.get_by_text("new: show").is_visible()

    tell(store, "one", "two")

    tab.get_by_text("2 new: show").wait_for()
