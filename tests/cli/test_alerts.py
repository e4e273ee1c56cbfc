"""`alerts` and `search`: what was told, and what is stored."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from monitor import bootstrap
from monitor.adapters.webhooks.payload import message
from monitor.model import Alert, Claim, Situation, WebhookState
from tests.adapters.webhooks.alerts import a_situation_of
from tests.cli.conftest import House, rss


def _alert(house: House) -> dict[str, str]:
    found: dict[str, str] = json.loads(house.run("alerts", "--json").stdout)
    return found


def test_alerts_lists_the_newest_first(polled: House) -> None:
    result = polled.run("alerts")

    header, row = result.stdout.splitlines()
    assert header == "id\tat\tseverity\tkind\twatch\theadline"
    assert row.endswith("\thigh\tnew\trail\tFirst train leaves Pyongyang")


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (["--watch", "rail"], 1),
        (["--watch", "health"], 0),
        (["--watch", "rail", "--since", "2999-01-01"], 0),
        (["--since", "1h"], 1),
        (["--since", "2999-01-01"], 0),
        (["--limit", "1"], 1),
    ],
)
def test_alerts_are_narrowed_down(polled: House, options: list[str], count: int) -> None:
    result = polled.run("alerts", *options, "--json")

    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == count


@pytest.mark.parametrize("written", ["soon", "5", "1y"])
def test_since_that_cannot_be_read_is_a_usage_error(house: House, written: str) -> None:
    result = house.run("alerts", "--since", written)

    assert result.exit_code == 2
    assert "--since" in result.stderr


def test_show_tells_why_and_to_whom(polled: House) -> None:
    alert = _alert(polled)

    text = polled.run("alerts", "show", alert["id"]).stdout
    document = json.loads(polled.run("alerts", "show", alert["id"], "--json").stdout)

    assert "[HIGH] Trains: new" in text
    assert "train] in title" in text
    assert "console: delivered after 1 attempt" in text
    assert document["item_id"] == alert["item_id"]
    assert polled.run("alerts", "show", alert["id"][:8]).stdout == text
    assert {one["webhook"] for one in document["deliveries"]} == {"console", "desk"}


FAR = datetime(2999, 1, 1, tzinfo=UTC)
SITUATION = replace(a_situation_of("Yalu Watch", 2), state=Claim.ANNOUNCED, was=Claim.PREPARING)


def told_with(house: House, situation: Situation) -> Alert:
    """The alert of the house once more, with what is known of its story."""
    with bootstrap.guest_store(bootstrap.load(house.config)) as store:
        (alert,) = store.archive().alerts()
        known = replace(alert, id="a_known", situation=situation)
        store.write(lambda unit: unit.save_alerts([known]))
    return known


def test_show_tells_what_is_known_of_the_story(polled: House) -> None:
    alert = told_with(polled, SITUATION)

    text = polled.run("alerts", "show", alert.id).stdout
    document = json.loads(polled.run("alerts", "show", alert.id, "--json").stdout)
    listed = [json.loads(one) for one in polled.run("alerts", "--json").stdout.splitlines()]

    assert "ANNOUNCED (was: preparing, disputed)" in text
    assert "Independent origins 2: Yalu Watch, Yalu Watch | carried by 2 more" in text
    assert "Timeline: 9999-12-31 timetable published" in text
    assert "Changed: [-Yalu Watch-] {+Yalu Watch+}" in text
    assert "situation" not in document
    payload = json.loads(message(alert))["data"]["story_now"]
    assert document["story_now"] == payload
    assert payload in [one["story_now"] for one in listed]


def test_show_tells_what_people_did_and_when_the_next_attempt_is_due(polled: House) -> None:
    alert = _alert(polled)
    listed = polled.run("deliveries", "list", "--webhook", "desk", "--json").stdout
    name = json.loads(listed)["id"]

    polled.run("deliveries", "redeliver", name)
    text = polled.run("alerts", "show", alert["id"]).stdout
    document = json.loads(polled.run("alerts", "show", alert["id"], "--json").stdout)

    second = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ"
    assert re.search(
        rf"^desk: pending, next attempt due {second}, after \d attempts?", text, re.MULTILINE
    )
    assert re.search(rf"^    {second}  redelivered by hand; it was delivered", text, re.MULTILINE)
    assert re.search(rf"^Raised {second}$", text, re.MULTILINE)
    done = {one["id"]: one["interventions"] for one in document["deliveries"]}
    assert [one["kind"] for one in done[name]] == ["redelivery asked"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"held_until": FAR},
            "next attempt not before 2999-01-01 00:00:00Z, for the webhook is held",
        ),
        ({"disabled_at": FAR}, "not before 'news-monitor webhook enable'"),
    ],
)
def test_a_webhook_that_holds_what_is_due_is_told(
    polled: House, changes: dict[str, Any], said: str
) -> None:
    name = json.loads(polled.run("deliveries", "list", "--webhook", "desk", "--json").stdout)["id"]
    polled.run("deliveries", "redeliver", name)
    with bootstrap.guest_store(bootstrap.load(polled.config)) as store:
        state = WebhookState(webhook="desk", **changes)
        store.write(lambda unit: unit.save_webhook_state(state))

    assert f"desk: pending, {said}" in polled.run("alerts", "show", _alert(polled)["id"]).stdout


def test_show_of_an_unknown_alert_fails(polled: House) -> None:
    result = polled.run("alerts", "show", "a_nonesuch")

    assert result.exit_code == 1
    assert "a_nonesuch" in result.stderr


def test_search_needs_all_words(polled: House) -> None:
    found = polled.run("search", "express", "bridge")
    nothing = polled.run("search", "express", "festival")
    as_json = polled.run("search", "festival", "--json")

    assert "First train leaves Pyongyang" in found.stdout
    assert nothing.exit_code == 0
    assert nothing.stdout == ""
    assert "Nothing found" in nothing.stderr
    assert json.loads(as_json.stdout)["title"] == "Harvest festival opens"


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (["--feed", "pennant"], 2),
        (["--feed", "pennant", "--tier", "WIRE", "--language", "en", "--since", "36500d"], 2),
        (["express", "--watch", "rail"], 1),
        (["--tier", "press"], 0),
        (["--until", "1999-01-01"], 0),
    ],
)
def test_search_is_narrowed_by_filters(polled: House, options: list[str], count: int) -> None:
    found = polled.run("search", *options, "--json")

    assert found.exit_code == 0
    assert len(found.stdout.splitlines()) == count


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--tier", "wired"], "did you mean wire?"),
        (["--language", "kr"], "did you mean ko?"),
        (["--watch", "rial"], "did you mean 'rail'?"),
        (["--feed", "penant"], "did you mean 'pennant'?"),
        ([], "say what to look for"),
    ],
)
def test_search_says_what_was_meant(polled: House, options: list[str], said: str) -> None:
    result = polled.run("search", *options)

    assert result.exit_code == 2
    assert said in result.stderr


def test_search_finds_two_characters_inside_running_text(
    house: House, httpserver: HTTPServer
) -> None:
    httpserver.clear()
    httpserver.expect_request("/feed.xml").respond_with_data(
        rss(("k1", "평양국제열차운행재개", "")), content_type="application/rss+xml"
    )
    house.run("poll", "--no-deliver")

    assert "평양국제열차운행재개" in house.run("search", "열차").stdout


def test_text_of_feeds_cannot_act_on_the_terminal(house: House, httpserver: HTTPServer) -> None:
    """C1 controls, bidi overrides and markup of our own table library."""
    hostile = "Train \x9b31m[red]gnaygnoyP\u202e[/red] \ufeffleaves"
    httpserver.clear()
    httpserver.expect_request("/feed.xml").respond_with_data(
        rss(("h1", hostile, "A train \x9b2J of \u2066text")), content_type="application/rss+xml"
    )
    house.run("poll", "--no-deliver")
    alert = _alert(house)

    for command in (
        ["alerts"],
        ["alerts", "--json"],
        ["alerts", "show", alert["id"]],
        ["search", "train"],
        ["search", "train", "--json"],
        ["explain", alert["item_id"]],
        ["explain", alert["item_id"], "--json"],
        ["deliveries", "list"],
        ["status"],
    ):
        result = house.run(*command)
        assert result.exit_code == 0, command
        assert not set("\x1b\x9b\u202e\u2066\ufeff") & set(result.output), command
    assert "[red]" in house.run("alerts").stdout


def test_alerts_of_a_watch_that_nobody_knows_are_a_usage_error(polled: House) -> None:
    unknown = polled.run("alerts", "--watch", "rial")

    assert unknown.exit_code == 2
    assert "no watch named 'rial'; did you mean 'rail'?" in unknown.stderr


def test_alerts_of_a_watch_that_was_renamed_are_still_listed(polled: House) -> None:
    (watch,) = polled.tables["watches/rail.toml"]["watch"]
    polled.write({"watches/rail.toml": {"watch": [watch | {"id": "trains"}]}})

    assert len(polled.run("alerts", "--watch", "rail", "--json").stdout.splitlines()) == 1
    assert polled.run("alerts", "--watch", "trains").exit_code == 0
