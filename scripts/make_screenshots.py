# ruff: noqa: INP001 - a script, not a package
"""Write the pictures of the page in docs/, from the demo's story.

Run with the development tools and a Chromium: `python scripts/make_screenshots.py`.
"""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from monitor import bootstrap, demo
from monitor.web.server import WebServer
from monitor.web.sites import beside

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


def main() -> None:
    """Play the demo, serve what it leaves, and take the pictures."""
    chromium = next(filter(None, map(shutil.which, _NAMES)))
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "demo"
        if demo.run(keep=kept):
            raise SystemExit("the demo did not go as it should: no pictures were taken")
        config = bootstrap.load(kept / "config")
        with (
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
                Shot(name="page-now", path="/"),
                Shot(name="page-story", path=f"/stories/{story}", height=1100),
                Shot(name="page-workbench", path="/watches/kp-border-rail/workbench"),
                Shot(name="page-phone", path="/", width=390, height=844, scheme="dark"),
            ):
                take(browser, url, shot)
            browser.close()


if __name__ == "__main__":
    main()
