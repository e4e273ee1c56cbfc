"""Kind "file": a line of JSON for each alert, at the end of a file, for local programs."""

import fcntl
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from errno import EACCES, EISDIR, ENOENT, ENOTDIR, ENXIO, EPERM, EROFS
from pathlib import Path
from typing import ClassVar

from monitor.adapters.http.session import Session
from monitor.adapters.webhooks.payload import MEMBERS_AT_MOST, digest_message, message
from monitor.adapters.webhooks.post import OPTIONS
from monitor.failpoints import failpoint
from monitor.model import Alert, Answer, Delivery, Verdict

_TAIL = 256 * 1024  # a dozen of the longest lines
_OURS = b'{"webhook-id":"'
_SOMEBODY_MUST_LOOK = (EACCES, EISDIR, ENOENT, ENOTDIR, ENXIO, EPERM, EROFS)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOptions:
    """What `[webhooks.<id>]` may say for this kind.

    Attributes:
        path: The file; it is made if it is not there, its folder is not.
    """

    __pydantic_config__: ClassVar = OPTIONS

    path: Path

    def __post_init__(self) -> None:
        if "\0" in str(self.path) or self.path.is_dir():
            raise ValueError('path is not that of a file; as in "data/alerts.jsonl"')


class FileWebhook:
    """Delivered means that the whole line is on the disk."""

    Options = FileOptions

    def __init__(self, id: str, options: FileOptions, session: Session | None = None) -> None:  # noqa: A002, ARG002 - every kind is built alike
        self.id = id
        self._path = options.path

    def render(self, alert: Alert, webhook_id: str) -> bytes:
        """The message of kind "standard" with the webhook-id in front."""
        return _line(message(alert), webhook_id)

    digest_at_most = MEMBERS_AT_MOST

    def render_digest(self, alert: Alert, members: Sequence[Alert], webhook_id: str) -> bytes:
        return _line(digest_message(alert, members), webhook_id)

    def send(self, delivery: Delivery, now: datetime) -> Answer:  # noqa: ARG002 - no timestamp
        try:
            with _opened(self._path) as handle:
                text = _append(handle, delivery.payload)
        except OSError as error:
            looked_at = error.errno in _SOMEBODY_MUST_LOOK
            verdict = Verdict.HELD if looked_at else Verdict.RETRY
            return Answer(verdict=verdict, text=f"not written: {error.strerror or 'OS error'}")
        return Answer(verdict=Verdict.DELIVERED, text=text)


def _line(body: bytes, webhook_id: str) -> bytes:
    return _OURS + webhook_id.encode() + b'",' + body.removeprefix(b"{")


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """The file under this name now, for us alone: one that was rotated away is left alone."""
    while True:
        handle = _open(path)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            if not _is_still_at(path, handle):
                continue
            yield handle
            return
        finally:
            os.close(handle)


def _open(path: Path) -> int:
    # O_NONBLOCK: a named pipe would hold us for ever.
    flags = os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | os.O_NONBLOCK
    try:
        handle = os.open(path, flags)
    except FileNotFoundError:
        handle = os.open(path, flags | os.O_CREAT, 0o640)
        _sync_folder(path.parent)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(ENXIO, "it is not a regular file")
    return handle


def _sync_folder(folder: Path) -> None:
    """A new file's name is on the disk only then."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _is_still_at(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False


def _append(handle: int, line: bytes) -> str:
    """Mend the end, then write in one go and see it onto the disk; what happened, in words."""
    size = os.fstat(handle).st_size
    start = max(size - _TAIL, 0)
    tail = os.pread(handle, _TAIL, start)
    torn = tail[tail.rfind(b"\n") + 1 :]
    if torn and (_OURS.startswith(torn) or torn.startswith(_OURS)):
        # What a crash left of a line of ours: its delivery is still due.
        size -= len(torn)
        os.ftruncate(handle, size)
        torn = b""
    complete = tail[: tail.rfind(b"\n") + 1].split(b"\n")
    if line in complete:
        os.fsync(handle)
        return "it was there already"
    written = (b"\n" if torn else b"") + line + b"\n"  # somebody else's line is ended, not cut
    try:
        count = os.write(handle, written)
    except OSError:
        os.ftruncate(handle, size)
        raise
    failpoint("file.written")
    if count < len(written):
        os.ftruncate(handle, size)
        raise OSError(0, "the disk is full")
    os.fsync(handle)
    return "written"
