"""`webhook`: try a destination, or be one."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
import requests

from monitor.core.signing import secret_bytes, sign, timestamp
from monitor.listen import Receiver
from tests.cli.conftest import SECRET, House
from tests.servers import closed_port


def test_test_sends_one_alert_marked_as_a_test(house: House, receiver: Receiver) -> None:
    result = house.run("webhook", "test", "desk")

    (message,) = receiver.messages
    alert = json.loads(message.body)["data"]
    assert result.exit_code == 0
    assert result.stdout == "desk: delivered: answered 204 No Content\n"
    assert alert["headline"].startswith("Test alert")
    assert alert["watch_name"] == "TEST"
    assert not (house.root / "data").exists()


def test_test_of_the_console_prints_the_alert(house: House) -> None:
    result = house.run("webhook", "test", "console")

    assert result.exit_code == 0
    assert result.stdout.startswith("[LOW] TEST: new\nTest alert of news-monitor")


def test_test_of_the_console_as_json_is_json_alone(house: House) -> None:
    result = house.run("webhook", "test", "console", "--json")

    assert json.loads(result.stdout)["verdict"] == "delivered"
    assert "Test alert of news-monitor" in result.stderr


def test_test_that_is_refused_fails_with_what_the_receiver_said(
    house: House, receiver: Receiver
) -> None:
    receiver.fail_next(403, 500)

    refused = house.run("webhook", "test", "desk")
    as_json = house.run("webhook", "test", "desk", "--json")

    assert refused.exit_code == 1
    assert "desk: not taken: answered 403" in refused.stdout
    assert "held" not in refused.stdout
    assert "the service would keep it, and try again ever more seldom" in refused.stdout
    assert "told to answer so" in refused.stdout
    assert as_json.exit_code == 1
    assert json.loads(as_json.stdout)["status"] == 500
    assert SECRET not in refused.output + as_json.output


def test_test_of_a_receiver_that_is_not_there_fails(house: House) -> None:
    desk = {"kind": "standard", "url": f"http://127.0.0.1:{closed_port()}/"}
    house.write({"webhooks.toml": {"webhooks": {"desk": desk, "console": {"kind": "console"}}}})

    result = house.run("webhook", "test", "desk")

    assert result.exit_code == 1
    assert result.stdout.startswith("desk: not taken: ")


@pytest.mark.parametrize("name", ["dsek", "night"])
def test_test_of_an_unknown_or_disabled_webhook_is_a_usage_error(house: House, name: str) -> None:
    webhooks = house.tables["webhooks.toml"]["webhooks"]
    night = {"kind": "slack", "url": "env:NIGHT_URL", "enabled": False}
    house.write({"webhooks.toml": {"webhooks": webhooks | {"night": night}}})

    assert house.run("webhook", "test", name).exit_code == 2


@contextmanager
def _listening(*options: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    command = [sys.executable, "-m", "monitor", "webhook", "listen", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        first = process.stdout.readline()
        try:
            yield process, first.split()[2]
        finally:
            process.send_signal(signal.SIGINT)


def test_listen_prints_what_is_signed_and_refuses_the_rest(house: House) -> None:
    body = b'{"hello": "world"}'
    now = datetime.now(UTC)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": timestamp(now),
        "webhook-signature": sign([secret_bytes(SECRET)], "msg_1", now, body),
    }
    with _listening("--secret", f"file:{house.config / 'desk.key'}") as (process, url):
        taken = requests.post(url, body, headers=headers, timeout=10)
        forged = requests.post(url, body + b" ", headers=headers, timeout=10)
        process.send_signal(signal.SIGINT)
        assert process.stdout
        printed = process.stdout.read()

    assert (taken.status_code, forged.status_code) == (204, 401)
    assert process.returncode == 0
    assert "msg_1, signature verified" in printed
    assert '"hello": "world"' in printed
    assert "msg_1 refused with 401: " in printed
    assert "1 message received. 1 refused: is the secret the same on both sides?" in printed


@pytest.mark.parametrize("reference", [SECRET, "env:NO_SUCH_VARIABLE_HERE", "file:/nonesuch"])
def test_listen_takes_a_secret_by_reference_only(house: House, reference: str) -> None:
    result = house.run("webhook", "listen", "--secret", reference)

    assert result.exit_code == 2
    assert SECRET not in result.output


def test_listen_says_that_the_port_is_taken(house: House, receiver: Receiver) -> None:
    port = receiver.url.rstrip("/").rpartition(":")[2]

    result = house.run("webhook", "listen", "--port", port)

    assert result.exit_code == 1
    assert f"cannot listen on 127.0.0.1 port {port}" in result.stderr


def test_test_needs_the_secrets_of_its_webhook_alone(house: House) -> None:
    webhooks = house.tables["webhooks.toml"]["webhooks"]
    (house.config / "desk.key").unlink()
    house.write({"webhooks.toml": {"webhooks": webhooks}})

    console = house.run("webhook", "test", "console")
    desk = house.run("webhook", "test", "desk")

    assert console.exit_code == 0
    assert desk.exit_code == 2
    assert "desk.key cannot be read" in desk.stderr
