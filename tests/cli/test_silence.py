"""`silence` and `routes`: what is not sent for a time, and where alerts go."""

import json
from dataclasses import replace

import pytest
from pytest_httpserver import HTTPServer

from monitor.adapters.sqlite import SqliteStore
from monitor.model import AlertKind
from tests.cli.conftest import House, rss

MORE = (("p3", "Second train leaves Pyongyang", "It crossed at one."),)


def add(house: House, *matchers: str) -> str:
    result = house.run("silence", "add", *matchers, "--for", "8h", "--comment", "drill")
    assert result.exit_code == 0, result.stderr
    return result.stdout.split()[0]


def test_silence_keeps_alerts_from_being_sent_and_says_why(
    house: House, httpserver: HTTPServer
) -> None:
    assert house.run("poll").exit_code == 0
    name = add(house, "watch=ra*", "severity>=low")

    httpserver.clear()
    httpserver.expect_request("/feed.xml").respond_with_data(rss(*MORE), content_type="text/xml")
    house.run("poll", "--force")
    newest = json.loads(house.run("alerts", "--json", "--limit", "1").stdout)
    text = house.run("alerts", "show", newest["id"]).stdout
    listed = house.run("deliveries", "list", "--state", "muted").stdout
    silences = json.loads(house.run("silence", "list", "--json").stdout)

    assert newest["title"] == "Second train leaves Pyongyang"
    assert f"console: not sent (silenced by {name} of" in text
    assert ": drill)" in text
    assert "Second train" in listed
    assert silences["muted"] == 2
    assert silences["active"] is True

    expired = house.run("silence", "expire", name[:6])

    assert expired.stdout.endswith("it muted 2 deliveries.\n")
    assert house.run("silence", "list").stderr.endswith("No silence is in force.\n")
    assert "expired" in house.run("silence", "list", "--all").stdout
    assert house.run("silence", "expire", name).exit_code == 1


def test_add_says_how_many_alerts_it_would_have_meant(polled: House) -> None:
    args = ("--for", "1h", "--comment", "c")

    meant = polled.run("silence", "add", "severity=high", *args).stdout
    other = polled.run("silence", "add", "watch=other", *args).stdout

    assert "It means 1 of the 1 alert of the last 7 days." in meant
    assert "It means 0 of the 1 alert" in other


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["wach=x", "--for", "1h", "--comment", "c"], "no label named 'wach'"),
        (["watch=x", "--for", "soon", "--comment", "c"], "--for"),
        (["watch=x", "--for", "700d", "--comment", "c"], "at most a year"),
        (["watch=x", "--for", "1h"], "--comment"),
        (["--for", "1h", "--comment", "c"], "MATCHER"),
        (["watch=x", "--for", "1h", "--comment", " \u200b\n"], "is empty; say why, as in"),
    ],
)
def test_silence_that_cannot_be_is_a_usage_error(
    house: House, arguments: list[str], said: str
) -> None:
    result = house.run("silence", "add", *arguments)

    assert result.exit_code == 2
    assert said in result.stderr


def test_add_warns_of_what_nothing_configured_is_called(polled: House) -> None:
    args = ("--for", "1h", "--comment", "c")

    wrong = polled.run("silence", "add", "watch=rial", "webhook=dsk,desk", "feed=x*", *args)
    right = polled.run("silence", "add", "watch=r*", "webhook=desk", "feed=pennant", *args)

    assert wrong.exit_code == 0
    assert wrong.stderr.splitlines() == [
        "warning: watch=rial: there is no watch 'rial'; did you mean 'rail'?",
        "warning: webhook=dsk,desk: there is no webhook 'dsk'; did you mean 'desk'?",
        "warning: feed=x*: there is no feed 'x*'",
    ]
    assert right.stderr == ""


def test_digest_is_no_alert_where_alerts_are_counted(polled: House) -> None:
    with SqliteStore(polled.root / "data" / "monitor.sqlite") as store:
        [told] = store.archive().alerts(limit=9)
        digest = replace(told, id="a_digest", kind=AlertKind.DIGEST)
        store.write(lambda unit: unit.save_alerts([digest]))

    counted = json.loads(polled.run("status", "--json").stdout)["totals"]["alerts"]
    said = polled.run("silence", "add", "watch=rail", "--for", "1h", "--comment", "c").stdout

    assert counted == 1
    assert "It means 1 of the 1 alert of the last 7 days." in said


def test_routes_are_listed_and_asked(house: House) -> None:
    assert "No routes" in house.run("routes").stderr

    routes = [
        {"id": "none", "matchers": ["severity=low"], "webhooks": []},
        {"id": "day", "matchers": ["watch=rail"], "digest": "daily 08:00"},
        {"id": "rest", "group_by": ["story"], "repeat_interval": "4h"},
    ]
    house.write({"routes.toml": {"route": routes}})
    table = house.run("routes").stdout
    low = house.run("routes", "watch=rail", "severity=low").stdout
    digest = house.run("routes", "watch=rail", "severity=high").stdout
    loud = house.run("routes", "watch=rail", "severity=critical").stdout
    wrong = house.run("routes", "wach=rail")
    listed = [json.loads(line) for line in house.run("routes", "--json").stdout.splitlines()]
    asked = house.run("routes", "watch=rail", "severity=critical", "--json").stdout.splitlines()
    nowhere = house.run("routes", "watch=rail", "severity=low", "--json")

    assert "day\twatch=rail\tthose of the watch\tdigest daily 08:00" in table
    assert "by story: wait 30s, interval 5m, repeat 4h" in table
    assert low == "It would be stored, but sent nowhere.\n"
    assert "console, by route 'day': not before" in digest
    assert "console, by route 'day': at once" in loud
    assert wrong.exit_code == 2
    assert [one["id"] for one in listed] == ["none", "day", "rest"]
    assert listed[0] | {"matchers": ["severity=low"], "webhooks": [], "digest": ""} == listed[0]
    assert listed[2]["repeat_interval"] == 4 * 3600
    assert [json.loads(line)["webhook"] for line in asked] == ["console", "desk"]
    assert json.loads(asked[0]) | {"route": "day", "reason": ""} == json.loads(asked[0])
    assert (nowhere.exit_code, nowhere.stdout, nowhere.stderr) == (0, "", "")
