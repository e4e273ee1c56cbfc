"""What a feed is asked with besides its address: can it be sent, and is no secret in the file?"""

from collections.abc import Iterator
from urllib.parse import urlsplit

from monitor.config.addresses import Flaw
from monitor.core.headers import (
    HARMLESS,
    OURS_IN_A_FETCH,
    authorization,
    name_flaw,
    value_flaw,
)
from monitor.model import DIRECT, Feed, Secret

_CURES = {
    "cookie": "no cookies are sent; a login goes into auth",
    "user-agent": "it names the program and service.contact",
}
_IN_PLAIN_CURE = (
    'put it into an environment variable and name that, as in "env:FEED_KEY", or into a file, as '
    f'in "file:secrets/key"; only {", ".join(sorted(HARMLESS))} may be written here'
)
_PROXY_CURE = 'as in "http://proxy.example.org:3128"'
_PROXY_LOGIN_CURE = (
    "put the whole address, login included, into an environment variable or a file and name that, "
    'as in "env:PROXY" or "file:secrets/proxy"'
)


def credential_flaws(feed: Feed) -> Iterator[tuple[str, Flaw]]:
    """Keys of a feed, and what is wrong with them. A secret that nobody fetched is not judged."""
    for name, value in feed.headers.items():
        if flaw := _header_flaw(name, value):
            yield f"headers: {name[:40]}", flaw
    if feed.proxy and (wrong := proxy_flaw(feed.proxy)):
        yield "proxy", wrong
    if feed.auth is None:
        return
    if feed.auth.reveal() and authorization(feed.auth.reveal()) is None:
        what = f"{feed.auth.reference} holds no login that can be used".strip()
        yield "auth", (what, "it must be user:password, or Bearer and a token")
    if "authorization" in {name.lower() for name in feed.headers}:
        yield "auth", ("stands beside headers.authorization", "keep one: both are the same header")


def proxy_flaw(proxy: Secret) -> Flaw | None:
    """What is wrong with the address of a proxy, which may hold a secret and is never repeated."""
    if proxy == DIRECT or (proxy.reference and not proxy.reveal()):
        return None
    try:
        parts = urlsplit(proxy.reveal())
        is_whole = bool(parts.hostname and parts.port)
    except ValueError:
        return "the address cannot be read", _PROXY_CURE
    if parts.scheme != "http":
        return "is no HTTP proxy", _PROXY_CURE
    if not is_whole or parts.path not in ("", "/") or parts.query or parts.fragment:
        return "is not the address of a proxy", _PROXY_CURE
    if "@" in parts.netloc and not proxy.reference:
        return "a secret must not stand in the file", _PROXY_LOGIN_CURE
    return None


def sends_secrets(feed: Feed) -> bool:
    """Whether anything goes along that others must not read."""
    return bool(feed.auth or any(value.reference for value in feed.headers.values()))


def _header_flaw(name: str, value: Secret) -> Flaw | None:
    if what := name_flaw(name, OURS_IN_A_FETCH):
        return what, _CURES.get(name.lower(), "remove it")
    if not value.reference and name.lower() not in HARMLESS:
        return "a secret must not stand in the file", _IN_PLAIN_CURE
    is_known = value.reveal() or not value.reference
    if is_known and (what := value_flaw(name, value.reveal())):
        return what, "write one line of plain characters"
    return None
