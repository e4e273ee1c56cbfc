from pathlib import Path

import pytest

from monitor import config
from monitor.errors import ConfigError


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_init_writes_the_shipped_configuration(tmp_path: Path) -> None:
    target = tmp_path / "a" / "config"

    written = config.init(target)

    shipped = {n: b for n, b in contents(config.default_folder()).items() if n.endswith(".toml")}
    assert contents(target) == shipped
    assert sorted(path.relative_to(target).as_posix() for path in written) == sorted(shipped)


def test_init_beside_files_of_ones_own_leaves_them(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")

    config.init(tmp_path)

    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_init_never_overwrites_and_then_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "feeds").mkdir()
    (tmp_path / "feeds" / "korea.toml").write_text("mine")
    (tmp_path / "monitor.toml").write_text("mine")

    with pytest.raises(ConfigError) as caught:
        config.init(tmp_path)

    assert [problem.where for problem in caught.value.problems] == [
        str(tmp_path / "feeds" / "korea.toml"),
        str(tmp_path / "monitor.toml"),
    ]
    assert set(contents(tmp_path)) == {"feeds/korea.toml", "monitor.toml"}


def test_init_that_cannot_write_leaves_nothing_behind(tmp_path: Path) -> None:
    """`watches` comes last: what was written before it is removed again."""
    (tmp_path / "watches").write_text("a file where the folder must go")

    with pytest.raises(ConfigError) as caught:
        config.init(tmp_path)

    assert "cannot be written" in str(caught.value)
    assert set(contents(tmp_path)) == {"watches"}
