"""The workbench, without and with JavaScript."""

import time
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
import requests
from playwright.sync_api import Page

from monitor.web.gate import Busy
from monitor.web.pages import workbench
from tests.web.conftest import Served
from tests.web.parsing import one, texts, tree
from tests.web.world import TOKEN

PATH = "/watches/kp-border-rail/workbench"


@contextmanager
def a_turn() -> Iterator[None]:
    """What others began may not have ended yet, and there is a rest after it."""
    with ExitStack() as held:
        until = time.monotonic() + 30
        while True:
            try:
                held.enter_context(workbench._gate.passed())
                break
            except Busy:
                assert time.monotonic() < until, "never its turn"
                time.sleep(0.1)
        yield


def try_it(served: Served, path: str = PATH, **form: str) -> requests.Response:
    """Waiting for one's turn, as people do."""
    for _ in range(150):
        answer = requests.post(served.url + path, data=form, timeout=20)
        if answer.status_code != 503:
            return answer
        assert answer.headers["retry-after"] == "1"
        time.sleep(0.2)
    raise AssertionError("never its turn")


def test_a_query_is_tried_without_a_login_and_changes_nothing(page_of_story: Served) -> None:
    page = try_it(page_of_story, query="@kp AND train", severity="high", days="365").text

    assert "lost" in one(page, "#trial [role=status]").text()
    assert texts(page, "#trial tbody th") == ["now", "changed"]
    assert "Pyongyang-Beijing" in texts(page, "#trial mark")
    (table,) = tomllib.loads(one(page, "pre.toml").text())["watch"]
    assert table["id"] == "kp-border-rail"
    assert table["query"] == "@kp AND train"
    assert table["severity"] == "high"
    assert len(table["silence"]) == 2


def test_mistakes_are_marked_in_the_query(page_of_story: Served) -> None:
    page = try_it(page_of_story, "/watches/-/workbench", query="@kpp AND train").text
    odd = try_it(page_of_story, "/watches/-/workbench", query="@kp AND <b>train").text

    assert "did you mean 'kp'?" in texts(page, "#trial .problem")[0]
    assert texts(page, "pre.place mark")[0] == "@kpp"
    assert not tree(page).css("pre.toml")
    assert texts(odd, "pre.place") == ["@kp AND <b>train"]
    assert not tree(odd).css("#trial b")


def test_a_new_watch_has_the_id_that_was_asked_for(page_of_story: Served) -> None:
    page = try_it(page_of_story, "/watches/-/workbench", query="train", id="my-trains").text
    (table,) = tomllib.loads(one(page, "pre.toml").text())["watch"]
    assert (table["id"], table["query"]) == ("my-trains", "train")
    assert texts(page, "#trial tbody th") == ["new"]

    odd = try_it(page_of_story, "/watches/-/workbench", query="train", id="no id").text
    assert "cannot be an id" in " ".join(texts(odd, ".notice"))


@pytest.mark.parametrize(
    "form",
    [
        {"query": "a" * 30_000},
        {"query": "(" * 5_000},
        {"query": " OR ".join(f"w{n}" for n in range(4_000))},
        {"query": "train", "severity": "x", "min_score": "nan", "days": "-1"},
        {"query": "train", "min_score": "1e999", "days": "1e9"},
        {"query": "\0\ud7ff\u202e", "id": "<script>"},
        {},
    ],
)
def test_odd_forms_are_answered_soon(page_of_story: Served, form: dict[str, str]) -> None:
    answer = try_it(page_of_story, "/watches/-/workbench", **form)

    assert answer.status_code == 200
    assert answer.elapsed.total_seconds() < 10


def test_it_is_asked_from_our_own_pages_only(page_of_story: Served) -> None:
    url = page_of_story.url + PATH

    foreign = requests.post(url, headers={"Origin": "https://evil.example"}, timeout=10)
    assert foreign.status_code == 403
    asked = {"Host": "192.0.2.7"}
    assert requests.post(url, headers=asked, timeout=10).status_code == 401
    told = asked | {"Authorization": f"Bearer {TOKEN}"}
    assert requests.post(url, headers=told, timeout=10).status_code in (200, 503)
    other = f"{page_of_story.url}/watches/x/workbench/y"
    assert requests.post(other, timeout=10).status_code == 401


def test_with_javascript_it_is_tried_while_one_types(page_of_story: Served, tab: Page) -> None:
    tab.goto(page_of_story.url + PATH)

    tab.fill("#q", "@kp AND delegation")
    tab.wait_for_selector("#trial table", timeout=20_000)

    assert "lost" in tab.inner_text("#trial [role=status]")
    assert '@kp AND delegation"' in tab.inner_text("pre.toml")
    tab.fill("#q", "@kp AND (")
    tab.wait_for_selector("#trial .problem", timeout=20_000)
    assert tab.url.endswith("/workbench")
    tab.fill("#q", "@kp AND ship")
    tab.keyboard.press("Control+Enter")
    tab.wait_for_selector("#trial table", timeout=20_000)


def test_the_script_is_told_when_to_ask_again_without_an_error(page_of_story: Served) -> None:
    """A browser writes every failed request to its console."""
    url = page_of_story.url + PATH
    with a_turn():
        part = requests.post(f"{url}?part=true", data={"query": "train"}, timeout=20)
        whole = requests.post(url, data={"query": "train"}, timeout=20)

    assert (part.status_code, whole.status_code) == (200, 503)
    assert part.headers["retry-after"] == whole.headers["retry-after"] == "1"
    assert "Another query is being tried" in part.text
