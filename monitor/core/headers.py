"""Request headers that a person wrote."""

import re
from base64 import b64encode
from collections.abc import Iterable

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}", re.ASCII)
_VALUE = re.compile(r"[!-~](?:[ -~]*[!-~])?", re.ASCII)
_BEARER = re.compile(r"Bearer +[A-Za-z0-9._~+/-]+=*", re.ASCII | re.IGNORECASE)

# Names and beginnings of names.
OURS_IN_A_FETCH = (
    *("accept-encoding", "accept-charset", "connection", "content-", "cookie", "expect"),
    *("forwarded", "host", "if-", "keep-alive", "origin", "proxy-", "range", "referer", "sec-"),
    *("te", "trailer", "transfer-", "upgrade", "user-agent", "via", "x-forwarded-"),
)
OURS_IN_A_POST = ("webhook-", "content-", "transfer-", "host", "connection", "user-agent")
# Whose value is no secret; a key may hide behind any other.
HARMLESS = frozenset({"accept", "accept-language", "from", "x-requested-with"})


def name_flaw(name: str, ours: Iterable[str]) -> str:
    """What is wrong with a header's name; empty: nothing.

    Source: RFC 9110, section 5.6.2 (token).
    """
    if not _NAME.fullmatch(name):
        return f"{name[:40]!r} is no header name"
    low = name.lower()
    if any(low.startswith(one) if one.endswith("-") else low == one for one in ours):
        return f"{name} is set by the monitor itself"
    return ""


def value_flaw(name: str, value: str) -> str:
    """What is wrong with a header's value, which may be a secret; empty: nothing."""
    return "" if _VALUE.fullmatch(value) else f"the value of {name} is empty or not printable ASCII"


def authorization(login: str) -> str | None:
    """The header that a login becomes; None: it is neither `user:password` nor `Bearer TOKEN`.

    Source: RFC 6750, section 2.1; RFC 7617, section 2.
    """
    if _BEARER.fullmatch(login):
        return login
    user, colon, _ = login.partition(":")
    if not user or not colon or not login.isprintable():
        return None
    return f"Basic {b64encode(login.encode()).decode()}"
