"""The configuration that comes with the program."""

from pathlib import Path

import monitor
from monitor.errors import ConfigError, Problem


def default_folder() -> Path:
    """The shipped configuration: inside an installed package, else the repository's `config/`."""
    package = Path(monitor.__file__).parent
    installed = package / "default_config"
    return installed if installed.is_dir() else package.parent / "config"


def init(target: Path) -> list[Path]:
    """Copy the shipped configuration to a folder, which is made if it is not there.

    Returns:
        The files written, in name order.

    Raises:
        ConfigError: Files are there already (each is named, nothing is written), or the folder
            cannot be written to (what was written so far is removed again).
    """
    source = default_folder()
    names = [path.relative_to(source) for path in sorted(source.rglob("*.toml"))]
    taken = [target / name for name in names if (target / name).exists()]
    if taken:
        raise ConfigError(
            tuple(
                Problem(where=str(path), what="is there already", cure="choose another folder")
                for path in taken
            )
        )
    written: list[Path] = []
    try:
        for name in names:
            path = target / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                written.append(path)
                file.write((source / name).read_bytes())
    except OSError as error:
        for path in written:
            path.unlink(missing_ok=True)
        reason = error.strerror or type(error).__name__
        problem = Problem(
            where=str(target), what=f"cannot be written ({reason})", cure="choose another folder"
        )
        raise ConfigError((problem,)) from error
    return written
