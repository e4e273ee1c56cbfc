"""What a watch found, read for a page."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from monitor.adapters.sql import watching
from monitor.adapters.sqlite import SqliteStore
from monitor.model import AlertKind, Item, Judged, Judgement, Match, Reason, Status
from monitor.ports import Unit
from tests.builders import NOW, an_alert, an_item

DAY = timedelta(days=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore(tmp_path / "monitor.sqlite") as store:
        yield store


def _keep(unit: Unit, item: Item, watch: str, *, told: bool) -> None:
    unit.save_items([Judged(item=item, status=Status.NEW)])
    alert = an_alert(id=f"a_{item.id}", watch_id=watch, created_at=item.seen_at, item_id=item.id)
    match = Match(watch_id=watch, item_id=item.id, score=3.0)
    reason = Reason.FIRST_MATCH if told else Reason.COPY
    unit.save_judgements([Judgement(match=match, reason=reason, alert=alert if told else None)])


def test_days_hits_and_publishers_of_a_watch(store: SqliteStore) -> None:
    made = store.archive()
    for number in range(4):
        item = an_item(f"Train {number}", id=f"i_{number}", publisher=f"P{number % 3}")
        store.write(lambda unit, item=item, n=number: _keep(unit, item, "rail", told=n == 1))  # type: ignore[misc]
    store.write(lambda unit: _keep(unit, an_item("Ship", id="i_s"), "ports", told=True))
    silence = an_alert(id="a_q", watch_id="rail", kind=AlertKind.SILENCE)
    store.write(lambda unit: unit.save_alerts([silence]))

    days = made.watch_days("rail", NOW - 9 * DAY)
    assert sum(matches for matches, _ in days.values()) == 4
    assert days[NOW.date()][1] == 1
    assert all(isinstance(day, date) for day in days)
    hits = made.hits("rail", limit=3)
    assert [hit.item.id for hit in hits] == ["i_3", "i_2", "i_1"]
    assert [hit.alert_id for hit in hits] == [None, None, "a_i_1"]
    assert made.publishers("rail") == {"P0": 2, "P1": 1, "P2": 1}
    assert made.publishers("rail", at_most=2) == {"P0": 1, "P2": 1}
    assert made.hits("nope") == ()


@pytest.mark.parametrize(
    ("sql", "values"),
    [
        (watching.DAYS, ("rail", "2025")),
        (watching.TOLD, ("rail", "2025", "a", "b")),
        (watching.HITS, ("rail", 20)),
        (watching.PUBLISHERS, ("rail", 1000)),
    ],
)
def test_none_of_it_walks_through_what_is_stored(
    store: SqliteStore, tmp_path: Path, sql: str, values: tuple[object, ...]
) -> None:
    from monitor.adapters.sqlite.connection import connect

    conn = connect(tmp_path / "monitor.sqlite", mode="ro")
    plan = [row[3] for row in conn.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    conn.close()

    assert not [step for step in plan if step.startswith("SCAN") and "newest" not in step], plan
