"""`stories`: what is told as one, and what a person says of that."""

import json
import re
import signal
from datetime import timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from monitor.listen import Receiver
from tests.cli.conftest import House, rss

STRIKE = (
    ("t1", "Strike halts half of Ruritanian long-distance train services"),
    ("t2", "Ruritanian train drivers' strike: half of long-distance services cancelled"),
    ("t3", "Half of Ruritania's train services cancelled as drivers strike"),
)
BRIDGE = ("b1", "New train bridge over the Yalu opens to traffic")
DULL = ("d1", "Harvest festival opens in the capital")
ASTRAY = ("a1", "Chess club elects a treasurer")


def entries(*headlines: tuple[str, str]) -> list[tuple[str, str, str]]:
    """Each with a text of its own: headlines alone would make them copies."""
    return [
        (guid, title, " ".join(f"{guid}word{n}" for n in range(12))) for guid, title in headlines
    ]


def serve(httpserver: HTTPServer, *headlines: tuple[str, str], minutes: int = 5) -> None:
    httpserver.clear()
    document = rss(*entries(*headlines), age=timedelta(minutes=minutes))
    httpserver.expect_request("/feed.xml").respond_with_data(document, content_type="text/xml")


@pytest.fixture
def grouped(house: House, httpserver: HTTPServer) -> House:
    """Three items of a strike, one of a bridge, one that no watch takes though one asks for its
    capital, and one that concerns nobody."""
    rail = {"id": "rail", "name": "Trains", "query": "train OR (@capital AND bomb)"}
    house.write(
        {
            "watches/rail.toml": {"watch": [rail | {"severity": "high"}]},
            "lexicon/places.toml": {"groups": {"capital": {"en": ["the capital"]}}},
        }
    )
    serve(httpserver, *STRIKE, BRIDGE, DULL, ASTRAY)
    assert house.run("poll").exit_code == 0
    return house


def listed(house: House, *options: str) -> list[dict[str, Any]]:
    result = house.run("stories", "list", "--json", *options)
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def shown(house: House, key: str) -> dict[str, Any]:
    result = house.run("stories", "show", key, "--json")
    assert result.exit_code == 0, result.stderr
    page: dict[str, Any] = json.loads(result.stdout)
    return page


def items_of(page: dict[str, Any]) -> dict[str, str]:
    return {item["title"]: item["id"] for story in page["stories"] for item in story["items"]}


def strike(house: House) -> dict[str, Any]:
    (one,) = [one for one in listed(house) if "trike" in one["title"]]
    return one


def test_list_has_what_a_watch_matched_and_all_has_the_rest(grouped: House) -> None:
    titles = {one["title"]: one for one in listed(grouped)}
    every = {one["title"]: one for one in listed(grouped, "--all")}

    assert titles.keys() == {strike(grouped)["title"], BRIDGE[1]}
    assert every.keys() == {*titles, DULL[1]}
    assert strike(grouped)["items"] == strike(grouped)["matched"] == 3
    assert every[DULL[1]]["matched"] == 0
    assert every[DULL[1]]["items"] == 1
    assert titles[BRIDGE[1]]["independent_origins"] == ["Pennant Wire"]
    assert titles[BRIDGE[1]]["best_tier"] == "wire"
    assert titles[BRIDGE[1]]["alerts"] == 1


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (["--watch", "rail"], 2),
        (["--since", "1h"], 2),
        (["--since", "2999-01-01"], 0),
        (["--language", "en-GB"], 2),
        (["--language", "ko"], 0),
        (["--all", "--language", "en"], 3),
        (["--state", "denied"], 0),
        (["--limit", "1"], 1),
    ],
)
def test_list_is_narrowed_down(grouped: House, options: list[str], count: int) -> None:
    assert len(listed(grouped, *options)) == count


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--watch", "rial"], "did you mean 'rail'?"),
        (["--state", "sure"], "--state"),
        (["--language", "korean!"], "--language"),
        (["--all", "--watch", "rail"], "--all"),
    ],
)
def test_list_refuses_what_it_cannot_mean(grouped: House, options: list[str], said: str) -> None:
    result = grouped.run("stories", "list", *options)

    assert result.exit_code == 2
    assert said in result.stderr


def test_list_in_a_pipe_is_a_line_a_story(grouped: House) -> None:
    header, *rows = grouped.run("stories", "list").stdout.splitlines()

    assert header.split("\t")[:3] == ["id", "last seen", "claim"]
    assert len(rows) == 2
    assert any(row.endswith(BRIDGE[1]) for row in rows)


def test_show_is_found_by_story_item_alert_address_or_beginning(grouped: House) -> None:
    alert = json.loads(grouped.run("alerts", "--json", "--limit", "1").stdout)
    page = shown(grouped, alert["story_id"])
    item = alert["item_id"]

    for key in (alert["id"], item, item[:9], page["id"][:9], page["story"], alert["url"]):
        assert shown(grouped, key) == page
    for key in ("s_", "nothing", ""):
        result = grouped.run("stories", "show", key)
        assert result.exit_code == 1
        assert "'news-monitor stories list' lists them" in result.stderr


def test_show_tells_claims_sources_and_what_became_of_each_item(grouped: House) -> None:
    page = shown(grouped, strike(grouped)["id"])
    text = grouped.run("stories", "show", page["id"]).stdout

    assert set(items_of(page)) == {title for _, title in STRIKE}
    became = [one for story in page["stories"] for item in story["items"] for one in item["became"]]
    assert [one["watch"] for one in became] == ["rail"] * 3
    assert "first_match" in {one["reason"] for one in became}
    assert page["watches"][0]["watch_id"] == "rail"
    assert "Claimed: cancelled by wire, " in text
    assert "Carried by 1: Pennant Wire" in text
    assert "suspended (Pennant Wire, wire) i_" in text
    assert re.search(r"^        rail: alert a_\w+, new, high: first match$", text, re.MULTILINE)
    assert "Watches:\n    rail: " in text
    assert all(title in text for _, title in STRIKE)


def test_show_of_what_no_watch_matched_says_so(grouped: House) -> None:
    (dull,) = [one for one in listed(grouped, "--all") if one["title"] == DULL[1]]

    text = grouped.run("stories", "show", dull["id"]).stdout

    assert "No item of it matched a watch." in text
    assert DULL[1] in text
    assert shown(grouped, dull["id"])["claim"] is None


def test_what_concerns_nobody_is_in_no_story(grouped: House) -> None:
    listing = grouped.run("search", "chess", "--json").stdout
    (found,) = [json.loads(line) for line in listing.splitlines()]
    assert found["title"] == ASTRAY[1]

    item = json.loads(grouped.run("explain", found["id"], "--json").stdout)["item"]
    shown = grouped.run("stories", "show", found["id"])
    by_story = grouped.run("stories", "show", item["story_id"])
    explained = grouped.run("explain", found["id"])

    assert shown.exit_code == by_story.exit_code == 1
    assert by_story.stderr == shown.stderr
    assert f"'{ASTRAY[1]}' is in no story: no watch asked for any of it" in shown.stderr
    assert "in no story: no watch asked for any of it" in explained.stdout


def test_independent_origins_are_named(grouped: House) -> None:
    (bridge,) = [one for one in listed(grouped) if one["title"] == BRIDGE[1]]

    text = grouped.run("stories", "show", bridge["id"]).stdout

    assert "Independent origins 1: Pennant Wire" in text


def test_split_is_kept_and_told(grouped: House, httpserver: HTTPServer) -> None:
    page = shown(grouped, strike(grouped)["id"])
    item = items_of(page)[STRIKE[2][1]]

    result = grouped.run("stories", "split", page["id"], item, "--author", "anna")
    serve(httpserver, *STRIKE, BRIDGE, ("t4", f"{STRIKE[2][1]}, unions say"))
    grouped.run("poll", "--force")

    assert result.exit_code == 0
    new = result.stdout.split()[0]
    assert result.stdout == f"{new} is a story of its own now, with 1 item of {page['story']}\n"
    text = grouped.run("stories", "show", new).stdout
    assert "are two (anna)" in text
    assert STRIKE[2][1] in items_of(shown(grouped, new))
    assert STRIKE[2][1] not in items_of(shown(grouped, page["id"]))
    explained = grouped.run("explain", item).stdout
    assert f"story {new}: opened it" in explained
    assert "split by anna" in explained
    assert len([one for one in listed(grouped) if "trike" in one["title"]]) == 2


def test_merge_is_kept_and_takes_a_split_back(grouped: House) -> None:
    page = shown(grouped, strike(grouped)["id"])
    item = items_of(page)[STRIKE[1][1]]
    grouped.run("stories", "split", page["id"], item[:8])

    result = grouped.run("stories", "merge", item, page["id"])

    assert result.exit_code == 0
    assert result.stdout.endswith("more\n")
    again = shown(grouped, item)
    assert items_of(again) == items_of(page)
    assert [one["kind"] for one in again["verdicts"]] == ["merge"]
    assert {k: v for k, v in again.items() if k not in ("verdicts", "id", "story")} == {
        k: v for k, v in page.items() if k not in ("verdicts", "id", "story")
    } | {"watches": again["watches"], "stories": again["stories"]}
    refused = grouped.run("stories", "merge", item, page["id"])
    assert refused.exit_code == 1
    assert "one story already" in refused.stderr


def test_what_cannot_be_split_is_refused_with_the_reason(grouped: House) -> None:
    page = shown(grouped, strike(grouped)["id"])
    bridge = next(one["id"] for one in listed(grouped) if one["title"] == BRIDGE[1])
    other = next(iter(items_of(shown(grouped, bridge)).values()))

    for items, said in (
        ([*items_of(page).values()], "nothing would be left"),
        ([other], "is of another story"),
        (["i_none"], "there is no item 'i_none'"),
    ):
        result = grouped.run("stories", "split", page["id"], *items)
        assert result.exit_code == 1, result.stdout
        assert said in result.stderr


def test_what_an_item_claims_may_be_said(grouped: House) -> None:
    page = shown(grouped, strike(grouped)["id"])
    title = "Strike halts half of Ruritanian long-distance train services"
    item = items_of(page)[title]

    result = grouped.run("stories", "claim", item, "denied", "--author", "anna")

    assert result.exit_code == 0, result.stderr
    assert result.stdout == (
        f"{item} claims: denied (Pennant Wire, wire)\n{page['id']}: cancelled, as before\n"
    )
    told = grouped.run("stories", "show", page["id"]).stdout
    assert f"denied (Pennant Wire, wire), as anna read it {item}  <- moved the story" in told
    said = {one["item_id"]: one for one in shown(grouped, page["id"])["history"]}
    assert (said[item]["claim"], said[item]["read_by"]) == ("denied", "anna")

    again = grouped.run("stories", "claim", item[:10], "as-read")
    assert again.stdout.startswith(f"{item} claims: suspended")
    assert shown(grouped, page["id"])["history"] == page["history"]


@pytest.mark.parametrize(
    ("item", "claim", "code", "said"),
    [
        ("i_none", "denied", 1, "there is no story 'i_none'"),
        (STRIKE[0][1], "sure", 2, "'sure' is not one of"),
        (STRIKE[0][1], "as-read", 1, "it is read from its words"),
        (DULL[1], "denied", 1, "no watch matched item"),
    ],
)
def test_what_an_item_cannot_claim_is_refused(
    grouped: House, item: str, claim: str, code: int, said: str
) -> None:
    stories = [shown(grouped, one["id"]) for one in listed(grouped, "--all")]
    ids = {title: key for page in stories for title, key in items_of(page).items()}

    result = grouped.run("stories", "claim", ids.get(item, item), claim)

    assert result.exit_code == code
    assert said in result.stderr


def test_explain_says_in_which_story_an_item_is_and_why(grouped: House) -> None:
    page = shown(grouped, strike(grouped)["id"])
    documents = [
        json.loads(grouped.run("explain", item, "--json").stdout)["story"]
        for item in items_of(page).values()
    ]
    text = grouped.run("explain", items_of(page)[page["title"]]).stdout

    assert sorted(one["why"] for one in documents) == ["joined", "joined", "opened"]
    assert {one["id"] for one in documents} == {page["story"]}
    assert all("strike" in one["shared"] for one in documents)
    assert f"story {page['story']}: opened it" in text
    assert f"'news-monitor stories show {page['id']}' tells all of it" in text
    assert json.loads(grouped.run("explain", "A train", "--json").stdout)["story"] is None


def test_alert_says_which_of_its_story_it_is(polled: House) -> None:
    alert = json.loads(polled.run("alerts", "--json").stdout)

    text = polled.run("alerts", "show", alert["id"]).stdout
    document = json.loads(polled.run("alerts", "show", alert["id"], "--json").stdout)

    assert f"Story: '{alert['title']}'" in text
    assert "Alert 1 of 1 of this story to this watch; 'news-monitor stories show s_" in text
    assert document["of_story"] == {"number": 1, "alerts": 1}


def test_what_feeds_say_does_not_act_on_a_terminal(house: House, httpserver: HTTPServer) -> None:
    serve(httpserver, ("e1", "Train \u202eevil\u202c \u2066leaves\u2069"))
    house.run("poll")

    (one,) = listed(house)
    text = house.run("stories", "list").stdout + house.run("stories", "show", one["id"]).stdout

    assert not set(text) & {"\u202e", "\u202c", "\u2066", "\u2069"}


def test_running_service_goes_on_with_what_was_said(
    house: House, receiver: Receiver, httpserver: HTTPServer
) -> None:
    """It has the stories in memory, and reads them again when somebody else changed them."""
    serve(httpserver, *STRIKE)
    process = house.start("run")
    try:
        assert receiver.wait_for(2, timeout_s=30)  # of the strike, and that trains are cancelled
        page = shown(house, strike(house)["id"])
        item = items_of(page)[STRIKE[2][1]]
        split = house.run("stories", "split", page["id"], item)
        new = split.stdout.split()[0]
        later = entries(("t9", f"{STRIKE[2][1]}, unions say"), BRIDGE)
        document = rss(*later, age=timedelta(minutes=1))
        httpserver.expect_request("/other.xml").respond_with_data(document, content_type="text/xml")
        feeds = house.tables["feeds/press.toml"]["feed"]
        other = feeds[0] | {"id": "other", "url": httpserver.url_for("/other.xml")}
        house.write({"feeds/press.toml": {"feed": [feeds[0], other]}})
        process.send_signal(signal.SIGHUP)

        assert receiver.wait_for(3, timeout_s=30)  # of the bridge
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert split.exit_code == 0, split.stderr
    assert [*items_of(shown(house, new))] == [STRIKE[2][1], f"{STRIKE[2][1]}, unions say"]
    assert len(items_of(shown(house, page["id"]))) == 2
