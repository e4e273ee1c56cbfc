"""Addresses of articles, compared by what they mean."""

import re
from functools import lru_cache
from urllib.parse import SplitResult, parse_qsl, urljoin, urlsplit

from monitor.core.tracking import is_tracking

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NEWLINES = re.compile(r"[\t\r\n]")
_HOST = re.compile(r"[0-9a-z_-]+(?:\.[0-9a-z_-]+)*")
_IPV6 = re.compile(r"[0-9a-f:.]+")
_MOBILE = re.compile(r"(?:www|m|amp)\.(?=[^.]+\.)")
_OUTLET = re.compile(r"^(?:www|m|amp|feeds?|rss)\.(?=[^.]+\.)")
_SESSION = re.compile(r";jsessionid=[^/]*", re.IGNORECASE)
_INDEX = re.compile(r"amp|index\.(?:html?|shtml|php)", re.IGNORECASE)
_AMP_SUFFIX = re.compile(r"(.*[0-9a-z])\.amp(?:\.html)?", re.IGNORECASE)
_GOOGLE = re.compile(r"google(?:\.[a-z]{2,3}){1,2}")
# A second "?" is a common mistake of whoever appends tracking to a finished address.
_SECOND_QUERY = re.compile(r"\?(?=utm_|fbclid=|gclid=)", re.IGNORECASE)
_ESCAPED_AMPERSAND = re.compile(r"(?:amp;)+", re.IGNORECASE)
# RFC 3986, section 2.3 and 3.3: what may stand for itself in a path or query.
_TO_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})?|[^A-Za-z0-9._~!$'()*,;:=@/%-]+")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")


@lru_cache(maxsize=4096)
def canonical_url(url: str) -> str:
    """The form under which two spellings of one address are equal; empty if not http(s).

    For comparison only: it is not promised to lead anywhere. Scheme, `www.`, `m.`, `amp.`, default
    port, user name, fragment, session id, index page, slashes, escapes and the order of parameters
    make no difference, nor do parameters that track readers. Redirectors of Google are opened.
    """
    while True:
        parts = _split(_NEWLINES.sub("", url).strip())
        host = _canonical_host(parts) if parts else ""
        if not parts or not host:
            return ""
        path, query = _canonical_path(parts.path), _canonical_query(parts.query)
        target = _redirector_target(host, path, query)
        if not target:
            return f"https://{host}{path}" + (f"?{query}" if query else "")
        url = target


def is_http(url: str) -> bool:
    """Whether this is an absolute http or https address with a host, fit to be a link."""
    return url == url.strip() and not _CONTROL.search(url) and bool(host_of(url))


def host_of(url: str) -> str:
    """Lower-case host name of an http or https address, without port; empty if there is none."""
    parts = _split(url)
    return (parts.hostname or "").rstrip(".") if parts else ""


def outlet_of(url: str) -> str:
    """The host without what outlets put before their name: www.kcna.example → kcna.example."""
    return _OUTLET.sub("", host_of(url))


def join(base: str, link: str) -> str:
    """`link`, perhaps relative to `base`, as an absolute http(s) address; empty if it is none."""
    try:
        joined = urljoin(base, _NEWLINES.sub("", link).strip()).replace(" ", "%20")
    except ValueError:
        return ""
    return joined if is_http(joined) else ""


def _split(url: str) -> SplitResult | None:
    """None: not http(s), or not to be read."""
    try:
        parts = urlsplit(url)
        return parts if parts.scheme in ("http", "https") and parts.hostname else None
    except ValueError:
        return None


def _canonical_host(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".")
    try:
        port = parts.port
        if not host.isascii():
            host = host.encode("idna").decode().lower().rstrip(".")
    except ValueError:
        return ""
    if ":" in host:
        host = f"[{host}]" if _IPV6.fullmatch(host) else ""
    elif not _HOST.fullmatch(host):
        return ""
    while shorter := _MOBILE.match(host):
        host = host[shorter.end() :]
    # Either default port under either scheme: the scheme is not compared.
    return host if not host or port in (None, 80, 443) else f"{host}:{port}"


def _canonical_path(path: str) -> str:
    segments: list[str] = []
    for segment in _SESSION.sub("", _escaped(path)).split("/"):
        if segment == "..":
            del segments[-1:]
        elif segment not in ("", "."):
            segments.append(segment)
    while segments:
        if _INDEX.fullmatch(segments[-1]):
            segments.pop()
        elif suffixed := _AMP_SUFFIX.fullmatch(segments[-1]):
            segments[-1] = suffixed[1]
        else:
            break
    return "/" + "/".join(segments)


def _canonical_query(query: str) -> str:
    pairs = [
        _ESCAPED_AMPERSAND.sub("", pair, count=1) if pair[:4].lower() == "amp;" else pair
        for pair in _SECOND_QUERY.sub("&", query.replace("+", "%20")).split("&")
    ]
    kept = []
    for pair in pairs:
        name, equals, value = pair.partition("=")
        name, value = _escaped(name), _escaped(value)
        if (name or value) and not is_tracking(name, value):
            kept.append(name + equals + value)
    return "&".join(sorted(kept))


def _escaped(text: str) -> str:
    """Each character in its one spelling: plain if it may be, else %XX in capitals."""
    return _TO_ESCAPE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    if match[1] is None:
        raw = match[0].encode("utf-8", "surrogatepass")
        return "".join(f"%{byte:02X}" for byte in raw)
    character = chr(int(match[1], 16))
    return character if _UNRESERVED.fullmatch(character) else f"%{match[1].upper()}"


def _redirector_target(host: str, path: str, query: str) -> str:
    """Where `google.com/url?url=...` (Google Alerts) leads; empty if this is none."""
    if path != "/url" or not _GOOGLE.fullmatch(host):
        return ""
    given = dict(parse_qsl(query))
    return next((given[name] for name in ("url", "q") if is_http(given.get(name, ""))), "")
