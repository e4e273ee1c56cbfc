"""The API: the shapes of the command line, in stretches, under tags, and what may be done."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner
from jsonschema import Draft202012Validator, FormatChecker

from monitor.adapters.sqlite import SqliteStore
from monitor.cli import main
from monitor.listen import Receiver
from monitor.model import DeliveryState, WebhookState
from tests.web.conftest import Served
from tests.web.world import NOW, TOKEN

API = "/api/v1"
HOLDER = {"Authorization": f"Bearer {TOKEN}"}


def lines(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def said(told: Path) -> Callable[..., str]:
    """What a command prints over the same database."""

    def run(*args: str) -> str:
        result = CliRunner().invoke(main, ["--config", str(told), *args, "--json"])
        assert result.exit_code == 0, result.output
        return result.stdout

    return run


LISTS = {
    "alerts?limit=500": "alerts --limit 500",
    "alerts?watch=sanctions&since=2020-01-01": "alerts --watch sanctions --since 2020-01-01",
    "deliveries?limit=500": "deliveries list --limit 500",
    "deliveries?state=dead&state=pending": "deliveries list --state dead --state pending",
    "deliveries?webhook=desk&until=2020-01-01": (
        "deliveries list --webhook desk --until 2020-01-01"
    ),
    "stories": "stories list",
    "stories?watch=kp-border-rail": "stories list --watch kp-border-rail",
    "stories?state=announced&language=zh-Hans": (
        "stories list --state announced --language zh-Hans"
    ),
    "stories?all=true&limit=500": "stories list --all --limit 500",
    "search?q=train+Beijing": "search train Beijing",
    "search?watch=sanctions&language=en&since=2020-01-01": (
        "search --watch sanctions --language en --since 2020-01-01"
    ),
    "search?tier=wire&feed=pennant": "search --tier wire --feed pennant",
    "feeds": "feeds list",
    "feeds?all=true": "feeds list --all",
    "watches": "watches",
    "silences": "silence list",
    "silences?all=true": "silence list --all",
}


@pytest.mark.parametrize("path", LISTS)
def test_a_list_is_that_of_the_command_line(
    page_of_story: Served, said: Callable[..., str], path: str
) -> None:
    answer = page_of_story.get(f"{API}/{path}").json()

    assert answer["results"] == lines(said(*LISTS[path].split()))
    assert answer["next"] is None


def test_a_single_one_is_that_of_the_command_line(
    page_of_story: Served, said: Callable[..., str]
) -> None:
    def first(noun: str) -> str:
        found = page_of_story.get(f"{API}/{noun}").json()["results"][0]
        return str(found.get("id") or found["watch"])

    for noun in ("alerts", "deliveries", "stories", "feeds"):
        name = first(noun)
        answer = page_of_story.get(f"{API}/{noun}/{name}").json()
        assert answer == json.loads(said(noun, "show", name)), noun
    item = first("items")
    assert (
        page_of_story.get(f"{API}/items/{item}").json() == json.loads(said("explain", item))["item"]
    )
    watches = {one["watch"]: one for one in lines(said("watches"))}
    assert page_of_story.get(f"{API}/watches/sanctions").json() == watches["sanctions"]


def test_the_status_is_that_of_the_command_line(
    page_of_story: Served, said: Callable[..., str]
) -> None:
    answer, told = page_of_story.get(f"{API}/status").json(), json.loads(said("status"))

    assert answer.pop("lag_seconds").keys() == told.pop("lag_seconds").keys()
    assert {**answer, "now": ""} == {**told, "now": ""}


# --- the description ---


@pytest.fixture(scope="module")
def description(page_of_story: Served) -> dict[str, Any]:
    described: dict[str, Any] = page_of_story.get(f"{API}/openapi.json").json()
    return described


def strict(schema: Any) -> Any:
    """With nothing in an object that is not described."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: strict(value) for name, value in schema.items()}
    return closed | {"additionalProperties": False} if "properties" in schema else closed


def flaws(description: dict[str, Any], path: str, answer: Any) -> list[str]:
    schema = description["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
    whole = strict(schema["schema"]) | {"components": strict(description["components"])}
    checker = Draft202012Validator(whole, format_checker=FormatChecker())
    return [f"{one.json_path}: {one.message[:200]}" for one in checker.iter_errors(answer)]


@pytest.mark.parametrize(
    "noun", ["stories", "items", "alerts", "deliveries", "feeds", "watches", "webhooks", "silences"]
)
def test_answers_are_as_described(
    page_of_story: Served, description: dict[str, Any], noun: str
) -> None:
    path = f"{API}/{noun}"
    answer = page_of_story.get(f"{path}?limit=500").json()

    assert answer["results"]
    assert flaws(description, path, answer) == []
    [one] = [one for one in description["paths"] if one.startswith(f"{path}/{{") and one[-1] == "}"]
    for entry in answer["results"][:40]:
        name = entry.get("id") or entry.get("watch") or entry["webhook"]
        whole = page_of_story.get(f"{path}/{name}").json()
        assert flaws(description, one, whole) == []


def test_status_and_search_are_as_described(
    page_of_story: Served, description: dict[str, Any]
) -> None:
    for path, query in ((f"{API}/status", ""), (f"{API}/search", "?q=train")):
        assert flaws(description, path, page_of_story.get(path + query).json()) == []


def test_everything_is_described(description: dict[str, Any]) -> None:
    for path, methods in description["paths"].items():
        for method, told in methods.items():
            assert told["summary"], path
            assert told["description"], path
            assert told["tags"], path
            assert {"token": []} in told["security"]
            assert ({} in told["security"]) == (method == "get")
            for status, answer in told["responses"].items():
                content = answer.get("content", {})
                if int(status) < 400 and "application/json" in content:
                    assert content["application/json"]["schema"].get("$ref"), (path, status)


# --- stretches ---


@pytest.mark.parametrize(
    "path", ["items?", "alerts?", "deliveries?", "stories?all=true&", "search?q=train&", "feeds?"]
)
def test_stretches_make_the_whole(page_of_story: Served, path: str) -> None:
    whole = page_of_story.get(f"{API}/{path}limit=500").json()["results"]
    found: list[Any] = []
    cursor: str | None = ""
    stretches = 0
    while cursor is not None:
        answer = page_of_story.get(f"{API}/{path}limit=3&cursor={cursor}").json()
        found += answer["results"]
        cursor, stretches = answer["next"], stretches + 1

    assert found == whole
    assert stretches == -(-len(whole) // 3)


@pytest.mark.parametrize(
    "cursor", ["x", "WyJ4IiwieSJd", "W10", "bnVsbA", "WzEsMl0", "%00", "WyIyMDI2LTAxLTAxIiwieCJd"]
)
def test_a_foreign_cursor_is_refused(page_of_story: Served, cursor: str) -> None:
    answer = page_of_story.get(f"{API}/alerts?cursor={cursor}")

    assert answer.status_code == 400
    assert "begin without one" in answer.json()["detail"]


# --- tags ---


@pytest.mark.parametrize(
    "path", ["stories", "items", "alerts", "feeds", "watches", "webhooks", "openapi.json"]
)
def test_what_is_known_already_is_not_sent_again(page_of_story: Served, path: str) -> None:
    first = page_of_story.get(f"{API}/{path}")
    tag = first.headers["etag"]

    again = page_of_story.get(f"{API}/{path}", headers={"If-None-Match": f'"other", W/{tag}'})

    assert tag.startswith('"')
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    other = page_of_story.get(f"{API}/{path}", headers={"If-None-Match": '"other"'})
    assert other.content == first.content


# --- errors ---


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("nowhere", 404),
        ("stories/s_nothing", 404),
        ("alerts/a_nothing", 404),
        ("deliveries/msg_nothing", 404),
        ("items/i_nothing", 404),
        ("feeds/nothing", 404),
        ("watches/nothing", 404),
        ("webhooks/nothing", 404),
        ("silences/nothing", 404),
        ("alerts/%00", 422),
        ("alerts?limit=501", 422),
        ("alerts?limit=0", 422),
        ("alerts?since=yesterday", 422),
        ("alerts?watch=nothing", 422),
        ("deliveries?state=nothing", 422),
        ("deliveries?alert=nothing", 422),
        ("deliveries?webhook=nothing", 422),
        ("stories?all=true&watch=sanctions", 422),
        ("stories?language=nothing!", 422),
        ("search", 422),
        ("search?tier=nothing", 422),
        ("search?feed=nothing", 422),
        ("search?watch=nothing", 422),
        ("search?language=nothing!", 422),
        ("items/i_nothing/explain", 404),
        ("alerts?wacth=sanctions", 422),
        ("alerts/a_nothing?watch=sanctions", 422),
    ],
)
def test_errors_say_what_is_wrong(page_of_story: Served, path: str, status: int) -> None:
    answer = page_of_story.get(f"{API}/{path}")

    assert answer.status_code == status
    assert isinstance(answer.json()["detail"], str)
    assert answer.json()["detail"]


def test_a_parameter_that_is_none_says_what_was_perhaps_meant(page_of_story: Served) -> None:
    answer = page_of_story.get(f"{API}/alerts?wacth=sanctions")

    assert answer.json()["detail"] == "there is no parameter 'wacth'; did you mean 'watch'?"


def test_why_an_item_was_not_told_is_answered_as_on_the_command_line(
    page_of_story: Served, description: dict[str, Any], said: Callable[..., str]
) -> None:
    items = page_of_story.get(f"{API}/search?watch=kp-border-rail").json()["results"]
    item = next(one["id"] for one in items if one["revision"])

    answer = page_of_story.get(f"{API}/items/{item}/explain").json()

    assert answer == json.loads(said("explain", item))
    assert flaws(description, f"{API}/items/{{id}}/explain", answer) == []


def test_a_story_tells_what_kept_watches_from_matching(page_of_story: Served) -> None:
    story = page_of_story.get(f"{API}/stories?watch=kp-border-rail").json()["results"]
    wholes = [page_of_story.get(f"{API}/stories/{one['id']}").json() for one in story]
    items = [item for one in wholes for part in one["stories"] for item in part["items"]]
    dropped = [drop for one in items for drop in one["dropped"]]

    assert dropped
    assert all(drop["by"] and drop["revision"] >= 0 for drop in dropped)


def test_without_a_database_it_says_so(told: Path, tmp_path: Path, serve: Any) -> None:
    shutil.copytree(told, tmp_path / "config")
    served = serve(tmp_path / "config")

    for noun in ("alerts", "stories", "items", "deliveries", "silences", "status"):
        answer = served.get(f"{API}/{noun}")
        assert answer.status_code == 503
        assert "Nothing is stored yet" in answer.json()["detail"]
    assert served.get(f"{API}/feeds").json()["results"]


# --- actions ---


@pytest.fixture
def desk() -> Iterator[Receiver]:
    with Receiver(secret=None) as receiver:
        yield receiver


@pytest.fixture
def ours(told: Path, tmp_path: Path, serve: Any, desk: Receiver) -> Served:
    """A copy that may be changed, whose webhook leads to a receiver."""
    shutil.copytree(told.parent, tmp_path / "copy")
    hooks = tmp_path / "copy" / "config" / "webhooks.toml"
    hooks.write_text(hooks.read_text().replace("http://127.0.0.1:9/hook", desk.url))
    settings = tmp_path / "copy" / "config" / "monitor.toml"
    settings.write_text(settings.read_text().replace(str(told.parent), str(tmp_path / "copy")))
    served: Served = serve(tmp_path / "copy" / "config")
    return served


def act(served: Served, method: str, path: str, **more: Any) -> Any:
    headers = more.pop("headers", HOLDER)
    return requests.request(
        method, f"{served.url}{API}/{path}", headers=headers, timeout=20, **more
    )


ACTIONS = (
    ("POST", "silences"),
    ("DELETE", "silences/q_planned"),
    ("POST", "deliveries/msg_x/redeliver"),
    ("POST", "webhooks/desk/test"),
    ("POST", "webhooks/desk/enable"),
)


@pytest.mark.parametrize(("method", "path"), ACTIONS)
def test_nobody_acts_without_the_token(page_of_story: Served, method: str, path: str) -> None:
    for headers in ({}, {"Authorization": "Bearer guess"}):
        answer = act(page_of_story, method, path, headers=headers)
        assert answer.status_code == 401
        assert "token" in answer.json()["detail"]
    foreign = HOLDER | {"Origin": "https://evil.example"}
    answer = act(page_of_story, method, path, headers=foreign)
    assert (answer.status_code, list(answer.json())) == (403, ["detail"])


def test_a_silence_is_begun_once_and_ended(ours: Served) -> None:
    asked = {"matchers": ["watch=sanctions"], "for": "8h", "comment": "drill", "author": "desk"}
    keyed = HOLDER | {"Idempotency-Key": "k1"}

    made = act(ours, "POST", "silences", json=asked, headers=keyed)
    again = act(ours, "POST", "silences", json=asked, headers=keyed)
    other = act(ours, "POST", "silences", json=asked | {"for": "9h"}, headers=keyed)

    assert (made.status_code, again.status_code, other.status_code) == (201, 200, 422)
    assert made.json()["id"] == again.json()["id"]
    assert made.json()["active"]
    path = made.headers["location"].removeprefix(f"{API}/")
    assert act(ours, "GET", path).json() | {"warnings": []} == again.json()
    ended = act(ours, "DELETE", path)
    assert not ended.json()["active"]
    assert act(ours, "DELETE", path).json() == ended.json()


@pytest.mark.parametrize(
    "wrong",
    [
        {"for": "8"},
        {"for": "2 years"},
        {"matchers": []},
        {"matchers": ["planet=mars"]},
        {"comment": " \u200b"},
        {"comment": "\ud800"},
        {"matchers": "watch=x"},
    ],
)
def test_a_silence_that_makes_no_sense_is_refused(ours: Served, wrong: dict[str, Any]) -> None:
    asked = {"matchers": ["watch=sanctions"], "for": "8h", "comment": "drill"} | wrong

    answer = act(ours, "POST", "silences", json=asked)

    assert answer.status_code == 422
    assert answer.json()["detail"]


@pytest.mark.parametrize("media", ["", "application/x-www-form-urlencoded", "text/plain"])
def test_a_body_that_is_not_called_json_is_refused_with_the_cure(ours: Served, media: str) -> None:
    body = json.dumps({"matchers": ["watch=sanctions"], "for": "8h", "comment": "drill"})

    answer = act(ours, "POST", "silences", data=body, headers=HOLDER | {"Content-Type": media})

    assert answer.status_code == 415
    assert "'Content-Type: application/json'" in answer.json()["detail"]


def test_a_silence_of_a_name_that_nothing_has_is_warned_of(ours: Served) -> None:
    asked = {"matchers": ["watch=sanctoins"], "for": "8h", "comment": "drill"}

    made = act(ours, "POST", "silences", json=asked)

    assert made.status_code == 201
    [warning] = made.json()["warnings"]
    assert "did you mean 'sanctions'?" in warning


def database(served: Served) -> Path:
    return Path(served.config.settings.database)


def test_what_was_given_up_is_sent_again_once(ours: Served) -> None:
    [dead] = act(ours, "GET", "deliveries?state=dead").json()["results"]
    with SqliteStore(database(ours)) as store:
        state = WebhookState(webhook="desk", disabled_at=NOW, problem="410 Gone")
        store.write(lambda unit: unit.save_webhook_state(state))

    answer = act(ours, "POST", f"deliveries/{dead['id']}/redeliver").json()
    again = act(ours, "POST", f"deliveries/{dead['id']}/redeliver").json()

    assert (answer["queued"], answer["enabled"]) == (1, ["desk"])
    assert (again["queued"], again["left"]) == (0, 1)
    shown = act(ours, "GET", f"deliveries/{dead['id']}").json()
    assert shown["state"] == DeliveryState.PENDING
    assert [one["kind"] for one in shown["interventions"]] == ["redelivery asked"]


def test_a_webhook_is_tried_and_enabled(ours: Served, desk: Receiver) -> None:
    tried = act(ours, "POST", "webhooks/desk/test").json()
    assert (tried["webhook"], tried["verdict"]) == ("desk", "delivered")

    enabled = act(ours, "POST", "webhooks/desk/enable").json()

    assert enabled == {"webhook": "desk", "was_disabled": False, "waiting": 1}
    assert act(ours, "POST", "webhooks/nothing/test").status_code == 404


def test_other_nouns_cannot_be_changed(ours: Served) -> None:
    assert act(ours, "POST", "alerts", json={}).status_code == 405
