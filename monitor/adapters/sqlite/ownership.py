"""Whose the files are that root makes beside a service which runs as somebody else."""

import os
from contextlib import suppress
from pathlib import Path


def hand_over(path: Path, like: Path) -> None:
    """Let a file that root has just made belong to the owner of another one, or of its folder.

    Else the service could not open what a command of root put in its place.
    """
    if os.geteuid() != 0:
        return
    with suppress(OSError):  # of a file system without owners
        there = like.stat()
        # A link that its owner put there meanwhile leads nowhere.
        os.chown(path, there.st_uid, there.st_gid, follow_symlinks=False)
