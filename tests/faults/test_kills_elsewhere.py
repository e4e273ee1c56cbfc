"""kill -9 inside of what no trial passes: backups, restores, reports. Nothing is half there."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from monitor.adapters.sqlite import SqliteStore, back_up
from monitor.core.delivery import LEASE
from monitor.model import Alert, Delivery
from monitor.ports import Unit
from tests.builders import a_delivery, an_alert
from tests.e2e.world import a_daemon, a_folder, an_entry, rss
from tests.faults.campaigns import zygotes
from tests.faults.places import places_of
from tests.servers import Loopback, Reply, Request

_DAY = timedelta(days=1)
_LATER = _DAY + timedelta(minutes=5)  # one slot lies in between, whatever the time is


Command = Callable[..., int]


@pytest.fixture
def command(tmp_path: Path) -> Iterator[Command]:
    """Runs `news-monitor` in a process of its own; returns its exit status."""
    with zygotes(1) as [zygote]:

        def run(
            folder: Path, *arguments: str, failpoint: str = "", ahead: timedelta = timedelta()
        ) -> int:
            clock_s = str(ahead.total_seconds())
            environment = {"NEWS_MONITOR_FAILPOINT": failpoint, "TRIAL_CLOCK_S": clock_s}
            given = ("--config", str(folder), *arguments)
            log = tmp_path / "command.log"
            return zygote.start(*given, log=log, environment=environment).wait(60)

        yield run


def alerts_in(path: Path) -> int:
    """Of a database that is whole."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return int(db.execute("SELECT count(*) FROM alerts").fetchone()[0])


@pytest.fixture
def house(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Folder; a database with two alerts; a backup of it with one."""
    folder = a_folder(tmp_path, feeds={}, webhooks={})
    database, backup = tmp_path / "data" / "monitor.sqlite", tmp_path / "kept.sqlite"
    database.parent.mkdir()
    with SqliteStore(database) as store:
        for number in (1, 2):
            alert, row = an_alert(id=f"a{number}"), a_delivery(f"m{number}", alert_id=f"a{number}")
            store.write(partial(_save, alert=alert, row=row))
            if number == 1:
                back_up(database, backup)
    return folder, database, backup


def _save(unit: Unit, alert: Alert, row: Delivery) -> None:
    unit.save_alerts([alert])
    unit.save_deliveries([row])


@pytest.mark.parametrize("place", places_of("backup."))
def test_killed_backup_leaves_the_old_one_or_the_new_one(
    place: str, command: Command, house: tuple[Path, Path, Path]
):
    folder, database, backup = house

    assert command(folder, "backup", str(backup), failpoint=place) == -signal.SIGKILL

    assert alerts_in(backup) == (2 if place == "backup.done" else 1)
    assert alerts_in(database) == 2
    assert command(folder, "backup", str(backup)) == 0
    assert alerts_in(backup) == 2


@pytest.mark.parametrize("place", [*places_of("restore."), "backup.copied"])
def test_killed_restore_leaves_the_old_database_or_the_new_one(
    place: str, command: Command, house: tuple[Path, Path, Path]
):
    folder, database, backup = house

    assert command(folder, "restore", str(backup), failpoint=place) == -signal.SIGKILL

    # There is a database at every moment, and what it was is nowhere lost.
    assert alerts_in(database) == (1 if place == "restore.done" else 2)
    assert alerts_in(backup) == 1
    assert command(folder, "restore", str(backup)) == 0
    assert alerts_in(database) == 1
    aside = list(database.parent.glob("monitor.sqlite.before-*"))
    assert 2 in [alerts_in(path) for path in aside]


def test_drafts_of_the_dead_are_cleared_away_a_day_later(
    command: Command, house: tuple[Path, Path, Path]
):
    folder, _, backup = house
    assert command(folder, "backup", str(backup), failpoint="backup.checked") == -signal.SIGKILL
    [draft] = backup.parent.glob(".kept.sqlite.*.draft")

    assert command(folder, "backup", str(backup)) == 0
    assert draft.exists(), "somebody may be at it"
    long_ago = draft.stat().st_mtime - 2 * _DAY.total_seconds()
    os.utime(draft, (long_ago, long_ago))
    assert command(folder, "backup", str(backup)) == 0
    assert not draft.exists()


@pytest.mark.parametrize("place", places_of("report."))
def test_killed_report_is_sent_once_and_its_files_are_whole(
    place: str, command: Command, tmp_path: Path
):
    body = rss([an_entry(1)])
    with (
        Loopback(lambda _: Reply(200, body)) as feed,
        Loopback(lambda _: Reply(204)) as hook,
    ):
        told = tmp_path / "told"
        told.mkdir()
        folder = a_folder(
            tmp_path,
            feeds={"x": feed.url},
            webhooks={"desk": hook.url},
            interval="1h",
            extra_watch=f'report = "daily 09:00"\nreport_to = "{told}"\n',
        )
        assert command(folder, "poll", "--force") == 0  # from now on reports are asked for

        killed = command(folder, "poll", "--force", failpoint=place, ahead=_LATER)
        assert killed == -signal.SIGKILL
        seen = {page: page.read_text() for page in told.glob("[!.]*")}
        for _ in range(2):
            assert command(folder, "poll", "--force", ahead=_LATER) == 0

        [webhook_id] = {one.headers["webhook-id"] for one in _reports(hook.requests)}
        files = sorted(one for one in told.iterdir() if not one.name.startswith("."))
        assert [one.suffix for one in files] == [".html", ".md"]
        whole = {page: page.read_text() for page in files}
        assert seen.items() <= whole.items(), "what was there had been whole"
        assert webhook_id.startswith("msg_")


def _reports(requests: list[Request]) -> list[Request]:
    return [one for one in requests if json.loads(one.body)["type"] == "alert.digest"]


def test_killed_send_is_a_row_of_the_history_and_told(tmp_path: Path):
    body = rss([an_entry(1)])
    with (
        Loopback(lambda _: Reply(200, body)) as feed,
        Loopback(lambda _: Reply(204)) as hook,
    ):
        folder = a_folder(tmp_path, feeds={"x": feed.url}, webhooks={"desk": hook.url})
        with a_daemon(folder, NEWS_MONITOR_FAILPOINT="delivery.sent") as killed:
            assert killed.wait(30) == -signal.SIGKILL
        with a_daemon(folder) as restarted:
            assert hook.wait_for(lambda requests: len(requests) == 2)
            restarted.send_signal(signal.SIGTERM)
            assert restarted.wait(30) == 0
        name = hook.requests[0].headers["webhook-id"]
        item = json.loads(hook.requests[0].body)["data"]["item"]
        shown = json.loads(_told(folder, "deliveries", "show", name, "--json"))
        text = _told(folder, "deliveries", "show", name)
        explained = _told(folder, "explain", item)

    first, second = shown["history"]
    assert first["answer"]["verdict"] == "unknown"
    assert first["answer"]["text"] == "the process ended before an answer was seen"
    assert first["answer"]["status"] is None
    assert second["answer"]["verdict"] == "delivered"
    took = datetime.fromisoformat(second["at"]) - datetime.fromisoformat(first["at"])
    assert timedelta() < took < LEASE
    assert "Z  unknown  the process ended before an answer was seen\n" in text
    assert "may have arrived: the process ended before an answer was seen\n" in explained


def _told(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "monitor", "--config", str(folder), *arguments],
        capture_output=True,
        check=True,
        timeout=60,
        text=True,
    )
    return done.stdout
