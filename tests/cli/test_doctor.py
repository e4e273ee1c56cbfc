"""`doctor` on real installations, in order and out of it."""

import json
import socket
from typing import Any

import pytest

from monitor.adapters.http.errors import HttpError
from monitor.adapters.http.reach import reach
from monitor.adapters.sqlite import SqliteStore, hold
from monitor.listen import Receiver
from monitor.model import WebhookState
from tests.builders import NOW
from tests.cli.conftest import LOOPBACK, SECRET, House
from tests.servers import closed_port


def found(house: House, *options: str) -> dict[str, list[dict[str, Any]]]:
    """Check -> what it says."""
    result = house.run("doctor", "--json", *options)
    document = json.loads(result.stdout)
    is_bad = any(one["level"] == "bad" for one in document["checks"])
    assert result.exit_code == is_bad
    assert document["ok"] is not is_bad
    told: dict[str, list[dict[str, Any]]] = {}
    for one in document["checks"]:
        told.setdefault(one["check"], []).append(one)
    return told


def level(told: dict[str, list[dict[str, Any]]], check: str) -> str:
    """The worst that a check says."""
    order = ["ok", "warning", "bad"]
    return max((str(one["level"]) for one in told[check]), key=order.index)


def test_well_installation_is_told_on_a_screen(polled: House) -> None:
    result = polled.run("doctor", "--deep")

    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert len(lines) < 40
    assert "0 bad" in lines[-1]
    assert any("the database is whole" in line for line in lines)
    told = found(polled, "--deep")
    for check in ("configuration", "database", "disk", "integrity", "feeds", "webhooks", "limits"):
        assert level(told, check) == "ok", told[check]


def test_before_the_first_start_nothing_is_bad(house: House) -> None:
    told = found(house)

    assert "not there yet" in told["database"][0]["text"]
    assert not (house.root / "data").exists()


def test_configuration_with_errors_is_bad_and_the_rest_is_still_told(polled: House) -> None:
    polled.write({"watches/rail.toml": {"watch": [{"id": "rail", "query": "train AND ("}]}})

    told = found(polled)

    assert level(told, "configuration") == "bad"
    assert level(told, "database") == "ok"


def test_database_that_cannot_be_told_is_bad(polled: House) -> None:
    polled.write({"monitor.toml": {"service": {"database": 7}}})

    told = found(polled)

    assert level(told, "configuration") == "bad"
    assert level(told, "database") == "bad"


def test_secret_that_others_can_read_is_bad(polled: House) -> None:
    (polled.config / "desk.key").chmod(0o644)

    told = found(polled)

    assert level(told, "permissions") == "bad"
    assert "chmod 600" in told["permissions"][0]["cure"]
    assert SECRET not in json.dumps(told)


def test_login_in_an_address_is_told_and_not_shown(polled: House) -> None:
    table = polled.tables["feeds/press.toml"]["feed"]
    secret = table[0] | {"url": f"{polled.feed_url}?token=CANARY"}
    polled.write({"feeds/press.toml": {"feed": [secret, *table[1:]]}})

    told = found(polled)

    assert level(told, "permissions") == "warning"
    assert "CANARY" not in json.dumps(told)


def test_damaged_database_is_found(polled: House) -> None:
    path = polled.root / "data" / "monitor.sqlite"
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xff" * (size // 4))

    assert level(found(polled, "--deep"), "integrity") == "bad"


def test_file_that_is_no_database_is_bad(polled: House) -> None:
    for left in (polled.root / "data").glob("monitor.sqlite-*"):
        left.unlink()
    (polled.root / "data" / "monitor.sqlite").write_bytes(b"x" * 4096)

    assert level(found(polled), "database") == "bad"


def test_disabled_webhook_is_bad(polled: House) -> None:
    state = WebhookState(webhook="desk", disabled_at=NOW, problem="HTTP 410: gone")
    with SqliteStore(polled.root / "data" / "monitor.sqlite") as store:
        store.write(lambda unit: unit.save_webhook_state(state))

    told = found(polled)

    assert level(told, "webhooks") == "bad"
    assert "webhook enable desk" in told["webhooks"][0]["cure"]


def test_running_service_of_another_version_is_told(polled: House) -> None:
    path = polled.root / "data" / "monitor.sqlite"
    with SqliteStore(path) as store:
        store.write(lambda u: u._db.run("UPDATE meta SET value = '0.0' WHERE key = 'program'"))  # type: ignore[attr-defined]

    with hold(path):
        told = found(polled)

    assert level(told, "process") == "warning"
    assert "version 0.0" in told["process"][0]["text"]
    assert level(found(polled), "process") == "warning"  # none runs


def test_online_asks_feeds_and_sends_nothing_to_webhooks(house: House, receiver: Receiver) -> None:
    told = found(house, "--online")

    assert level(told, "network") == "ok", told
    assert level(told, "webhooks") == "ok", told
    assert "reached (nothing was sent): desk" in told["webhooks"][-1]["text"]
    assert receiver.requests == ()


def test_online_tells_what_cannot_be_reached(house: House) -> None:
    table = house.tables["webhooks.toml"]["webhooks"]
    table["desk"]["url"] = f"http://127.0.0.1:{closed_port()}/"
    feeds = house.tables["feeds/press.toml"]["feed"]
    feeds[0]["url"] = f"http://127.0.0.1:{closed_port()}/"
    house.write({})

    told = found(house, "--online")

    assert level(told, "webhooks") == "bad"
    assert "connection refused" in json.dumps(told["webhooks"])
    assert level(told, "network") == "bad"


def test_webhook_whose_secret_is_not_at_hand_is_told(house: House) -> None:
    (house.config / "desk.key").unlink()

    told = found(house, "--online")

    assert "not at hand" in json.dumps(told["webhooks"])
    assert level(told, "configuration") == "warning"


def test_handshake_that_is_none_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        with pytest.raises(HttpError, match=r"no connection|deadline|handshake"):
            reach("127.0.0.1", port, tls=True, deadline_s=0.3, allow_private=LOOPBACK)
        reach("127.0.0.1", port, tls=False, deadline_s=5, allow_private=LOOPBACK)
        with pytest.raises(HttpError, match="not a public address"):
            reach("127.0.0.1", port, tls=False, deadline_s=5)
