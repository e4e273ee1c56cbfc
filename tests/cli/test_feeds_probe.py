"""`feeds probe`: what it suggests, what it writes back, and its reports."""

import json
import os
import pty
import re
import subprocess
import sys
import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from pytest_httpserver import HTTPServer

from monitor.cli.feeds_probe import markdown
from monitor.cli.probe import Probed, evidence_of, is_evidence_of_ours
from monitor.listen import Receiver
from monitor.model import Health
from tests.builders import NOW, a_feed
from tests.cli.conftest import NEWS, House, a_house, rss
from tests.servers import closed_port


def add(house: House, feed_id: str, url: str, **keys: Any) -> None:
    press = house.tables["feeds/press.toml"]["feed"]
    house.write(
        {"feeds/press.toml": {"feed": [*press, press[0] | {"id": feed_id, "url": url} | keys]}}
    )


def probed(health: Health = Health.OK, **changes: Any) -> Probed:
    feed = a_feed()
    well: dict[str, Any] = {"version": "rss20", "entries": 3, "newest_at": NOW, "status": 200}
    given = well if health is Health.OK else {"problem": "refused"}
    about: dict[str, Any] = {"feed": feed, "health": health, "url": feed.url}
    return Probed(**(about | given | changes))


def test_page_in_a_feeds_place_leads_to_what_it_names(house: House, httpserver: HTTPServer) -> None:
    page = "<link rel=feed href=/new.xml><link rel=feed href=/dead.xml>"
    httpserver.expect_request("/moved").respond_with_data(page, content_type="text/html")
    httpserver.expect_request("/new.xml").respond_with_data(rss(*NEWS))
    add(house, "moved", httpserver.url_for("/moved"))

    text = house.run("feeds", "probe", "--feed", "moved")
    as_json = json.loads(house.run("feeds", "probe", "--feed", "moved", "--json").stdout)

    assert f"the page names {httpserver.url_for('/new.xml')}" in text.stdout
    assert as_json["instead"] == [httpserver.url_for("/new.xml")]
    assert (as_json["health"], as_json["status"]) == ("not_a_feed", 200)


def test_redirects_are_told_and_those_for_good_as_a_line_to_write(
    house: House, httpserver: HTTPServer
) -> None:
    for path, status in (("/for-good", 301), ("/for-now", 302)):
        httpserver.expect_request(path).respond_with_data(
            "", status=status, headers={"location": "/feed.xml"}
        )
        add(house, path[1:], httpserver.url_for(path))

    text = house.run("feeds", "probe").stdout
    rows = {line.split("\t")[0]: line for line in text.splitlines()}

    assert f'moved for good: url = "{house.feed_url}"' in rows["for-good"]
    assert f"redirected to {house.feed_url}" in rows["for-now"]


def test_evidence_is_written_and_nothing_else(house: House, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/gone.xml").respond_with_data("", status=410)
    add(house, "gone", httpserver.url_for("/gone.xml"), evidence="listed 2025: a list")
    add(house, "away", f"http://127.0.0.1:{closed_port()}/", evidence="measured 2025: once")
    path = house.config / "feeds" / "press.toml"
    path.write_text(f"# by hand\n{path.read_text()}# the end\n")
    before = path.read_text()
    newest = re.search("<pubDate>(.*?)</pubDate>", requests.get(house.feed_url, timeout=20).text)
    assert newest
    written = f"newest {parsedate_to_datetime(newest[1]):%F}"

    began = datetime.now(UTC)
    result = house.run("feeds", "probe", "--write")

    assert result.exit_code == 0, result.output
    after = path.read_text()
    feeds = {feed["id"]: feed for feed in tomllib.loads(after)["feed"]}
    days = {f"{moment:%F}" for moment in (began, datetime.now(UTC))}  # it may be midnight
    said = f'feeds probe: HTTP 200, rss20 "Pennant", 2 entries, {written}'
    assert feeds["pennant"]["evidence"] in {f"measured {day}: {said}" for day in days}
    assert feeds["gone"]["evidence"].startswith(
        tuple(f"dead {day}: feeds probe: gone: HTTP 410" for day in days)
    )
    assert "# was: listed 2025: a list\n" in after
    assert feeds["away"]["evidence"] == "measured 2025: once"
    assert "left as it was, for that may pass: away" in result.stderr
    kept = [line for line in before.splitlines() if not line.startswith("evidence")]
    assert [line for line in after.splitlines() if not line.startswith("evidence")] == kept
    assert house.run("check").exit_code == 0


@pytest.mark.parametrize("command", [("probe",), ("discover", "{url}")])
def test_bar_is_for_terminals_and_a_pipe_gets_the_listing(
    house: House, command: tuple[str, ...]
) -> None:
    ours, theirs = pty.openpty()
    args = [part.format(url=house.feed_url) for part in command]
    shown = subprocess.run(
        [sys.executable, "-m", "monitor", "feeds", *args, "--config", str(house.config)],
        stdout=subprocess.PIPE,
        stderr=theirs,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "100"},
        check=True,
    )
    os.close(theirs)
    bar = os.read(ours, 65_536).decode()
    os.close(ours)
    piped = house.run("feeds", *args)

    assert "Asking" in bar
    assert "Asking" not in piped.output
    assert b"\x1b" not in shown.stdout


def test_second_probe_takes_the_place_of_the_first(house: House) -> None:
    path = house.config / "feeds" / "press.toml"
    house.run("feeds", "probe", "--write")
    once = path.read_text()

    house.run("feeds", "probe", "--write")

    assert path.read_text() == once


def test_nothing_is_written_by_a_machine_that_is_offline(
    tmp_path: Path, receiver: Receiver
) -> None:
    house = a_house(tmp_path, f"http://127.0.0.1:{closed_port()}/feed.xml", receiver.url)
    before = (house.config / "feeds" / "press.toml").read_text()

    result = house.run("feeds", "probe", "--write")

    assert result.exit_code == 1
    assert (house.config / "feeds" / "press.toml").read_text() == before


@pytest.mark.parametrize(
    ("result", "evidence"),
    [
        (
            probed(),
            "measured 2025-06-12: feeds probe: HTTP 200, rss20, 3 entries, newest 2025-06-12",
        ),
        (probed(title='북한 "뉴스"', language="ko"), 'rss20 "북한 "뉴스"", ko, 3 entries'),
        (probed(moved_to="https://n.example.org/"), "moved to https://n.example.org/"),
        (probed(url="https://m.example.org/"), "from its mirror https://m.example.org/"),
        (probed(Health.BLOCKED), "measured 2025-06-12: feeds probe: blocked: refused"),
        (probed(Health.GONE), "dead 2025-06-12: feeds probe: gone: refused"),
        (probed(Health.FAILING, problem="\x1b[31m\n" + "x" * 999), "measured 2025-06-12: "),
    ],
)
def test_evidence_says_what_was_seen(result: Probed, evidence: str) -> None:
    text = evidence_of(result, NOW)

    assert text
    assert evidence in text
    assert is_evidence_of_ours(text)
    assert len(text) < 350
    assert "\x1b" not in text


def test_evidence_keeps_when_the_address_last_worked() -> None:
    first = evidence_of(probed(), NOW)
    assert first
    failed = probed(Health.BLOCKED, feed=a_feed(evidence=first))
    second = evidence_of(failed, NOW + timedelta(days=9))
    assert second
    third = evidence_of(replace(failed, feed=a_feed(evidence=second)), NOW + timedelta(days=10))

    assert second == "measured 2025-06-21: feeds probe: blocked: refused; worked 2025-06-12"
    assert third == "measured 2025-06-22: feeds probe: blocked: refused; worked 2025-06-12"
    by_hand = replace(failed, feed=a_feed(evidence="measured 2025-01-01: 30 entries"))
    assert "worked" not in str(evidence_of(by_hand, NOW))


@pytest.mark.parametrize("health", [Health.UNREACHABLE, Health.THROTTLED])
def test_what_passes_by_itself_is_no_evidence(health: Health) -> None:
    assert evidence_of(probed(health), NOW) is None
    assert not is_evidence_of_ours("measured 2025: somebody: feeds probe: x")


def test_report_for_people_is_markdown_that_strangers_cannot_shape(house: House) -> None:
    evil = "<img src=x> | [x](javascript:y) ![x](http://t.example.org/p.png) `a` www.t.example.org"
    report = house.root / "report.md"

    text = markdown([probed(), probed(Health.NOT_A_FEED, problem=evil)], NOW)
    result = house.run("feeds", "probe", "--report", str(report))

    row = next(line for line in text.splitlines() if "img" in line)
    unescaped = re.sub(r"\\.", "", row)
    assert unescaped.count("|") == 6
    assert not any(mark in unescaped for mark in ("<", "[", "`", "http:", "www."))
    assert text.index("not a feed") < text.index("ok 200")
    assert "2 feeds: 1 ok, 1 not a feed." in text
    assert result.exit_code == 0
    assert "| pennant | ok 200 | 2 |" in report.read_text()
