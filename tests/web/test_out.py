"""Alerts as feeds: valid, inert, cheap to ask again, and no news to ourselves."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import feedparser
import pytest
import requests
import tomli_w
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from monitor.adapters.feeds.json_feed import read_json
from monitor.cli import main
from monitor.core.urls import is_http
from monitor.web.out import ATOM, Out, atom, json_feed
from tests.builders import an_alert
from tests.web.conftest import Served

NS = {"a": ATOM}
ITEM = {
    "type": "object",
    "required": ["id", "content_text"],
    "properties": {
        "id": {"type": "string", "minLength": 1},
        "url": {"type": "string", "format": "uri", "pattern": "^https?://"},
        "title": {"type": "string", "minLength": 1},
        "content_text": {"type": "string", "minLength": 1},
        "date_published": {"type": "string", "format": "date-time"},
        "date_modified": {"type": "string", "format": "date-time"},
        "authors": {
            "type": "array",
            "minItems": 1,
            "items": {"required": ["name"], "properties": {"name": {"type": "string"}}},
        },
        "tags": {"type": "array", "items": {"type": "string"}},
        "language": {"type": "string"},
    },
    "patternProperties": {"^_[a-z]": {"type": "object"}},
    "additionalProperties": False,
}
JSON_FEED = {
    "type": "object",
    "required": ["version", "title", "items"],
    "properties": {
        "version": {"const": "https://jsonfeed.org/version/1.1"},
        "title": {"type": "string", "minLength": 1},
        "home_page_url": {"type": "string", "format": "uri"},
        "feed_url": {"type": "string", "format": "uri"},
        "items": {"type": "array", "items": ITEM},
    },
    "patternProperties": {"^_[a-z]": {"type": "object"}},
    "additionalProperties": False,
}
"""The parts of the JSON Feed specification that we use."""


def checked(feed: bytes) -> ET.Element:
    """What RFC 4287 asks of a feed (4.1.1) and of each entry (4.1.2)."""
    root = ET.fromstring(feed)
    assert root.tag == f"{{{ATOM}}}feed"
    for element in (root, *root.findall("a:entry", NS)):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"a:{name}", NS)) == 1, name
        assert (element.findtext("a:id", namespaces=NS) or "").startswith("tag:")
        at = element.findtext("a:updated", namespaces=NS) or ""
        assert datetime.fromisoformat(at).tzinfo
        links = element.findall("a:link", NS)
        assert len([one for one in links if one.get("rel") == "alternate"]) == 1
        assert all(is_http(one.get("href") or "") for one in links)
        assert all(one.get("term") for one in element.findall("a:category", NS))
    for entry in root.findall("a:entry", NS):
        assert entry.findtext("a:author/a:name", namespaces=NS)
        content = entry.find("a:content", NS)
        assert content is not None
        assert (content.get("type"), list(content)) == ("text", [])
    [own] = [one for one in root.findall("a:link", NS) if one.get("rel") == "self"]
    assert own.get("type") == "application/atom+xml"
    ids = [one.text for one in root.findall("a:entry/a:id", NS)]
    assert len(set(ids)) == len(ids)
    return root


def check_json(feed: Any) -> None:
    assert (
        list(Draft202012Validator(JSON_FEED, format_checker=FormatChecker()).iter_errors(feed))
        == []
    )


@pytest.mark.parametrize("path", ["all", "watch/kp-border-rail", "watch/sanctions", "watch/health"])
def test_feeds_are_valid_and_tell_the_same(page_of_story: Served, path: str) -> None:
    xml = page_of_story.get(f"/out/{path}.atom")
    text = page_of_story.get(f"/out/{path}.json")

    root = checked(xml.content)
    document = text.json()
    check_json(document)
    assert xml.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert text.headers["content-type"] == "application/feed+json; charset=utf-8"
    read = feedparser.parse(xml.content)
    assert not read.bozo
    assert read.version == "atom10"
    assert read.feed.generator == "news-monitor"
    assert [one.id for one in read.entries] == [one["id"] for one in document["items"]]
    assert [one.title for one in read.entries] == [one["title"] for one in document["items"]]
    assert [one.link for one in read.entries] == [one["url"] for one in document["items"]]
    [own] = [one.get("href") for one in root.findall("a:link", NS) if one.get("rel") == "self"]
    assert (own, document["feed_url"]) == (xml.url, text.url)
    watch = path.partition("/")[2]
    alerts = page_of_story.get(f"/api/v1/alerts?limit=50{watch and '&watch=' + watch}").json()
    told = [one for one in alerts["results"] if one["kind"] != "digest"]
    assert [one["id"].rpartition("/")[2] for one in document["items"]] == [
        one["id"] for one in told
    ]


@given(
    title=st.text(), snippet=st.text(), url=st.text() | st.just("javascript:alert(1)"),
    language=st.text(max_size=9), publisher=st.text(), watch=st.text(),
)  # fmt: skip
def test_whatever_a_feed_said_is_text(
    title: str, snippet: str, url: str, language: str, publisher: str, watch: str
) -> None:
    hostile = an_alert(
        title,
        snippet=snippet,
        url=url,
        language=language,
        publisher=publisher,
        watch_id=watch,
        watch_name=watch,
    )
    out = Out(base="http://h", path="/out/all", title=title or "t", instance="i", alerts=[hostile])

    assert len(checked(atom(out)).findall("a:entry", NS)) == 1
    assert read_json(json.dumps(json_feed(out)).encode()).entries


def test_a_feed_without_alerts_is_one() -> None:
    out = Out(base="http://h", path="/out/all", title="t", instance="i", alerts=[])

    checked(atom(out))
    check_json(json_feed(out))


def test_a_watch_that_never_was_has_none(page_of_story: Served) -> None:
    assert page_of_story.get("/out/watch/nothing.atom").status_code == 404


@pytest.mark.parametrize("kind", ["atom", "json"])
def test_asked_again_it_costs_nothing(page_of_story: Served, kind: str) -> None:
    path = f"/out/all.{kind}"
    first = page_of_story.get(path)
    at = first.headers["last-modified"]
    newest = page_of_story.get("/api/v1/alerts?limit=1").json()["results"][0]["created_at"]
    when = datetime.strptime(at, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    assert when == datetime.fromisoformat(newest).replace(microsecond=0)

    def status(**headers: str) -> int:
        asked = {name.replace("_", "-"): value for name, value in headers.items()}
        return page_of_story.get(path, headers=asked).status_code

    earlier = (when - timedelta(seconds=1)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    assert status(If_None_Match=first.headers["etag"]) == 304
    assert status(If_Modified_Since=at) == 304
    assert status(If_Modified_Since=earlier) == 200
    assert status(If_Modified_Since="yesterday") == 200
    assert status(If_Modified_Since=at, If_None_Match='"other"') == 200


def test_every_page_names_them(page_of_story: Served) -> None:
    page = page_of_story.text("/")

    for kind, media in (("atom", "application/atom+xml"), ("json", "application/feed+json")):
        link = f'<link rel="alternate" type="{media}" title="Alerts" href="/out/all.{kind}">'
        assert link in page


def polled(folder: Path, feed: str) -> Any:
    result = CliRunner().invoke(
        main, ["--config", str(folder), "poll", "--feed", feed, "--no-deliver", "--json"]
    )
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def reads(folder: Path, url: str) -> None:
    """A folder of its own reads a feed of ours."""
    feed = {
        "id": "alerts-of",
        "name": "Alerts",
        "url": url,
        "owner": "desk",
        "language": "en",
        "allow_private": ["127.0.0.0/8"],
    }
    (folder / "feeds" / "alerts.toml").write_text(tomli_w.dumps({"feed": [feed]}))


@pytest.mark.parametrize("kind", ["atom", "json"])
def test_another_monitor_reads_it_and_we_do_not_hear_ourselves(
    told: Path, tmp_path: Path, serve: Callable[[Path], Served], kind: str
) -> None:
    ours, other = tmp_path / "ours", tmp_path / "other"
    for root in (ours, other):
        shutil.copytree(told.parent, root)
        settings = root / "config" / "monitor.toml"
        settings.write_text(settings.read_text().replace(str(told.parent), str(root)))
    (other / "data" / "monitor.sqlite").unlink()
    served = serve(ours / "config")
    for root in (ours, other):
        reads(root / "config", f"{served.url}/out/all.{kind}")
    count = len(requests.get(f"{served.url}/out/all.json", timeout=20).json()["items"])

    heard, read = polled(ours / "config", "alerts-of"), polled(other / "config", "alerts-of")

    assert count > 5
    assert (heard["entries"], heard["alerts"]) == (0, 0)
    assert read["entries"] > 5, "alerts of one article are one item"
    assert read["matches"] > 0
    again = polled(ours / "config", "alerts-of")
    assert again["alerts"] == 0
