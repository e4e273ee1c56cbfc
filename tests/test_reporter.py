"""Reports on a real store, to a real webhook: each once, whatever happens in between."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.adapters.feeds import ChildParser
from monitor.model import DeliveryState, Route, Watch
from monitor.reporter import send_due
from tests.builders import a_feed, a_watch
from tests.e2e.installation import Installation
from tests.e2e.world import an_entry, rss
from tests.servers import Loopback, Reply, Request

FRIDAY = datetime(2025, 6, 13, 9, 0, tzinfo=UTC)
MONDAY = datetime(2025, 6, 16, 9, 0, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
Install = Callable[..., Installation]


@pytest.fixture(scope="module")
def parser() -> Iterator[ChildParser]:
    with ChildParser(workers=1) as shared:
        yield shared


@pytest.fixture
def feed() -> Iterator[Loopback]:
    entries = [an_entry(n, date="Fri, 13 Jun 2025 08:00:00 GMT") for n in (1, 2, 3)]
    with Loopback(lambda _: Reply(200, rss(entries))) as server:
        yield server


class Desk:
    """A webhook that answers as it is told; `reports` are those that it took."""

    def __init__(self) -> None:
        self.status = 204
        self.server = Loopback(lambda _: Reply(self.status))

    @property
    def reports(self) -> list[dict[str, Any]]:
        return [one for _, one in self.tries]

    @property
    def tries(self) -> list[tuple[Request, dict[str, Any]]]:
        bodies = [(request, json.loads(request.body)) for request in self.server.requests]
        return [(request, body) for request, body in bodies if body["type"] == "alert.digest"]


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    with made.server:
        yield made


@pytest.fixture
def install(tmp_path: Path, parser: ChildParser, feed: Loopback, desk: Desk) -> Iterator[Install]:
    opened: list[Installation] = []

    def make(now: datetime = FRIDAY, watch: Watch | None = None) -> Installation:
        while opened:
            opened.pop().__exit__(None, None, None)
        one = Installation(
            tmp_path,
            parser,
            feeds=[a_feed(url=feed.url)],
            watches=[watch or a_watch("train", report="weekly mon 09:00")],
            hooks={"desk": desk.server.url},
            now=now,
        )
        opened.append(one)
        return one

    yield make
    for one in opened:
        one.__exit__(None, None, None)


def test_report_of_the_week_is_sent_once_its_time_has_come(install: Install, desk: Desk) -> None:
    house = install()
    house.monitor.deliver()
    house.poll()
    house.monitor.deliver()
    house.now = MONDAY
    house.monitor.deliver()
    assert desk.reports == []

    house.now = MONDAY + MINUTE
    house.monitor.deliver()
    house.monitor.deliver()
    house.now = MONDAY + 6 * DAY
    house.monitor.deliver()

    (report,) = desk.reports
    told = json.dumps(report)
    assert "Weekly report: rail: 1 story (1 new)" in told
    assert "Items: 3 (0 in the time before): 3 told, 0 held back" in told
    assert "Stories: 1 new, 0 gone on; 2 follow-ons" in told
    assert "Alerts: 3 raised, 3 of them arrived so far" in told


def test_service_that_was_down_at_the_time_sends_it_when_it_is_back(
    install: Install, desk: Desk
) -> None:
    house = install()
    house.monitor.deliver()
    house.poll()

    for _ in range(3):
        house = install(MONDAY + 2 * DAY)
        house.monitor.deliver()

    assert len(desk.reports) == 1
    assert "Items: 3 " in json.dumps(desk.reports)


def test_report_that_is_refused_is_tried_again_with_the_same_id_and_bytes(
    install: Install, desk: Desk
) -> None:
    house = install()
    house.monitor.deliver()
    desk.status = 503
    house.now = MONDAY + MINUTE
    house.monitor.deliver()
    desk.status = 204
    house = install(MONDAY + DAY)
    house.monitor.deliver()

    (first, body), (second, again) = desk.tries
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert body == again


def test_two_that_look_at_the_same_time_make_one_report(install: Install, desk: Desk) -> None:
    """One decides on what the other has done already."""
    house = install()
    house.monitor.deliver()
    now = MONDAY + MINUTE
    before = house.archive.reported()

    made = send_due(house.store, house.monitor.line, now)

    class Late:
        """A store whose reader is a moment behind."""

        def __init__(self) -> None:
            self.write = house.store.write

        def archive(self) -> Any:
            return self

        def reported(self) -> Any:
            return before

        def past(self, *asked: Any) -> Any:
            return house.archive.past(*asked)

    again = send_due(Late(), house.monitor.line, now)  # type: ignore[arg-type]

    assert (made, again) == (1, 0)
    assert len(house.archive.alerts()) == 1


def test_report_is_no_part_of_another_digest_and_of_no_report(install: Install, desk: Desk) -> None:
    """A route that gathers says where it goes, not when; and next week does not count it."""
    house = install()
    line = replace(house.monitor.line, routes=(Route(id="all", digest="daily 20:00"),))
    house.monitor.use(house.monitor.settings, line, house.fetcher)
    house.monitor.deliver()
    for week in (0, 7):
        house.now = MONDAY + week * DAY + MINUTE
        house.monitor.deliver()

    first, second = desk.reports
    assert "no stories" in json.dumps(first)
    assert "Alerts:" not in json.dumps(second)
    assert [row.state for row in house.archive.deliveries()] == [DeliveryState.DELIVERED] * 2


def test_files_are_written_whole_and_anew_by_a_second_run(
    install: Install, desk: Desk, tmp_path: Path
) -> None:
    watch = a_watch("train", report="weekly mon 09:00", report_to=tmp_path / "reports")
    house = install(watch=watch)
    house.monitor.deliver()
    house.poll()
    house.now = MONDAY + MINUTE
    house.monitor.deliver()

    written = sorted(path.name for path in (tmp_path / "reports").iterdir())
    assert written == ["rail-2025-06-16-0900.html", "rail-2025-06-16-0900.md"]
    html = (tmp_path / "reports" / written[0]).read_text("utf-8")
    assert "Train number 1 leaves" in html
    assert html.endswith("</html>\n")


def test_folder_that_cannot_be_written_does_not_hold_back_the_message(
    install: Install, desk: Desk, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    watch = a_watch("train", report="weekly mon 09:00", report_to=tmp_path / "file" / "reports")
    house = install(watch=watch)
    house.monitor.deliver()
    house.now = MONDAY + MINUTE
    house.monitor.deliver()

    assert len(desk.reports) == 1


def test_watch_without_a_time_is_not_reported(install: Install, desk: Desk) -> None:
    house = install(watch=a_watch("train"))
    house.monitor.deliver()
    house.now = MONDAY + DAY
    house.monitor.deliver()

    assert desk.reports == []
    assert house.archive.reported() == ()


def test_running_service_makes_the_report_and_sends_it(install: Install, desk: Desk) -> None:
    house = install()
    house.monitor.start_deliveries()
    house.now = MONDAY + MINUTE

    house.monitor.start_deliveries()
    assert house.monitor.wait_for_alert(0)
    house.monitor.start_deliveries()

    assert desk.server.wait_for(lambda requests: len(requests) == 1)
    assert len(desk.reports) == 1
