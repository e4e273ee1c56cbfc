"""The demo is a check that can fail: what was lost, repeated or changed is told."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from monitor.adapters.sqlite import SqliteStore
from monitor.demo.outcome import Outcome, outcome_of
from monitor.demo.story import Story, load
from monitor.listen import Received
from monitor.model import Delivery, DeliveryState
from monitor.ports import Unit
from tests.builders import NOW, a_delivery, an_alert

NO_STORY = Story(outlets=MappingProxyType({}), items=())
DELIVERED = a_delivery(state=DeliveryState.DELIVERED, attempts=1, settled_at=NOW)
TAKEN = Received(
    webhook_id=DELIVERED.id, path="/", headers={}, body=DELIVERED.payload, received_at=NOW
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore(tmp_path / "monitor.sqlite", durable=False) as store:
        yield store


def outcome(store: SqliteStore, delivery: Delivery, *requests: Received) -> Outcome:
    def work(unit: Unit) -> None:
        unit.save_alerts([an_alert()])
        unit.save_deliveries([delivery])

    store.write(work)
    return outcome_of(NO_STORY, store.archive(), requests)


def test_an_alert_taken_once_is_well(store: SqliteStore) -> None:
    seen = outcome(store, DELIVERED, TAKEN)

    assert seen.wrong == ()
    assert [(one.answers, one.repeats) for one in seen.sent] == [((204,), 0)]


def test_a_refused_attempt_and_a_discarded_repeat_are_well(store: SqliteStore) -> None:
    """At least once: after a crash the same message may come again, under the same id."""
    seen = outcome(store, DELIVERED, replace(TAKEN, status=503), TAKEN, replace(TAKEN, repeat=True))

    assert seen.wrong == ()
    assert [(one.answers, one.repeats) for one in seen.sent] == [((503, 204, 204), 1)]


def test_an_alert_told_by_the_message_of_others_is_well(store: SqliteStore) -> None:
    bundled = replace(DELIVERED, id="msg_2", state=DeliveryState.BUNDLED, bundle=DELIVERED.id)

    assert outcome(store, bundled).wrong[0].startswith("msg_2: lost")
    store.write(lambda unit: unit.save_alerts([an_alert(id="a_2")]))
    store.write(lambda unit: unit.save_deliveries([replace(DELIVERED, alert_id="a_2")]))
    assert outcome_of(NO_STORY, store.archive(), [TAKEN]).wrong == ()


def test_an_alert_that_never_arrived_is_lost(store: SqliteStore) -> None:
    (problem,) = outcome(store, DELIVERED).wrong

    assert problem.startswith("msg_1: lost")


def test_an_alert_taken_twice_is_repeated(store: SqliteStore) -> None:
    (problem,) = outcome(store, DELIVERED, TAKEN, TAKEN).wrong

    assert "repeated" in problem


def test_an_alert_that_arrived_but_is_not_settled_is_told(store: SqliteStore) -> None:
    (problem,) = outcome(store, a_delivery(), TAKEN).wrong

    assert "the monitor says pending" in problem


def test_other_bytes_than_the_stored_ones_are_told(store: SqliteStore) -> None:
    (problem,) = outcome(store, DELIVERED, replace(TAKEN, body=b"{}")).wrong

    assert "not what was stored" in problem


def test_a_message_of_no_stored_alert_is_told(store: SqliteStore) -> None:
    (problem,) = outcome(store, DELIVERED, TAKEN, replace(TAKEN, webhook_id="msg_2")).wrong

    assert problem.startswith("msg_2: arrived")


def test_a_signature_that_does_not_hold_is_told(store: SqliteStore) -> None:
    assert any(
        "signature" in problem
        for problem in outcome(store, DELIVERED, TAKEN, replace(TAKEN, status=401)).wrong
    )


def test_items_the_monitor_never_saw_are_told(store: SqliteStore) -> None:
    story = load()

    wrong = outcome_of(story, store.archive(), ()).wrong

    unseen = [f"{item.id}: the monitor never saw it" for item in story.items]
    told = dict.fromkeys(item.story for item in story.items if item.story)
    assert list(wrong) == unseen + [f"story {name}: nobody was told" for name in told]
