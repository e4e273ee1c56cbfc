"""A page that runs beside the service shows what is saved, as the service takes it over."""

import time
from collections.abc import Callable, Iterator

import pytest

from monitor import bootstrap
from monitor.config.sources import Sources
from monitor.web.following import Following
from monitor.web.server import WebServer
from monitor.web.sites import beside
from tests.cli.conftest import House
from tests.web.conftest import Served


@pytest.fixture
def page(house: House) -> Iterator[Served]:
    folder = house.config
    with Following(Sources(folder), bootstrap.load) as following:
        site = beside(following.config, lambda: following.config, lambda: following.refused)
        with site as shown, WebServer(shown, "127.0.0.1:0") as server:
            yield Served(server.wait(20), following.config)


def wait_for(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_what_is_saved_is_shown_and_what_is_refused_is_said(house: House, page: Served) -> None:
    (watches,) = (house.config / "watches").glob("*.toml")
    good = watches.read_text()
    assert "Renamed" not in page.text("/watches")

    watches.write_text(good.replace("Trains", "Renamed"))
    wait_for(lambda: "Renamed" in page.text("/watches"))

    watches.write_text(good + "\nnonsense = 1\n")
    wait_for(lambda: "is not in use" in page.text("/watches"))
    assert "Renamed" in page.text("/watches")

    watches.write_text(good)
    wait_for(lambda: "Renamed" not in page.text("/watches"))
    assert "is not in use" not in page.text("/watches")
