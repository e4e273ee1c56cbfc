"""What waits and was tried at webhooks, read for a page."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.adapters.sql import sending
from monitor.adapters.sqlite import SqliteStore
from monitor.adapters.sqlite.connection import connect
from monitor.model import Answer, Attempt, DeliveryState, Verdict
from tests.builders import NOW, a_delivery, an_alert

HOUR = timedelta(hours=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore(tmp_path / "monitor.sqlite", durable=False) as store:
        yield store


def test_queues_deliveries_and_attempts_of_a_webhook(store: SqliteStore) -> None:
    alerts = [an_alert(id=f"a_{n}") for n in range(5)]
    rows = [
        a_delivery(
            f"msg_{n}",
            alert_id=f"a_{n}",
            webhook="desk" if n else "other",
            created_at=NOW + n // 2 * HOUR,
            state=DeliveryState.HELD if n == 3 else DeliveryState.PENDING,
        )
        for n in range(5)
    ]
    store.write(lambda unit: unit.save_alerts(alerts))
    store.write(lambda unit: unit.save_deliveries(rows))
    claimed = store.write(lambda unit: unit.claim("desk", NOW + 9 * HOUR, NOW + 10 * HOUR, "l"))
    assert claimed
    answer = Answer(verdict=Verdict.RETRY, status=503, text="503", excerpt="no")
    attempt = Attempt(delivery_id=claimed.id, at=NOW, took=HOUR, answer=answer)
    assert store.write(lambda unit: unit.settle(claimed, attempt))
    archive = store.archive()

    queues = archive.queues()
    assert {state: q.count for state, q in queues["desk"].items()} == {
        DeliveryState.HELD: 1,
        DeliveryState.PENDING: 2,
        DeliveryState.LEASED: 1,
    }
    assert queues["desk"][DeliveryState.HELD].oldest_at == NOW + HOUR
    ids = [one.id for one in archive.deliveries_to("desk")]
    assert ids == ["msg_4", "msg_3", "msg_2", "msg_1"]
    behind = archive.deliveries_to("desk", after="msg_3", limit=1)
    assert [one.id for one in behind] == ["msg_2"]
    held = archive.deliveries_to("desk", state=DeliveryState.HELD)
    assert [one.id for one in held] == ["msg_3"]
    assert archive.attempts_at("desk") == (attempt,)
    assert archive.attempts_at("other") == ()
    assert archive.ways(NOW)["a_0"] == ["other"]
    assert archive.ways(NOW + HOUR) == {}


@pytest.mark.parametrize(
    ("sql", "values"),
    [
        (sending.DELIVERIES, ("desk", "dead", "9999", 2**62, 20)),
        (sending.ATTEMPTS, ("desk", 20)),
        (sending.WAYS, ("2025",)),
    ],
)
def test_none_of_it_walks_through_all_deliveries(
    store: SqliteStore, tmp_path: Path, sql: str, values: tuple[object, ...]
) -> None:
    assert store.instance
    conn = connect(tmp_path / "monitor.sqlite", mode="ro")
    plan = [row[3] for row in conn.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    conn.close()

    assert not [step for step in plan if step.startswith("SCAN deliveries")], plan
    in_order = "attempts" in sql or not any("TEMP B-TREE" in step for step in plan)
    assert in_order, plan  # of attempts it sorts the 2,000 that it looks at
