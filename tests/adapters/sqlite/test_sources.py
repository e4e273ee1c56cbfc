"""What feeds brought, read for a page."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.adapters.sql import sources
from monitor.adapters.sqlite import SqliteStore
from monitor.adapters.sqlite.connection import connect
from monitor.model import Judged, Status
from tests.builders import NOW, an_item

DAY = timedelta(days=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore(tmp_path / "monitor.sqlite", durable=False) as store:
        yield store


def test_days_hours_and_items_of_feeds(store: SqliteStore) -> None:
    items = [
        an_item(f"Item {n}", id=f"i_{n}", feed_id="b" if n == 3 else "a", seen_at=NOW - n * DAY)
        for n in range(5)
    ]
    judged = [Judged(item=item, status=Status.NEW) for item in items]
    store.write(lambda unit: unit.save_items(judged))
    archive = store.archive()

    days = archive.feed_days(["a", "c"], NOW - 2 * DAY)
    assert days == {"a": {(NOW - n * DAY).date(): 1 for n in range(3)}}
    assert archive.feed_hours("a", NOW - 9 * DAY) == {NOW.hour: 4}
    assert [item.id for item in archive.feed_items("a", limit=2)] == ["i_0", "i_1"]
    assert archive.seen_since(0) == NOW
    assert archive.seen_since(4) == NOW - 4 * DAY
    assert archive.seen_since(5) is None


@pytest.mark.parametrize(
    ("sql", "values"),
    [
        (sources.DAYS, ('["a"]', "2025")),
        (sources.HOURS, ("a", "2025")),
        (sources.ITEMS, ("a", 20)),
    ],
)
def test_none_of_it_walks_through_what_is_stored(
    store: SqliteStore, tmp_path: Path, sql: str, values: tuple[object, ...]
) -> None:
    assert store.instance
    conn = connect(tmp_path / "monitor.sqlite", mode="ro")
    plan = [row[3] for row in conn.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    conn.close()

    assert any("items_by_feed (feed_id=?" in step for step in plan)
    assert not [step for step in plan if step.startswith("SCAN items")], plan
