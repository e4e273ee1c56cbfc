"""`feeds`: listed, probed, imported and exported."""

import json
import re
import time
from pathlib import Path

from pytest_httpserver import HTTPServer

from monitor.cli.probe import probe
from monitor.listen import Receiver
from monitor.model import (
    Feed,
    FeedState,
    FeedWindow,
    Fetched,
    NotModified,
    Page,
    ParsedFeed,
)
from tests.builders import a_feed
from tests.cli.conftest import House, a_house
from tests.servers import closed_port

OPML = """<opml version="2.0"><body>
<outline text="North"><outline type="rss" text="NK News" xmlUrl="https://www.nknews.org/feed/"/>
</outline><outline type="rss" text="Pennant again" xmlUrl="{known}"/>
<outline type="rss" text="Inside" xmlUrl="http://10.0.0.1/feed"/></body></opml>"""


def test_list_tells_health_after_the_first_poll(house: House) -> None:
    before = house.run("feeds", "list").stdout
    house.run("poll", "--no-deliver")
    after = house.run("feeds", "list").stdout

    assert before.splitlines()[1] == ("pennant\tPennant Wire\twire\ten\t30m\tunknown\t\tnow\t")
    assert "\tok\t20" in after
    assert re.search(r"\tin (29|30|31|32) min\t$", after, re.MULTILINE)
    assert "asleep" not in after


def test_list_of_all_gives_the_reason_of_disabled_ones(house: House) -> None:
    text = house.run("feeds", "list", "--all").stdout
    entries = [
        json.loads(line)
        for line in house.run("feeds", "list", "--all", "--json").stdout.splitlines()
    ]

    assert "asleep\tAsleep\tpress\t\t30m\tdisabled\t\tnever\tgone since spring" in text
    assert [(one["id"], one["enabled"]) for one in entries] == [
        ("pennant", True),
        ("asleep", False),
    ]
    assert entries[0]["interval_s"] == 1800
    assert entries[0]["health"] == "unknown"


def test_list_sums_up_and_tells_why_a_feed_brings_nothing(
    house: House, httpserver: HTTPServer
) -> None:
    press = house.tables["feeds/press.toml"]["feed"]
    pages = {"login": "<html><title>Log in</title></html>", "gone": "", "page": "<html><p>Hi</p>"}
    for name, page in pages.items():
        httpserver.expect_request(f"/{name}").respond_with_data(
            page, status=410 if name == "gone" else 200, content_type="text/html"
        )
    added = [press[0] | {"id": name, "url": httpserver.url_for(f"/{name}")} for name in pages]
    house.write({"feeds/press.toml": {"feed": [*press, *added]}})

    house.run("poll", "--no-deliver")
    result = house.run("feeds", "list", "--all")

    rows = {line.split("\t")[0]: line.split("\t") for line in result.stdout.splitlines()}
    assert rows["login"][5] == "login"
    assert rows["login"][7].startswith("in ")
    assert rows["login"][8] == 'an HTML page that asks to log in (title: "Log in"), not a feed'
    assert rows["gone"][5:8] == ["gone", "", "never"]
    assert result.stderr == "5 feeds: 1 ok, 1 not a feed, 1 login, 1 gone, 1 disabled.\n"


def test_probe_tells_what_feeds_answer_and_stores_nothing(
    house: House, httpserver: HTTPServer
) -> None:
    feeds = house.tables["feeds/press.toml"]["feed"]
    page = feeds[0] | {"id": "page", "url": httpserver.url_for("/page.html")}
    gone = feeds[0] | {"id": "gone", "url": httpserver.url_for("/gone.xml")}
    httpserver.expect_request("/page.html").respond_with_data("<!doctype html><p>Hello</p>")
    httpserver.expect_request("/gone.xml").respond_with_data("", status=410)
    house.write({"feeds/press.toml": {"feed": [*feeds, page, gone]}})
    report = house.root / "report.json"

    text = house.run("feeds", "probe", "--report", str(report))
    lines = house.run("feeds", "probe", "--json").stdout.splitlines()

    rows = {line.split("\t")[0]: line.split("\t") for line in text.stdout.splitlines()}
    assert text.exit_code == 0
    assert rows["pennant"][1:4] == ["ok 200", "2", "2"]
    assert rows["pennant"][5] == "rss20"
    assert rows["page"][1] == "not a feed 200"
    assert rows["gone"][1] == "gone 410"
    assert "1 of 3 feeds answer with entries." in text.stderr
    assert not (house.root / "data").exists()
    written = json.loads(report.read_text(encoding="utf-8"))
    assert [one["feed"] for one in written["feeds"]] == ["gone", "page", "pennant"]
    assert {json.loads(line)["feed"] for line in lines} == rows.keys() - {"feed"}
    assert written["feeds"][0].keys() == json.loads(lines[0]).keys()


def test_probe_of_one_feed_asks_no_other(house: House, httpserver: HTTPServer) -> None:
    result = house.run("feeds", "probe", "--feed", "pennant", "--json")

    assert [json.loads(line)["feed"] for line in result.stdout.splitlines()] == ["pennant"]


def test_probe_fails_if_no_feed_gives_a_document(tmp_path: Path, receiver: Receiver) -> None:
    house = a_house(tmp_path, f"http://127.0.0.1:{closed_port()}/feed.xml", receiver.url)

    result = house.run("feeds", "probe")

    assert result.exit_code == 1
    assert "pennant\tunreachable" in result.stdout
    assert "offline" in result.stderr


def test_probe_falls_back_on_a_mirror_and_says_so(house: House, httpserver: HTTPServer) -> None:
    feeds = house.tables["feeds/press.toml"]["feed"]
    dead = httpserver.url_for("/dead.xml")
    house.write(
        {"feeds/press.toml": {"feed": [feeds[0] | {"url": dead, "mirrors": [house.feed_url]}]}}
    )

    result = house.run("feeds", "probe")

    assert "answered by its mirror" in result.stdout


class _Counting:
    """A fetcher and parser that notes how many feeds of a host were asked at a time."""

    def __init__(self) -> None:
        self.now: dict[str, int] = {}
        self.most: dict[str, int] = {}

    def host_of(self, url: str) -> str:
        return url

    def fetch(self, feed: Feed, state: FeedState, url: str) -> Fetched | NotModified:
        self.now[feed.owner] = self.now.get(feed.owner, 0) + 1
        self.most[feed.owner] = max(self.most.get(feed.owner, 0), self.now[feed.owner])
        time.sleep(0.01)
        self.now[feed.owner] -= 1
        return Fetched(url=url, body=b"")

    def parse(self, fetched: Fetched, window: FeedWindow | None = None) -> ParsedFeed:
        return ParsedFeed(version="rss20")

    def links(self, fetched: Fetched) -> Page:
        return Page()


def test_probe_asks_the_feeds_of_a_host_one_after_another() -> None:
    feeds = [
        a_feed(
            f"f{number}", url=f"https://h{number % 3}.example.org/{number}", owner=f"{number % 3}"
        )
        for number in range(12)
    ]
    counting = _Counting()

    found = list(probe(feeds, counting, counting, counting, workers=8))

    assert {one.feed.id for one in found} == {feed.id for feed in feeds}
    assert counting.most == {"0": 1, "1": 1, "2": 1}


def test_import_adds_what_is_new_and_check_accepts_it(house: House) -> None:
    opml = house.root / "list.opml"
    opml.write_text(OPML.format(known=house.feed_url), encoding="utf-8")

    first = house.run("feeds", "import", str(opml))
    listed = house.run("feeds", "list").stdout
    second = house.run("feeds", "import", str(opml))
    checked = house.run("check")

    assert first.exit_code == 0
    assert "1 feed written to" in first.stdout
    assert "known already as pennant" in first.stderr
    assert "refused: http://10.0.0.1/feed" in first.stderr
    assert "nk-news\tNK News" in listed
    assert "Nothing to add." in second.stdout
    assert checked.exit_code == 0


def test_second_import_adds_to_the_first(house: House) -> None:
    for name in ("one", "two"):
        opml = house.root / f"{name}.opml"
        opml.write_text(
            f'<opml version="2.0"><body><outline type="rss" text="{name}" '
            f'xmlUrl="https://{name}.example.org/feed"/></body></opml>'
        )
        house.run("feeds", "import", str(opml))

    listed = house.run("feeds", "list").stdout

    assert "\none\t" in listed
    assert "\ntwo\t" in listed


def test_import_of_something_else_is_refused(house: House) -> None:
    opml = house.root / "list.opml"
    opml.write_text("no list at all")

    result = house.run("feeds", "import", str(opml))

    assert result.exit_code == 2
    assert f"{opml}: holds no feed" in result.stderr


def test_exported_list_names_every_feed(house: House) -> None:
    target = house.root / "out.opml"

    printed = house.run("feeds", "export")
    written = house.run("feeds", "export", "--output", str(target))

    assert printed.stdout == target.read_text(encoding="utf-8")
    assert written.stdout == ""
    assert house.feed_url in printed.stdout
    assert "asleep" in printed.stdout


def test_export_to_a_place_that_cannot_be_written_fails(house: House) -> None:
    result = house.run("feeds", "export", "--output", str(house.root / "none" / "out.opml"))

    assert result.exit_code == 1
    assert "cannot be written" in result.stderr


def test_show_tells_how_often_a_feed_is_asked_and_why(house: House) -> None:
    before = house.run("feeds", "show", "pennant").stdout
    house.run("poll", "--no-deliver")
    after = house.run("feeds", "show", "pennant").stdout
    known = json.loads(house.run("feeds", "show", "pennant", "--json").stdout)
    mistaken = house.run("feeds", "show", "penant")

    assert "asked:         every 30m\n" in before
    assert "health:        unknown: never asked yet\n" in before
    assert "min after the last time: its interval\n" in after
    assert "stale after:   14 d without news\n" in after
    assert (known["id"], known["adaptive"], known["max_latency_s"]) == ("pennant", False, 3600)
    assert 1800 <= known["wait_s"] <= 1980
    assert mistaken.exit_code == 2
    assert "did you mean 'pennant'?" in mistaken.stderr


def test_list_and_show_tell_the_pace_of_an_adaptive_feed(house: House) -> None:
    feeds = house.tables["feeds/press.toml"]["feed"]
    adaptive = feeds[0] | {"adaptive": True, "min_interval": "50m", "max_latency": "2h"}
    house.write({"feeds/press.toml": {"feed": [adaptive, *feeds[1:]]}})
    house.run("poll", "--no-deliver")

    listed = house.run("feeds", "list").stdout
    shown = house.run("feeds", "show", "pennant").stdout

    assert re.search(r"\t5[0-5] min \(rhythm\)\t", listed)
    assert "asked:         by its rhythm, every 50m to 2h\n" in shown
    assert "after the last time: its rhythm\n" in shown
