"""What the benchmarks prepare; their figures are no test."""

from pathlib import Path

import pytest

from benchmarks.cycle import history
from benchmarks.web import history as web_history
from monitor.adapters.sqlite import SqliteArchive, SqliteStore
from monitor.ports import Sought


@pytest.mark.parametrize("brought", [0, 30, 1_030])
def test_a_history_grows_whatever_a_cycle_has_brought_meanwhile(tmp_path: Path, brought: int):
    path = tmp_path / "monitor.sqlite"
    history.grow(path, 1_000)
    with SqliteStore(path, durable=False) as store:
        store.write(lambda unit: unit.save_items(history.news("cycle", 0, 500, brought)))

    history.grow(path, 4_000)

    with SqliteStore(path, durable=False) as store:
        totals = store.archive().totals()
    thousands = 4 - -(-brought // 1_000)
    assert totals.items == thousands * 1_000 + brought
    assert set(history.known_us(path, rounds=1)) == {"cut", "whole"}


def test_a_year_to_search_in_holds_what_is_asked_for(tmp_path: Path):
    path = tmp_path / "monitor.sqlite"

    web_history.grow(path, 3_000)

    with SqliteArchive(path) as archive:
        found = {
            word: len(archive.search(Sought(text=word), limit=3_000))
            for word in (web_history.TENTH, web_history.HALF, web_history.OLD)
        }
        matched = archive.search(Sought(watch="many"), limit=3_000)
    assert found == {"tenthword": 300, "halfword": 1_500, "oldword": 300}
    assert len(matched) == 50
