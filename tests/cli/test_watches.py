"""`watches` and ratings: what is watched for, and what people think of what came."""

import json

from tests.cli.conftest import House


def alert_of(house: House) -> str:
    return str(json.loads(house.run("alerts", "--json").stdout)["id"])


def test_watches_are_listed_with_their_last_match(polled: House) -> None:
    listed = json.loads(polled.run("watches", "--json").stdout)
    text = polled.run("watches").stdout

    assert (listed["watch"], listed["matches"], listed["enabled"]) == ("rail", 1, True)
    assert listed["last_match_at"]
    assert text.startswith("watch\tseverity\tmatches\tlast match\tquery\nrail\t")


def test_watches_are_listed_before_the_first_poll(house: House) -> None:
    listed = json.loads(house.run("watches", "--json").stdout)

    assert (listed["matches"], listed["last_match_at"]) == (0, None)


def test_suggestions_need_more_than_one_match(polled: House) -> None:
    result = polled.run("watches", "suggest", "rail")

    assert result.exit_code == 0
    assert result.stdout == ""
    assert "Nothing stands out" in result.stderr


def test_suggestions_for_an_unknown_watch_are_refused(polled: House) -> None:
    result = polled.run("watches", "suggest", "rial")

    assert result.exit_code == 2
    assert "did you mean 'rail'?" in result.stderr


def test_rated_alert_becomes_a_case_that_check_runs(polled: House) -> None:
    alert = alert_of(polled)

    rated = polled.run("alerts", "rate", alert, "good", "--note", "the story")
    fine = polled.run("check", "--regress")
    polled.write({"watches/rail.toml": {"watch": [{"id": "rail", "query": "tram"}]}})
    lost = polled.run("check", "--regress")
    document = json.loads(polled.run("check", "--regress", "--json").stdout)

    assert rated.stdout == "rail: good: First train leaves Pyongyang\n"
    assert fine.exit_code == 0
    assert fine.stdout.endswith("1 rated alert: 0 wrong\n")
    assert lost.exit_code == 1
    assert "rail: rated good, is not found any more: First train leaves Pyongyang" in lost.stdout
    assert f"missing: tram; alert {alert} (the story)" in lost.stdout
    assert document["regress"]["wrong"][0]["alert"] == alert
    assert document["regress"]["cases"] == 1


def test_noise_is_wrong_until_the_watch_misses_it(polled: House) -> None:
    polled.run("alerts", "rate", alert_of(polled), "noise")

    still = polled.run("check", "--regress")
    polled.write({"watches/rail.toml": {"watch": [{"id": "rail", "query": "train NOT first"}]}})
    mended = polled.run("check", "--regress")

    assert still.exit_code == 1
    assert "rated noise, is still found" in still.stdout
    assert mended.exit_code == 0


def test_ratings_are_listed_changed_and_taken_back(polled: House) -> None:
    alert = alert_of(polled)
    polled.run("alerts", "rate", alert, "good")
    polled.run("alerts", "rate", alert, "noise", "--note", "a toy")

    listed = json.loads(polled.run("alerts", "ratings", "--json").stdout)
    text = polled.run("alerts", "ratings").stdout
    shown = polled.run("alerts", "show", alert).stdout
    taken = polled.run("alerts", "rate", alert, "none")
    again = polled.run("alerts", "rate", alert, "none")

    assert (listed["alert_id"], listed["rating"], listed["note"]) == (alert, "noise", "a toy")
    assert "noise\trail\tFirst train leaves Pyongyang\ta toy" in text
    assert "Rated noise (a toy)" in shown
    assert taken.exit_code == 0
    assert again.exit_code == 1
    assert "is not rated" in again.stderr
    assert "Nothing is rated yet" in polled.run("alerts", "ratings").stderr


def test_alert_that_is_not_there_cannot_be_rated(polled: House) -> None:
    result = polled.run("alerts", "rate", "a_none", "good")

    assert result.exit_code == 1
    assert "there is no alert 'a_none'" in result.stderr


def test_ratings_of_watches_that_are_gone_are_counted_as_such(polled: House) -> None:
    polled.run("alerts", "rate", alert_of(polled), "good")
    polled.write({"watches/rail.toml": {"watch": [{"id": "other", "query": "train"}]}})

    result = polled.run("check", "--regress")

    assert result.stdout.endswith("0 rated alerts: 0 wrong, 1 of no enabled watch\n")
