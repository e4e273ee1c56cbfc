"""Secrets stand outside the configuration and are fetched by reference."""

import os
import re
import stat
from collections.abc import Mapping
from contextlib import suppress
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
    """Where references lead: the environment, files relative to the folder, systemd's credentials.

    Attributes:
        needed: False: what is missing is no problem (a disabled webhook, or nobody sends), the
            secret is empty.
    """

    folder: Path
    env: Mapping[str, str]
    needed: bool = True

    def resolve(self, reference: str) -> Secret:
        """The secret that `env:NAME`, `file:path` or `credential:NAME` names.

        Raises:
            NotASecret: It is written in plain, or cannot be had.
        """
        if is_reference(reference):
            scheme, _, target = reference.strip().partition(":")
            if not self.needed:
                return Secret("", reference=f"{scheme}:{target}")
            value = self._of_env(target) if scheme == "env" else self._of_file(scheme, target)
            return Secret(value, reference=f"{scheme}:{target}")
        if is_loopback(reference):
            return Secret(reference.strip())
        raise NotASecret(
            "a secret must not stand in the file",
            'put it into an environment variable and name that, as in "env:DESK_SECRET", '
            'or into a file, as in "file:secrets/desk" (of systemd: "credential:desk"); only the '
            "address of a receiver on this machine (http://127.0.0.1/...) may be written here",
        )

    def _of_env(self, name: str) -> str:
        value = self.env.get(name, "").strip()
        if not value:
            raise NotASecret(
                f"the environment variable {name} is {'empty' if name in self.env else 'not set'}",
                f"set {name} where the service starts, or disable what needs it",
            )
        return _clean(value, f"the environment variable {name}")

    def _of_file(self, scheme: str, target: str) -> str:
        path = file_of(f"{scheme}:{target}", self.folder, self.env)
        if path is None:
            raise NotASecret(*_no_credential(target))
        what, cure = _FILES[scheme]
        try:
            raw = _read_private(path, _CLOSED_TO[scheme])
        except OSError as error:
            raise NotASecret(
                f"the {what} {target} cannot be read ({error.strerror or type(error).__name__})",
                cure,
            ) from None
        try:
            return _clean(raw.decode("utf-8").strip(), f"the {what} {target}")
        except UnicodeDecodeError:
            raise NotASecret(f"the {what} {target} is not UTF-8 text", "save it as UTF-8") from None


_CREDENTIALS = "CREDENTIALS_DIRECTORY"
_FILES = {
    "file": ("file", "a relative path starts at the configuration folder"),
    "credential": ("credential", "LoadCredential= of the service names those that there are"),
}


def file_of(reference: str, folder: Path, env: Mapping[str, str]) -> Path | None:
    """The file that a reference leads to; None: it leads to none.

    Source of `credential:`: systemd.exec(5), "Credentials".
    """
    scheme, _, target = reference.strip().partition(":")
    if scheme == "file" and target and "\0" not in target:
        with suppress(RuntimeError):  # no such user's home
            return folder / Path(target).expanduser()
        return folder / target
    there = env.get(_CREDENTIALS, "")
    if scheme == "credential" and there and _CREDENTIAL.fullmatch(target):
        return Path(there) / target
    return None


# What systemd takes for a name; no path, above all.
_CREDENTIAL = re.compile(r"(?!\.)[A-Za-z0-9_.@-]{1,255}", re.ASCII)


def _no_credential(name: str) -> tuple[str, str]:
    if not _CREDENTIAL.fullmatch(name):
        return f"{name[:40]!r} is no name of a credential", "letters, digits, '_', '-', '@' and '.'"
    return (
        f"there is no credential {name}: {_CREDENTIALS} is not set",
        f"systemd sets it: LoadCredential={name}:/path/to/the/secret in the unit's [Service]",
    )


# systemd lets a user read its credentials by an access list, whose mask shows as the group's.
_CLOSED_TO = {"file": 0o077, "credential": 0o037}


def _read_private(path: Path, closed_to: int) -> bytes:
    # O_NONBLOCK: a named pipe would hold us for ever.
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise NotASecret(f"{path.name} is not a file", "name a file that holds the secret")
        if status.st_mode & closed_to:
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
    return scheme in ("env", *_FILES) and bool(target)


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
