"""Addresses that a person wrote: are they ones we may and can ask?"""

import ipaddress
import re
import socket
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Flaw = tuple[str, str]
"""What is wrong, and the cure."""

PLACEHOLDER = "{rsshub}"
_LABEL = re.compile(
    r"[a-z0-9_\u0080-\U0010ffff]([a-z0-9_\u0080-\U0010ffff-]{0,61}[a-z0-9_\u0080-\U0010ffff])?"
)
_LONGEST_HOST = 253
_LOOPBACK: tuple[Network, ...] = (
    ipaddress.ip_network("127.0.0.0/8"),
    ipaddress.ip_network("::1/128"),
)


def url_flaw(url: str, allow_private: Sequence[Network] = ()) -> Flaw | None:
    """What is wrong with an address; None: nothing that can be seen without asking it.

    Only literal addresses are judged here: names are judged when we connect.
    """
    if any(character.isspace() or not character.isprintable() for character in url):
        return "the address holds a blank or control character", "write it percent-encoded (%20)"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "the address cannot be read", "check its host and port"
    if (found := re.search(r"\{[^}]*\}?", url)) and parts.scheme in ("", "http", "https"):
        return (
            f"unknown placeholder {found[0][:20]}",
            f"only {PLACEHOLDER} at the beginning is replaced",
        )
    if parts.scheme not in ("http", "https"):
        return (
            f"{(parts.scheme or url)[:20]!r} is not http or https",
            'as in "https://host/feed.xml"',
        )
    if "@" in parts.netloc:
        return "the address holds a user name or password", "a feed's login goes into auth"
    if "\\" in url or not host:
        return "the address has no readable host", 'as in "https://host/feed.xml"'
    return host_flaw(host, allow_private) or _private_flaw(host, allow_private)


def host_flaw(host: str, allow_private: Sequence[Network]) -> Flaw | None:
    """What is wrong with the spelling of a name.

    Source: RFC 1035, section 2.3.1 and 2.3.4; underscores are seen in practice.
    """
    if ":" in host or literal_address(host) is not None:
        return None
    labels = host.removesuffix(".").split(".")
    if len(host) > _LONGEST_HOST or not all(_LABEL.fullmatch(label) for label in labels):
        return f"{host[:40]!r} is not the name of a host", 'as in "https://host.example/feed.xml"'
    if len(labels) == 1 and not allow_private:
        return (
            f"{host[:40]!r} has no dot, so it is no public host",
            'complete it, or add the range of your own network: allow_private = ["172.16.0.0/12"]',
        )
    return None


def _private_flaw(host: str, allow_private: Sequence[Network]) -> Flaw | None:
    literal = literal_address(host)
    if literal is None or (literal.is_global and not literal.is_multicast):
        return None
    if any(literal in network for network in allow_private):
        return None
    network = next((n for n in _LOOPBACK if literal in n), ipaddress.ip_network(literal))
    return (
        f"{host} is not a public address",
        f'if it is meant, add allow_private = ["{network}"]',
    )


def literal_address(host: str) -> Address | None:
    """The IP address that a host is written as, old spellings such as 0x7f.1 included."""
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return ipaddress.ip_address("127.0.0.1")
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return _old_spelling(name)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def _old_spelling(name: str) -> Address | None:
    # inet_aton knows 2130706433, 0177.1 and 0x7f.1, as the resolver does.
    if not re.fullmatch(r"(?:.*\.)?(?:\d+|0x[\da-f]*)", name, re.ASCII):
        return None
    try:
        return ipaddress.ip_address(socket.inet_aton(name))
    except (OSError, ValueError):
        return None


def networks(ranges: Iterable[str]) -> tuple[Network, ...]:
    """The ranges that can be read; `network_flaw` says what is wrong with the others."""
    return tuple(ipaddress.ip_network(r) for r in ranges if network_flaw(r) is None)


def network_flaw(written: str) -> Flaw | None:
    """What is wrong with a range of addresses in CIDR notation."""
    try:
        ipaddress.ip_network(written)
    except ValueError:
        try:
            return (
                f"{written!r} has host bits set",
                f'write "{ipaddress.ip_network(written, strict=False)}"',
            )
        except ValueError:
            own = f"this machine is {_quoted(_LOOPBACK)}" if written == "localhost" else ""
            return f"{written[:40]!r} is not a range of addresses", own or 'as in "127.0.0.0/8"'
    return None


def _quoted(ranges: Iterable[Network]) -> str:
    return " and ".join(f'"{network}"' for network in ranges)


def own_ranges(url: str) -> tuple[str, ...]:
    """The ranges that a literal address of the user's own service stands in; empty if public."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ()
    if host.lower().rstrip(".") == "localhost":
        return tuple(str(network) for network in _LOOPBACK)
    literal = literal_address(host)
    if literal is None or literal.is_global:
        return ()
    return (str(ipaddress.ip_network(literal)),)
