"""Items and stories for other programs, and the evidence of one story for those who check it."""

import csv
import io
import json
import re
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from monitor import bootstrap
from monitor.adapters.sqlite import SqliteStore
from monitor.model import Judged, Status
from tests.builders import an_item
from tests.cli.conftest import NEWS, House, rss

ADDRESS = "https://pennant.example.org/p1"
EDITED = (
    "p1",
    "First train <script>alert(1)</script> leaves Pyongyang for Beijing",
    "The express crossed the bridge at \u202enoon.",
)


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def edited(house: House, httpserver: HTTPServer) -> tuple[House, list[bytes]]:
    """A house after two polls, the second of which shows an edit, and the documents."""
    secret = f"{house.feed_url}?api_key=CANARY"
    table = house.tables["feeds/press.toml"]["feed"]
    house.write({"feeds/press.toml": {"feed": [table[0] | {"url": secret}, *table[1:]]}})
    documents = [rss(*NEWS).encode(), rss(EDITED, NEWS[1]).encode()]
    for body in documents:
        httpserver.clear()
        httpserver.expect_request("/feed.xml").respond_with_data(
            body,
            content_type="application/rss+xml",
            headers={"Set-Cookie": "id=CANARY", "X-Key": "CANARY", "ETag": '"1"', "Age": "7"},
        )
        assert house.run("poll", "--force").exit_code == 0
    return house, documents


def unpacked(house: House, *options: str) -> Path:
    folder = house.root / "evidence"
    result = house.run("export", "story", ADDRESS, "--output", str(folder), *options)
    assert result.exit_code == 0, result.output
    return folder


def test_items_are_exported_with_the_watches_that_they_matched(polled: House) -> None:
    found = lines(polled.run("export", "items").stdout)

    assert [(one["title"], one["watches"]) for one in found] == [
        (NEWS[0][1], ["rail"]),
        (NEWS[1][1], []),
    ]


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (["--watch", "rail"], 1),
        (["--feed", "pennant"], 2),
        (["--feed", "asleep"], 0),
        (["--language", "en"], 2),
        (["--language", "ko"], 0),
        (["--tier", "wire"], 2),
        (["--tier", "press"], 0),
        (["--since", "1h"], 2),
        (["--until", "1h"], 0),
    ],
)
def test_items_are_filtered(polled: House, options: list[str], count: int) -> None:
    assert len(lines(polled.run("export", "items", *options).stdout)) == count


@pytest.mark.parametrize("option", ["--watch", "--feed"])
def test_unknown_name_is_a_usage_error(polled: House, option: str) -> None:
    assert polled.run("export", "items", option, "nobody").exit_code == 2


def test_file_ending_decides_the_format(polled: House) -> None:
    path = polled.root / "items.csv"

    assert polled.run("export", "items", "--output", str(path)).exit_code == 0

    rows = list(csv.DictReader(io.StringIO(path.read_bytes().decode(), newline="")))
    assert [row["title"] for row in rows] == [NEWS[0][1], NEWS[1][1]]
    assert rows[0]["watches"] == "rail"


def test_export_goes_through_more_items_than_a_page(polled: House) -> None:
    many = [an_item(id=f"i_{n}", keys=(f"k{n}",), url="") for n in range(1_234)]
    with SqliteStore(polled.root / "data" / "monitor.sqlite") as store:
        judged = [Judged(item=item, status=Status.NEW) for item in many]
        store.write(lambda unit: unit.save_items(judged))

    found = lines(polled.run("export", "items").stdout)

    assert [one["id"] for one in found[2:]] == [item.id for item in many]


def test_stories_are_exported_as_they_are_listed(polled: House) -> None:
    listed = lines(polled.run("stories", "list", "--json").stdout)

    assert lines(polled.run("export", "stories").stdout) == listed
    assert lines(polled.run("export", "stories", "--watch", "rail").stdout) == listed
    assert lines(polled.run("export", "stories", "--language", "ko").stdout) == []
    table = polled.run("export", "stories", "--format", "csv").stdout
    [row] = csv.DictReader(io.StringIO(table, newline=""))
    assert row["independent_origins"] == "Pennant Wire"


def test_entry_is_in_the_pack_byte_for_byte(edited: tuple[House, list[bytes]]) -> None:
    house, documents = edited

    folder = unpacked(house)

    for revision, document in enumerate(documents):
        [path] = folder.glob(f"raw/*.{revision}.xml")
        source = json.loads(path.with_suffix(".source.json").read_text())
        piece = re.findall(rb"<item>.*?</item>", document)[0]
        assert path.read_bytes() == piece
        assert source["entry_sha256"] == sha256(piece).hexdigest()
        assert source["body_sha256"] == sha256(document).hexdigest()
        assert source["headers"]["etag"] == '"1"'
        assert source["headers"]["age"] == "7"


def test_pack_holds_no_secret_of_the_feed(edited: tuple[House, list[bytes]]) -> None:
    folder = unpacked(edited[0])

    whole = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert b"CANARY" not in whole
    assert b"api_key=***" in whole
    database = b"".join(p.read_bytes() for p in (edited[0].root / "data").iterdir())
    assert b"id=CANARY" not in database


def test_manifest_names_every_file_by_its_hash(edited: tuple[House, list[bytes]]) -> None:
    folder = unpacked(edited[0])

    manifest = json.loads((folder / "MANIFEST.json").read_text())
    there = {str(p.relative_to(folder)): p for p in folder.rglob("*") if p.is_file()}
    assert manifest["files"].keys() | {"MANIFEST.json"} == there.keys()
    for name, told in manifest["files"].items():
        assert told["sha256"] == sha256(there[name].read_bytes()).hexdigest()


def test_versions_are_the_texts_that_their_names_are_hashes_of(
    edited: tuple[House, list[bytes]],
) -> None:
    folder = unpacked(edited[0])

    story = json.loads((folder / "story.json").read_text())
    for one in (*story["watches"], *story["lexicons"]):
        assert sha256((folder / one["file"]).read_bytes()).hexdigest() == one["id"]
    [watch] = story["watches"]
    assert json.loads((folder / watch["file"]).read_text())["query"] == "train"
    matches = [match for item in story["items"] for match in item["matches"]]
    assert {match["version"] for match in matches} == {watch["id"]}


def test_story_document_has_all_that_is_known(edited: tuple[House, list[bytes]]) -> None:
    house, _ = edited
    alert = json.loads(house.run("alerts", "--json").stdout.splitlines()[0])["id"]
    house.run("alerts", "rate", alert, "good", "--note", "as it should")

    story = json.loads((unpacked(house) / "story.json").read_text())

    [item] = story["items"]
    assert [text["revision"] for text in item["revisions"]] == [0, 1]
    assert [text["title"] for text in item["revisions"]] == [NEWS[0][1], EDITED[1]]
    assert item["sightings"][0]["feed_id"] == "pennant"
    assert item["matches"][0]["found"][0]["term"] == "train"
    [told] = story["alerts"]
    assert told["rated"]["note"] == "as it should"
    assert {one["webhook"] for one in told["deliveries"]} == {"console", "desk"}
    assert all(one["history"] for one in told["deliveries"])


def test_page_runs_nothing_and_asks_nobody(edited: tuple[House, list[bytes]]) -> None:
    page = (unpacked(edited[0]) / "story.html").read_text(encoding="utf-8")

    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "\u202e" not in page
    assert not re.search(r"<(?:img|link|iframe|object|embed|form)\b|\bsrc=|@import|url\(", page)
    assert "default-src &#x27;none&#x27;" in page


def test_document_read_whole_is_said_to_be(house: House, httpserver: HTTPServer) -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Pennant",
        "items": [{"id": "p1", "url": ADDRESS, "title": NEWS[0][1], "content_text": "x"}],
    }
    httpserver.clear()
    httpserver.expect_request("/feed.xml").respond_with_json(feed)
    assert house.run("poll").exit_code == 0

    folder = unpacked(house)

    [item] = json.loads((folder / "story.json").read_text())["items"]
    sent = item["revisions"][0]["sent"]
    assert sent["file"] is None
    assert "read as a whole" in sent["why_none"]
    assert sent["guid"] == "p1"
    assert len(sent["body_sha256"]) == 64
    assert "read as a whole" in (folder / "story.html").read_text(encoding="utf-8")


def test_nothing_is_kept_where_the_setting_says_so(house: House) -> None:
    settings = house.tables["monitor.toml"]
    settings["service"]["keep_evidence"] = "none"
    house.write({"monitor.toml": settings})
    assert house.run("poll").exit_code == 0

    folder = unpacked(house)

    [item] = json.loads((folder / "story.json").read_text())["items"]
    assert "not kept" in item["revisions"][0]["sent"]["why_none"]
    assert not (folder / "raw").exists()


def test_versions_are_kept_once_a_configuration_is_in_use(house: House) -> None:
    """Also of watches that match nothing, and from the moment when they could have."""
    with bootstrap.monitor_of(bootstrap.load(house.config)) as (monitor, built):
        monitor.report_health()
        first = monitor.line.versions["rail"]
        house.write({"watches/rail.toml": {"watch": [{"id": "rail", "query": "tram"}]}})
        line = bootstrap.line_of(bootstrap.load(house.config), "x", monitor.line.webhooks)
        monitor.use(monitor.settings, line, built.fetcher)
        monitor.report_health()
        archive = monitor.store.archive()

        kept = [archive.watch_version(one.id) for one in (first, line.versions["rail"])]

    assert [json.loads(one.text)["query"] for one in kept if one] == ["train", "tram"]


def test_archive_is_the_folder_packed_and_nothing_is_written_over(polled: House) -> None:
    path = polled.root / "evidence.zip"

    assert polled.run("export", "story", ADDRESS, "--output", str(path)).exit_code == 0

    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert {"story.html", "story.json", "items.csv"} < set(names)
        assert names[-1] == "MANIFEST.json"
    again = polled.run("export", "story", ADDRESS, "--output", str(path))
    assert again.exit_code == 1
    assert "something of this name" in again.output
    assert sorted(p.name for p in polled.root.iterdir()) == ["config", "data", "evidence.zip"]


def test_no_such_story(polled: House) -> None:
    assert polled.run("export", "story", "s_nothing").exit_code == 1
