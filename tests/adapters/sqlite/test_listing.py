"""Lists are read on from a place, whatever was stored or deleted meanwhile, and by an index."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from monitor.adapters.sql import listing, queue
from monitor.adapters.sqlite import SqliteStore
from monitor.adapters.sqlite.connection import sqlite3
from monitor.model import Alert, DeliveryState, Judged, Status
from monitor.ports import Mark
from tests.builders import NOW, a_delivery, an_alert, an_item


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore(tmp_path / "db", durable=False) as store:
        yield store


def alerts_of_polls(*counts: int) -> list[Alert]:
    """A poll brings several alerts of one moment, whose ids follow no order."""
    return [
        an_alert(
            id=f"a_{number * 7 % 10}_{poll}",
            created_at=NOW + timedelta(minutes=poll),
            watch_id="rail" if number % 2 else "kp",
        )
        for poll, count in enumerate(counts)
        for number in range(count)
    ]


def stretches(
    ask: Callable[[Mark | None], Sequence[Any]], mark: Callable[[Any], Mark]
) -> list[Any]:
    found: list[Any] = []
    while more := ask(mark(found[-1]) if found else None):
        found += more
    return found


@pytest.mark.parametrize("watch", [None, "rail"])
def test_alerts_of_one_moment_are_listed_once_each(store: SqliteStore, watch: str | None) -> None:
    alerts = alerts_of_polls(1, 9, 4)
    store.write(lambda unit: unit.save_alerts(alerts))
    archive = store.archive()

    found = stretches(
        lambda mark: archive.alerts(watch=watch, before=mark, limit=2),
        lambda alert: Mark(alert.created_at, alert.id),
    )

    assert found == [one for one in alerts[::-1] if watch in (None, one.watch_id)]


def test_a_place_that_is_gone_leaves_nothing_out(store: SqliteStore) -> None:
    alerts = alerts_of_polls(1, 3)
    store.write(lambda unit: unit.save_alerts(alerts))

    found = store.archive().alerts(before=Mark(NOW + timedelta(minutes=1), "a_gone"))

    assert set(found) == set(alerts)
    assert store.archive().place_of(Mark(NOW + timedelta(minutes=1), "a_gone")) == 1


def test_alerts_are_followed_in_the_order_in_which_they_were_stored(store: SqliteStore) -> None:
    """Two polls may be saved in another order than they began."""
    late, early = (
        an_alert(id="a_late", created_at=NOW),
        an_alert(id="a_early", created_at=NOW - timedelta(seconds=3)),
    )
    archive = store.archive()
    assert (archive.last_place(), archive.place_of(Mark(NOW, "a_none"))) == (0, 0)
    store.write(lambda unit: unit.save_alerts([late]))
    place = archive.place_of(Mark(late.created_at, late.id))
    store.write(lambda unit: unit.save_alerts([early]))

    [placed] = archive.alerts_after(place, watch=None, limit=10)

    assert (placed.alert, placed.place) == (early, archive.last_place())
    assert archive.alerts_after(place, watch="nothing", limit=10) == ()


def test_deliveries_in_several_states_are_one_list(store: SqliteStore) -> None:
    alerts = alerts_of_polls(6)
    states = [DeliveryState.PENDING, DeliveryState.DEAD, DeliveryState.DELIVERED]
    rows = [
        a_delivery(f"msg_{alert.id}", alert_id=alert.id, state=states[number % 3])
        for number, alert in enumerate(alerts)
    ]
    store.write(lambda unit: unit.save_alerts(alerts))
    store.write(lambda unit: unit.save_deliveries(rows))

    found = stretches(
        lambda mark: store.archive().deliveries(states=states[:2], before=mark, limit=1),
        lambda row: Mark(row.created_at, row.id),
    )

    assert found == [row for row in rows[::-1] if row.state in states[:2]]
    archive = store.archive()
    assert list(archive.deliveries(webhook="desk")) == rows[::-1]
    assert list(archive.deliveries(webhook="desk", state=states[2])) == [rows[5], rows[2]]
    assert list(archive.deliveries(alert_id=alerts[1].id)) == [rows[1]]
    assert not archive.deliveries(alert_id=alerts[1].id, states=states[2:])
    assert not archive.deliveries(webhook="other")


def test_items_are_listed_by_arrival(store: SqliteStore) -> None:
    items = [
        an_item(f"Train {n}", id=f"i_{n}", seen_at=NOW, effective_at=NOW + timedelta(hours=n % 2))
        for n in range(5)
    ]
    judged = [Judged(item=item, status=Status.NEW) for item in items]
    store.write(lambda unit: unit.save_items(judged))
    archive = store.archive()

    listed = stretches(
        lambda mark: archive.newest_items(before=mark, limit=2),
        lambda item: Mark(item.seen_at, item.id),
    )
    found = stretches(
        lambda mark: archive.search("train", before=mark, limit=2),
        lambda item: Mark(item.effective_at, item.id),
    )

    assert listed == items[::-1]
    assert found == [items[3], items[1], items[4], items[2], items[0]]
    assert archive.newest_items(before=Mark(NOW, "i_gone"))


@pytest.mark.parametrize(
    ("sql", "values"),
    [
        (listing.ALERTS[False], 3),
        (listing.ALERTS[True], 3),
        (listing.ALERTS_ON[False], 5),
        (listing.ALERTS_ON[True], 5),
        *((sql, 5) for sql in listing.DELIVERIES.values()),
        *((sql, 7) for sql in listing.DELIVERIES_ON.values()),
        (listing.ITEMS, 2),
        (listing.ITEMS_SINCE, 3),
        (listing.ARRIVAL, 2),
        (listing.PLACE, 2),
        (listing.AFTER, 3),
        (queue.PUBLISHED, 1),
    ],
)
def test_no_table_is_walked_through(tmp_path: Path, sql: str, values: int) -> None:
    SqliteStore(tmp_path / "db", durable=False).close()
    conn = Database(tmp_path / "db").conn
    assert isinstance(conn, sqlite3.Connection)

    steps = [row[3] for row in conn.execute(f"EXPLAIN QUERY PLAN {sql}", ("1",) * values)]

    walked = [one for one in steps if one.startswith("SCAN") and "VIRTUAL TABLE" not in one]
    assert not [one for one in walked if "json_each" not in one and "CONSTANT" not in one], steps
    conn.close()


@pytest.mark.parametrize("sql", [queue.OPEN, queue.HELD, queue.LOST])
def test_the_queue_is_counted_by_what_waits_alone(tmp_path: Path, sql: str) -> None:
    """Rows of the table itself are not even looked at, but of held ones."""
    SqliteStore(tmp_path / "db", durable=False).close()
    conn = Database(tmp_path / "db").conn
    assert isinstance(conn, sqlite3.Connection)

    steps = [row[3] for row in conn.execute(f"EXPLAIN QUERY PLAN {sql}")]

    at = [one for one in steps if "deliveries" in one]
    assert at
    assert all(one.startswith("SEARCH") or "deliveries_open" in one or "deliveries_held" in one
               for one in at), steps  # fmt: skip
    conn.close()


def test_the_queue_is_told_by_webhook_and_state(store: SqliteStore) -> None:
    alerts = alerts_of_polls(4)
    states = [DeliveryState.PENDING, DeliveryState.DEAD, DeliveryState.HELD, DeliveryState.PENDING]
    later = NOW + timedelta(minutes=9)
    rows = [
        a_delivery(
            f"msg_{n}", alert_id=alert.id, state=state, due_at=later if n else NOW, created_at=NOW
        )
        for n, (alert, state) in enumerate(zip(alerts, states, strict=True))
    ]
    store.write(lambda unit: unit.save_alerts(alerts))
    store.write(lambda unit: unit.save_deliveries(rows))

    found = {one.state: one for one in store.archive().queue()}

    assert {state: one.count for state, one in found.items()} == {
        DeliveryState.PENDING: 2,
        DeliveryState.HELD: 1,
        DeliveryState.DEAD: 1,
    }
    assert found[DeliveryState.PENDING].due_at == NOW
    assert found[DeliveryState.HELD].due_at == later
    published = store.archive().published_at([alerts[0].id, "a_none"])
    assert published == {alerts[0].id: alerts[0].published_at}
