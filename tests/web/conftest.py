"""The page over a real database, served by a real server, looked at by a real browser."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, Page, sync_playwright

from monitor import bootstrap
from monitor.config import Config
from monitor.demo.story import load
from monitor.web.server import WebServer
from monitor.web.sites import beside
from tests.web.world import a_told_folder

_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, _NAMES)), None)
_QUIET = (
    "--no-sandbox",  # as root; the browser sees pages of this test alone
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class Served:
    """A page at work.

    Attributes:
        url: Where, without a slash at the end.
    """

    def __init__(self, url: str, config: Config) -> None:
        self.url, self.config = url, config

    def get(self, path: str, **more: object) -> requests.Response:
        """Not following redirects."""
        return requests.get(self.url + path, timeout=20, allow_redirects=False, **more)  # type: ignore[arg-type]

    def text(self, path: str) -> str:
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:500])
        return answer.text


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A configuration folder, beside it a database in which the seed story was replayed."""
    return a_told_folder(tmp_path_factory.mktemp("told"), load())


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[[Path], Served]]:
    """Serve the page of a configuration folder, on any port that is free."""
    with ExitStack() as held:

        def served(folder: Path) -> Served:
            config = bootstrap.load(folder)
            site = held.enter_context(beside(config))
            server = held.enter_context(WebServer(site, "127.0.0.1:0"))
            return Served(server.wait(20), config)

        yield served


@pytest.fixture(scope="session")
def page_of_story(told: Path) -> Iterator[Served]:
    """The seed story, which nobody changes."""
    config = bootstrap.load(told)
    with beside(config) as site, WebServer(site, "127.0.0.1:0") as server:
        yield Served(server.wait(20), config)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        problem = "there is no Chromium on this machine: scripts/install-browser installs it"
        assert not os.environ.get("CI"), problem
        pytest.skip(problem)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(_QUIET))
        yield browser
        browser.close()


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    """A window of its own; what goes wrong in it, and every request elsewhere, fails the test."""
    context = browser.new_context()
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "console",
        lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None,
    )
    page.on(
        "request",
        lambda asked: (
            None
            if asked.url.startswith(("http://127.0.0.1:", "http://localhost:", "data:"))
            else wrong.append(asked.url)
        ),
    )
    yield page
    context.close()
    assert not wrong


@pytest.fixture
def told_anew(told: Path, tmp_path: Path) -> Path:
    """The same folder for one test alone, which may change what is stored."""
    root = tmp_path / "told"
    shutil.copytree(told.parent, root)
    return root / told.name
