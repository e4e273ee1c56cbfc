"""The folder: which files are read, and what their TOML says."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monitor.config.findings import Findings, Place
from monitor.config.suggest import did_you_mean

SINGLE = ("monitor.toml", "webhooks.toml", "routes.toml")
FOLDERS = ("feeds", "lexicon", "watches")
MAX_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file that is TOML. `name` is relative to the folder, with forward slashes."""

    name: str
    table: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """What was found.

    Attributes:
        documents: In name order.
        broken: The kinds (`webhooks.toml`, `feeds`, ...) of files that could not be read.
    """

    documents: tuple[Document, ...] = ()
    broken: frozenset[str] = frozenset()


def read_folder(folder: Path, findings: Findings) -> Folder:
    """Every file of a configuration folder."""
    here = Place(file=str(folder))
    if not folder.is_dir():
        what, cure = (
            "there is no such folder",
            f"'news-monitor init {folder}' writes the default there",
        )
        if folder.exists():
            above = folder.parent
            root = above.parent if above.name in FOLDERS else above
            what, cure = "is a file, not a folder", f"name the configuration folder: {root}"
        findings.error(here, "", what, cure)
        return Folder()
    paths = [folder / name for name in SINGLE if (folder / name).exists()]
    for name in FOLDERS:
        paths += _files_of(folder / name, findings)
    if not paths:
        findings.error(
            here,
            "",
            "the folder holds no configuration",
            f"did you mean the folder above, {folder.parent}?"
            if folder.name in FOLDERS
            else f"'news-monitor init {folder}' writes the default there",
        )
    _tell_unread(folder, paths, findings)
    read = {
        name: _read(path, name, findings)
        for path in paths
        for name in [path.relative_to(folder).as_posix()]
    }
    return Folder(
        documents=tuple(document for document in read.values() if document is not None),
        broken=frozenset(name.split("/")[0] for name, found in read.items() if found is None)
        | {name for name in FOLDERS if (folder / name).is_file()},
    )


def _files_of(folder: Path, findings: Findings) -> list[Path]:
    if folder.exists() and not folder.is_dir():
        findings.error(
            Place(file=folder.name),
            "",
            "is a file where a folder should be",
            f"move it to {folder.name}/{folder.name}.toml",
        )
        return []
    return visible(folder, "*.toml")


def visible(folder: Path, pattern: str) -> list[Path]:
    """Name order; hidden files (left by editors) are no configuration."""
    if not folder.is_dir():
        return []
    found = [path for path in folder.glob(pattern) if not path.name.startswith(".")]
    return sorted(
        path
        for path in found
        if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def _tell_unread(folder: Path, read: list[Path], findings: Findings) -> None:
    for pattern in ("*", "*/*", "*/*/*"):
        for path in visible(folder, pattern):
            if path in read or not _LIKE_TOML.search(path.name):
                continue
            name = path.relative_to(folder).as_posix()
            findings.warning(Place(file=name), "", "this file is not read", _meant_by(name))


def _meant_by(name: str) -> str:
    right = _LIKE_TOML.sub(".toml", name)
    first, _, rest = right.partition("/")
    if right != name and (right in SINGLE or (first in FOLDERS and "/" not in rest)):
        return f"did you mean '{right}'?"
    near = did_you_mean(first, [*SINGLE, *FOLDERS])
    return near if near.startswith("did") else _WHAT_IS_READ


# Endings that somebody who writes configuration may have chosen.
_LIKE_TOML = re.compile(r"\.(toml(\.txt)?|tml|tom|yaml|yml|json|conf|cfg|ini)$", re.IGNORECASE)
_WHAT_IS_READ = f"only {', '.join(SINGLE)} and {', '.join(f'{f}/*.toml' for f in FOLDERS)} are"


def _read(path: Path, name: str, findings: Findings) -> Document | None:
    place = Place(file=name)
    if not path.is_file():
        what = "is a folder where a file should be" if path.is_dir() else "is not a file"
        findings.error(place, "", what, "move it away")
        return None
    try:
        if path.stat().st_size > MAX_BYTES:
            findings.error(place, "", "is too big for a configuration file", "is it the right one?")
            return None
        raw = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        findings.error(place, "", f"cannot be read ({reason})", "check owner and mode")
        return None
    table = _parsed(raw, place, findings)
    return None if table is None else Document(name=name, table=table)


def _parsed(raw: bytes, place: Place, findings: Findings) -> dict[str, Any] | None:
    try:
        # utf-8-sig: some editors put a byte order mark first.
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        findings.error(place, f"line {line}", "is not UTF-8 text", "save the file as UTF-8")
        return None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        findings.error(
            place, f"line {line}", "holds a NUL byte", "is it a text file? Save as UTF-8"
        )
        return None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        _tell_syntax(str(error), text, place, findings)
    except (ValueError, RecursionError):
        # Numbers of thousands of digits, thousands of brackets.
        findings.error(place, "", "is not TOML that can be read", "numbers or lists are too long")
    return None


_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def _tell_syntax(message: str, text: str, place: Place, findings: Findings) -> None:
    found = _AT.search(message)
    line = int(found[1]) if found and found[1] else text.count("\n") + 1
    column = f", column {found[2]}" if found and found[2] else ""
    what = _AT.sub("", message)
    cure = next((cure for sign, cure in _CURES if sign in message), "")
    if "Cannot overwrite a value" in message and (early := _early_inner_table(text, line)):
        cure = f"{early} stands before the table that it belongs to; write it below"
    findings.error(place, f"line {line}{column}", f"not TOML: {_lower(what)}", cure)


def _early_inner_table(text: str, line: int) -> str:
    """The `[[watch.escalate]]` above its `[[watch]]`, where the parser gives up; empty: none."""
    lines = text.split("\n")[: line or None]
    outer = re.fullmatch(r"\[\[\s*([\w-]+)\s*\]\]", lines[-1].partition("#")[0].strip())
    if outer is None:
        return ""
    inner = re.compile(rf"\[?\[\s*{outer[1]}\s*\.[^\]]*\]\]?")
    found = (inner.match(above.strip()) for above in lines[:-1])
    return next((match[0] for match in found if match), "")


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


_CURES = (
    (
        "Invalid value",
        'texts stand in straight quotes, as in name = "Yonhap"; true and false in small letters',
    ),
    ("Expected '='", 'write key = value, as in name = "Yonhap"'),
    ("Expected newline or end of document after a statement", "one key = value a line"),
    ("Cannot overwrite a value", "the key is written twice"),
    ("Cannot declare", "the table is written twice"),
    ("Cannot mutate", "the table is written twice"),
    ("Cannot redefine", "the table is written twice"),
    ("Unclosed array", "close the list with ]"),
    ("Unterminated string", "close the text with a quote"),
    ("Illegal character '\\n'", "close the text with a quote; longer texts stand in three quotes"),
    ("Unescaped '\\'", "write \\\\ for a backslash, or use 'single quotes'"),
    ("Expected ']", "close the bracket"),
)
