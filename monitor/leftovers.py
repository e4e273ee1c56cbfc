"""Drafts that a killed process could not take away."""

import time
from contextlib import suppress
from pathlib import Path

_LIVES_S = 24 * 3600  # longer than any draft is left unchanged by who still writes it


def clear(folder: Path, pattern: str) -> None:
    """Remove the files of this pattern that nobody has written for a day."""
    for path in folder.glob(pattern):
        with suppress(OSError):
            if path.is_file() and time.time() - path.stat().st_mtime > _LIVES_S:
                path.unlink()
