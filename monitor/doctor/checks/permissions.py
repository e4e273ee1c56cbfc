"""Who may read secrets, and who may change what the service does."""

import stat
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monitor.config.secrets import is_reference
from monitor.core.evidence import without_secrets
from monitor.core.urls import is_http
from monitor.doctor.finding import Finding, bad, listed, warning, well
from monitor.doctor.world import World

PLACE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file or folder of the configuration.

    Attributes:
        mode: Its permissions.
        is_secret: A reference leads to it.
        holds: Addresses in it that seem to hold a secret, as they may be shown.
    """

    path: str
    mode: int
    is_secret: bool = False
    holds: tuple[str, ...] = ()


def look(world: World) -> Iterable[Finding]:
    return judge(list(_files(world.folder)))


def judge(files: list[File]) -> Iterator[Finding]:
    open_secrets = [one.path for one in files if one.is_secret and one.mode & 0o077]
    # A folder with the sticky bit (/tmp) lets others add files, not change ours.
    open_files = [
        one.path for one in files if one.mode & stat.S_IWOTH and not one.mode & stat.S_ISVTX
    ]
    inline = [one for one in files if one.holds and one.mode & (stat.S_IRGRP | stat.S_IROTH)]
    if open_secrets:
        text = f"secrets that others can read: {listed(open_secrets)}"
        yield bad(text, f"chmod 600 {open_secrets[0]}")
    if open_files:
        text = f"others can change what the service does: {listed(open_files)}"
        yield bad(text, f"chmod o-w {open_files[0]}")
    for one in inline:
        yield warning(
            f"{one.path} can be read by others and seems to hold a secret: {one.holds[0]}",
            f"chmod 600 {one.path}, or put it into auth or headers of the feed as env: or file:",
        )
    if not (open_secrets or open_files or inline):
        yield well("configuration and secrets are closed to others")


def _files(folder: Path) -> Iterator[File]:
    if folder.is_dir():
        yield File(path=str(folder), mode=folder.stat().st_mode)
    for path in sorted(folder.rglob("*.toml")):
        texts = list(_texts(path))
        shown = (without_secrets(text) for text in texts if is_http(text))
        hidden = tuple(dict.fromkeys(text for text in shown if "***" in text))
        yield File(path=str(path), mode=path.stat().st_mode, holds=hidden)
        for target in dict.fromkeys(text for text in texts if text.startswith("file:")):
            named = folder / Path(target.removeprefix("file:")).expanduser()
            if is_reference(target) and named.is_file():
                yield File(path=str(named), mode=named.stat().st_mode, is_secret=True)


def _texts(path: Path) -> Iterator[str]:
    try:
        yield from _within(tomllib.loads(path.read_text("utf-8")))
    except (OSError, ValueError):
        return  # told by the check of the configuration


def _within(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _within(one)
    elif isinstance(value, list):
        for one in value:
            yield from _within(one)
