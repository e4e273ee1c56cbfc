"""Secrets stand outside the configuration and are fetched by reference."""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from monitor.model import Secret

MAX_BYTES = 64 * 1024


class NotASecret(ValueError):  # noqa: N818 - reads as what it says
    """A reference that leads to no secret, with the cure; never holds the value."""

    def __init__(self, what: str, cure: str) -> None:
        super().__init__(what)
        self.what, self.cure = what, cure


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """Where references lead: the environment, and files relative to the folder.

    Attributes:
        needed: False: what is missing is no problem (a disabled webhook, or nobody sends), the
            secret is empty.
    """

    folder: Path
    env: Mapping[str, str]
    needed: bool = True

    def resolve(self, reference: str) -> Secret:
        """The secret that `env:NAME` or `file:path` names.

        Raises:
            NotASecret: It is written in plain, or cannot be had.
        """
        if is_reference(reference):
            scheme, _, target = reference.strip().partition(":")
            if not self.needed:
                return Secret("", reference=f"{scheme}:{target}")
            value = self._of_env(target) if scheme == "env" else self._of_file(target)
            return Secret(value, reference=f"{scheme}:{target}")
        if is_loopback(reference):
            return Secret(reference.strip())
        raise NotASecret(
            "a secret must not stand in the file",
            'put it into an environment variable and name that, as in "env:DESK_SECRET", '
            'or into a file, as in "file:secrets/desk"; only the address of a receiver on this '
            "machine (http://127.0.0.1/...) may be written here",
        )

    def _of_env(self, name: str) -> str:
        value = self.env.get(name, "").strip()
        if not value:
            raise NotASecret(
                f"the environment variable {name} is {'empty' if name in self.env else 'not set'}",
                f"set {name} where the service starts, or disable what needs it",
            )
        return _clean(value, f"the environment variable {name}")

    def _of_file(self, target: str) -> str:
        path = self.folder / Path(target).expanduser()
        try:
            raw = _read_private(path)
        except OSError as error:
            raise NotASecret(
                f"the file {target} cannot be read ({error.strerror or type(error).__name__})",
                "a relative path starts at the configuration folder",
            ) from None
        try:
            return _clean(raw.decode("utf-8").strip(), f"the file {target}")
        except UnicodeDecodeError:
            raise NotASecret(f"the file {target} is not UTF-8 text", "save it as UTF-8") from None


def _read_private(path: Path) -> bytes:
    # O_NONBLOCK: a named pipe would hold us for ever.
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise NotASecret(f"{path.name} is not a file", "name a file that holds the secret")
        if status.st_mode & 0o077:
            raise NotASecret(f"the file {path.name} is open to others", f"chmod 600 {path}")
        if status.st_size > MAX_BYTES:
            raise NotASecret(
                f"the file {path.name} is too big for a secret", "is it the right file?"
            )
        return os.read(handle, MAX_BYTES)
    finally:
        os.close(handle)


def _clean(value: str, source: str) -> str:
    if not value:
        raise NotASecret(f"{source} is empty", "put the secret there")
    if not value.isprintable():
        # Would end in an HTTP header or a request line.
        raise NotASecret(f"{source} holds a line break or control character", "write one line")
    return value


def is_reference(written: str) -> bool:
    """Whether this names a secret, as in `env:NAME`, rather than being one."""
    scheme, _, target = written.strip().partition(":")
    return scheme in ("env", "file") and bool(target)


def is_loopback(url: str) -> bool:
    """Whether this is an address on this very machine, which is no secret."""
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or "@" in parts.netloc:
        return False
    return host in ("localhost", "127.0.0.1", "::1")
