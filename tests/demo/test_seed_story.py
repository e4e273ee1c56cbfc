"""The seed story through the ordinary line: exactly what the story's own file expects."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from monitor.demo import story as story_module
from tests.demo.tellings import SEED, TRAINS, Told, by_id, tell

FILE = json.loads((Path(story_module.__file__).parent / "seed_story.json").read_text("utf-8"))
EXPECTED: dict[str, dict[str, Any]] = {item["id"]: item["expect"] for item in FILE["items"]}
RELEVANT = [name for name, expect in EXPECTED.items() if expect["story"]]
# A translation is another text to us: it is no copy, and is kept quiet as what its owner retold.
COPIES = {
    name: expect["duplicate_of"]
    for name, expect in EXPECTED.items()
    if expect["dup_kind"] in ("near", "aggregator_wrap", "stale_republish")
}


@cache
def outcome() -> dict[str, Told]:
    return by_id(tell(SEED.items))


@pytest.mark.parametrize("name", EXPECTED)
def test_exactly_the_watches_that_are_meant_match(name: str) -> None:
    expected, told = EXPECTED[name], outcome()[name]
    optional = set(expected.get("watches_optional", ()))

    assert told.watches - optional == set(expected["watches"]) - optional, told


@pytest.mark.parametrize("name", EXPECTED)
def test_copies_are_known_as_copies_and_nothing_else_is(name: str) -> None:
    told, origin = outcome()[name], COPIES.get(name)

    expected = outcome()[origin].result["item_id"] if origin else None
    assert told.copied == expected, told


def test_an_edit_is_a_revision_of_its_item() -> None:
    edit = outcome()["n11"].result

    assert edit["status"] == "revision"
    assert edit["item_id"] == outcome()["n03"].result["item_id"]


@pytest.mark.parametrize("name", RELEVANT)
def test_who_says_what_and_where_the_story_stands(name: str) -> None:
    expected, told = EXPECTED[name], outcome()[name]

    assert {
        "claim": told.of_story("claim"),
        "story_state": told.of_story("state"),
        "disputed": told.of_story("disputed"),
        "last_official_word": told.of_story("official"),
    } == {
        key: expected[key] for key in ("claim", "story_state", "disputed", "last_official_word")
    }, told


@pytest.mark.parametrize("name", EXPECTED)
def test_how_loudly_it_is_told(name: str) -> None:
    expected, told = EXPECTED[name], outcome()[name]

    assert (told.alert, told.severity) == (expected["alert"], expected["severity"]), told


def test_threads_are_the_stories_that_are_meant() -> None:
    found: dict[str, set[str | None]] = {}
    for name in RELEVANT:
        found.setdefault(EXPECTED[name]["story"], set()).add(outcome()[name].thread)

    assert {story: len(threads) for story, threads in found.items()} == dict.fromkeys(found, 1)
    assert len(set.union(*found.values())) == len(found) == len(FILE["stories"])


def test_day_of_the_first_train_is_the_official_one() -> None:
    assert outcome()["n29"].of_story("effective_on") == "2025-06-12"
    assert outcome()["n34"].of_story("effective_on") == "2025-06-12"
    assert outcome()["n40"].of_story("effective_on") == "2025-06-12"


def test_independent_origins_at_the_end_are_the_four() -> None:
    story = next(one for one in FILE["stories"] if one["id"] == TRAINS)

    names = [SEED.outlets[owner].name for owner in story["independent_origins"]]
    assert sorted(outcome()["n40"].origins) == sorted(names)


def test_no_more_silence_is_told_than_meant() -> None:
    """The one that fires is heard of with the first item after its deadline."""
    fired = [check for check in FILE["silence_checks"] if check["fires"]]
    told = [
        (told.item.published_at.isoformat(), silence)
        for told in outcome().values()
        for silence in told.result["silences"]
    ]

    assert len(told) == len(fired) == 1, told
    at, silence = told[0]
    assert (silence["watch"], silence["thread_id"]) == (fired[0]["watch"], outcome()["n03"].thread)
    first = next(i for i in FILE["items"] if i["published"] >= fired[0]["deadline"])
    assert at.removesuffix("+00:00") + "Z" == first["published"]
