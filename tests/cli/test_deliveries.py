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


def test_redeliver_enables_a_webhook_that_said_gone(house: House, receiver: Receiver) -> None:
    delivery = _polled(house, receiver, 410)

    result = house.run("deliveries", "redeliver", delivery["id"])
    house.run("poll")

    assert "Webhook desk was disabled and is enabled again." in result.stdout
    assert len(receiver.messages) == 1


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
def test_redeliver_wants_either_ids_or_a_state(house: House, options: list[str]) -> None:
    assert house.run("deliveries", "redeliver", *options).exit_code == 2


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
