"""Where the page is served, and who may ask for it: addresses as `host:port`, names of hosts."""

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

_NAMES_OF_THIS_MACHINE = ("localhost", "localhost.localdomain")


@dataclass(frozen=True, slots=True)
class Listener:
    """An address to listen at; port 0: any that is free."""

    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        return is_loopback(self.host)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def listener(written: str) -> Listener:
    """As in "127.0.0.1:8420", "[::1]:8420" or "0.0.0.0:8420".

    Raises:
        ValueError: It is no such address; with the reason.
    """
    try:
        parts = urlsplit(f"//{written}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if not host or port is None or written != parts.netloc or "@" in written:
        raise ValueError("is no host and port")
    if _address(host) is None and host not in _NAMES_OF_THIS_MACHINE:
        raise ValueError("the host is no address of this machine")
    return Listener(host, port)


def is_loopback(host: str) -> bool:
    """Whether only this machine itself can mean it."""
    address = _address(host)
    return host.lower() in _NAMES_OF_THIS_MACHINE if address is None else address.is_loopback


def host_of(header: str) -> str:
    """The host that a `Host` header names, in lower case, without port; empty if unreadable."""
    try:
        return (urlsplit(f"//{header}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def is_ours(host: str, names: frozenset[str]) -> bool:
    """Whether a request by this name may be meant for us.

    A name that a stranger's page made lead here (DNS rebinding) is not ours; numeric addresses
    cannot be made to lead elsewhere.

    Args:
        names: That the operator gave to the page.
    """
    return is_loopback(host) or _address(host) is not None or host in names


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
