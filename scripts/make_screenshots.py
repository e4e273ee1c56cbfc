# ruff: noqa: INP001 - a script, not a package
"""Write the pictures of the page in docs/: the demo's story, at its own time.

Run with the development tools and a Chromium: `python scripts/make_screenshots.py`.
"""

import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from monitor import bootstrap
from monitor.adapters.sqlite import SqliteStore, hold
from monitor.config import Config
from monitor.demo.story import load
from monitor.model import FeedState, Health
from monitor.ports import Unit
from monitor.web.server import WebServer
from monitor.web.sites import beside
from tests.web.world import a_told_folder

DOCS = Path(__file__).parent.parent / "docs"
_NAMES = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """A picture: of which page, how wide and high, light or dark."""

    name: str
    path: str
    width: int = 1200
    height: int = 900
    scheme: str = "light"


def take(browser: Browser, url: str, shot: Shot) -> None:
    """Write one picture."""
    size = {"width": shot.width, "height": shot.height}
    page = browser.new_page(viewport=size, color_scheme=shot.scheme)  # type: ignore[arg-type] # a literal
    page.goto(url + shot.path)
    page.screenshot(path=DOCS / f"{shot.name}.png", animations="disabled")
    page.close()


def look_well(store: SqliteStore, config: Config) -> None:
    """All feeds but the ill one were just asked."""
    now, known = datetime.now(UTC), store.feed_states()
    states = [
        FeedState(
            feed_id=name,
            due_at=now + timedelta(minutes=10),
            polled_at=now,
            last_ok_at=now,
            health=Health.OK,
        )
        for name in config.feeds
        if name not in known or not known[name].health.is_bad
    ]

    def work(unit: Unit) -> None:
        for state in states:
            unit.save_feed_state(state)
        unit.beat(now)

    store.write(work)


def main() -> None:
    """Tell the story, serve it as a service would, and take the pictures."""
    chromium = next(filter(None, map(shutil.which, _NAMES)))
    with tempfile.TemporaryDirectory() as folder:
        config = bootstrap.load(a_told_folder(Path(folder), load()))
        database = Path(config.settings.database)
        with SqliteStore(database) as store:
            look_well(store, config)
        with (
            hold(database),
            beside(config) as site,
            WebServer(site, "127.0.0.1:0") as server,
            sync_playwright() as playwright,
        ):
            url = server.wait(30)
            archive = site.archive()
            assert archive is not None
            story = max(archive.threads(limit=50), key=lambda one: one.items).thread.id
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            for shot in (
                Shot(name="page-now", path="/?watch=kp-border-rail"),
                Shot(name="page-story", path=f"/stories/{story}", height=1000),
                Shot(name="page-phone", path="/", width=390, height=844, scheme="dark"),
            ):
                take(browser, url, shot)
            browser.close()


if __name__ == "__main__":
    main()
