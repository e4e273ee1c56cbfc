"""Text of strangers made harmless for every sink: no control, direction or invisible characters.

What markup means differs from service to service; escaping it lives with the webhook kind.
"""

import re
from collections.abc import Callable, Sequence
from typing import Literal
from urllib.parse import quote, urlsplit

import regex

Unit = Literal["chars", "utf16", "utf8"]

ELLIPSIS = "…"
MAX_URL = 2048

_BREAKS = re.compile("\r\n|[\n\v\f\r\x85\u2028\u2029]")
_BLANKS = re.compile("[\t\u3164\uffa0]")  # the Hangul fillers are letters that show nothing
_REMOVED = re.compile(
    "["
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # control
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidirectional marks, overrides, isolates
    "\xad\u034f\u180e\u200b-\u200d\u2060-\u2065\ufeff"  # zero-width
    "\u206a-\u206f\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # invisible formats
    "\U000e0000-\U000e007f"  # tags: whole sentences that nobody sees
    "\ud800-\udfff"  # lone surrogates: not encodable
    "\ufdd0-\ufdef"
    + "".join(f"{chr(p << 16 | 0xFFFE)}-{chr(p << 16 | 0xFFFF)}" for p in range(17))
    # the last: noncharacters, of every plane
    + "]"
)
_UNSEEN = "\u034f\u3164\uffa0"  # of those above, the ones that Python calls printable
_CLUSTER = regex.compile(r"\X")
_URL_SAFE = "%/:=&?~#+!$,;'@()*[]-._"
_LABEL = "[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?|\[[0-9a-f:.]+\]", re.ASCII)


def inert(text: str, *, newlines: bool = False) -> str:
    """Without characters that act on a display, hide, or cannot be encoded; words untouched.

    A character's fate does not depend on its neighbours (a CR LF pair apart), so the length of
    an inert prefix is the offset in the inert whole. Joiners go too, which takes apart composed
    emoji: a small price in a headline.

    Args:
        newlines: Keep line breaks, as "\\n"; else each becomes a space.
    """
    if text.isprintable() and not any(character in text for character in _UNSEEN):
        return text  # twenty times as quick, and true of nearly all texts
    broken = _BREAKS.sub("\n" if newlines else " ", text)
    return _REMOVED.sub("", _BLANKS.sub(" ", broken))


def one_line(text: str) -> str:
    """Inert, on one line, without white space at the ends or in runs."""
    return " ".join(inert(text).split())


def length(text: str, unit: Unit = "chars") -> int:
    """How a service counts: code points, UTF-16 units (Discord, Slack) or UTF-8 bytes."""
    if unit == "chars":
        return len(text)
    if unit == "utf16":
        return len(text) + sum(character > "\uffff" for character in text)
    return len(text.encode("utf-8", "surrogatepass"))


def _as_is(text: str) -> str:
    return text


def cut(
    text: str, limit: int, unit: Unit = "chars", *, escape: Callable[[str], str] = _as_is
) -> str:
    """At most `limit` units of text; what was cut ends in an ellipsis.

    Whole grapheme clusters are kept or dropped: no cut surrogate pair, accent or flag.

    Args:
        limit: If not even the ellipsis fits, nothing is left.
        escape: Measured is `escape(result)`, so that escaped text fits as well; the result
            itself is not escaped. Must work character by character.
    """
    if length(text, unit) <= limit and length(escape(text), unit) <= limit:
        return text
    room = limit - length(escape(ELLIPSIS), unit)
    if room < 0:
        return ""
    end = 0
    for cluster in _CLUSTER.finditer(text):
        room -= length(escape(cluster.group()), unit)
        if room < 0:
            break
        end = cluster.end()
    return text[:end].rstrip() + ELLIPSIS


def cut_together(
    lines: Sequence[str], limit: int, unit: Unit = "chars", *, escape: Callable[[str], str] = _as_is
) -> list[str]:
    """Lines of at most `limit` units together, each with a line break; the longest are cut first.

    Args:
        escape: As of `cut`; it makes no text shorter.
    """
    sizes = [max(length(line, unit), length(escape(line), unit)) + 1 for line in lines]
    room = limit
    for done, size in enumerate(sorted(sizes)):
        share = room // (len(sizes) - done)
        if size > share:
            return [cut(line, max(share - 1, 0), unit, escape=escape) for line in lines]
        room -= size
    return list(lines)


def inert_link(url: str) -> str:
    """The address if a person may safely be offered it, in ASCII; else empty.

    Only http(s), with a plain host name (international ones as punycode); no user part (a host
    that looks like another), no backslash (parsers disagree about it), nothing invisible, and
    no more than 2,048 characters. What could end a link in some markup is percent-encoded.
    """
    scheme, colon, rest = url.partition("://")
    if not colon or inert(url) != url or "\\" in url or len(url) > MAX_URL:
        return ""
    try:
        parts = urlsplit(url)
        host = _ascii_host(parts.hostname or "")
        port = "" if parts.port is None else f":{parts.port}"
    except ValueError:
        return ""
    if scheme.lower() not in ("http", "https") or "@" in parts.netloc or not _HOST.fullmatch(host):
        return ""
    link = f"{scheme.lower()}://{host}{port}{quote(rest[len(parts.netloc) :], safe=_URL_SAFE)}"
    return link if len(link) <= MAX_URL else ""


def _ascii_host(host: str) -> str:
    """Raises ValueError (UnicodeError is one) if it is no host name."""
    if ":" in host:
        return f"[{host}]"
    return host if host.isascii() else host.encode("idna").decode("ascii")
