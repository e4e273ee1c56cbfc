"""A dead man's switch on loopback, pinged by the real process."""

import signal
from pathlib import Path

from tests.e2e.world import a_daemon, a_folder, an_entry, rss
from tests.servers import Loopback, Reply


def with_heartbeat(folder: Path, lines: str) -> None:
    path = folder / "monitor.toml"
    path.write_text(path.read_text() + f'\n[heartbeat]\ninterval = "1s"\n{lines}\n')


def test_switch_is_pinged_while_feeds_are_read_and_not_before_or_after(tmp_path: Path) -> None:
    well = [False]
    body = rss([an_entry(1)])
    with (
        Loopback(lambda _: Reply(200, body) if well[0] else Reply(500)) as feed,
        Loopback(lambda _: Reply(204)) as hook,
        Loopback(lambda _: Reply(200, b"OK")) as switch,
    ):
        folder = a_folder(tmp_path, feeds={"x": feed.url}, webhooks={"desk": hook.url})
        with_heartbeat(folder, 'url = "env:HEARTBEAT"\nmethod = "GET"')
        with a_daemon(folder, HEARTBEAT=f"{switch.url}/ping/s3cret-uuid") as daemon:
            assert feed.wait_for(lambda requests: len(requests) >= 1)
            assert not switch.wait_for(lambda requests: bool(requests), timeout_s=3)
            well[0] = True
            # Its back-off would take minutes: asked anew, as after a correction of its address.
            feeds = folder / "feeds" / "feeds.toml"
            feeds.write_text(feeds.read_text().replace(feed.url, feed.url + "/new"))
            daemon.send_signal(signal.SIGHUP)
            assert switch.wait_for(lambda requests: len(requests) >= 3, timeout_s=30)

            daemon.send_signal(signal.SIGTERM)
            assert daemon.wait(30) == 0

        assert {(r.method, r.path, r.body) for r in switch.requests} == {
            ("GET", "/ping/s3cret-uuid", b"")
        }
    log = (tmp_path / "daemon.log").read_text()
    assert "no feed was read in its time" in log
    assert "s3cret-uuid" not in log


def test_switch_that_fails_is_logged_and_hurts_nobody(tmp_path: Path) -> None:
    body = rss([an_entry(1)])
    answers = iter([Reply(500), Reply(0)])
    with (
        Loopback(lambda _: Reply(200, body)) as feed,
        Loopback(lambda _: Reply(204)) as hook,
        Loopback(lambda _: next(answers, Reply(302, headers={"location": "/"}))) as switch,
    ):
        folder = a_folder(tmp_path, feeds={"x": feed.url}, webhooks={"desk": hook.url})
        with_heartbeat(folder, f'url = "{switch.url}/ping/s3cret-uuid"')
        with a_daemon(folder) as daemon:
            assert switch.wait_for(lambda requests: len(requests) >= 4, timeout_s=30)
            assert {request.method for request in switch.requests} == {"POST"}
            assert hook.wait_for(lambda requests: len(requests) == 1)
            assert daemon.poll() is None
            daemon.send_signal(signal.SIGTERM)
            assert daemon.wait(30) == 0

    log = (tmp_path / "daemon.log").read_text()
    assert "answered 500" in log
    assert "closed without an answer" in log
    assert "answered 302" in log
    assert "s3cret-uuid" not in log
