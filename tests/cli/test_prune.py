"""`prune`: what goes, what stays known, beside a service and without one."""

import json
import signal
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

from monitor.adapters.sqlite import hold
from monitor.listen import Receiver
from tests.cli.conftest import House

_TABLES = {"items": ("seen_at",), "sightings": ("last_seen_at",), "stories": ("last_seen_at",)} | {
    "alerts": ("created_at",),
    "deliveries": ("created_at", "settled_at"),
}


def _make_old(house: House, age: timedelta = timedelta(days=400)) -> None:
    then = (datetime.now(UTC) - age).isoformat(timespec="microseconds").replace("+00:00", "Z")
    with closing(sqlite3.connect(house.root / "data" / "monitor.sqlite")) as db, db:
        for table, columns in _TABLES.items():
            for column in columns:
                db.execute(f"UPDATE {table} SET {column} = ?", (then,))


def _counts(house: House) -> dict[str, int]:
    with closing(sqlite3.connect(house.root / "data" / "monitor.sqlite")) as db:
        tables = ("items", "alerts", "deliveries", "stories", "item_keys", "text_hashes")
        return {name: db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables}


def test_dry_run_says_what_would_go_and_changes_nothing(polled: House) -> None:
    _make_old(polled)
    before = _counts(polled)

    text = polled.run("prune", "--dry-run")
    document = json.loads(polled.run("prune", "--dry-run", "--json").stdout)

    assert text.exit_code == 0
    assert text.stdout.startswith("Would be deleted:\n  2 items not seen for 365 d\n  1 alert ")
    assert document == {
        "dry_run": True,
        "items": 2,
        "alerts": 1,
        "dead_letters": 0,
        "stories": before["stories"],
        "known": {"keys": before["item_keys"], "texts": before["text_hashes"]},
        "bytes_before": None,
        "bytes_after": None,
    }
    assert _counts(polled) == before


def test_what_is_old_goes_and_what_was_seen_stays_known(polled: House, receiver: Receiver) -> None:
    _make_old(polled)
    before, told = _counts(polled), len(receiver.messages)

    result = polled.run("prune")

    assert result.exit_code == 0
    assert "Deleted:\n  2 items" in result.stdout
    assert f"{before['item_keys']} ids and addresses" in result.stdout
    after = _counts(polled)
    assert (after["items"], after["alerts"], after["deliveries"], after["stories"]) == (0, 0, 0, 0)
    assert (after["item_keys"], after["text_hashes"]) == (
        before["item_keys"],
        before["text_hashes"],
    )
    polled.run("poll", "--force")
    assert len(receiver.messages) == told, "what comes again is not told again"


def test_what_is_young_stays(polled: House) -> None:
    before = _counts(polled)

    document = json.loads(polled.run("prune", "--json").stdout)

    assert (document["items"], document["alerts"], document["dry_run"]) == (0, 0, False)
    assert _counts(polled) == before


def test_what_is_not_delivered_stays(polled: House) -> None:
    _make_old(polled)
    with closing(sqlite3.connect(polled.root / "data" / "monitor.sqlite")) as db, db:
        db.execute("UPDATE deliveries SET state = 'pending' WHERE webhook = 'desk'")

    document = json.loads(polled.run("prune", "--json").stdout)

    assert (document["items"], document["alerts"]) == (1, 0)


def test_vacuum_makes_the_file_smaller_and_loses_nothing(polled: House) -> None:
    with closing(sqlite3.connect(polled.root / "data" / "monitor.sqlite")) as db, db:
        db.execute("CREATE TABLE filler (x BLOB)")
        db.execute("INSERT INTO filler VALUES (zeroblob(4000000))")
        db.execute("DROP TABLE filler")
    before = _counts(polled)

    result = polled.run("prune", "--vacuum", "--json")
    document = json.loads(result.stdout)

    assert result.exit_code == 0
    assert document["bytes_before"] > 4_000_000 > 2 * document["bytes_after"]
    assert (polled.root / "data" / "monitor.sqlite").stat().st_size == document["bytes_after"]
    assert _counts(polled) == before
    assert polled.run("search", "train").stdout.count("First train") == 1


def test_vacuum_is_refused_beside_a_service_before_anything_is_deleted(polled: House) -> None:
    _make_old(polled)
    before = _counts(polled)

    with hold(polled.root / "data" / "monitor.sqlite"):
        result = polled.run("prune", "--vacuum")

    assert result.exit_code == 75
    assert "process" in result.stderr
    assert _counts(polled) == before


def test_vacuum_and_dry_run_are_a_usage_error(polled: House) -> None:
    assert polled.run("prune", "--vacuum", "--dry-run").exit_code == 2


def test_without_a_database_there_is_nothing_to_do(house: House) -> None:
    assert house.run("prune").exit_code == 1


def test_beside_a_running_service(polled: House, receiver: Receiver) -> None:
    _make_old(polled)
    process = polled.start("run")
    try:
        assert process.stderr
        next(line for line in process.stderr if "monitor_started" in line)
        result = polled.run("prune", "--json")
    finally:
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=30)
    assert result.exit_code == 0
    assert process.returncode == 0
    assert "database_refuses" not in errors
    assert _counts(polled)["items"] == 0
