"""Every page of the seed story: it is there, whole, and in order for everybody."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.web.conftest import Served

PAGES = [
    "/",
    "/?watch=kp-border-rail",
    "/?watch=nobody",
    "/deliveries",
    "/deliveries?state=held",
    "/deliveries/msg_xpyl33q4h4kam32ln35yuzptvc2v2ysm",
    "/stories/s_73xh4mz2rlhucv7b",
    "/items/i_pynav7jijk6azb7i?now=1",
    "/alerts/a_phpymni7hjwt7jgp",
    "/search?q=train",
    "/search?q=nonesuch&tier=wire",
    "/login",
    "/watches",
    "/watches/kp-border-rail",
    "/watches/kp-border-rail/workbench",
    "/feeds",
    "/feeds/pennant",
    "/webhooks",
    "/webhooks/desk",
    "/webhooks/desk/redeliver?state=dead",
    "/silences",
    "/silences/new?matchers=watch%3Dkp-*&length=x",
]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_keeps_people_out(page_of_story: Served, tab: Page, path: str, scheme: str) -> None:
    """axe finds nothing serious, on a phone; in the dark only the colours are others."""
    rules = {"runOnly": ["color-contrast"]} if scheme == "dark" else {}
    tab.set_viewport_size({"width": 390, "height": 844})
    tab.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]

    tab.goto(page_of_story.url + path)

    found = Axe().run(tab, options=rules)
    serious = [one for one in found.response["violations"] if one["impact"] != "minor"]
    assert not serious, found.generate_report()
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
