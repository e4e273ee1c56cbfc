"""Which files a configuration is made of, and whether one of them changed."""

import os
from pathlib import Path

import pytest

from monitor.config.sources import Sources
from tests.config.conftest import FOLDER, Writes

HOOK = """
[webhooks.desk]
kind = "post"
url = "file:secrets/desk"
headers = { "X-Key" = "file:{outside}/key" }
template = "file:templates/brief.j2"
secrets = ["credential:signing"]
"""


@pytest.fixture
def folder(folder_with: Writes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    text = FOLDER["webhooks.toml"] + HOOK.replace("{outside}", str(tmp_path / "outside"))
    folder = folder_with({"webhooks.toml": text})
    for path in (
        folder / "secrets" / "desk",
        folder / "templates" / "brief.j2",
        tmp_path / "outside" / "key",
        tmp_path / "credentials" / "signing",
    ):
        path.parent.mkdir(parents=True)
        path.write_text("one")
    return folder


def rewrite(path: Path, text: str) -> None:
    path.write_text(text)


def replace(path: Path, text: str) -> None:
    """As most editors do."""
    draft = path.with_name(path.name + "~")
    draft.write_text(text)
    draft.replace(path)


@pytest.mark.parametrize("write", [rewrite, replace])
@pytest.mark.parametrize(
    "name",
    [
        "monitor.toml",
        "routes.toml",
        "feeds/pennant.toml",
        "feeds/new.toml",
        "secrets/desk",
        "templates/brief.j2",
        "../outside/key",
        "../credentials/signing",
    ],
)
def test_every_file_counts(folder: Path, name: str, write: object) -> None:
    sources = Sources(folder)
    before = sources.fingerprint()

    assert callable(write)
    write(folder / name, "another = 1")
    after = sources.fingerprint()
    (folder / name).unlink()

    assert before != after
    assert sources.fingerprint() != after


def test_what_was_touched_or_came_back_is_the_same(folder: Path) -> None:
    sources = Sources(folder)
    before, path = sources.fingerprint(), folder / "watches" / "rail.toml"

    path.touch()
    os.utime(path, (1, 1))
    assert sources.fingerprint() == before
    replace(path, "x = 1")
    assert sources.fingerprint() != before
    replace(path, FOLDER["watches/rail.toml"])
    assert sources.fingerprint() == before


def test_what_is_no_configuration_does_not_count(folder: Path) -> None:
    sources = Sources(folder)
    before = sources.fingerprint()

    (folder / "notes.txt").write_text("x")
    (folder / "feeds" / ".pennant.toml.swp").write_text("x")
    (folder / "feeds" / ".hidden.toml").write_text("x")

    assert sources.fingerprint() == before


def test_the_mode_of_a_file_counts(folder: Path) -> None:
    """A secret that others may read is refused."""
    sources = Sources(folder)
    before = sources.fingerprint()

    (folder / "secrets" / "desk").chmod(0o604)

    assert sources.fingerprint() != before


def test_a_folder_that_is_missing_or_full_of_nonsense_has_a_fingerprint(tmp_path: Path) -> None:
    sources = Sources(tmp_path / "nowhere")
    before = sources.fingerprint()
    folder = tmp_path / "nowhere"
    folder.mkdir()
    (folder / "monitor.toml").write_bytes(b"\xff\0 = [" * 100)
    (folder / "feeds").write_text("a file")
    os.mkfifo(folder / "webhooks.toml")
    (folder / "routes.toml").symlink_to("routes.toml")

    assert sources.fingerprint() != before
    assert sources.folders() >= {folder}


def test_folders_are_those_of_files_and_of_what_links_lead_to(folder: Path, tmp_path: Path) -> None:
    real = tmp_path / "real" / "rail.toml"
    real.parent.mkdir()
    link = folder / "watches" / "rail.toml"
    link.rename(real)
    link.symlink_to(real)
    sources = Sources(folder)
    sources.fingerprint()

    assert sources.folders() == {
        folder,
        folder / "feeds",
        folder / "watches",
        folder / "lexicon",
        folder / "secrets",
        folder / "templates",
        tmp_path / "outside",
        tmp_path / "credentials",
        tmp_path / "real",
    }


def test_only_what_may_matter_concerns_us(folder: Path, tmp_path: Path) -> None:
    sources = Sources(folder)
    sources.fingerprint()

    assert sources.concerns(folder / "feeds" / "x.toml")
    assert sources.concerns(tmp_path / "outside" / "key")
    assert sources.concerns(tmp_path / "outside" / "..data")
    assert not sources.concerns(tmp_path / "outside" / "monitor.sqlite-wal")
