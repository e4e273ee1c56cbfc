"""`run` and `poll`, with real feeds, webhooks and processes."""

import json
import signal
import subprocess
import threading
import time
from pathlib import Path

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from monitor.listen import Receiver
from tests.cli.conftest import House, a_house, rss
from tests.servers import closed_port


def _ended(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    out, err = process.communicate(timeout=30)
    return process.returncode, out, err


def test_run_delivers_one_signed_alert_and_ends_well_at_sigterm(
    house: House, receiver: Receiver
) -> None:
    process = house.start("run")
    try:
        assert receiver.wait_for(1, timeout_s=30)

        second = house.start("run")
        code, out, err = _ended(second)
        beside = house.run("status", "--check")

        assert code == 75
        assert f"process {process.pid}" in err
        assert "Traceback" not in out + err
        assert beside.exit_code == 0
        assert beside.stdout.startswith(f"running (process {process.pid} on ")
    finally:
        process.send_signal(signal.SIGTERM)
        code, out, err = _ended(process)
    assert code == 0
    assert "1 enabled" in err.splitlines()[0]
    assert "First train leaves Pyongyang" in out
    assert [json.loads(message.body)["data"]["headline"] for message in receiver.messages] == [
        "First train leaves Pyongyang"
    ]


def test_hangup_takes_over_a_changed_folder_and_refuses_a_faulty_one(
    house: House, receiver: Receiver, httpserver: HTTPServer
) -> None:
    process = house.start("run")
    try:
        assert receiver.wait_for(1, timeout_s=30)
        assert process.stderr
        house.write({"watches/rail.toml": {"watch": [{"id": "rail", "query": '"'}]}})
        process.send_signal(signal.SIGHUP)
        refused = next(line for line in process.stderr if "config_problem" in line)
        feeds = house.tables["feeds/press.toml"]["feed"]
        other = feeds[0] | {"id": "other", "url": httpserver.url_for("/other.xml")}
        httpserver.expect_request("/other.xml").respond_with_data(
            rss(("o1", "Harvest train for Sinuiju", "It left.")), content_type="text/xml"
        )
        house.write(
            {
                "watches/rail.toml": {"watch": [{"id": "harvest", "query": "harvest"}]},
                "feeds/press.toml": {"feed": [feeds[0], other]},
            }
        )
        process.send_signal(signal.SIGHUP)

        assert receiver.wait_for(2, timeout_s=30)
    finally:
        process.send_signal(signal.SIGINT)
        code, _, _ = _ended(process)
    assert code == 0
    assert "watches/rail.toml" in refused
    assert json.loads(receiver.messages[1].body)["data"]["watch"] == "harvest"


def test_second_signal_ends_at_once_what_the_first_waits_for(
    house: House, httpserver: HTTPServer
) -> None:
    """A feed that never answers keeps its thread for the whole deadline."""
    asked, over = threading.Event(), threading.Event()

    def never(_request: Request) -> Response:
        asked.set()
        over.wait(30)
        return Response()

    httpserver.clear()
    httpserver.expect_request("/feed.xml").respond_with_handler(never)
    settings = house.tables["monitor.toml"]
    house.write({"monitor.toml": settings | {"fetch": {"deadline": "25s"}}})
    process = house.start("run")
    try:
        assert asked.wait(30)
        started = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.stderr
        assert any("monitor_stopping" in line for line in process.stderr)
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        took_s = time.monotonic() - started
    finally:
        over.set()
        process.kill()
        process.communicate()
    assert process.returncode == 128 + signal.SIGTERM
    assert took_s < 20


def test_poll_polls_delivers_and_tells_per_feed(house: House, receiver: Receiver) -> None:
    result = house.run("poll")

    assert result.exit_code == 0
    table = [line.split("\t") for line in result.stdout.splitlines() if "\t" in line]
    assert table[0][:6] == ["feed", "status", "entries", "new", "matches", "alerts"]
    assert table[1][:6] == ["pennant", "ok", "2", "2", "1", "1"]
    assert "[HIGH] Trains: new" in result.stdout
    assert "2 delivery attempts." in result.stderr
    assert len(receiver.messages) == 1


def test_poll_prints_nothing_but_json_lines_if_asked(house: House) -> None:
    result = house.run("poll", "--json")

    (line,) = result.stdout.splitlines()
    assert json.loads(line) == {
        "feed": "pennant",
        "status": "ok",
        "entries": 2,
        "new": 2,
        "revisions": 0,
        "copies": 0,
        "known": 0,
        "matches": 1,
        "alerts": 1,
        "problem": "",
    }
    assert "First train leaves Pyongyang" in result.stderr


def test_poll_asks_only_what_is_due_unless_forced(house: House) -> None:
    house.run("poll", "--no-deliver")

    nothing = house.run("poll")
    forced = house.run("poll", "--force")
    named = house.run("poll", "--feed", "pennant")

    assert "No feed is due" in nothing.stderr
    assert "pennant\tunchanged" in forced.stdout
    assert "pennant\tunchanged" in named.stdout


def test_poll_asks_a_disabled_feed_if_it_is_named(house: House) -> None:
    (feed, _) = house.tables["feeds/press.toml"]["feed"]
    house.write({"feeds/press.toml": {"feed": [feed | {"enabled": False}]}})

    assert "No feed is due" in house.run("poll", "--force").stderr
    assert "pennant\tok" in house.run("poll", "--feed", "pennant").stdout


def test_poll_may_leave_alerts_in_the_outbox(house: House, receiver: Receiver) -> None:
    house.run("poll", "--no-deliver")

    assert receiver.messages == ()
    assert (
        len(house.run("deliveries", "list", "--state", "pending", "--json").stdout.splitlines())
        == 2
    )


def test_poll_of_an_unknown_feed_is_a_usage_error(house: House) -> None:
    result = house.run("poll", "--feed", "penant")

    assert result.exit_code == 2
    assert "did you mean 'pennant'?" in result.stderr


def test_poll_says_that_the_machine_seems_offline_if_no_feed_answers(
    tmp_path: Path, receiver: Receiver
) -> None:
    house = a_house(tmp_path, f"http://127.0.0.1:{closed_port()}/feed.xml", receiver.url)

    result = house.run("poll")

    assert result.exit_code == 1
    assert "offline" in result.stderr
    assert "news-monitor demo" in result.stderr


def test_poll_tells_a_feed_that_is_a_page(house: House, httpserver: HTTPServer) -> None:
    httpserver.clear()
    httpserver.expect_request("/feed.xml").respond_with_data("<!doctype html><p>Hello</p>")

    result = house.run("poll")

    assert result.exit_code == 0
    assert "pennant\tnot_a_feed" in result.stdout
