"""Who handed a document over that somebody else wrote: bridges, and mirrors at other outlets."""

import re
from dataclasses import replace

from monitor.core.urls import host_of, outlet_of
from monitor.model import Feed

_BRIDGE = re.compile(r"(?:^|[.-])(?:rsshub|rss-?bridge)(?:[.-]|\d*\.)", re.IGNORECASE)
# Open to anybody, and not named after what they are.
_PUBLIC = frozenset({"hub.slarker.me", "rss.owo.nz", "rss.tips", "rss.nixnet.services"})
_VIA = " via mirror "


def is_public_bridge(url: str) -> bool:
    """Whether an address is that of a bridge which is known to be open to anybody."""
    host = host_of(url)
    return host == "rsshub.app" or host.endswith(".rsshub.app") or host in _PUBLIC


def is_bridge(url: str, rsshub: str = "") -> bool:
    """Whether an address is that of a bridge, by its name or because it is the user's own.

    Args:
        rsshub: The base address of the user's own; empty: there is none.
    """
    own = bool(rsshub) and url.startswith(rsshub.rstrip("/") + "/")
    return own or is_public_bridge(url) or bool(_BRIDGE.search(host_of(url)))


def as_handed_over(feed: Feed, asked: str, rsshub: str) -> Feed:
    """The feed as its alerts name it: with the bridge or mirror that its document came from.

    Args:
        asked: The address that answered; one of the feed's own, or that to which it has moved.
    """
    elsewhere = asked in feed.mirrors and outlet_of(asked) != outlet_of(feed.url)
    moved = asked not in (feed.url, *feed.mirrors) and is_bridge(feed.url, rsshub)
    if not (elsewhere or moved or is_bridge(asked, rsshub)):
        return feed
    return replace(feed, name=f"{feed.name}{_VIA}{host_of(asked)}")


def own_name(feed: Feed) -> str:
    """A feed's name without who handed it over."""
    return feed.name.partition(_VIA)[0]


def links_to(hosts: tuple[str, ...], url: str) -> bool:
    """Whether an address is at one of these hosts, or below it."""
    host = host_of(url)
    return any(host == one or host.endswith(f".{one}") for one in map(_plain, hosts))


def _plain(host: str) -> str:
    return host.rstrip(".").lower()
