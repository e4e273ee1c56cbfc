"""The demo: a fictional story, played through the real program from feed to webhook."""

from pathlib import Path
from typing import TextIO


def run(*, speed: float | None = None, keep: Path | None = None, out: TextIO | None = None) -> int:
    """Play the story; the exit code says whether all went as it should (see `play.run`)."""
    from monitor.demo.play import run as play

    return play(speed=speed, keep=keep, out=out)


__all__ = ["run"]
