"""How much memory a fetch takes at its worst.

A process of its own (see tests/faults/zygote.py), whose peak the kernel counts: what C libraries
hold is in it, too. Prints KiB beyond what a fetch of next to nothing takes, and what came of it.
"""

import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from monitor.errors import FetchError
from monitor.model import FeedState, Settings
from tests.adapters.http.servers import reply, saying, serving
from tests.adapters.http.test_fetcher import FEED, a_fetcher
from tests.builders import NOW, a_feed


def main(arguments: Sequence[str]) -> None:
    [url] = arguments
    fetcher = a_fetcher(deadline=timedelta(seconds=20), max_body_bytes=Settings().max_body_bytes)

    def fetch(url: str) -> str:
        try:
            fetcher.fetch(a_feed(url=url), FeedState(feed_id="x", due_at=NOW), url)
        except FetchError as exc:
            return str(exc)
        return ""

    with serving(saying(reply(body=FEED))) as server:
        fetch(server.url())
    before = peak_kib()
    said = fetch(url)
    print(peak_kib() - before, said, flush=True)


def peak_kib() -> int:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text("ascii"))
    assert found
    return int(found[1])
