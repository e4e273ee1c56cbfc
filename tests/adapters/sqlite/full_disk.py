"""A process whose files may not grow for a while: prints what became of its writes."""

import resource
import sys

from monitor.adapters.sqlite import SqliteStore
from monitor.errors import StoreError
from monitor.model import Judged, Status
from monitor.ports import Unit
from tests.builders import an_item


def save(unit: Unit) -> None:
    items = [an_item(f"Train {n}", id=f"i_{n}", summary="x " * 9_000) for n in range(30)]
    unit.save_items([Judged(item=item, status=Status.NEW) for item in items])


def main(path: str) -> None:
    with SqliteStore(path) as store:
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
        try:
            store.write(save)
        except StoreError as exc:
            print("refused")
            print(exc, file=sys.stderr)
        assert store.archive().totals().items == 0
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        store.write(save)
        assert store.archive().totals().items == 30
        print("saved")


if __name__ == "__main__":
    main(sys.argv[1])
