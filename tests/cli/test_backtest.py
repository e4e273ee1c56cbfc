"""`backtest`: what a watch would have told of the stored items."""

import json
from typing import Any

import pytest

from tests.cli.conftest import House


def document(house: House, *args: str) -> dict[str, Any]:
    result = house.run("backtest", *args, "--json")
    assert result.exit_code == 0, result.output
    loaded: dict[str, Any] = json.loads(result.stdout)
    return loaded


def test_watch_as_it_is_is_counted(polled: House) -> None:
    told = document(polled, "rail")

    assert (told["watch"], told["texts"]) == ("rail", 2)
    assert told["changed"] is None
    assert told["current"]["matches"] == told["current"]["items"] == told["current"]["alerts"] == 1
    assert told["current"]["languages"] == {"en": 1}
    assert [day["alerts"] for day in told["current"]["days"]] == [1]
    (sample,) = told["samples"]
    assert sample["title"] == "First train leaves Pyongyang"
    assert sample["found"][0]["variant"] == "train"


def test_other_query_is_compared_with_the_watch(polled: House) -> None:
    told = document(polled, "rail", "--query", "harvest OR festival")

    assert told["query"] == "harvest OR festival"
    assert (told["added"], told["lost"]) == (1, 1)
    assert told["added_samples"][0]["title"] == "Harvest festival opens"
    assert told["lost_samples"][0]["title"] == "First train leaves Pyongyang"


def test_watch_that_there_is_not_is_tried_as_a_new_one_and_said_so(polled: House) -> None:
    told = polled.run("backtest", "rali", "--query", "harvest")

    assert told.exit_code == 0
    assert "no watch 'rali' (did you mean 'rail'?): tried as a new one" in told.stderr


def test_people_get_counts_a_chart_and_samples(polled: House) -> None:
    result = polled.run("backtest", "rail", "--query", "harvest")

    assert result.exit_code == 0
    assert "rail over 2 texts seen" in result.stdout
    assert "now\t1\t1\t1\t1.0\t1 (" in result.stdout
    assert "Added: 1 item, lost: 1" in result.stdout
    assert "Publishers: Pennant Wire 1" in result.stdout
    assert "████" in result.stdout
    assert "Harvest festival opens" in result.stdout
    assert "[harvest: Harvest]" in result.stdout


def test_new_watch_needs_a_query_and_nothing_else(polled: House) -> None:
    told = document(polled, "crops", "--query", "harvest")
    without = polled.run("backtest", "crops")

    assert told["current"] is None
    assert told["changed"]["alerts"] == 1
    assert without.exit_code == 2
    assert "no watch named 'crops'" in without.stderr


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("train AND", "line 1, column 10: expected a term or '(', but the query ends"),
        ("@nowhere", "line 1, column 1: no group named 'nowhere'"),
        ("lang:ko lang:ja train", "can never be true"),
    ],
)
def test_query_with_a_mistake_is_refused(polled: House, query: str, message: str) -> None:
    result = polled.run("backtest", "rail", "--query", query)

    assert result.exit_code == 2
    assert message in result.stderr


def test_doubtful_query_is_run_with_a_warning(polled: House) -> None:
    result = polled.run("backtest", "rail", "--query", "train leaves OR tram")

    assert result.exit_code == 0
    assert "warning: line 1, column 1: AND and OR are mixed" in result.stderr


def test_time_without_items_says_so(polled: House) -> None:
    result = polled.run("backtest", "rail", "--since", "2999-01-01")

    assert result.exit_code == 0
    assert "No item was stored in that time: see --since." in result.stderr


def test_samples_may_be_left_out(polled: House) -> None:
    assert document(polled, "rail", "--samples", "0")["samples"] == []
