"""`explain`: why a watch matches or not."""

import json

import pytest
from pytest_httpserver import HTTPServer

from tests.cli.conftest import House, rss

TWO_GROUPS = {
    "lexicon/rail.toml": {
        "groups": {"rail": {"en": ["train", "railway"]}, "kp": {"en": ["Pyongyang", "DPRK"]}},
        "masks": {"fashion": {"en": ["train of thought"]}},
    },
    "watches/rail.toml": {
        "watch": [
            {"id": "rail", "query": "@rail AND @kp", "masks": ["fashion"]},
            {"id": "visits", "query": "delegation OR visit"},
        ]
    },
}


def test_pasted_text_is_explained_watch_by_watch(house: House) -> None:
    house.write(TWO_GROUPS)

    result = house.run("explain", "A railway line\nIt leads to Pyongyang, they say.")

    assert result.exit_code == 0
    assert "rail: matches, score" in result.stdout
    assert "@rail railway in title at 2" in result.stdout
    assert "@kp Pyongyang in summary at 12" in result.stdout
    assert "visits: no: missing:" in result.stdout


def test_one_watch_alone_is_explained(house: House) -> None:
    house.write(
        {"watches/rail.toml": {"watch": [{"id": n, "query": "train"} for n in ("rail", "other")]}}
    )

    told = house.run("explain", "A train", "--watch", "other").stdout

    assert "other: matches" in told
    assert "rail: matches" not in told
    assert house.run("explain", "A train", "--watch", "othr").exit_code == 2


def test_language_that_is_none_is_refused(house: House) -> None:
    told = house.run("explain", "A train", "--lang", "korean")

    assert told.exit_code == 2
    assert "'korean' is not a language; did you mean ko?" in told.stderr


def test_what_is_missing_and_masked_is_told(house: House) -> None:
    house.write(TWO_GROUPS)

    text = house.run("explain", "A train of thought about Pyongyang").stdout
    document = json.loads(
        house.run("explain", "A train of thought about Pyongyang", "--json").stdout
    )

    assert "rail: no: missing: @rail" in text
    assert "masked" in text
    assert "present: @kp" in text
    rail = document["watches"][0]
    assert document["stored"] is False
    assert (rail["watch"], rail["matched"], rail["score"]) == ("rail", False, None)
    assert rail["masked"][0]["start"] == 2
    assert rail["groups"] == ["kp"]


def test_text_may_come_from_standard_input(house: House) -> None:
    result = house.run("explain", "-", stdin="One train\n")

    assert "rail: matches" in result.stdout


def test_text_takes_what_a_feed_implies(house: House) -> None:
    house.write(TWO_GROUPS)
    feeds = house.tables["feeds/press.toml"]["feed"]
    house.write({"feeds/press.toml": {"feed": [feeds[0] | {"implied_groups": ["kp"]}]}})

    alone = house.run("explain", "A train leaves")
    with_feed = house.run("explain", "A train leaves", "--feed", "pennant")
    unknown = house.run("explain", "A train leaves", "--feed", "pennat")

    assert "rail: no: missing: @kp" in alone.stdout
    assert "implied by the feed" in with_feed.stdout
    assert unknown.exit_code == 2
    assert "did you mean 'pennant'?" in unknown.stderr


def test_language_decides_which_terms_apply(house: House) -> None:
    house.write({"watches/rail.toml": {"watch": [{"id": "w", "query": "pl", "languages": ["pl"]}]}})

    polish = house.run("explain", "pl", "--lang", "pl")
    nobody_knows = house.run("explain", "pl")

    assert "w: matches" in polish.stdout
    assert "w: no: the item is in" in nobody_knows.stdout


@pytest.mark.parametrize("key", ["id", "url"])
def test_stored_item_tells_what_became_of_its_match(polled: House, key: str) -> None:
    item = json.loads(polled.run("search", "train", "--json").stdout)

    text = polled.run("explain", item[key]).stdout
    document = json.loads(polled.run("explain", item[key], "--json").stdout)

    assert "rail: matches" in text
    assert ": first match" in text
    assert document["stored"] is True
    assert document["item"]["id"] == item["id"]
    (became,) = document["watches"][0]["became"]
    assert became["reason"] == "first_match"
    assert became["alert"].startswith("a_")
    sent = {one["webhook"]: one for one in became["deliveries"]}
    assert {name: one["state"] for name, one in sent.items()} == {
        "console": "delivered",
        "desk": "delivered",
    }
    assert f"desk: delivered after 1 attempt  {sent['desk']['id']}" in text


def test_held_match_is_told_with_its_reason(house: House) -> None:
    (watch,) = house.tables["watches/rail.toml"]["watch"]
    house.write({"watches/rail.toml": {"watch": [watch | {"min_score": 1000.0}]}})
    house.run("poll")
    item = json.loads(house.run("search", "train", "--json").stdout)

    result = house.run("explain", item["id"])

    assert "held back: low score" in result.stdout


@pytest.mark.parametrize("key", ["https://pennant.example.org/none", "i_aaaaaaaaaaaaaaaa"])
def test_address_or_id_that_is_not_stored_is_not_taken_for_text(polled: House, key: str) -> None:
    result = polled.run("explain", key)

    assert result.exit_code == 1
    assert "is stored" in result.stderr


def test_nothing_is_no_text(house: House) -> None:
    assert house.run("explain", " ").exit_code == 2


def test_severity_after_escalations_and_what_would_hold_it_back_are_told(house: House) -> None:
    watches = [
        {
            "id": "loud",
            "query": "train",
            "escalate": [{"severity": "high", "query": "title:train"}],
        },
        {"id": "strict", "query": "train", "min_score": 50.0},
        {"id": "asleep", "query": "train", "enabled": False},
    ]
    house.write({"watches/rail.toml": {"watch": watches}})

    text = house.run("explain", "A train").stdout
    document = json.loads(house.run("explain", "A train", "--json").stdout)

    assert "loud: matches, score 3, severity high, raised from low" in text
    assert "strict: matches, score 3, severity low\n" in text
    assert "would be held back (low score): its score 3 is below min_score, 50" in text
    assert text.endswith("\nnot asked (disabled): asleep\n")
    assert [(one["severity"], one["held"]) for one in document["watches"]] == [
        ("high", None),
        ("low", "low_score"),
    ]
    assert document["not_asked"] == ["asleep"]


def test_watch_that_does_not_match_has_no_severity(house: House) -> None:
    document = json.loads(house.run("explain", "A bus", "--json").stdout)

    assert (document["watches"][0]["severity"], document["watches"][0]["held"]) == (None, None)


def test_number_of_edits_is_told_in_words(house: House, httpserver: HTTPServer) -> None:
    house.run("poll")
    httpserver.clear()
    edited = rss(("p1", "First train leaves Pyongyang", "The express crossed the bridge at one."))
    httpserver.expect_request("/feed.xml").respond_with_data(edited, content_type="text/xml")
    house.run("poll", "--force")
    item = json.loads(house.run("search", "train", "--json").stdout)

    assert "| edited once |" in house.run("explain", item["id"]).stdout


def test_what_kept_a_watch_from_matching_a_stored_item_is_told(house: House) -> None:
    watches = [
        {"id": "rail", "query": "train"},
        {"id": "calm", "query": "Pyongyang NOT leaves"},
        {"id": "rest", "query": "Pyongyang", "unless": ["rail"]},
    ]
    house.write({"watches/rail.toml": {"watch": watches}})
    house.run("poll")
    item = json.loads(house.run("search", "train", "--json").stdout)

    text = house.run("explain", item["id"]).stdout
    _, calm, rest = json.loads(house.run("explain", item["id"], "--json").stdout)["watches"]

    assert "dropped: excluded by NOT leaves" in text
    assert "dropped: left to watch rail" in text
    assert (calm["dropped"]["cause"], calm["dropped"]["by"]) == ("not", ["leaves"])
    assert [one["cause"] for one in rest["was_dropped"]] == ["unless"]


def test_watch_that_defers_says_to_whom_it_leaves_the_item(house: House) -> None:
    watches = [
        {"id": "rail", "query": "train"},
        {"id": "broad", "query": "leaves", "defer_to": ["rail"]},
    ]
    house.write({"watches/rail.toml": {"watch": watches}})

    text = house.run("explain", "First train leaves Pyongyang").stdout

    assert "would be left to the watch it defers to: rail" in text


def test_what_stands_in_the_text_is_told_where_it_differs_from_the_term(house: House) -> None:
    house.write({"watches/rail.toml": {"watch": [{"id": "rail", "query": "railway*"}]}})

    text = house.run("explain", "Railwaymen strike").stdout

    assert "railway* 'Railwaymen' in title at 0" in text
