"""A running service takes a changed folder over by itself, or says what is wrong, once."""

import json
import os
import shutil
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.world import a_daemon, a_folder, an_entry, rss
from tests.faults.processes import wait_until
from tests.servers import Loopback, Reply


class Service:
    """A running one, its folder and its log."""

    def __init__(self, root: Path, process: Any, hook: Loopback, feed: Loopback) -> None:
        self.folder, self.process = root / "config", process
        self.hook, self.feed = hook, feed
        self._log = root / "daemon.log"

    def said(self, event: str) -> list[dict[str, Any]]:
        lines = [json.loads(x) for x in self._log.read_text().splitlines() if x.startswith("{")]
        return [line for line in lines if line["event"] == event]

    def says(self, event: str, times: int = 1) -> dict[str, Any]:
        """The so-many-th line of this event, as soon as it is there."""
        assert wait_until(lambda: len(self.said(event)) >= times, 30), self._log.read_text()
        return self.said(event)[times - 1]

    def write(self, name: str, text: str) -> None:
        """As most editors do: another file takes the name."""
        path = self.folder / name
        draft = path.with_name(f".{path.name}.swp")
        draft.write_text(text)
        draft.chmod(0o600)
        draft.replace(path)

    def change(self, name: str, old: str, new: str) -> None:
        text = (self.folder / name).read_text()
        assert old in text
        self.write(name, text.replace(old, new))

    def hang_up(self) -> None:
        self.process.send_signal(signal.SIGHUP)


@contextmanager
def a_service(root: Path, extra: str = "", files: Mapping[str, str] | None = None) -> Iterator[Any]:
    body = rss([an_entry(1)])
    with (
        Loopback(lambda _: Reply(200, body)) as feed,
        Loopback(lambda _: Reply(204)) as hook,
    ):
        folder = a_folder(root, feeds={"x": feed.url}, webhooks={"desk": hook.url})
        (folder / "monitor.toml").write_text(extra + (folder / "monitor.toml").read_text())
        for name, text in (files or {}).items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text)
            (folder / name).chmod(0o600)
        with a_daemon(folder) as process:
            service = Service(root, process, hook, feed)
            service.says("monitor_started")
            yield service
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0


def test_saved_change_is_taken_over_and_told_in_one_line(tmp_path: Path):
    with a_service(tmp_path) as service:
        service.change("watches/watches.toml", 'id = "rail"', 'id = "trains"')
        line = service.says("reloaded")

    assert (line["by"], line["changes"], line["level"]) == ("files", 2, "info")
    assert (line["watches_added"], line["watches_removed"]) == (["trains"], ["rail"])
    assert (line["feeds"], line["watches"], line["webhooks"]) == (1, 1, 1)
    assert not [key for key in line if key.startswith(("feeds_", "webhooks_", "settings_"))]
    assert len(service.said("reloaded")) == 1


def test_faulty_change_is_refused_once_and_the_old_one_stays(tmp_path: Path):
    with a_service(tmp_path) as service:
        watches = (service.folder / "watches" / "watches.toml").read_text()
        service.write("watches/watches.toml", '[[watch]]\nid = "rail"\nquery = "("\nx = 1\n')
        refused = service.says("reload_refused")
        (service.folder / "watches" / "watches.toml").touch()
        service.hang_up()
        again = service.says("reload_refused", times=2)
        polls = len(service.feed.requests)
        assert service.feed.wait_for(lambda requests: len(requests) > polls)
        service.write("watches/watches.toml", watches)
        line = service.says("reloaded")

    problems = service.said("config_problem")
    assert refused["problems"] == len(problems) == len({one["problem"] for one in problems}) > 1
    assert (refused["by"], again["by"]) == ("files", "signal")
    assert "told" not in refused
    assert again["told"] == "before, and still the same"
    assert line["changes"] == 0


def test_secret_and_template_files_count_as_well(tmp_path: Path):
    files = {"secrets/one": "http://127.0.0.1:9/old", "templates/brief.txt": "A {{ headline }}"}
    with a_service(tmp_path, files=files) as service:
        text = (service.folder / "webhooks.toml").read_text()
        service.write(
            "webhooks.toml",
            f'{text}[webhooks.chat]\nkind = "mattermost"\nurl = "file:secrets/one"\n'
            'template = "file:templates/brief.txt"\n',
        )
        assert service.says("reloaded")["webhooks_added"] == ["chat"]
        service.write("secrets/one", "http://127.0.0.1:9/c4nary")
        assert service.says("reloaded", times=2)["webhooks_changed"] == ["chat"]
        service.write("templates/brief.txt", "B {{ headline }}")
        assert service.says("reloaded", times=3)["webhooks_changed"] == ["chat"]
        (service.folder / "secrets" / "one").chmod(0o644)
        assert service.says("reload_refused")["by"] == "files"

    assert "c4nary" not in (tmp_path / "daemon.log").read_text()


def test_folder_swapped_by_links_is_taken_over(tmp_path: Path):
    """As a config map is mounted: every name is a link by way of ..data."""
    body = rss([an_entry(1)])
    with Loopback(lambda _: Reply(200, body)) as feed:
        made = a_folder(tmp_path / "made", feeds={"x": feed.url}, webhooks={})
        mount = tmp_path / "config"
        mount.mkdir()
        shutil.copytree(made, mount / "..v1")
        (mount / "..data").symlink_to("..v1")
        for name in ("monitor.toml", "webhooks.toml", "feeds", "watches"):
            (mount / name).symlink_to(f"..data/{name}")
        with a_daemon(mount) as process:
            service = Service(tmp_path, process, feed, feed)
            service.says("monitor_started")
            shutil.copytree(made, mount / "..v2")
            feeds = mount / "..v2" / "feeds" / "feeds.toml"
            feeds.write_text(feeds.read_text().replace('interval = "1s"', 'interval = "2s"'))
            (mount / "..tmp").symlink_to("..v2")
            os.replace(mount / "..tmp", mount / "..data")  # noqa: PTH105 - as kubelet does
            shutil.rmtree(mount / "..v1")
            line = service.says("reloaded")
            assert line["feeds_changed"] == ["x"]


def test_switched_off_it_waits_for_the_signal_and_can_be_switched_on(tmp_path: Path):
    off = "[service]\nwatch_config = false\n"
    with a_service(tmp_path, off) as service:
        service.change("watches/watches.toml", 'id = "rail"', 'id = "trains"')
        polls = len(service.feed.requests)
        assert service.feed.wait_for(lambda requests: len(requests) > polls + 2)
        assert service.said("reloaded") == []
        service.change("monitor.toml", "watch_config = false", "watch_config = true")
        service.hang_up()
        line = service.says("reloaded")
        assert (line["by"], line["settings_changed"]) == ("signal", ["service.watch_config"])
        service.change("watches/watches.toml", 'id = "trains"', 'id = "ports"')
        assert service.says("reloaded", times=2)["watches_added"] == ["ports"]


@pytest.mark.parametrize(
    ("setting", "event"), [("parse_workers = 3", "reloaded"), ('database = "y"', "config_problem")]
)
def test_what_needs_a_restart_is_told_with_the_cure(tmp_path: Path, setting: str, event: str):
    with a_service(tmp_path, "[service]\nkeep_dead = '9d'\n") as service:
        service.change("monitor.toml", "[service]\n", f"[service]\n{setting}\n")
        line = service.says(event)

    assert "restart the service" in json.dumps(line)
    if event == "reloaded":
        assert (line["level"], line["needs_restart"]) == ("warning", ["service.parse_workers"])
    else:
        assert "service.database" in line["problem"]
