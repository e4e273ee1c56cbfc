"""The processes of a cycle: the feeds' server, the monitor, and `reader` in a venv of its own."""

import json
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).parents[2]
PEERS = Path(__file__).with_name("peers.txt")
_PEER_VENV = ROOT / "build" / "peers"
_SERVICE = """[service]
database = "{database}"
[fetch]
host_gap = "0.0001s"
[network]
allow_private = ["127.0.0.0/8"]
"""
_FEED = """[[feed]]
id = "feed-{number}"
url = "{url}"
owner = "owner-{number}"
"""
Told = dict[str, Any]


class Process:
    """A module of this folder in a process of its own, asked a line at a time.

    Attributes:
        first: What it said when it was ready.
    """

    def __init__(self, module: str, *given: object, python: Path | str = sys.executable) -> None:
        command = [str(python), "-m", f"benchmarks.cycle.{module}", *map(str, given)]
        pipe = subprocess.PIPE
        self._log = (ROOT / "build" / f"{module}.log").open("wb")
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=self._log, text=True
        )
        self.first: Any = self._answer()

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(self, line: str = "") -> Told:
        assert self._process.stdin
        print(line, file=self._process.stdin, flush=True)
        told: Told = self._answer()
        return told

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate()
        self._log.close()

    def _answer(self) -> Any:
        assert self._process.stdout
        if line := self._process.stdout.readline():
            return json.loads(line)
        self._process.wait()
        raise RuntimeError(f"it ended; see {self._log.name}")


def monitor_folder(folder: Path, urls: Sequence[str], database: Path | None = None) -> Path:
    """A configuration with the watches and the lexicon that are shipped, and these feeds."""
    shutil.copytree(ROOT / "config", folder)
    for listed in (folder / "feeds").iterdir():
        listed.unlink()
    feeds = (_FEED.format(number=number, url=url) for number, url in enumerate(urls))
    (folder / "feeds" / "made-up.toml").write_text("\n".join(feeds))
    (folder / "monitor.toml").write_text(
        _SERVICE.format(database=database or folder / "monitor.sqlite")
    )
    return folder


def urls_folder(folder: Path, urls: Sequence[str]) -> Path:
    folder.mkdir()
    (folder / "urls").write_text("\n".join(urls))
    return folder


def peer_python() -> Path | None:
    """A Python that has `reader`; None, and a word about it, if it cannot be installed."""
    python = _PEER_VENV / "bin" / "python"
    stamp = _PEER_VENV / ".installed"
    if stamp.exists() and stamp.stat().st_mtime >= PEERS.stat().st_mtime:
        return python
    venv.create(_PEER_VENV, with_pip=True, clear=True)
    install = [str(python), "-m", "pip", "--quiet", "install", "--requirement", str(PEERS)]
    done = subprocess.run(install, check=False, capture_output=True, text=True)
    if done.returncode:
        print(f"no peer: reader cannot be installed\n{done.stderr}", file=sys.stderr)
        return None
    stamp.touch()
    return python
