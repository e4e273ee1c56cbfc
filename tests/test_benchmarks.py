"""What the benchmarks prepare; their figures are no test."""

from pathlib import Path

import pytest

from benchmarks.cycle import history
from monitor.adapters.sqlite import SqliteStore


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
