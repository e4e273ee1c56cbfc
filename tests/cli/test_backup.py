"""`backup` and `restore`, beside a running service and without one."""

import json
import signal
from pathlib import Path

from monitor.listen import Receiver
from tests.cli.conftest import House


def test_backup_beside_the_running_service_which_restore_refuses(
    house: House, receiver: Receiver, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.sqlite"
    process = house.start("run")
    try:
        assert process.stderr
        assert any("monitor_started" in line for line in process.stderr)

        made = house.run("backup", str(copy))
        refused = house.run("restore", str(copy))

        assert made.exit_code == 0
        assert "MB, checked." in made.stdout
        assert refused.exit_code == 75
        assert "held by process" in refused.stderr
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert process.returncode == 0


def test_restored_backup_sends_again_under_the_same_ids(
    house: House, receiver: Receiver, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.sqlite"
    receiver.fail_next(503)
    house.run("poll")
    assert house.run("backup", str(copy), "--json").exit_code == 0
    house.run("webhook", "enable", "desk")
    house.run("poll")
    (before,) = [message.webhook_id for message in receiver.messages]

    restored = house.run("restore", str(copy))
    house.run("webhook", "enable", "desk")
    house.run("poll")

    assert restored.exit_code == 0
    assert "is kept: " in restored.stdout
    assert "1 delivery will be sent, under the ids they had." in restored.stdout
    assert {message.webhook_id for message in receiver.messages} == {before}
    assert [request.repeat for request in receiver.requests if request.status == 204] == [
        False,
        True,
    ]


def test_restore_of_what_is_not_there_changes_nothing(polled: House, tmp_path: Path) -> None:
    before = (polled.root / "data" / "monitor.sqlite").read_bytes()

    result = polled.run("restore", str(tmp_path / "nothing"))

    assert result.exit_code == 1
    assert (polled.root / "data" / "monitor.sqlite").read_bytes() == before


def test_restore_tells_where_the_former_database_is(polled: House, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite"
    polled.run("backup", str(copy))

    document = json.loads(polled.run("restore", str(copy), "--json").stdout)

    assert Path(document["aside"]).is_file()
