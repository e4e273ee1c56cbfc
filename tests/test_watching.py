"""Changes are seen however they are made: in place, by renaming, by swapped links."""

import os
import shutil
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.config.sources import Sources
from monitor.watching import Watching

HOUR = timedelta(hours=1)


class Seen:
    """Changes that were told; never by the regular look, unless that is wanted."""

    def __init__(self, folder: Path, every: timedelta = HOUR) -> None:
        self.count = 0
        self._change = threading.Condition()
        sources = Sources(folder)
        self.watching = Watching(sources, self._changed, noted=sources.fingerprint(), every=every)
        self.watching.start()

    def _changed(self) -> None:
        with self._change:
            self.count += 1
            self._change.notify_all()

    def wait_for(self, count: int, timeout_s: float = 20) -> bool:
        with self._change:
            return self._change.wait_for(lambda: self.count >= count, timeout_s)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "config"
    (folder / "feeds").mkdir(parents=True)
    (folder / "feeds" / "a.toml").write_text("a = 1")
    (folder / "monitor.toml").write_text("[service]")
    return folder


@pytest.fixture
def seen(folder: Path) -> Iterator[Seen]:
    made = Seen(folder)
    (folder / "monitor.toml").write_text("[alerts]")
    assert made.wait_for(1)
    yield made
    made.watching.stop()


def test_file_that_is_written_in_place(folder: Path, seen: Seen) -> None:
    (folder / "feeds" / "a.toml").write_text("a = 2")
    assert seen.wait_for(2)
    (folder / "feeds" / "a.toml").write_text("a = 3")
    assert seen.wait_for(3)


def test_editor_that_puts_another_file_in_its_place(folder: Path, seen: Seen) -> None:
    for number in range(2, 5):
        draft = folder / "feeds" / ".a.toml.swp"
        draft.write_text(f"a = {number}")
        draft.replace(folder / "feeds" / "a.toml")
        assert seen.wait_for(number)


def test_folder_that_is_new_and_what_is_put_there_later(folder: Path, seen: Seen) -> None:
    (folder / "watches").mkdir()
    (folder / "watches" / "b.toml").write_text("b = 1")
    assert seen.wait_for(2)
    (folder / "watches" / "b.toml").write_text("b = 2")
    assert seen.wait_for(3)
    shutil.rmtree(folder / "watches")
    assert seen.wait_for(4)


def test_file_that_is_referred_to_elsewhere(folder: Path, seen: Seen, tmp_path: Path) -> None:
    secret = tmp_path / "secrets" / "desk"
    secret.parent.mkdir()
    (folder / "webhooks.toml").write_text(f'url = "file:{secret}"')
    assert seen.wait_for(2)
    secret.write_text("one")
    assert seen.wait_for(3)
    (secret.parent / "noise").write_text("of others")
    secret.write_text("two")
    assert seen.wait_for(4)


def test_swapped_links_as_in_kubernetes(tmp_path: Path) -> None:
    """config/feeds -> ..data/feeds, ..data -> ..2025_1; then ..data leads to ..2025_2."""
    folder = tmp_path / "config"
    publish(folder, 1)
    (folder / "feeds").symlink_to("..data/feeds")
    seen = Seen(folder)
    try:
        for number in range(2, 5):
            publish(folder, number)
            assert seen.wait_for(number - 1)
    finally:
        seen.watching.stop()


def publish(folder: Path, number: int) -> None:
    version = folder / f"..2025_{number}"
    (version / "feeds").mkdir(parents=True)
    (version / "feeds" / "a.toml").write_text(f"a = {number}")
    (folder / "..data_tmp").symlink_to(version.name)
    os.replace(folder / "..data_tmp", folder / "..data")  # noqa: PTH105 - as kubelet does
    if (old := folder / f"..2025_{number - 1}").exists():
        shutil.rmtree(old)


def test_what_nobody_tells_of_is_found_by_looking(tmp_path: Path) -> None:
    """A link above the folder is turned: no watched folder hears of it."""
    for name in ("one", "two"):
        (tmp_path / name / "feeds").mkdir(parents=True)
        (tmp_path / name / "feeds" / "a.toml").write_text(f'name = "{name}"')
    link = tmp_path / "config"
    link.symlink_to("one")
    seen = Seen(link, every=timedelta(seconds=0.2))
    try:
        link.unlink()
        link.symlink_to("two")
        assert seen.wait_for(1)
    finally:
        seen.watching.stop()


def test_many_files_at_once_are_one_change(folder: Path, seen: Seen) -> None:
    for number in range(30):
        (folder / "feeds" / f"n{number}.toml").write_text("a = 1")
    assert seen.wait_for(2)
    assert not seen.wait_for(3, 1)


def test_what_was_only_touched_or_is_noted_is_no_change(folder: Path, seen: Seen) -> None:
    path = folder / "feeds" / "a.toml"
    path.touch()
    path.write_text("a = 1")
    assert not seen.wait_for(2, 1)
    path.write_text("a = 2")
    sources = Sources(folder)
    seen.watching.note(sources.fingerprint())
    assert not seen.wait_for(2, 1)


def test_folder_that_is_gone_for_a_while(folder: Path, tmp_path: Path) -> None:
    seen = Seen(folder, every=timedelta(seconds=0.2))
    try:
        folder.rename(tmp_path / "away")
        assert seen.wait_for(1)
        (tmp_path / "away").rename(folder)
        assert seen.wait_for(2)
    finally:
        seen.watching.stop()
