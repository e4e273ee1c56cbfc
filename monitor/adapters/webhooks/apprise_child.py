"""The process in which Apprise works: `python -m monitor.adapters.webhooks.apprise_child`.

Reads {"service", "title", "body", "allow_private"} as JSON from standard input (without a body:
only whether the service can be read is asked) and writes {"outcome", "text"} to standard output.
"""

import json
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

from monitor.adapters.http.addresses import Network, judge, networks

_LONGEST_S = 90
_INTERNET = 2  # what an address tuple of IPv4 has; of IPv6 four


def main() -> None:
    signal.alarm(_LONGEST_S)  # should the one who would kill us be gone
    request = json.load(sys.stdin)
    answers = os.fdopen(os.dup(1), "w")  # a plugin's words go elsewhere
    os.dup2(2, 1)
    json.dump(_answer(request), answers)
    answers.close()
    os._exit(0)  # a plugin's threads do not keep us


def _answer(request: dict[str, Any]) -> dict[str, str]:
    from apprise import Apprise, AppriseAsset, NotifyFormat, PersistentStoreMode
    from apprise.result import AppriseResultStatus

    asset = AppriseAsset(
        async_mode=False,
        http_redirects=False,
        storage_mode=PersistentStoreMode.MEMORY,
        pgp_autogen=False,
        pem_autogen=False,
    )
    service = Apprise.instantiate(request["service"], asset=asset)
    if service is None:
        return {"outcome": "unreadable", "text": "apprise cannot read the service's address"}
    if "body" not in request:
        return {"outcome": "readable"}
    service.redirects = False  # whatever the address says
    _refuse_private(networks(request["allow_private"]))
    caller = Apprise(asset=asset)
    caller.add(service)
    result = caller.notify(
        body=request["body"],
        title=request["title"],
        body_format=NotifyFormat.TEXT,
        interpret_escapes=False,
    )
    if result.status is AppriseResultStatus.SUCCESS:
        return {"outcome": "sent", "text": "apprise says it was sent"}
    last = [str(entry.message) for entry in result.logs()][-1:]
    outcome = "late" if result.status is AppriseResultStatus.TIMEOUT else "failed"
    return {"outcome": outcome, "text": ": ".join(["apprise says it was not sent", *last])}


def _refuse_private(allowed: Sequence[Network]) -> None:
    """From now on, no connection of this process goes to an address that is not public."""

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event not in ("socket.connect", "socket.sendto"):
            return
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) and len(address) >= _INTERNET else ""
        if reason := judge(str(host), allowed):
            raise ConnectionRefusedError(f"refused to connect: not a public address ({reason})")

    sys.addaudithook(watch)


if __name__ == "__main__":
    main()
