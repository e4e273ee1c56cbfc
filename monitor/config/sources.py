"""The files that a configuration is made of: its own, and those that it refers to."""

import os
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

from monitor.config.files import FOLDERS, MAX_BYTES, SINGLE, visible
from monitor.config.secrets import file_of


class Sources:
    """Sees whether any of them changed, by its content. Thread-safe.

    Asking again costs a look at each file's times and size, as long as nobody touched one.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = Lock()
        self._referred: tuple[Path, ...] = ()
        self._stamps: tuple[object, ...] = ()
        self._fingerprint = ""

    def fingerprint(self) -> str:
        """The same text as long as all files say the same."""
        with self._lock:
            own = _own_files(self.folder)
            if self._stamps != (stamps := _stamps((*own, *self._referred))):
                self._referred = tuple(dict.fromkeys(_referred(self.folder, own)))
                files = (*own, *self._referred)
                stamps = _stamps(files)
                self._fingerprint = _fingerprint(files)
                self._stamps = stamps
            return self._fingerprint

    def version(self) -> str:
        """A name of what the folder says now, the same for a copy of it on another machine."""
        found = sha256()
        for path in _own_files(self.folder):
            with suppress(OSError):
                content = sha256(_read(path)).hexdigest()
                found.update(f"{path.relative_to(self.folder)}\0{content}\0".encode())
        return found.hexdigest()[:16]

    def folders(self) -> frozenset[Path]:
        """Where something happens when one of them changes, a link on the way to it included."""
        with self._lock:
            referred = self._referred
        files = {*_own_files(self.folder), *referred}
        folders = {self.folder, *(self.folder / name for name in FOLDERS)}
        for path in files:
            folders |= {path.parent, Path(os.path.realpath(path)).parent}
        return frozenset(folder for folder in folders if folder.is_dir())

    def concerns(self, path: Path) -> bool:
        """Whether something that happened to this path may matter."""
        ours = {self.folder, *(self.folder / name for name in FOLDERS)}
        with self._lock:
            named = {name for one in self._referred for name in (one, Path(os.path.realpath(one)))}
        # "..data" and the like: how Kubernetes swaps a whole folder.
        return path in named or path.name.startswith("..") or not ours.isdisjoint(path.parents)


def _own_files(folder: Path) -> tuple[Path, ...]:
    files = [folder / name for name in SINGLE]
    for name in FOLDERS:
        with suppress(OSError):
            files += visible(folder / name, "*.toml")
    return tuple(files)


def _referred(folder: Path, own: Iterable[Path]) -> Iterator[Path]:
    """What `file:` and `credential:` name, wherever they stand; a file with mistakes names none."""
    for path in own:
        with suppress(OSError, ValueError, RecursionError):
            table = tomllib.loads(_read(path).decode("utf-8-sig"))
            for text in _texts(table):
                if found := file_of(text, folder, os.environ):
                    yield found


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _stamps(files: Iterable[Path]) -> tuple[object, ...]:
    return tuple((path, _stamp(path)) for path in files)


def _stamp(path: Path) -> object:
    try:
        status = path.stat()
    except OSError as error:
        return error.errno
    return (
        status.st_dev,
        status.st_ino,
        status.st_mode,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
    )


def _fingerprint(files: Iterable[Path]) -> str:
    """Of names, modes and contents: a secret that is open to others is refused."""
    found = sha256()
    for path in files:
        try:
            mode, content = str(path.stat().st_mode), sha256(_read(path)).hexdigest()
        except OSError as error:
            mode, content = "", f"errno {error.errno}"
        found.update(f"{path}\0{mode}\0{content}\0".encode(errors="surrogateescape"))
    return found.hexdigest()


def _read(path: Path) -> bytes:
    if not path.is_file():  # a pipe would hold us for ever
        raise FileNotFoundError(path)
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)
