"""Directly or through a proxy? A proxy dials by itself, so what can be judged is judged before."""

import re

from monitor.adapters.http import sockets
from monitor.adapters.http.addresses import judge
from monitor.adapters.http.attempt import Attempt
from monitor.adapters.http.errors import HttpError, Kind

# What is no public host, whatever answers to it. Source: RFC 6761, RFC 6762, RFC 8375, and
# ICANN's resolution on .internal; the rest is what routers and companies make up.
_INSIDE = re.compile(
    r"(?:^|\.)(?:localhost|local|localdomain|internal|intranet|lan|corp|home|private|home\.arpa)$"
)
# What some resolvers read as a number. Source: WHATWG URL, "ends in a number".
_NUMBER = re.compile(r"(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)$", re.ASCII)
# Of what is left: a network behind a proxy often has no name service, and finds that out slowly.
_LOOK_UP_SHARE = 0.25


def leads_through_proxy(host: str, port: int, attempt: Attempt) -> bool:
    """Whether to ask the proxy for a host; False: it is inside, and configuration says we may.

    Every address that our own name service knows must be one we may connect to. A name it does not
    know is left to the proxy, if it looks like a public one.

    Raises:
        HttpError: We may not.
    """
    try:
        found = sockets.look_up(host, port, attempt, attempt.remaining() * _LOOK_UP_SHARE)
    except HttpError:
        if not _looks_public(host):
            raise _refused(attempt, "by its name") from None
        return True
    for address in found:
        if reason := judge(address, attempt.allow_private):
            raise _refused(attempt, reason)
    return not any(judge(address) for address in found)


def _looks_public(host: str) -> bool:
    name = host.lower().rstrip(".")
    return "." in name and not _INSIDE.search(name) and not _NUMBER.search(name)


def _refused(attempt: Attempt, reason: str) -> HttpError:
    return attempt.error(
        f"refused to connect: not a public address ({reason})", Kind.REFUSED_ADDRESS
    )
