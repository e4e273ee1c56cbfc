"""`deliveries`: the outbox, its history, and sending again."""

import io
import json
import signal
from contextlib import redirect_stdout
from typing import Any

import pytest

from monitor.cli import main
from monitor.listen import Receiver
from tests.cli.conftest import House


def _deliveries(house: House, *options: str) -> list[dict[str, Any]]:
    result = house.run("deliveries", "list", "--json", *options)
    return [json.loads(line) for line in result.stdout.splitlines()]


def _polled(house: House, receiver: Receiver, *answers: int) -> dict[str, Any]:
    """The delivery to `desk` after it was answered so."""
    receiver.fail_next(*answers)
    house.run("poll")
    (delivery,) = _deliveries(house, "--webhook", "desk")
    return delivery


def test_list_tells_what_became_of_each(house: House, receiver: Receiver) -> None:
    _polled(house, receiver, 400)

    text = house.run("deliveries", "list").stdout
    dead = _deliveries(house, "--state", "dead")

    assert text.splitlines()[0].split("\t")[:5] == ["id", "created", "webhook", "state", "attempts"]
    assert "\tconsole\tdelivered\t1\t" in text
    assert "\tdesk\tdead\t1\t" in text
    assert [one["webhook"] for one in dead] == ["desk"]
    assert dead[0]["payload"]["type"]


def test_show_tells_payload_and_attempts(house: House, receiver: Receiver) -> None:
    delivery = _polled(house, receiver, 400)

    text = house.run("deliveries", "show", delivery["id"][:12]).stdout
    document = json.loads(house.run("deliveries", "show", delivery["id"], "--json").stdout)

    assert "State: dead" in text
    assert "refused  answered 400" in text
    assert '"headline": "First train leaves Pyongyang"' in text
    assert document["payload"]["data"]["headline"] == "First train leaves Pyongyang"
    assert document["history"][0]["answer"]["status"] == 400


def test_show_of_an_unknown_delivery_fails(house: House, receiver: Receiver) -> None:
    _polled(house, receiver)

    result = house.run("deliveries", "show", "msg_nonesuch")

    assert result.exit_code == 1


def test_redelivered_dead_letter_is_sent_with_the_same_id(house: House, receiver: Receiver) -> None:
    delivery = _polled(house, receiver, 400)

    queued = house.run("deliveries", "redeliver", delivery["id"])
    house.run("poll")

    assert queued.exit_code == 0
    assert "1 delivery queued." in queued.stdout
    assert "news-monitor poll" in queued.stdout
    assert [message.webhook_id for message in receiver.messages] == [delivery["id"]]


def test_redeliver_all_of_a_state_beside_the_running_service(
    house: House, receiver: Receiver
) -> None:
    _polled(house, receiver, 400)
    process = house.start("run")
    try:
        assert process.stderr
        assert any("monitor_started" in line for line in process.stderr)

        result = house.run(
            "deliveries", "redeliver", "--state", "dead", "--webhook", "desk", "--since", "1h"
        )

        assert "1 delivery queued." in result.stdout
        assert receiver.wait_for(1, timeout_s=30)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert process.returncode == 0


@pytest.mark.parametrize("command", [["deliveries", "redeliver"], ["webhook", "enable"]])
def test_webhook_that_said_gone_is_enabled_and_gets_what_waited(
    house: House, receiver: Receiver, command: list[str]
) -> None:
    delivery = _polled(house, receiver, 410)
    house.run("poll")
    assert delivery["state"] == "pending"

    result = house.run(*command, delivery["id"] if "redeliver" in command else "desk")
    house.run("poll")

    assert "Webhook desk was disabled" in result.stdout
    assert [message.webhook_id for message in receiver.messages] == [delivery["id"]]


def test_webhook_that_nobody_knows_cannot_be_enabled(polled: House) -> None:
    result = polled.run("webhook", "enable", "dsek")

    assert result.exit_code == 2
    assert "did you mean 'desk'?" in result.stderr


def test_redeliver_tells_of_a_webhook_that_is_held(house: House, receiver: Receiver) -> None:
    receiver.fail_next(429, headers={"retry-after": "3600"})
    house.run("poll")
    (delivered,) = _deliveries(house, "--webhook", "console")
    (waiting,) = _deliveries(house, "--webhook", "desk")

    result = house.run("deliveries", "redeliver", delivered["id"], waiting["id"], "--json")
    text = house.run("deliveries", "redeliver", waiting["id"])

    document = json.loads(result.stdout)
    assert (document["queued"], document["left"]) == (1, 1)
    assert list(document["held_until"]) == ["desk"]
    assert "1 delivery left alone" in text.stdout
    assert "Webhook desk is held until" in text.stdout


@pytest.mark.parametrize(
    "options", [[], ["msg_1", "--state", "dead"], ["msg_1", "--webhook", "desk"]]
)
@pytest.mark.parametrize("command", ["redeliver", "purge"])
def test_what_changes_something_wants_either_ids_or_a_selection(
    house: House, command: str, options: list[str]
) -> None:
    """Nobody means everything that was ever delivered."""
    assert house.run("deliveries", command, *options).exit_code == 2


def _state_of(house: House, delivery_id: str) -> str:
    document = json.loads(house.run("deliveries", "show", delivery_id, "--json").stdout)
    return str(document["state"])


def test_selections_narrow_each_other_down(house: House, receiver: Receiver) -> None:
    dead = _polled(house, receiver, 400)

    def ids(*options: str) -> list[str]:
        return [one["id"] for one in _deliveries(house, *options)]

    assert len(ids("--alert", dead["alert_id"])) == 2
    assert ids("--alert", dead["alert_id"], "--state", "dead") == [dead["id"]]
    assert len(ids("--state", "dead", "--state", "delivered")) == 2
    assert ids("--since", "1h", "--until", "2999-01-01", "--webhook", "desk") == [dead["id"]]
    assert ids("--until", "1h") == []
    assert ids("--since", "2999-01-01") == []
    assert ids(dead["id"][:12]) == [dead["id"]]
    assert ids(dead["id"], "--state", "delivered") == []


def test_selection_of_an_unknown_alert_fails(polled: House) -> None:
    assert polled.run("deliveries", "list", "--alert", "a_nonesuch").exit_code == 1


def test_several_are_shown(polled: House) -> None:
    ids = [one["id"] for one in _deliveries(polled)]

    text = polled.run("deliveries", "show", *ids).stdout
    documents = json.loads(polled.run("deliveries", "show", *ids, "--json").stdout)

    assert text.count("Payload:") == 2
    assert [one["id"] for one in documents] == ids


def test_replay_is_in_the_history_and_the_attempts_before_it_stay(
    house: House, receiver: Receiver
) -> None:
    dead = _polled(house, receiver, 400)
    house.run("deliveries", "redeliver", dead["id"])
    house.run("poll")

    text = house.run("deliveries", "show", dead["id"]).stdout
    document = json.loads(house.run("deliveries", "show", dead["id"], "--json").stdout)

    refused, _said, asked, delivered = text.partition("Payload:")[0].splitlines()[-4:]
    assert "refused" in refused
    assert "redelivery asked  it was dead: answered 400 Bad Request" in asked
    assert "delivered" in delivered
    assert [one["answer"]["verdict"] for one in document["history"]] == ["refused", "delivered"]
    assert [one["kind"] for one in document["interventions"]] == ["redelivery asked"]


def test_dry_run_tells_and_changes_nothing(house: House, receiver: Receiver) -> None:
    dead = _polled(house, receiver, 400)
    delivered = _deliveries(house, "--state", "delivered")
    count = len(_deliveries(house))

    redeliver = house.run("deliveries", "redeliver", "--webhook", "desk", "--dry-run").stdout
    purge = house.run("deliveries", "purge", "--state", "delivered", "--dry-run", "--json").stdout

    assert redeliver.startswith(f"1 delivery would be queued:\n    {dead['id']}")
    assert json.loads(purge) == {
        "dry_run": True,
        "deleted": len(delivered),
        "cancelled": 0,
        "left": 0,
        "would_be_deleted": [one["id"] for one in delivered],
        "would_be_cancelled": [],
    }
    assert len(_deliveries(house)) == count
    assert _state_of(house, dead["id"]) == "dead"


def test_redeliver_without_a_state_leaves_alone_what_arrived(
    house: House, receiver: Receiver
) -> None:
    _polled(house, receiver, 400)

    result = house.run("deliveries", "redeliver", "--since", "1h", "--json")

    assert json.loads(result.stdout)["queued"] == 1


def test_purge_deletes_what_is_over_and_cancels_only_if_told(
    house: House, receiver: Receiver
) -> None:
    waiting = _polled(house, receiver, 503)

    first = house.run("deliveries", "purge", "--since", "1h")
    kept = _deliveries(house)
    second = house.run("deliveries", "purge", "--since", "1h", "--cancel")

    assert "1 delivery deleted." in first.stdout
    assert "1 delivery left alone: not delivered" in first.stdout
    assert [one["id"] for one in kept] == [waiting["id"]]
    assert "1 delivery cancelled." in second.stdout
    (cancelled,) = _deliveries(house)
    assert cancelled["state"] == "cancelled"
    assert "purge --cancel" in cancelled["problem"]
    house.run("poll")
    assert receiver.messages == ()


def test_purge_works_beside_the_running_service(house: House, receiver: Receiver) -> None:
    _polled(house, receiver, 400)
    process = house.start("run")
    try:
        assert process.stderr
        assert any("monitor_started" in line for line in process.stderr)

        result = house.run("deliveries", "purge", "--state", "dead", "--json")

        assert json.loads(result.stdout) == {"deleted": 1, "cancelled": 0, "left": 0}
        assert {one["webhook"] for one in _deliveries(house)} == {"console"}
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert process.returncode == 0


@pytest.mark.parametrize("command", [["list"], ["redeliver", "--state", "dead"]])
def test_deliveries_of_a_webhook_that_nobody_knows_are_a_usage_error(
    polled: House, command: list[str]
) -> None:
    result = polled.run("deliveries", *command, "--webhook", "dsek")

    assert result.exit_code == 2
    assert "no webhook named 'dsek'; did you mean 'desk'?" in result.stderr


def test_deliveries_of_a_webhook_that_was_renamed_are_still_listed(polled: House) -> None:
    webhooks = polled.tables["webhooks.toml"]["webhooks"]
    settings = polled.tables["monitor.toml"] | {"alerts": {"webhooks": ["office"]}}
    renamed = {"console": webhooks["console"], "office": webhooks["desk"]}
    polled.write({"monitor.toml": settings, "webhooks.toml": {"webhooks": renamed}})

    assert len(_deliveries(polled, "--webhook", "desk")) == 1
    assert polled.run("deliveries", "list", "--webhook", "office").exit_code == 0


def test_list_names_watch_and_headline(polled: House) -> None:
    header, *rows = polled.run("deliveries", "list").stdout.splitlines()

    assert header.endswith("\tproblem\twatch\theadline")
    assert len(rows) == 2
    assert all(row.endswith("\trail\tFirst train leaves Pyongyang") for row in rows)


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_list_on_a_narrow_terminal_breaks_no_cell(
    house: House, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery = _polled(house, receiver, 400)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    terminal = _Terminal()

    with redirect_stdout(terminal):
        main(["--config", str(house.config), "deliveries", "list"], standalone_mode=False)

    lines = terminal.getvalue().splitlines()
    (at,) = [number for number, line in enumerate(lines) if line.startswith(delivery["id"])]
    assert lines[at].endswith("desk  dead, 1 attempt")
    assert lines[at + 1] == "    rail: First train leaves Pyongyang"
    assert lines[at + 2].startswith("    answered 400")
