"""What HTTP alone costs: conditional requests by `requests`, a session for each of its threads.

`python -m benchmarks.cycle.bare FOLDER WORKERS`, with FOLDER/urls.
"""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests

from benchmarks.cycle.turns import serve


def main(folder: Path, workers: int) -> None:
    urls = (folder / "urls").read_text().split()
    tags: dict[str, str] = {}
    mine = threading.local()

    def ask(url: str) -> None:
        if not hasattr(mine, "session"):
            mine.session = requests.Session()
        given = {"If-None-Match": tags[url]} if url in tags else {}
        answer = mine.session.get(url, headers=given, timeout=20)
        if answer.content and "ETag" in answer.headers:
            tags[url] = answer.headers["ETag"]

    with ThreadPoolExecutor(workers) as threads:

        def poll() -> dict[str, int]:
            return {"polled": sum(1 for _ in threads.map(ask, urls))}

        serve(poll)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
