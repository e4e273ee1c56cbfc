"""`status`: what it tells, and when the service looks dead."""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from pytest_httpserver import HTTPServer

from monitor.adapters.sqlite import hold
from monitor.listen import Receiver
from tests.cli.conftest import House
from tests.servers import closed_port


def _make_overdue(house: House, age: timedelta, due_at: str = "") -> None:
    """As if the last poll was so long ago, and the next one due then (or at `due_at`)."""
    then = (datetime.now(UTC) - age).isoformat(timespec="microseconds").replace("+00:00", "Z")
    with closing(sqlite3.connect(house.root / "data" / "monitor.sqlite")) as db, db:
        db.execute("UPDATE feed_states SET due_at = ?, polled_at = ?", (due_at or then, then))


@pytest.fixture
def running(polled: House) -> Iterator[House]:
    """As beside a service: somebody holds the database."""
    with hold(polled.root / "data" / "monitor.sqlite"):
        yield polled


def test_status_says_whether_a_service_runs(polled: House) -> None:
    without = polled.run("status", "--check")
    with hold(polled.root / "data" / "monitor.sqlite"):
        beside = polled.run("status", "--check")

    assert (without.exit_code, beside.exit_code) == (1, 0)
    assert without.stdout.startswith("not running: last poll")
    assert beside.stdout.startswith(f"running (process {os.getpid()} on ")


def test_status_counts_what_there_is(running: House) -> None:
    result = running.run("status")

    assert result.exit_code == 0
    assert "running (process" in result.stdout
    assert "Items       2 since" in result.stdout
    assert "1 match, 1 alert" in result.stdout
    assert "0 pending, 2 delivered" in result.stdout
    assert "1 enabled, 1 disabled; 1 ok" in result.stdout


def test_status_as_json_keeps_its_keys(running: House) -> None:
    document = json.loads(running.run("status", "--json").stdout)

    assert document.keys() == {
        "now", "database", "process", "looks_dead", "sick", "last_poll_at", "overdue", "totals",
        "held", "feeds", "webhooks", "lag_seconds", "cluster",
    }  # fmt: skip
    assert document["looks_dead"] is False
    assert document["totals"]["items"] == 2
    assert document["totals"]["deliveries"] == {"delivered": 2}
    assert document["last_poll_at"].endswith("Z")
    assert document["feeds"]["health"] == {"ok": 1}


def test_feed_that_fails_is_told_with_its_problem(house: House, httpserver: HTTPServer) -> None:
    httpserver.clear()
    httpserver.expect_request("/feed.xml").respond_with_data("no", status=403)
    house.run("poll")

    text = house.run("status").stdout
    (troubled,) = json.loads(house.run("status", "--json").stdout)["feeds"]["troubled"]

    assert "pennant\tblocked\t" in text
    assert troubled["id"] == "pennant"
    assert troubled["health"] == "blocked"
    assert "403" in troubled["problem"]


def test_webhook_that_fails_is_told(house: House, receiver: Receiver) -> None:
    receiver.fail_next(500)
    house.run("poll")

    result = house.run("status")

    assert "Webhook     desk: 1 failure in a row" in result.stdout
    assert "1 pending (oldest" in result.stdout


def test_check_fails_if_feeds_wait_for_a_service_that_polls_nothing(running: House) -> None:
    fresh = running.run("status", "--check")
    _make_overdue(running, timedelta(minutes=9))
    late = running.run("status", "--check")
    _make_overdue(running, timedelta(minutes=11))
    dead = running.run("status", "--check")

    assert (fresh.exit_code, late.exit_code, dead.exit_code) == (0, 0, 1)
    assert dead.stdout.startswith("the service looks dead: last poll 11 min ago, though 1 feed")


def test_service_with_nothing_due_is_not_dead(running: House) -> None:
    """A feed of every six hours leaves hours without a poll."""
    _make_overdue(running, timedelta(hours=5), due_at="2999-01-01T00:00:00.000000Z")

    result = running.run("status", "--check")

    assert result.exit_code == 0


def test_feed_that_the_service_does_not_know_yet_is_no_sign_of_death(running: House) -> None:
    """It was added to the folder, and the service was not told to read that again."""
    _make_overdue(running, timedelta(hours=5), due_at="2999-01-01T00:00:00.000000Z")
    feeds = running.tables["feeds/press.toml"]["feed"]
    added = feeds[0] | {"id": "added", "url": "http://127.0.0.1:1/"}
    running.write({"feeds/press.toml": {"feed": [feeds[0], added]}})

    result = running.run("status", "--check")

    assert result.exit_code == 0


def test_service_that_never_polled_looks_dead(running: House) -> None:
    feeds = running.tables["feeds/press.toml"]["feed"]
    other = feeds[0] | {"id": "other", "url": "http://127.0.0.1:1/"}
    running.write({"feeds/press.toml": {"feed": [other]}})

    result = running.run("status", "--check")

    assert result.exit_code == 1
    assert result.stdout == "the service looks dead: nothing was ever polled\n"


def test_service_whose_database_refuses_is_not_well(polled: House) -> None:
    with hold(polled.root / "data" / "monitor.sqlite") as held:
        well = polled.run("status", "--check")
        held.note("the database refuses to be written since 09:30Z: database or disk is full")
        sick = polled.run("status", "--check")
        document = json.loads(polled.run("status", "--json").stdout)
        held.note("")
        again = polled.run("status", "--check")
    ended = polled.run("status", "--json")

    assert (well.exit_code, sick.exit_code, again.exit_code) == (0, 1, 0)
    assert "but the database refuses to be written since 09:30Z: database or disk" in sick.stdout
    assert document["sick"].endswith("disk is full")
    assert json.loads(ended.stdout)["sick"] == ""


def test_service_that_writes_nothing_any_more_is_not_well(polled: House) -> None:
    """On a disk that cannot be written at all it cannot leave a note either."""
    with closing(sqlite3.connect(polled.root / "data" / "monitor.sqlite")) as db, db:
        db.execute("UPDATE meta SET value = '2025-06-12T09:30:00.000000Z' WHERE key = 'written_at'")
    with hold(polled.root / "data" / "monitor.sqlite"):
        result = polled.run("status", "--check")

    assert result.exit_code == 1
    assert "but nothing was written since 2025-06-12 09:30Z" in result.stdout


def test_check_fails_if_there_is_no_database(house: House) -> None:
    result = house.run("status", "--check")

    assert result.exit_code == 1
    assert "there is no database" in result.stderr
    assert "Traceback" not in result.stderr


def test_check_fails_if_the_database_cannot_be_read(house: House) -> None:
    database = house.root / "data" / "monitor.sqlite"
    database.parent.mkdir()
    database.write_bytes(b"this is no database at all, but long enough for a header" * 20)

    result = house.run("status", "--check")

    assert result.exit_code == 1
    assert "monitor.sqlite" in result.stderr


def _many(house: House, count: int, url: str) -> None:
    feeds = house.tables["feeds/press.toml"]["feed"]
    more = [feeds[0] | {"id": f"far-{n}", "url": f"{url}/{n}"} for n in range(count)]
    house.write({"feeds/press.toml": {"feed": [*feeds, *more]}})


def test_problem_of_many_feeds_is_one_line(house: House) -> None:
    _many(house, 6, f"http://127.0.0.1:{closed_port()}")
    house.run("poll")

    folded = house.run("status").stdout
    every = house.run("status", "--all").stdout
    document = json.loads(house.run("status", "--json").stdout)

    assert "6 feeds unreachable: connection refused (first: far-0; --all lists them)" in folded
    assert "far-1" not in folded
    assert "offline" not in folded
    assert all(f"far-{n}\tunreachable\t" in every for n in range(6))
    assert len(document["feeds"]["troubled"]) == 6


def test_machine_that_reached_no_feed_at_all_seems_offline(house: House) -> None:
    feeds = house.tables["feeds/press.toml"]["feed"]
    url = f"http://127.0.0.1:{closed_port()}"
    house.write({"feeds/press.toml": {"feed": [feeds[0] | {"url": f"{url}/a"}]}})
    _many(house, 1, url)
    house.run("poll")

    assert "this machine seems to be offline" in house.run("status").stdout


def test_health_is_told_in_words(house: House, httpserver: HTTPServer) -> None:
    httpserver.clear()
    httpserver.expect_request("/feed.xml").respond_with_data("<html>log in</html>")
    house.run("poll")

    assert "pennant\tnot a feed\t" in house.run("status").stdout
