"""Reports as files: whole or not at all."""

import os
from collections.abc import Mapping
from glob import escape
from pathlib import Path
from secrets import token_hex

from monitor.failpoints import failpoint
from monitor.leftovers import clear

_MODE = 0o640
_TOKEN = "[0-9a-f]" * 8


def write_whole(path: Path, content: str) -> None:
    """Put a text in the place of a file; nobody ever sees half of it.

    Its folder is made if need be.

    Raises:
        OSError: The file is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    clear(path.parent, f".{escape(path.name)}.{_TOKEN}")
    half = path.with_name(f".{path.name}.{token_hex(4)}")
    try:
        handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        failpoint("report.half_written")
        half.replace(path)
    except BaseException:
        half.unlink(missing_ok=True)
        raise


def write_all(folder: Path, name: str, texts: Mapping[str, str]) -> None:
    """The same report in several formats.

    Args:
        texts: Ending -> text.
    """
    for ending, text in texts.items():
        write_whole(folder / f"{name}.{ending}", text)
