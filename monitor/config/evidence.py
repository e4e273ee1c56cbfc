"""Writes what was learned of feeds into the `evidence` of their tables; touches nothing else."""

import shutil
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from monitor.core.inert import one_line
from monitor.errors import ConfigError, Problem

_MARK = "\ufeff"  # some editors put a byte order mark first
_WAS = "was: "


def with_evidence(
    text: str,
    evidence: Mapping[str, str],
    *,
    urls: Mapping[str, str] | None = None,
    is_ours: Callable[[str], bool] = lambda _: False,
) -> str:
    """The text of a file of `feeds/` with the evidence of some of its feeds set anew.

    All else stays as it is, to the byte. What a person wrote there before stays as a comment on
    the line, unless that has a comment already.

    Args:
        evidence: Feed id → its new evidence; feeds that are not in this file are passed over.
        urls: Feed id → the address that it is about: a feed that has another by now is passed over.
        is_ours: Whether evidence is of the program, and so needs not be kept.

    Raises:
        ValueError: The file cannot be changed without touching more than that.
    """
    mark = _MARK if text.startswith(_MARK) else ""
    written = text.removeprefix(mark)
    expected = tomllib.loads(written)
    try:
        document = tomlkit.parse(written)
        for table, wanted in zip(document["feed"], expected["feed"], strict=True):
            name = str(wanted.get("id"))
            is_meant = urls is None or wanted.get("url") == urls.get(name)
            if is_meant and (new := evidence.get(name)) is not None:
                _set(table, new, is_ours)
                wanted["evidence"] = new
        changed = tomlkit.dumps(document)
    except TOMLKitError as exc:
        raise ValueError(str(exc)) from exc
    if tomllib.loads(changed) != expected:
        raise ValueError("another value would change along")
    return mark + changed


def write_evidence(
    folder: Path,
    files: Mapping[str, str],
    evidence: Mapping[str, str],
    *,
    urls: Mapping[str, str] | None = None,
    is_ours: Callable[[str], bool],
) -> list[Path]:
    """Set the evidence of feeds in their files; returns the files that changed.

    Args:
        files: Feed id → its file, relative to the folder.
        urls: As in `with_evidence`.

    Raises:
        ConfigError: A file cannot be changed or written, or somebody else writes it at this moment;
            those named before it are.
    """
    changed = []
    for name in sorted({files[feed_id] for feed_id in evidence}):
        path = (folder / name).resolve()
        try:
            before = path.read_bytes()
            after = with_evidence(before.decode(), evidence, urls=urls, is_ours=is_ours).encode()
            if after == before:
                continue
            if path.read_bytes() != before:
                raise _refused(name, "was changed by somebody else just now, and is left alone")
            _replace(path, after)
            changed.append(path)
        except (ValueError, KeyError) as exc:
            raise _refused(name, f"cannot be changed in place ({exc})") from exc
        except OSError as exc:
            raise _refused(name, f"cannot be written ({exc.strerror})") from exc
    return changed


def _set(table: Any, new: str, is_ours: Callable[[str], bool]) -> None:
    if "evidence" not in table:
        _append(table, new)
        return
    before = str(table["evidence"])
    if before == new:
        return
    table["evidence"] = new
    item = table["evidence"]
    if before and not is_ours(before) and not item.trivia.comment:
        item.comment(_WAS + one_line(before))


def _append(table: Any, new: str) -> None:
    """Below the address: tomlkit takes the comment above the next table for the end of this one."""
    above = table["url"]
    ending = above.trivia.trail or "\n"
    if isinstance(table, tomlkit.items.InlineTable):
        table["evidence"] = new
        return
    above.trivia.trail = f"{ending}evidence = {tomlkit.string(new).as_string()}{above.trivia.trail}"


def _replace(path: Path, content: bytes) -> None:
    """All or nothing, under the same mode."""
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_bytes(content)
        shutil.copymode(path, beside)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _refused(name: str, what: str) -> ConfigError:
    return ConfigError((Problem(where=name, what=what, cure="set its evidence by hand"),))
