"""`replay`: recorded items through the line."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import NEWS, House, rss

ITEMS: list[dict[str, str]] = [
    {
        "feed": "pennant",
        "guid": "p1",
        "title": "First train leaves Pyongyang for Beijing",
        "link": "https://pennant.example.org/p1",
        "published": "2025-06-12T09:30:00Z",
    },
    {"feed": "pennant", "guid": "p1", "title": "First train leaves Pyongyang for Beijing"},
    {
        "feed": "pennant",
        "guid": "p1",
        "title": "First train has left Pyongyang for Beijing",
        "published": "2025-06-12T09:30:00Z",
    },
    {
        "feed": "elsewhere",
        "guid": "e1",
        "title": "First train has left Pyongyang for Beijing",
        "lang": "en",
        "published": "2025-06-12T10:30:00Z",
    },
    {"feed": "pennant", "guid": "p2", "title": "Harvest festival opens in the north"},
]


def _recorded(folder: Path, items: list[dict[str, str]]) -> Path:
    path = folder / "items.jsonl"
    path.write_text("".join(json.dumps(item) + "\n" for item in items), encoding="utf-8")
    return path


def _results(house: House, path: Path) -> list[dict[str, Any]]:
    result = house.run("replay", str(path), "--json")
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_json_is_one_object_an_item_in_input_order(house: House) -> None:
    results = _results(house, _recorded(house.root, ITEMS))

    first = results[0]
    assert [one["guid"] for one in results] == ["p1", "p1", "p1", "e1", "p2"]
    assert [one["status"] for one in results] == ["new", "known", "revision", "copy", "new"]
    assert list(first) == [
        "guid", "item_id", "status", "copy_of", "matches", "story_id", "alerts",
    ]  # fmt: skip
    assert first["matches"][0].keys() == {"watch", "score", "terms"}
    assert first["matches"][0]["terms"] == [
        {"term": "train", "group": None, "field": "title", "start": 6}
    ]
    assert first["alerts"] == [
        {"watch": "rail", "kind": "new", "severity": "high", "reason": "first_match"}
    ]
    assert results[3]["copy_of"] == first["item_id"]
    assert results[4]["matches"] == results[4]["alerts"] == []


def test_json_lines_are_compact(house: House) -> None:
    result = house.run("replay", str(_recorded(house.root, ITEMS[:1])), "--json")

    assert result.stdout.startswith('{"guid":"p1","item_id":"i_')


def test_text_tells_each_item_and_the_totals(house: House) -> None:
    result = house.run("replay", str(_recorded(house.root, ITEMS)))

    assert result.exit_code == 0
    assert result.stdout.startswith("new       p1\n            rail  3  [train]  ALERT high")
    assert "copy      e1  (of i_" in result.stdout
    assert "5 items: 1 copy, 1 known, 2 new, 1 revision" in result.stdout
    assert "Alerts: 1 rail" in result.stdout


def test_nothing_is_stored_or_sent_unless_asked_for(house: House) -> None:
    _results(house, _recorded(house.root, ITEMS))

    assert not (house.root / "data").exists()


def test_database_may_be_kept(house: House) -> None:
    database = house.root / "replay.sqlite"

    house.run("replay", str(_recorded(house.root, ITEMS)), "--db", str(database))

    assert database.is_file()


def test_folder_of_saved_documents_is_replayed(house: House) -> None:
    saved = house.root / "saved"
    saved.mkdir()
    (saved / "pennant.xml").write_text(rss(*NEWS), encoding="utf-8")

    results = _results(house, saved)

    assert sorted(one["guid"] for one in results) == ["p1", "p2"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "line 1: not JSON"),
        ("[]", "line 1: not an object"),
        ('{"feed": "pennant"}', "'title' is missing"),
        ('{"feed": "pennant", "title": "t", "published": "today"}', "'today'"),
    ],
)
def test_line_that_cannot_be_read_is_named(house: House, line: str, told: str) -> None:
    path = house.root / "items.jsonl"
    path.write_text(line + "\n")

    result = house.run("replay", str(path), "--json")

    assert result.exit_code == 1
    assert told in result.stderr


def test_path_that_is_not_there_is_a_usage_error(house: House) -> None:
    assert house.run("replay", str(house.root / "none")).exit_code == 2


def test_database_of_a_service_is_refused(polled: House, tmp_path: Path) -> None:
    """What replay stored, the service would take for told."""
    recording = tmp_path / "items.jsonl"
    recording.write_text('{"feed": "x", "title": "A train"}\n')

    result = polled.run("replay", str(recording), "--db", str(polled.root / "data/monitor.sqlite"))

    assert result.exit_code == 1
    assert "database of a service" in result.stderr
