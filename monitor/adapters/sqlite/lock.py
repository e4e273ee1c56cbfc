"""One daemon per database: a lock that the kernel lets go of, however its holder ends."""

import fcntl
import os
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Self
from weakref import WeakSet

from monitor.adapters.sqlite.ownership import hand_over
from monitor.errors import AlreadyRunning, StoreError
from monitor.failpoints import failpoint

_NOTE_BYTES = 1024
_held: "WeakSet[Hold]" = WeakSet()


class Hold:
    """The lock, held until `release()` or the end of the process."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor
        _held.add(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def note(self, trouble: str) -> None:
        """Leave word for others of what is wrong, beside the name of this process.

        It goes over bytes that the file has already: this works on a full disk, too.
        """
        if self._descriptor is not None:
            with suppress(OSError):  # what cannot be noted is found out by its silence
                _write(self._descriptor, trouble)

    def release(self) -> None:
        """The file stays: were it deleted, two could hold two files of one name."""
        descriptor, self._descriptor = self._descriptor, None
        _held.discard(self)
        if descriptor is not None:
            os.close(descriptor)


def hold(path: Path | str) -> Hold:
    """Lock the database at `path` for this process, by a file beside it.

    Raises:
        AlreadyRunning: Another process holds it, named in the message.
        StoreError: The lock file cannot be written.
    """
    lock = Path(f"{path}.lock")
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        is_new = not lock.exists()
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        if is_new:
            hand_over(lock, like=lock.parent)
    except OSError as exc:
        raise StoreError(f"{lock} cannot be written: {exc.strerror}") from exc
    try:
        _acquire(descriptor, Path(path))
    except BaseException:
        os.close(descriptor)
        raise
    return Hold(descriptor)


def holder(path: Path | str) -> str | None:
    """Who holds the database, as in "process 1234 on host"; None: nobody."""
    try:
        descriptor = os.open(f"{path}.lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _named(descriptor)
    finally:
        os.close(descriptor)
    return None


def trouble(path: Path | str) -> str:
    """What the holder of the database noted last; empty: nothing."""
    try:
        descriptor = os.open(f"{path}.lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        return "".join(_lines(descriptor)[1:2])
    finally:
        os.close(descriptor)


def _lines(descriptor: int) -> list[str]:
    said = os.pread(descriptor, _NOTE_BYTES, 0).decode(errors="replace")
    return [line.strip() for line in said.strip().split("\n")]


def _named(descriptor: int) -> str:
    return _lines(descriptor)[0] or "another process"


def _write(descriptor: int, trouble: str = "") -> None:
    name = f"process {os.getpid()} on {socket.gethostname()}\n"
    text = (name + trouble.replace("\n", " ")).encode()[: _NOTE_BYTES - 1]
    os.pwrite(descriptor, text.ljust(_NOTE_BYTES - 1) + b"\n", 0)


def _acquire(descriptor: int, path: Path) -> None:
    for patience in (0.05, 0.05, 0.0):  # somebody may be asking for the holder just now
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if not patience:
                raise AlreadyRunning(f"{path} is held by {_named(descriptor)}") from None
            time.sleep(patience)
        except OSError as exc:
            raise StoreError(f"{path} cannot be locked: {exc.strerror}") from exc
    failpoint("lock.taken")
    os.ftruncate(descriptor, 0)
    _write(descriptor)
    failpoint("lock.named")


def _let_go_in_child() -> None:
    """A forked child must not keep the lock alive after its parent was killed."""
    for held in list(_held):
        held.release()


os.register_at_fork(after_in_child=_let_go_in_child)
