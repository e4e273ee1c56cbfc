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
        "guid", "item_id", "status", "copy_of", "matches", "story_id", "thread_id", "absorbed",
        "story", "alerts", "held", "dropped", "silences",
    ]  # fmt: skip
    assert first["matches"][0].keys() == {"watch", "score", "terms"}
    assert first["matches"][0]["terms"] == [
        {
            "term": "train",
            "group": None,
            "field": "title",
            "start": 6,
            "clause": "train",
            "variant": "train",
        }
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


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            b'{"feed": "pennant", "title": "caf\xe9"}',
            "line 2: not UTF-8 text (byte 34 of the line)",
        ),
        (b"[" * 100_000, "line 2: not JSON"),
        (b'{"feed": "pennant", "title": "t", "published": 1234}', "'published' is no text"),
        (b'{"feed": "pennant", "title": "t", "guid": 7}', "'guid' is no text"),
        (b'{"feed": "pennant", "title": "t", "lang": "Korean"}', "'Korean' is no language tag"),
    ],
)
def test_line_of_bytes_or_values_that_cannot_be_taken_is_named(
    house: House, line: bytes, told: str
) -> None:
    path = house.root / "items.jsonl"
    path.write_bytes(b'{"feed": "pennant", "title": "One"}\n' + line + b"\n")

    result = house.run("replay", str(path), "--json")

    assert result.exit_code == 1
    assert f"items.jsonl: {told}" in result.stderr or told in result.stderr
    assert "Traceback" not in result.stderr
    assert isinstance(result.exception, SystemExit)


def test_recording_may_come_from_standard_input(house: House) -> None:
    lines = "".join(json.dumps(item) + "\n" for item in ITEMS)

    result = house.run("replay", "-", "--json", stdin=lines)
    broken = house.run("replay", "-", stdin="{")

    assert [json.loads(line)["guid"] for line in result.stdout.splitlines()][:2] == ["p1", "p1"]
    assert "standard input: line 1: not JSON" in broken.stderr


def test_key_that_looks_misspelt_is_told_once(house: House) -> None:
    items = [
        {"feed": "pennant", "guid": str(number), "title": "t", "publishd": "2025", "mine": "x"}
        for number in range(3)
    ]

    result = house.run("replay", str(_recorded(house.root, items)))

    assert result.exit_code == 0
    assert result.stderr.count("key_not_read") == 1
    assert "did you mean 'published'?" in result.stderr


def test_reason_of_every_match_without_alert_is_told(house: House) -> None:
    path = _recorded(house.root, ITEMS)
    results = _results(house, path)
    text = house.run("replay", str(path)).stdout
    (watch,) = house.tables["watches/rail.toml"]["watch"]
    house.write({"watches/rail.toml": {"watch": [watch | {"min_score": 50.0}]}})
    low = house.run("replay", str(path)).stdout

    assert [one["held"] for one in results] == [
        [],
        [{"watch": "rail", "reason": "known"}],
        [{"watch": "rail", "reason": "already_told"}],
        [{"watch": "rail", "reason": "copy"}],
        [],
    ]
    assert "[train]  no alert: the same as before\n" in text
    assert "[train]  no alert: already told\n" in text
    assert "[train]  no alert: a copy of what was told\n" in text
    assert "Held back: 1 already told, 1 copy\n" in text
    assert "rail  3  [train]  no alert: the score is below min_score\n" in low


def test_half_a_character_of_a_cut_text_is_no_reason_to_stop(house: House) -> None:
    """JSON can hold a lone surrogate, a database cannot."""
    path = house.root / "items.jsonl"
    path.write_text('{"feed": "pennant", "guid": "g\\udfff", "title": "A train \\ud83d"}\n')

    (result,) = _results(house, path)

    assert result["guid"] == "g\ufffd"
    assert [match["watch"] for match in result["matches"]] == ["rail"]


def test_entries_of_a_saved_document_that_share_a_guid_are_each_new(
    house: House, tmp_path: Path
) -> None:
    """As the service judges them: a document's constant guid identifies nothing."""
    entries = [("feed", "Ferry sinks", "Boats were sent."), ("feed", "Train leaves", "On time.")]
    folder = tmp_path / "saved"
    folder.mkdir()
    (folder / "press.xml").write_text(rss(*entries))

    lines = house.run("replay", str(folder), "--json").stdout.splitlines()

    assert [json.loads(line)["status"] for line in lines] == ["new", "new"]


@pytest.mark.parametrize("written", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
def test_date_that_leaves_the_calendar_is_named(house: House, tmp_path: Path, written: str) -> None:
    recording = tmp_path / "items.jsonl"
    record = {"feed": "a", "title": "train", "published": written}
    recording.write_text(json.dumps(record) + "\n")

    result = house.run("replay", str(recording))

    assert result.exit_code == 1
    assert "line 1: published" in result.stderr


def test_what_concerns_nobody_is_told_as_nothing(house: House) -> None:
    items = [{"feed": "pennant", "guid": guid, "title": title} for guid, title, _ in NEWS]

    told = _results(house, _recorded(house.root, items))

    assert all(one["story_id"] for one in told)
    assert [one["thread_id"] for one in told] == [told[0]["story_id"], None]
