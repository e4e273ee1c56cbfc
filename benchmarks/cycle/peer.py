"""`reader` as a process that polls when told: FOLDER/urls into FOLDER/reader.sqlite.

Runs in an environment of its own, from the root of the repository:
`PYTHON -m benchmarks.cycle.peer FOLDER WORKERS`.
"""

import sys
from pathlib import Path

from reader import make_reader

from benchmarks.cycle.turns import serve


def main(folder: Path, workers: int) -> None:
    reader = make_reader(str(folder / "reader.sqlite"))
    for url in (folder / "urls").read_text().split():
        reader.add_feed(url, exist_ok=True)

    def poll() -> dict[str, int]:
        polled = reader.update_feeds_iter(scheduled=False, workers=workers)
        return {"polled": sum(1 for _ in polled)}

    serve(poll)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
