"""Which URLs we ask for at all, before any name is looked up."""

import contextlib
import re
from urllib.parse import SplitResult, urljoin, urlsplit

from requests.utils import requote_uri

from monitor.adapters.http.errors import HttpError, Kind

MAX_URL = 2048
# Whitespace, control characters and backslashes: parsers disagree about where the host ends.
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029]")
# Services that could be made to act on an HTTP request. Source: WHATWG Fetch, "bad port".
# fmt: off
_BAD_PORTS = frozenset({
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101,
    102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427,
    465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990,
    993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667,
    6668, 6669, 6679, 6697, 10080,
})
# fmt: on


def check_url(url: str) -> SplitResult:
    """The parts of an address that is safe to ask for.

    Raises:
        HttpError: `BAD_URL`, with what is wrong but never the address itself.
    """
    if len(url) > MAX_URL:
        raise _bad(f"longer than {MAX_URL} characters")
    if _UNSAFE.search(url):
        raise _bad("with a space, a control character or a backslash")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _bad("that cannot be read") from None
    if parts.scheme not in ("http", "https"):
        raise _bad("that is neither http nor https")
    if "@" in parts.netloc:
        raise _bad("with a user name or password")
    if not parts.hostname or "%" in parts.hostname:
        raise _bad("without a readable host name")
    if port in _BAD_PORTS:
        raise _bad("with a port of another service")
    return parts


def origin_of(url: str) -> tuple[str, str, int]:
    """Scheme, host and port: what belongs together (RFC 6454, section 4).

    Raises:
        HttpError: As `check_url`.
    """
    parts = check_url(url)
    return parts.scheme, parts.hostname or "", port_of(parts)


def port_of(parts: SplitResult) -> int:
    """The port that is written, or the usual one."""
    return parts.port or (443 if parts.scheme == "https" else 80)


def redirect_target(base: str, location: str) -> str:
    """The absolute form of a raw `Location` header, without fragment.

    Raises:
        HttpError: `REDIRECT`: it leads to an address that we do not ask for.
    """
    with contextlib.suppress(UnicodeError):
        # Header bytes reach us as Latin-1, while servers that do not quote write UTF-8.
        location = location.encode("latin-1").decode("utf-8")
    try:
        target = requote_uri(urljoin(base, location.strip()).partition("#")[0])
        check_url(target)
    except ValueError:
        raise HttpError("redirected to an unreadable address", kind=Kind.REDIRECT) from None
    except HttpError as exc:
        raise HttpError(f"redirected to {exc}", kind=Kind.REDIRECT) from None
    return target


def _bad(what: str) -> HttpError:
    return HttpError(f"an address {what}", kind=Kind.BAD_URL)
