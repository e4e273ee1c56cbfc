"""One request per host at a time, and well apart."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from monitor.errors import Adrift

_MANY = 1000


class HostBusy(Exception):  # noqa: N818 - a state of affairs, not a fault
    """The host did not become free in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRules:
    """What counts as one host, and how long it is left alone after a request.

    Attributes:
        gap_s: For every host that no other rule names.
        gaps_s: Domain → gap of it and its sub-domains, each of which is a host all the same; the
            longest name counts.
        shared: Groups of domains; each group is one host, with all their sub-domains.
        tenants: Domains where the first part of the path names a host of its own.
    """

    gap_s: float
    gaps_s: Mapping[str, float] = field(default_factory=dict)
    shared: tuple[tuple[str, ...], ...] = ()
    tenants: tuple[str, ...] = ()

    def scope_of(self, url: str) -> str:
        """What is asked at most once at a time: the full host name; empty if there is none.

        Not the registered domain: sub-domains are mostly machines, or offices, of their own. On
        loopback the port counts too, since every port there is a server of its own.
        """
        try:
            parts = urlsplit(url)
            host, port = _plain(parts.hostname or ""), parts.port
        except ValueError:
            return ""
        if shared := _domain_of(host, (domain for group in self.shared for domain in group)):
            return next(_plain(group[0]) for group in self.shared if shared in group)
        scope = f"{host}:{port}" if port and _is_loopback(host) else host
        if _domain_of(host, self.tenants):
            return f"{scope}/{parts.path.strip('/').partition('/')[0]}"
        return scope

    def gap_of(self, url: str) -> float:
        """Seconds between the end of one request there and the next."""
        domain = _domain_of(_plain(urlsplit(url).hostname or ""), self.gaps_s)
        return self.gaps_s[domain] if domain else self.gap_s


def _plain(host: str) -> str:
    """One spelling for a name: lower case, no final dot, letters of other scripts as in DNS."""
    host = host.lower().rstrip(".")
    with suppress(UnicodeError):
        return host if host.isascii() else host.encode("idna").decode("ascii")
    return host


def _domain_of(host: str, domains: Iterable[str]) -> str:
    """The longest of `domains` that `host` is, or is a part of; empty if there is none."""
    return max((d for d in domains if f".{host}".endswith(f".{_plain(d)}")), key=len, default="")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class HostGate:
    """Lets one thread at a time ask a host, some time after the one before was done.

    Args:
        may_ask: Whether this process may ask anybody.
    """

    def __init__(self, rules: HostRules, may_ask: Callable[[], bool] = lambda: True) -> None:
        self._rules, self._may_ask = rules, may_ask
        self._changed = threading.Condition()
        self._busy: set[str] = set()
        self._free_at: dict[str, float] = {}

    @contextmanager
    def turn(self, url: str, patience_s: float) -> Iterator[None]:
        """Hold the host of `url` for the length of a `with` block.

        Raises:
            HostBusy: It was not free within `patience_s`; nobody waits for ever.
            Adrift: This process may ask nobody any more.
        """
        scope = self._rules.scope_of(url)
        give_up_at = time.monotonic() + patience_s
        with self._changed:
            while (wait_s := self._wait_s(scope)) != 0:
                left_s = give_up_at - time.monotonic()
                if left_s <= 0:
                    raise HostBusy
                self._changed.wait(left_s if wait_s is None else min(wait_s, left_s))
            if not self._may_ask():
                raise Adrift("others may ask in place of this process")
            self._busy.add(scope)
        try:
            yield
        finally:
            with self._changed:
                self._busy.discard(scope)
                now = time.monotonic()
                if len(self._free_at) >= _MANY:  # redirects may name any host
                    self._free_at = {h: at for h, at in self._free_at.items() if at > now}
                self._free_at[scope] = now + self._rules.gap_of(url)
                self._changed.notify_all()

    def rests(self) -> dict[str, float]:
        """Hosts that are not busy and have no turn yet, and in how many seconds they have."""
        now = time.monotonic()
        with self._changed:
            return {h: at - now for h, at in self._free_at.items() if at > now}

    def rest(self, scope: str, seconds: float) -> None:
        """Let a host have no turn for so long."""
        with self._changed:
            free_at = time.monotonic() + seconds
            self._free_at[scope] = max(self._free_at.get(scope, 0.0), free_at)

    def _wait_s(self, scope: str) -> float | None:
        """Seconds until the host is free; None: until its holder is done."""
        if scope in self._busy:
            return None
        return max(0.0, self._free_at.get(scope, 0.0) - time.monotonic())
