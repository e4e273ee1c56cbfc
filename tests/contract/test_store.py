"""What every store must do. Another joins by its name in `STORES` and a line in `open_store`."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from threading import Barrier, Event
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.adapters.postgres import Address, PostgresStore
from monitor.adapters.sqlite import SqliteStore
from monitor.core.delivery import LEASE
from monitor.errors import StoreError
from monitor.model import (
    Alert,
    AlertKind,
    Answer,
    Attempt,
    Awaited,
    Cause,
    Claim,
    ClaimVerdict,
    Delivery,
    DeliveryState,
    Dropped,
    DueReason,
    Evidence,
    FeedState,
    Followed,
    Form,
    Found,
    Guids,
    Health,
    Intake,
    Intervened,
    Intervention,
    Item,
    ItemFilter,
    Judged,
    Judgement,
    Match,
    ParsedFeed,
    Provenance,
    Rated,
    Rating,
    RawEntry,
    Reason,
    Reported,
    Severity,
    Situation,
    Standing,
    Status,
    Step,
    Story,
    StoryVerdict,
    Thread,
    Tier,
    Totals,
    Verdict,
    Version,
    WatchPast,
    WatchState,
    WebhookState,
)
from monitor.ports import Archive, Store, Unit
from tests.builders import NOW, a_delivery, an_alert, an_item

T = TypeVar("T")
STORES = ("sqlite", "postgres")
# A store may serve many examples; a busy machine draws slowly.
UNFIT = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(params=STORES)
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Store]]:
    """Opens one and the same store, each time it is called."""
    opened: list[Store] = []
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else ""

    def open_it() -> Store:
        store: Store
        if url:
            store = PostgresStore(Address(url))
        else:
            store = SqliteStore(tmp_path / "monitor.sqlite", durable=False)
        opened.append(store)
        return store

    yield open_it
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: Callable[[], Store]) -> Store:
    return open_store()


def save_items(store: Store, *items: Item, status: Status = Status.NEW) -> None:
    store.write(lambda unit: unit.save_items([Judged(item=i, status=status) for i in items]))


def save_outbox(store: Store, *deliveries: Delivery) -> None:
    """The deliveries, each with an alert of its own."""

    def work(unit: Unit) -> None:
        unit.save_alerts([an_alert(id=row.alert_id) for row in deliveries])
        unit.save_deliveries(deliveries)

    store.write(work)


def claim(
    store: Store, now: datetime = NOW, lease: str = "mine", webhook: str = "desk"
) -> Delivery | None:
    return store.write(lambda unit: unit.claim(webhook, now, now + HOUR, lease))


def settle(store: Store, delivery: Delivery, attempt: Attempt | None = None) -> bool:
    return store.write(lambda unit: unit.settle(delivery, attempt))


def save_webhook_state(store: Store, state: WebhookState) -> None:
    store.write(lambda unit: unit.save_webhook_state(state))


def known(store: Store, *keys: str) -> dict[str, Item | None]:
    return dict(store.write(lambda unit: unit.find_known(keys)))


def prune(store: Store, items_before: datetime, dead_before: datetime = NOW - 365 * DAY) -> int:
    would = store.archive().prunable(items_before, dead_before)
    pruned = store.write(lambda unit: unit.prune(items_before, dead_before))
    assert pruned == would, "a dry run says what is done"
    return pruned.items + pruned.dead_letters


def a_match(item_id: str = "i_1", watch_id: str = "rail", **changes: Any) -> Match:
    given: dict[str, Any] = {"item_id": item_id, "watch_id": watch_id, "score": 3.0}
    return Match(**(given | changes))


def an_attempt(delivery_id: str = "msg_1", **changes: Any) -> Attempt:
    answer = Answer(verdict=Verdict.RETRY, status=503, text="503", retry_after=timedelta(seconds=2))
    given: dict[str, Any] = {"at": NOW, "took": timedelta(milliseconds=12), "answer": answer}
    return Attempt(delivery_id=delivery_id, **(given | changes))


def a_story(story_id: str = "s_1", **changes: Any) -> Story:
    given: dict[str, Any] = {
        "title": "t",
        "language": "en",
        "first_seen_at": NOW,
        "last_seen_at": NOW,
    }
    return Story(id=story_id, **(given | changes))


def a_done_delivery(delivery_id: str, **changes: Any) -> Delivery:
    """To another webhook than the default one."""
    done = {"state": DeliveryState.DELIVERED, "settled_at": NOW, "webhook": "done"}
    return a_delivery(delivery_id, **(done | changes))


# --- transactions --------------------------------------------------------------------------------


def test_identity_is_made_once_and_kept(open_store: Callable[[], Store]) -> None:
    first = open_store()
    identity = first.instance
    first.close()

    assert identity
    assert open_store().instance == identity


def test_what_was_written_is_there_after_reopening(open_store: Callable[[], Store]) -> None:
    store = open_store()
    save_items(store, an_item(id="i_1"))
    store.close()

    assert open_store().archive().item("i_1") is not None


def test_write_returns_what_the_work_returned(store: Store) -> None:
    assert store.write(lambda _: 42) == 42


def test_what_is_written_soon_is_in_order_and_told_after_its_commit(store: Store) -> None:
    gate, seen = Event(), list[bool]()
    held = store.write_soon(lambda _: gate.wait(20))
    state = FeedState(feed_id="a", due_at=NOW)
    saved = store.write_soon(lambda unit: unit.save_feed_state(state))
    saved.add_done_callback(lambda _: seen.append("a" in store.feed_states()))

    assert not saved.done()
    gate.set()

    assert held.result(20) is True
    assert store.write(lambda unit: unit.feed_state("a")) == state
    assert seen == [True]


def test_what_may_wait_shares_the_commit_of_what_may_not(store: Store) -> None:
    patient = store.write_soon(lambda _: "patient", patience_s=3_600)

    assert store.write(lambda _: "now") == "now"
    assert patient.result(0) == "patient"


def test_what_may_wait_is_written_before_the_store_closes(
    open_store: Callable[[], Store],
) -> None:
    store = open_store()
    state = FeedState(feed_id="a", due_at=NOW)
    saved = store.write_soon(lambda unit: unit.save_feed_state(state), patience_s=3_600)

    store.close()

    assert saved.done()
    assert open_store().feed_states() == {"a": state}


def test_many_slow_works_do_not_hold_the_database_until_the_last(store: Store) -> None:
    gate = Event()
    store.write_soon(lambda _: gate.wait(20))

    def slow(unit: Unit) -> None:
        unit.save_feed_state(FeedState(feed_id="a", due_at=NOW))
        time.sleep(0.3)

    first = store.write_soon(slow)
    seen = store.write_soon(lambda _: (first.done(), "a" in store.feed_states()))
    gate.set()

    assert seen.result(20) == (True, True)


def test_error_of_what_is_written_soon_is_in_its_future(store: Store) -> None:
    def fail(_: Unit) -> None:
        raise KeyError("a bug")

    with pytest.raises(KeyError):
        store.write_soon(fail).result(20)


def test_error_of_the_work_passes_through_and_nothing_of_it_is_saved(store: Store) -> None:
    class OddError(Exception):
        pass

    def work(unit: Unit) -> None:
        unit.save_items([Judged(item=an_item(id="i_1", keys=("k",)), status=Status.NEW)])
        unit.save_stories([a_story()])
        raise OddError("no")

    with pytest.raises(OddError, match="no"):
        store.write(work)

    assert store.archive().totals() == Totals()
    assert known(store, "k") == {}


def test_unit_sees_what_it_wrote_and_others_only_after_the_commit(store: Store) -> None:
    archive = store.archive()

    def work(unit: Unit) -> tuple[bool, bool]:
        unit.save_feed_state(FeedState(feed_id="a", due_at=NOW))
        with ThreadPoolExecutor(1) as other:
            outside = other.submit(store.feed_states).result(20)
        return unit.feed_state("a") is not None, "a" in outside

    assert store.write(work) == (True, False)
    assert "a" in store.feed_states()
    assert archive.totals().items == 0


def test_units_that_read_then_write_lose_no_update(store: Store) -> None:
    """Eight threads count one number up, 200 times each."""
    together = Barrier(8)

    def count_up(unit: Unit) -> None:
        state = unit.feed_state("a") or FeedState(feed_id="a", due_at=NOW)
        unit.save_feed_state(replace(state, failures=state.failures + 1))

    def many(_: int) -> None:
        together.wait()
        for _ in range(200):
            store.write(count_up)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(many, range(8)))

    assert store.feed_states()["a"].failures == 1_600


def test_one_failing_work_takes_none_of_those_beside_it_down(store: Store) -> None:
    """All wait while the first holds the writer, so they may share a commit."""
    started, go_on = Event(), Event()

    def first(_: Unit) -> None:
        started.set()
        assert go_on.wait(60)

    def nth(n: int) -> Callable[[Unit], int]:
        def work(unit: Unit) -> int:
            unit.save_feed_state(FeedState(feed_id=f"f{n}", due_at=NOW))
            if n % 3 == 0:
                raise ValueError(n)
            if n % 3 == 1:
                unit.save_deliveries([a_delivery(alert_id="of nothing")])
            return n

        return work

    with ThreadPoolExecutor(13) as threads:
        threads.submit(store.write, first)
        assert started.wait(60)
        written = [threads.submit(store.write, nth(n)) for n in range(12)]
        go_on.set()
    errors = [future.exception() for future in written]

    assert [type(error) for error in errors] == [ValueError, StoreError, type(None)] * 4
    assert sorted(store.feed_states()) == sorted(f"f{n}" for n in range(2, 12, 3))


@settings(suppress_health_check=UNFIT)
@given(
    st.lists(
        st.tuples(st.sampled_from(["well", "raises", "is refused"]), st.booleans()), max_size=9
    )
)
def test_works_that_may_run_again_fail_alone_all_the_same(
    store: Store, works: list[tuple[str, bool]]
) -> None:
    """They share a mark, and are run again if one of them fails."""
    started, go_on = Event(), Event()

    def first(unit: Unit) -> None:
        for state in store.feed_states().values():
            unit.save_feed_state(replace(state, failures=0))
        started.set()
        assert go_on.wait(60)

    def nth(n: int, kind: str) -> Callable[[Unit], int]:
        def work(unit: Unit) -> int:
            state = unit.feed_state(f"f{n}") or FeedState(feed_id=f"f{n}", due_at=NOW)
            unit.save_feed_state(replace(state, failures=state.failures + 1))
            if kind == "raises":
                raise ValueError(n)
            if kind == "is refused":
                unit.save_deliveries([a_delivery(alert_id="of nothing")])
            return n

        return work

    holding = store.write_soon(first)
    assert started.wait(60)
    waiting = [store.write_soon(nth(n, kind), again=again) for n, (kind, again) in enumerate(works)]
    go_on.set()
    holding.result(60)
    wait(waiting, 60)

    expected = {"well": type(None), "raises": ValueError, "is refused": StoreError}
    assert [type(one.exception(0)) for one in waiting] == [expected[kind] for kind, _ in works]
    once = {name for name, state in store.feed_states().items() if state.failures == 1}
    assert once == {f"f{n}" for n, (kind, _) in enumerate(works) if kind == "well"}


def test_write_inside_a_unit_is_an_error_and_no_deadlock(store: Store) -> None:
    with pytest.raises(StoreError, match="inside a unit"):
        store.write(lambda _: store.write(lambda unit: None))
    with pytest.raises(StoreError, match="inside a unit"):
        store.write(lambda _: store.close())


def test_unit_is_useless_once_its_work_returned(store: Store) -> None:
    leaked = store.write(lambda unit: unit)

    with pytest.raises(StoreError):
        leaked.save_feed_state(FeedState(feed_id="a", due_at=NOW))
    with pytest.raises(StoreError):
        store.write(lambda _: leaked.save_feed_state(FeedState(feed_id="a", due_at=NOW)))


def test_closed_store_refuses_and_may_be_closed_again(open_store: Callable[[], Store]) -> None:
    store = open_store()
    store.close()
    store.close()

    with pytest.raises(StoreError, match="closed"):
        store.write(lambda _: None)
    with pytest.raises(StoreError, match="closed"):
        store.feed_states()


# --- two writers ---------------------------------------------------------------------------------


def both(open_store: Callable[[], Store], work: Callable[[Store, int], T]) -> list[T]:
    """The work in two stores of one database at the same time, each as another process would."""
    stores, together = [open_store(), open_store()], Barrier(2)

    def one(number: int) -> T:
        together.wait()
        return work(stores[number], number)

    with ThreadPoolExecutor(2) as threads:
        return list(threads.map(one, range(2)))


def test_two_writers_that_read_then_write_lose_no_update(
    open_store: Callable[[], Store],
) -> None:
    def count_up(unit: Unit) -> None:
        state = unit.feed_state("a") or FeedState(feed_id="a", due_at=NOW)
        unit.save_feed_state(replace(state, failures=state.failures + 1))

    def many(store: Store, _: int) -> None:
        for _ in range(100):
            store.write(count_up)

    both(open_store, many)

    assert open_store().feed_states()["a"].failures == 200


def test_what_a_poll_found_is_saved_by_one_of_two_that_polled_at_once(
    open_store: Callable[[], Store],
) -> None:
    """Who was too slow sees that the feed was polled since, and its findings are of no use."""
    before = FeedState(feed_id="a", due_at=NOW, poll_seq=7)
    open_store().write(lambda unit: unit.save_feed_state(before))
    after = [replace(before, failures=1), replace(before, failures=2)]

    saved = both(open_store, lambda store, n: store.write(lambda unit: unit.save_polled(after[n])))

    assert sorted(saved) == [False, True]
    winner = replace(after[saved.index(True)], poll_seq=8)
    assert open_store().feed_states() == {"a": winner}


def test_first_poll_is_saved(store: Store) -> None:
    state = FeedState(feed_id="a", due_at=NOW, failures=1)

    assert store.write(lambda unit: unit.save_polled(state))
    assert not store.write(lambda unit: unit.save_polled(state))

    assert store.feed_states() == {"a": replace(state, poll_seq=1)}


def test_poll_takes_nothing_back_of_what_was_reported_meanwhile(store: Store) -> None:
    before = FeedState(feed_id="a", due_at=NOW)
    told = replace(before, told=Health.BLOCKED, told_moved="https://new.example.org/")
    store.write(lambda unit: unit.save_feed_state(told))

    store.write(lambda unit: unit.save_polled(replace(before, failures=3)))

    assert store.feed_states() == {"a": replace(told, failures=3, poll_seq=1)}


def test_states_of_some_feeds_come_with_those_that_are_asked_elsewhere(store: Store) -> None:
    states = {name: FeedState(feed_id=name, due_at=NOW) for name in "abc"}
    moved = {
        f"moved{n}": FeedState(
            feed_id=f"moved{n}", due_at=NOW, moved_to="https://x/", moved_count=n
        )
        for n in (2, 3)
    }
    moved["mirror"] = FeedState(feed_id="mirror", due_at=NOW, address=1)
    for state in (states | moved).values():
        store.write(lambda unit, one=state: unit.save_feed_state(one))  # type: ignore[misc]

    assert store.feed_states_of(["b", "c", "none"]) == {
        "b": states["b"],
        "c": states["c"],
        "moved3": moved["moved3"],
        "mirror": moved["mirror"],
    }


def an_intake(**changes: Any) -> Intake:
    entries = (
        RawEntry(
            guid="tag:1",
            title="열차\x00 🚆",
            paragraphs=("One.", "Two."),
            published_at=NOW,
            raw=b"<item>\xff\x00</item>",
        ),
        RawEntry(link="https://x.example.org/2", categories=("rail",)),
    )
    document = ParsedFeed(
        version="rss20",
        entries=entries,
        ttl=timedelta(minutes=5),
        skip_hours=(1, 2),
        shared=frozenset({"tag:1"}),
        known=3,
    )
    given: dict[str, Any] = {
        "feed_id": "a",
        "feed_name": "A via mirror b.example.org",
        "baseline": True,
        "polled_at": NOW,
        "document": document,
        "source": Provenance(
            fetched_at=NOW,
            asked="https://a.example.org/",
            url="https://a.example.org/feed",
            status=200,
            headers={"etag": '"1"'},
            body_sha256="00",
            body_bytes=12,
        ),
    }
    return Intake(**(given | changes))


def test_documents_wait_in_the_order_of_their_commits_and_come_back_as_they_were(
    store: Store,
) -> None:
    given = [an_intake(), an_intake(feed_id="b", baseline=False, source=None), an_intake()]
    for one in given:
        store.write(lambda unit, one=one: unit.save_intake(one))  # type: ignore[misc]

    found = store.write(lambda unit: unit.intakes(0, 10))

    assert [replace(one, place=0) for one in found] == given
    assert found[0].document.entries[0].raw == b"<item>\xff\x00</item>"
    assert store.write(lambda unit: unit.intakes(found[0].place, 1)) == found[1:2]
    assert store.write(lambda unit: unit.drop_intake(found[0]))
    assert not store.write(lambda unit: unit.drop_intake(found[0]))
    assert store.write(lambda unit: unit.intakes(0, 10)) == found[1:]


def test_document_that_has_the_place_of_a_former_one_is_not_dropped_for_it(store: Store) -> None:
    """As one would who read it, was frozen, and goes on when others are done with it."""
    store.write(lambda unit: unit.save_intake(an_intake()))
    (former,) = store.archive().intakes(0, 10)
    assert store.write(lambda unit: unit.drop_intake(former))
    later = an_intake(polled_at=NOW + timedelta(microseconds=1))
    store.write(lambda unit: unit.save_intake(later))

    assert not store.write(lambda unit: unit.drop_intake(former))

    assert [replace(one, place=0) for one in store.archive().intakes(0, 10)] == [later]


def test_two_writers_never_claim_the_same_delivery(open_store: Callable[[], Store]) -> None:
    save_outbox(open_store(), *(a_delivery(f"m{n}", alert_id=f"a{n}") for n in range(60)))

    def work(store: Store, number: int) -> list[str]:
        claimed = []
        while row := claim(store, lease=f"w{number}"):
            claimed.append(row.id)
            assert settle(store, replace(row, state=DeliveryState.DELIVERED))
        return claimed

    claimed = [one for some in both(open_store, work) for one in some]

    assert sorted(claimed) == sorted(f"m{n}" for n in range(60))


def test_nothing_comes_in_behind_what_a_reader_saw_of_two_writers(
    open_store: Callable[[], Store],
) -> None:
    """In the order of arrival: who reads on from the last one it saw misses none."""
    archive, done = open_store().archive(), Event()

    def read_on() -> list[str]:
        seen: list[str] = []
        while True:
            last = done.is_set()
            items = [item.id for item in archive.items()]
            assert items[: len(seen)] == seen
            seen = items
            if last:
                return seen

    def write(store: Store, number: int) -> None:
        for n in range(60):
            save_items(store, an_item(id=f"i_{number}_{n}"))

    with ThreadPoolExecutor(1) as reader:
        seen = reader.submit(read_on)
        try:
            both(open_store, write)
        finally:
            done.set()

    assert len(seen.result()) == 120


def test_item_that_two_writers_found_at_once_is_one(open_store: Callable[[], Store]) -> None:
    def save(store: Store, _: int) -> list[str]:
        for n in range(30):
            save_items(store, an_item(id=f"i_{n}", keys=(f"k{n}",)))
        return sorted(known(store, *(f"k{n}" for n in range(30))))

    assert both(open_store, save) == [sorted(f"k{n}" for n in range(30))] * 2
    assert open_store().archive().totals().items == 30


# --- items ---------------------------------------------------------------------------------------


def test_known_is_found_by_each_of_its_keys_and_unknown_is_absent(store: Store) -> None:
    item = an_item(id="i_1", keys=("guid", "url"))
    save_items(store, item)

    assert known(store, "url", "guid", "other") == {"guid": item, "url": item}
    assert known(store) == {}


def test_very_many_keys_can_be_asked_at_once(store: Store) -> None:
    items = [an_item(id=f"i_{n}", keys=(f"k{n}",)) for n in range(1_200)]
    save_items(store, *items)

    assert len(known(store, *(f"k{n}" for n in range(2_000)))) == 1_200


def test_same_new_item_twice_is_one(store: Store) -> None:
    item = an_item(id="i_1", keys=("k",))
    save_items(store, item, replace(item, title="Another", keys=("k", "k2")))
    save_items(store, item)

    assert store.archive().totals().items == 1
    assert known(store, "k", "k2") == {"k": item, "k2": item}


def test_revision_keeps_the_old_text(store: Store) -> None:
    first = an_item("Train cancelled", id="i_1", keys=("a",), story_id="s")
    second = replace(
        first, title="Train delayed", content_hash="h2", revision=1, keys=("a", "b"), url="http://n"
    )
    third = replace(second, title="Train leaves", content_hash="h3", revision=2)
    save_items(store, first)
    save_items(store, second, status=Status.REVISION)
    save_items(store, third, status=Status.REVISION)

    archive = store.archive()
    assert archive.item("i_1") == third
    assert [(i.revision, i.title, i.url) for i in archive.revisions("i_1")] == [
        (0, "Train cancelled", ""),
        (1, "Train delayed", "http://n"),
    ]
    assert known(store, "b") == {"b": third}
    assert archive.totals().revisions == 2


def test_revision_may_follow_its_item_in_one_call_and_be_repeated(store: Store) -> None:
    item = an_item(id="i_1")
    edited = Judged(item=replace(item, title="Edited", revision=1), status=Status.REVISION)

    store.write(lambda u: u.save_items([Judged(item=item, status=Status.NEW), edited, edited]))

    archive = store.archive()
    assert [i.title for i in archive.revisions("i_1")] == [item.title]
    assert archive.item("i_1") == edited.item


def test_revision_of_an_item_that_is_gone_is_kept_as_item(store: Store) -> None:
    save_items(store, an_item(id="i_1", revision=3, keys=("k",)), status=Status.REVISION)

    assert store.archive().totals().items == 1


def test_known_item_learns_new_keys(store: Store) -> None:
    item = an_item(id="i_1", keys=("a",))
    save_items(store, item)
    save_items(store, replace(item, keys=("b", "a")), status=Status.KNOWN)

    assert known(store, "b") == {"b": replace(item, keys=("a", "b"))}


def test_history_of_an_item_that_changes_for_ever_is_bounded(store: Store) -> None:
    """A counter or a clock in the text."""
    save_items(store, an_item(id="i_1"))
    for revision in range(1, 61):
        edited = an_item(f"Views: {revision}", id="i_1", revision=revision)
        save_items(store, edited, status=Status.REVISION)

    kept = store.archive().revisions("i_1")
    assert len(kept) <= 50
    assert kept[-1].title == "Views: 59"


def test_key_given_twice_leads_to_the_new_item_that_shows_it_now(store: Store) -> None:
    """A constant guid, or a link that is used again: it must not lead to the old article."""
    save_items(store, an_item(id="i_1", keys=("k",)))
    save_items(store, an_item(id="i_2", keys=("k",)))
    save_items(store, an_item(id="i_1", keys=("k",)), status=Status.KNOWN)

    (item,) = known(store, "k").values()
    assert item is not None
    assert item.id == "i_2"


def test_each_feed_is_remembered_with_what_it_showed_last(store: Store) -> None:
    item = an_item(id="i_1", feed_id="a", content_hash="h1")
    save_items(store, item)
    save_items(store, replace(item, feed_id="b", content_hash="h2"), status=Status.KNOWN)
    save_items(store, replace(item, feed_id="b", content_hash="h3"), status=Status.KNOWN)

    def sighted(unit: Unit) -> list[str | None]:
        return [unit.sighted("i_1", feed) for feed in ("a", "b", "c")]

    assert store.write(sighted) == ["h1", "h3", None]


def test_sighting_is_what_the_feed_showed_not_what_the_item_became(store: Store) -> None:
    item = an_item(id="i_1", feed_id="a", content_hash="h1")
    shown = replace(item, feed_id="b", content_hash="h2", seen_at=NOW + HOUR)
    edited = replace(item, content_hash="h2", revision=1)
    save_items(store, item)
    store.write(lambda u: u.save_items([Judged(item=edited, status=Status.REVISION, seen=shown)]))

    assert store.write(lambda u: (u.sighted("i_1", "a"), u.sighted("i_1", "b"))) == ("h1", "h2")


def test_same_text_is_found_by_any_former_text_oldest_first(store: Store) -> None:
    old = an_item(id="i_1", content_hash="h1", effective_at=NOW - 900 * DAY)
    edited = replace(old, content_hash="h2", revision=1)
    copy = an_item(id="i_2", content_hash="h1", copy_of="i_1")
    save_items(store, old)
    save_items(store, edited, status=Status.REVISION)
    save_items(store, copy, status=Status.COPY)

    found = store.write(lambda unit: unit.find_same_text("h1"))

    assert list(found) == [edited, copy]
    assert store.write(lambda unit: list(unit.find_same_text(""))) == []


def test_same_title_is_found_with_the_text_it_stood_over(store: Store) -> None:
    """A stale copy repeats what an item said before it was edited."""
    edited = an_item("Now", id="i_1", title_hash="t2", summary="new", revision=1)
    save_items(store, an_item("Then", id="i_1", title_hash="t", summary="old"))
    save_items(store, an_item("Then", id="i_2", title_hash="t"), an_item(id="i_3", title_hash=""))
    store.write(lambda unit: unit.save_items([Judged(item=edited, status=Status.REVISION)]))

    def found(title_hash: str) -> list[tuple[str, str, str]]:
        items = store.write(lambda unit: unit.find_same_title(title_hash))
        return [(item.id, item.title, item.summary) for item in items]

    assert found("t") == [("i_1", "Then", "old"), ("i_2", "Then", "")]
    assert found("t2") == [("i_1", "Now", "new")]
    assert found("") == []


def test_item_is_found_by_id_and_address_its_original_before_copies(store: Store) -> None:
    at = {"url": "http://Example.org/a?utm_source=x", "canonical_url": "https://example.org/a"}
    copy = an_item(id="i_1", copy_of="i_2", **at)
    item = an_item(id="i_2", **at)
    save_items(store, copy, item)

    archive = store.archive()
    assert archive.item("i_1") == copy
    assert archive.item(at["url"]) == item
    assert archive.item(at["canonical_url"]) == item
    assert archive.item("") is None
    assert archive.item("http://nowhere.example") is None
    assert archive.revisions("nothing") == ()


def test_items_come_by_arrival_from_the_moment_asked(store: Store) -> None:
    items = [an_item(id=f"i_{n}", seen_at=NOW + n * HOUR) for n in (2, 0, 1)]
    save_items(store, *items)

    archive = store.archive()
    assert list(archive.items()) == items
    assert [i.id for i in archive.items(since=NOW + HOUR)] == ["i_2", "i_1"]
    assert [i.id for i in archive.items(limit=1)] == ["i_2"]


# --- search --------------------------------------------------------------------------------------

HEADLINES = {
    "en": "Passenger trains between Pyongyang and Beijing resume",
    "ko": "평양-베이징 국제여객열차가 운행을 재개했다",
    "zh": "平壤至北京国际旅客列车今日恢复开行",
    "zh-Hant": "平壤至北京國際旅客列車今日恢復開行,鐵路部門說",
    "ja": "平壌と北京を結ぶ国際列車が運行再開",
    "ru": "Поезд Пхеньян — Пекин снова в пути, ещё один рейс",
}


@pytest.mark.parametrize(
    ("words", "languages"),
    [
        ("列车", {"zh", "zh-Hant", "ja"}),
        ("列車", {"zh", "zh-Hant", "ja"}),
        ("铁路", {"zh-Hant"}),
        ("열차", {"ko"}),
        ("国际列", {"ja"}),
        ("恢复 平壤", {"zh", "zh-Hant"}),
        ("運行", {"ja"}),
        ("TRAINS beijing", {"en"}),
        ("train", set()),
        ("train*", {"en"}),
        ("rain*", set()),
        ("Pyong* beij*", {"en"}),
        ("пое* пхень*", {"ru"}),
        ("t*", set()),
        ("国际列*", {"ja"}),
        ("поезд пекин", {"ru"}),
        ("еще", {"ru"}),
        ("Pyongyang 列车", set()),
        ("", set()),
        ("  \n", set()),
    ],
)
def test_words_are_found_in_any_script_inside_running_text(
    store: Store, words: str, languages: set[str]
) -> None:
    save_items(store, *(an_item(text, id=key, language=key) for key, text in HEADLINES.items()))

    assert {item.id for item in store.archive().search(words)} == languages


def test_search_looks_in_the_present_text_only_newest_first(store: Store) -> None:
    old = an_item("Sanctions", id="i_1", effective_at=NOW - DAY)
    new = an_item("Other", id="i_2", summary="More\n\nsanctions, he said")
    gone = an_item("Sanctions", id="i_3")
    save_items(store, new, old, gone)
    save_items(store, replace(gone, title="Talks", revision=1), status=Status.REVISION)

    archive = store.archive()
    assert [i.id for i in archive.search("sanctions")] == ["i_2", "i_1"]
    assert [i.id for i in archive.search("sanctions", limit=1)] == ["i_2"]
    assert [i.id for i in archive.search("talks")] == ["i_3"]


@settings(max_examples=150, deadline=None, suppress_health_check=UNFIT)
@given(
    words=st.text(max_size=60)
    | st.lists(
        st.sampled_from(
            [*"\"'*^():-+{},\\\0\ud800", "AND", "OR", "NOT", "NEAR(", "title:", "train", "列车"]
        )
    ).map(" ".join)
)
def test_no_words_of_a_person_are_syntax(store: Store, words: str) -> None:
    for item in store.archive().search(words):
        assert isinstance(item, Item)


def test_search_takes_as_many_words_as_a_person_can_paste(store: Store) -> None:
    text = " ".join(f"word{n}" for n in range(5_000))
    save_items(store, an_item(text, id="i_1", content_hash="h", title_hash="t"))

    assert len(store.archive().search(text)) == 1


# --- judgements and alerts -----------------------------------------------------------------------


def test_judgements_are_kept_with_reason_and_alert_in_their_order(store: Store) -> None:
    item = an_item(id="i_1")
    found = Found(term="列车", group=None, field="title", start=0, end=2)
    told = Judgement(
        match=a_match(watch_id="z", found=(found,), masked=(found,), escalations=(0, 2)),
        reason=Reason.FIRST_MATCH,
        alert=an_alert(watch_id="z"),
    )
    held = Judgement(match=a_match(watch_id="a"), reason=Reason.TOO_OLD)
    save_items(store, item)
    store.write(lambda unit: unit.save_judgements([told, held]))

    archive = store.archive()
    assert list(archive.judgements("i_1")) == [told, held]
    assert archive.alert("a_1") == told.alert
    assert archive.held() == {Reason.TOO_OLD: 1}
    assert archive.held(since=NOW + HOUR) == {}
    assert store.write(lambda u: u.told_watches("i_1")) == {"z"}
    assert store.write(lambda u: u.held_for("i_1", "a")) is Reason.TOO_OLD
    assert store.write(lambda u: u.held_for("i_1", "z")) is None
    assert store.write(lambda u: u.held_for("i_1", "b")) is None
    story, watch = an_alert().story_id, "z"
    assert store.write(lambda u: u.loudest(story, watch)) is Severity.HIGH
    assert store.write(lambda u: u.loudest(story, "a")) is None
    assert store.write(lambda u: u.told_watches("i_2")) == frozenset()


def test_told_match_stays_told(store: Store) -> None:
    told = Judgement(match=a_match(), reason=Reason.FIRST_MATCH, alert=an_alert())
    save_items(store, an_item(id="i_1"))
    store.write(lambda unit: unit.save_judgements([told]))
    store.write(lambda unit: unit.save_judgements([replace(told, reason=Reason.COPY, alert=None)]))

    assert list(store.archive().judgements("i_1")) == [told]


def an_evidence(**changes: Any) -> Evidence:
    given: dict[str, Any] = {
        "item_id": "i_1",
        "revision": 0,
        "feed_id": "pennant",
        "fetched_at": NOW,
        "asked": "https://pennant.example.org/feed",
        "url": "https://pennant.example.org/feed",
        "status": 200,
        "headers": {"etag": '"1"'},
        "body_sha256": "0" * 64,
        "body_bytes": 1_000,
        "entry_sha256": "1" * 64,
        "entry_bytes": 3,
        "entry": b"\x00\xff<",
    }
    return Evidence(**(given | changes))


def test_evidence_is_kept_once_a_revision_and_goes_with_its_item(store: Store) -> None:
    first, second = an_evidence(), an_evidence(revision=1, entry=b"", entry_sha256=None)
    save_items(store, an_item(id="i_1"))
    store.write(lambda unit: unit.save_evidence([first, second]))
    store.write(lambda unit: unit.save_evidence([replace(first, entry=b"other")]))
    archive = store.archive()

    assert list(archive.evidence("i_1")) == [first, second]
    assert list(archive.evidence("i_2")) == []
    prune(store, NOW + DAY)
    assert list(archive.evidence("i_1")) == []


def test_version_keeps_the_moment_when_it_came_into_use(store: Store) -> None:
    lexicon = Version(id="l", name="", text='{"groups": "열차"}')
    version = Version(id="v", name="rail", text="{}", lexicon="l")
    for at in (NOW, NOW + DAY):
        store.write(lambda unit, at=at: unit.save_versions([version], lexicon, at))  # type: ignore[misc]
    archive = store.archive()

    assert archive.watch_version("v") == replace(version, first_seen_at=NOW)
    assert archive.lexicon_version("l") == replace(lexicon, first_seen_at=NOW)
    assert archive.watch_version("w") is None
    assert archive.lexicon_version("w") is None


def test_match_knows_which_version_of_its_watch_it_was(store: Store) -> None:
    told = Judgement(match=a_match(watch_id="z"), reason=Reason.FIRST_MATCH, alert=an_alert())
    held = Judgement(match=a_match(watch_id="a"), reason=Reason.TOO_OLD)
    save_items(store, an_item(id="i_1"))
    store.write(lambda unit: unit.save_judgements([told, held], {"z": "v"}))

    kept = store.archive().kept_matches("i_1")

    assert [(one.judgement, one.version) for one in kept] == [(told, "v"), (held, "")]
    assert {(one.revision, one.made_at) for one in kept} == {(0, NOW)}


def test_all_items_come_with_the_watches_that_they_matched(store: Store) -> None:
    items = [
        an_item(id="i_1", keys=("k1",), language="zh-Hans", tier=Tier.WIRE),
        an_item(id="i_2", keys=("k2",), language="zho", tier=Tier.PRESS, seen_at=NOW + HOUR),
    ]
    save_items(store, *items)
    made = [Judgement(match=a_match(watch_id=w), reason=Reason.TOO_OLD) for w in ("b", "a")]
    store.write(lambda unit: unit.save_judgements(made))
    wanted = {
        ItemFilter(): ["i_1", "i_2"],
        ItemFilter(language="zh"): ["i_1"],
        ItemFilter(tier=Tier.WIRE): ["i_1"],
        ItemFilter(watch="a"): ["i_1"],
        ItemFilter(watch="c"): [],
        ItemFilter(feed=items[0].feed_id): ["i_1", "i_2"],
        ItemFilter(feed="other"): [],
        ItemFilter(since=NOW + HOUR): ["i_2"],
        ItemFilter(until=NOW + HOUR): ["i_1"],
    }

    archive = store.archive()
    found = {one: [item.id for item, _ in archive.all_items(one)] for one in wanted}

    assert found == wanted
    assert [watches for _, watches in archive.all_items(ItemFilter())] == [("a", "b"), ()]
    assert [one.feed_id for one in archive.sightings("i_1")] == [items[0].feed_id]


def test_match_of_an_item_that_is_not_there_is_refused_not_dropped(store: Store) -> None:
    with pytest.raises(StoreError):
        store.write(
            lambda unit: unit.save_judgements([Judgement(match=a_match(), reason=Reason.COPY)])
        )


def test_last_alert_of_a_story_is_told_for_each_watch(store: Store) -> None:
    alerts = [
        an_alert(id=f"a_{watch}{seq}", watch_id=watch, seq=seq)
        for watch, seq in (("x", 1), ("x", 2), ("y", 1))
    ]
    store.write(lambda unit: unit.save_alerts(alerts))

    assert store.write(lambda u: u.last_alert("s_1", "x")) == (2, "a_x2")
    assert store.write(lambda u: u.last_alert("s_1", "y")) == (1, "a_y1")
    assert store.write(lambda u: u.last_alert("s_2", "y")) is None


def test_alert_that_is_there_is_left_alone(store: Store) -> None:
    store.write(lambda unit: unit.save_alerts([an_alert(), an_alert(title="Other")]))

    assert [alert.title for alert in store.archive().alerts()] == [an_alert().title]


def test_alerts_come_newest_first_by_watch_and_time(store: Store) -> None:
    alerts = [
        an_alert(id=f"a_{n}", watch_id="xy"[n % 2], created_at=NOW + n * HOUR) for n in range(4)
    ]
    store.write(lambda unit: unit.save_alerts(alerts))
    archive = store.archive()

    def ids(**which: Any) -> list[str]:
        return [alert.id for alert in archive.alerts(**which)]

    assert ids() == ["a_3", "a_2", "a_1", "a_0"]
    assert ids(watch="x") == ["a_2", "a_0"]
    assert ids(since=NOW + 2 * HOUR) == ["a_3", "a_2"]
    assert ids(limit=1) == ["a_3"]
    assert archive.alert("nothing") is None


# --- deliveries ----------------------------------------------------------------------------------


def test_oldest_due_delivery_of_the_webhook_is_claimed(store: Store) -> None:
    rows = [
        a_delivery("late", alert_id="a_1", created_at=NOW - HOUR, due_at=NOW + HOUR),
        a_delivery("second", alert_id="a_2", created_at=NOW - HOUR),
        a_delivery("first", alert_id="a_3", created_at=NOW - DAY),
        a_delivery("other", alert_id="a_4", created_at=NOW - DAY, webhook="chat"),
    ]
    save_outbox(store, *rows)

    claimed = [claim(store) for _ in range(3)]

    assert claimed == [
        replace(row, state=DeliveryState.LEASED, lease="mine", leased_until=NOW + HOUR)
        for row in (rows[2], rows[1])
    ] + [None]
    assert list(store.due_webhooks(NOW)) == ["chat"]
    assert list(store.due_webhooks(NOW + HOUR)) == ["chat", "desk"]


def test_lease_that_ran_out_is_claimed_again_and_then_lost_to_its_first_holder(
    store: Store,
) -> None:
    save_outbox(store, a_delivery())
    mine = claim(store)
    assert mine is not None
    assert claim(store, NOW + HOUR / 2, "theirs") is None

    theirs = claim(store, NOW + HOUR, "theirs")
    assert theirs is not None
    done: dict[str, Any] = {"state": DeliveryState.DELIVERED, "settled_at": NOW, "attempts": 1}

    assert settle(store, replace(mine, **done), an_attempt()) is False
    assert store.archive().delivery("msg_1") == theirs
    assert settle(store, replace(theirs, **done), an_attempt()) is True
    assert settle(store, replace(theirs, **done), an_attempt()) is False
    assert list(store.archive().attempts("msg_1")) == [*unseen(store, "msg_1"), an_attempt()]
    assert len(unseen(store, "msg_1")) == 1, "of the first holder"
    assert claim(store, NOW + DAY) is None


def test_delivery_without_lease_cannot_be_settled(store: Store) -> None:
    save_outbox(store, a_delivery())

    assert settle(store, a_delivery(state=DeliveryState.DELIVERED)) is False


def test_settled_row_has_the_new_state_and_never_another_payload(store: Store) -> None:
    save_outbox(store, a_delivery())
    row = claim(store)
    assert row is not None
    later = replace(
        row,
        state=DeliveryState.PENDING,
        due_at=NOW + HOUR,
        attempts=1,
        problem="503",
        payload=b"x",
    )

    assert settle(store, later, an_attempt())

    expected = a_delivery(due_at=NOW + HOUR, attempts=1, problem="503")
    assert store.archive().delivery("msg_1") == expected
    assert claim(store) is None
    assert claim(store, NOW + HOUR) is not None


def test_attempts_come_oldest_first(store: Store) -> None:
    save_outbox(store, a_delivery())
    made = [an_attempt(at=NOW - n * HOUR) for n in range(12)]
    for attempt in made:
        row = claim(store)
        assert row is not None
        settle(store, replace(row, state=DeliveryState.PENDING), attempt)

    assert list(store.archive().attempts("msg_1")) == made


def test_eight_workers_never_claim_the_same_delivery(store: Store) -> None:
    save_outbox(store, *(a_delivery(f"m{n}", alert_id=f"a{n}") for n in range(100)))

    def work(worker: int) -> list[str]:
        claimed = []
        while row := claim(store, lease=f"w{worker}"):
            claimed.append(row.id)
            assert settle(store, replace(row, state=DeliveryState.DELIVERED))
        return claimed

    with ThreadPoolExecutor(8) as workers:
        claimed = [one for some in workers.map(work, range(8)) for one in some]

    assert sorted(claimed) == sorted(f"m{n}" for n in range(100))


def test_delivery_that_is_there_is_left_alone(store: Store) -> None:
    save_outbox(store, a_delivery())
    row = claim(store)
    save_outbox(store, a_delivery(payload=b"other"), a_delivery("again", payload=b"other"))

    assert list(store.archive().deliveries()) == [row]


def test_delivery_of_an_alert_that_is_not_there_is_refused(store: Store) -> None:
    with pytest.raises(StoreError):
        store.write(lambda unit: unit.save_deliveries([a_delivery()]))


def test_settled_rows_are_queued_again_and_others_are_not(store: Store) -> None:
    rows = [
        a_delivery(state, alert_id=state, state=state, attempts=3, settled_at=NOW, problem="no")
        for state in DeliveryState
        if state is not DeliveryState.LEASED
    ]
    save_outbox(store, *rows)

    count = store.write(lambda u: u.requeue([*DeliveryState, "nothing", "dead"], NOW + HOUR))

    archive = store.archive()
    assert count == 9
    pending = next(row for row in rows if row.state is DeliveryState.PENDING)
    assert archive.delivery("pending") == pending
    again = a_delivery("dead", alert_id="dead", due_at=NOW + HOUR, released_at=NOW + HOUR)
    assert archive.delivery("dead") == again


# --- reports ---


def save_story(store: Store, story_id: str, *item_ids: str, thread_id: str = "") -> None:
    items = [an_item(name, id=name, story_id=story_id, keys=(name,)) for name in item_ids]
    story = Story(
        id=story_id,
        title=story_id,
        language="en",
        first_seen_at=NOW,
        last_seen_at=NOW,
        thread_id=thread_id or story_id,
    )
    save_items(store, *items)
    store.write(lambda unit: unit.save_stories([story]))


def save_judged(store: Store, item_id: str, at: datetime, told: bool = True, **more: Any) -> None:
    """A match that was told or held at this moment."""
    watch, revision = more.get("watch_id", "rail"), more.pop("revision", 0)
    match = a_match(item_id, **more)
    if told:
        alert = an_alert(
            id=f"a_{item_id}_{revision}",
            item_id=item_id,
            watch_id=watch,
            revision=revision,
            created_at=at,
        )
        judgement = Judgement(match=match, reason=Reason.FIRST_MATCH, alert=alert)
        store.write(lambda unit: unit.save_judgements([judgement]))
        return
    seen = an_item(item_id, id=item_id, keys=(item_id,), seen_at=at, revision=revision)
    known = Judged(item=seen, status=Status.KNOWN, seen=seen)
    store.write(lambda unit: unit.save_items([known]))
    held = Judgement(match=match, reason=Reason.SAME_STORY)
    store.write(lambda unit: unit.save_judgements([held]))


def test_past_of_a_watch_has_the_items_of_the_time_with_all_their_matches(store: Store):
    save_story(store, "s_1", "i_1", "i_2", thread_id="s_0")
    save_story(store, "s_2", "i_3", "i_4")
    save_judged(store, "i_1", NOW - 2 * DAY)
    save_judged(store, "i_1", NOW + HOUR, revision=1)
    save_judged(store, "i_2", NOW + DAY, told=False)
    save_judged(store, "i_3", NOW + 2 * DAY)  # the end is not of the time
    save_judged(store, "i_4", NOW + HOUR, watch_id="other")

    past = store.archive().past("rail", NOW, NOW + 2 * DAY)

    assert [(one.item_id, one.thread_id, one.told, one.reason) for one in past.matches] == [
        ("i_1", "s_0", True, Reason.FIRST_MATCH),
        ("i_1", "s_0", True, Reason.FIRST_MATCH),
        ("i_2", "s_0", False, Reason.SAME_STORY),
    ]
    assert [one.made_at for one in past.matches] == [NOW - 2 * DAY, NOW + HOUR, NOW + DAY]
    assert past.earlier == {"s_0"}
    assert [alert.id for alert in past.alerts] == ["a_i_1_1"]


def test_past_of_a_watch_knows_stories_that_it_had_matched_before(store: Store):
    save_story(store, "s_1", "i_1", "i_2")
    save_story(store, "s_2", "i_3", "i_4")
    save_judged(store, "i_1", NOW - DAY)
    save_judged(store, "i_3", NOW - DAY, watch_id="other")
    save_judged(store, "i_2", NOW)
    save_judged(store, "i_4", NOW)

    assert store.archive().past("rail", NOW, NOW + DAY).earlier == {"s_1"}


def test_past_of_a_watch_has_its_threads_what_it_waits_for_and_what_was_said(store: Store):
    save_story(store, "s_1", "i_1")
    save_judged(store, "i_1", NOW)
    threads = [
        Thread(id=name, title=name, language="en", first_seen_at=NOW, last_seen_at=NOW)
        for name in ("s_1", "s_awaited", "s_foreign")
    ]
    mine, others = (
        Awaited(
            watch_id=watch,
            thread_id=thread,
            expectation="word",
            armed_at=NOW,
            armed_by="i_0",
            due_at=NOW + DAY,
        )
        for watch, thread in (("rail", "s_awaited"), ("other", "s_foreign"))
    )
    opinions = [
        Rated(alert_id=name, watch_id=watch, rating=Rating.GOOD, rated_at=at, item=an_item())
        for name, watch, at in (
            ("a_1", "rail", NOW),
            ("a_2", "rail", NOW + DAY),
            ("a_3", "other", NOW),
        )
    ]

    def work(unit: Unit) -> None:
        unit.save_threads(threads)
        unit.save_awaited([mine, others])
        for one in opinions:
            unit.save_rated(one)

    store.write(work)
    past = store.archive().past("rail", NOW, NOW + DAY)

    assert {thread.id for thread in past.threads} == {"s_1", "s_awaited"}
    assert past.awaited == (mine,)
    assert [one.alert_id for one in past.rated] == ["a_1"]


def test_alert_arrived_if_its_message_or_the_one_that_told_of_it_did(store: Store):
    names = ("sent", "waits", "muted", "in_sent", "in_waiting", "nowhere")
    alerts = [an_alert(id=name, watch_id="rail", item_id=name) for name in names]
    digests = [
        an_alert(id=name, watch_id="rail", kind=AlertKind.DIGEST) for name in ("d_sent", "d_waits")
    ]
    states = {
        "sent": DeliveryState.DELIVERED,
        "waits": DeliveryState.PENDING,
        "muted": DeliveryState.MUTED,
        "d_sent": DeliveryState.ACCEPTED,
        "d_waits": DeliveryState.HELD,
    }
    rows = [a_delivery(f"m_{name}", alert_id=name, state=state) for name, state in states.items()]
    bundled = [
        a_delivery(f"m_{name}", alert_id=name, state=DeliveryState.BUNDLED, bundle=bundle)
        for name, bundle in (("in_sent", "m_d_sent"), ("in_waiting", "m_d_waits"))
    ]

    def work(unit: Unit) -> None:
        unit.save_alerts([*alerts, *digests])
        unit.save_deliveries([*rows, *bundled])

    store.write(work)
    past = store.archive().past("rail", NOW, NOW + DAY)

    assert {alert.id for alert in past.alerts} == set(names)
    assert past.arrived == {"sent", "in_sent"}


def test_past_of_a_watch_that_nothing_is_known_of_is_empty(store: Store):
    assert store.archive().past("rail", NOW, NOW + DAY) == WatchPast()


def test_up_to_when_watches_were_reported_is_kept(open_store: Callable[[], Store]):
    first = Reported(watch_id="rail", since=NOW)
    later = Reported(watch_id="rail", since=NOW, through=NOW + DAY)
    other = Reported(watch_id="other", since=NOW)

    store = open_store()
    store.write(lambda unit: unit.save_reported([first, other]))
    store.write(lambda unit: unit.save_reported([later]))

    assert open_store().archive().reported() == (other, later)
    assert store.write(lambda unit: unit.reported("rail")) == later
    assert store.write(lambda unit: unit.reported("nobody")) is None


# --- threads ---


def save_told(store: Store, name: str, **alert: Any) -> None:
    """An alert of a story and its delivery, both of this name."""
    webhook = alert.pop("webhook", "desk")
    store.write(lambda unit: unit.save_alerts([an_alert(id=name, **alert)]))
    row = a_delivery(name, alert_id=name, webhook=webhook)
    store.write(lambda unit: unit.save_deliveries([row]))


def deliver(store: Store, remote: str, at: datetime = NOW, webhook: str = "desk") -> Delivery:
    """Deliver the oldest row; the service calls the message `remote`."""
    row = claim(store, at, webhook=webhook)
    assert row
    answer = Answer(verdict=Verdict.DELIVERED, remote=remote)
    settled = replace(row, state=DeliveryState.DELIVERED, settled_at=at)
    attempt = Attempt(delivery_id=row.id, at=at, took=timedelta(), answer=answer)
    assert settle(store, settled, attempt)
    return row


def test_claimed_row_knows_the_first_and_the_latest_message_of_its_story(store: Store) -> None:
    for number, name in enumerate(("a1", "a2", "a3")):
        save_told(store, name, seq=number + 1)

    first, second, third = (
        deliver(store, f'"{number}"', NOW + number * HOUR) for number in range(3)
    )

    assert (first.root, first.prior) == ("", "")
    assert (second.root, second.prior) == ('"0"', '"0"')
    assert (third.root, third.prior) == ('"0"', '"1"')


@pytest.mark.parametrize(
    "other", [{"story_id": "s_2"}, {"watch_id": "other"}, {"webhook": "night"}, {"story_id": ""}]
)
def test_message_of_another_story_watch_or_webhook_is_none_of_the_thread(
    store: Store, other: dict[str, Any]
) -> None:
    save_told(store, "a1", **other)
    deliver(store, '"1"', webhook=other.get("webhook", "desk"))
    save_told(store, "a2", story_id="" if other.get("story_id") == "" else "s_1")

    row = claim(store)

    assert row
    assert (row.id, row.root, row.prior) == ("a2", "", "")


def test_message_without_a_name_or_with_too_long_a_one_is_none_of_the_thread(
    store: Store,
) -> None:
    for name in ("a1", "a2", "a3"):
        save_told(store, name)
    deliver(store, "")
    deliver(store, '"' + "x" * 511 + '"')

    row = claim(store)

    assert row
    assert (row.root, row.prior) == ("", "")


def test_message_sent_again_does_not_answer_itself_and_keeps_its_name(store: Store) -> None:
    save_told(store, "a1")
    deliver(store, '"1"')
    store.write(lambda unit: unit.requeue(["a1"], NOW))
    assert deliver(store, "").root == ""
    save_told(store, "a2")

    row = claim(store)

    assert row
    assert row.root == '"1"'


def test_what_a_person_did_to_a_delivery_is_kept_beside_its_attempts(store: Store) -> None:
    save_outbox(
        store,
        a_delivery("dead", alert_id="1", state=DeliveryState.DEAD, problem="answered 400"),
        a_delivery("pending", alert_id="2"),
    )
    store.write(lambda unit: unit.requeue(["dead", "pending"], NOW))
    store.write(lambda unit: unit.cancel(["dead", "pending"], "no use", NOW + HOUR))

    archive = store.archive()
    asked = Intervened(
        delivery_id="dead", at=NOW, kind=Intervention.REDELIVERY, before="dead: answered 400"
    )
    cancelled = replace(asked, at=NOW + HOUR, kind=Intervention.CANCELLED, before="pending")
    assert list(archive.interventions("dead")) == [asked, cancelled]
    assert list(archive.interventions("pending")) == [replace(cancelled, delivery_id="pending")]


@pytest.mark.parametrize("state", DeliveryState)
def test_only_what_waits_is_cancelled_and_only_what_does_not_is_deleted(
    store: Store, state: DeliveryState
) -> None:
    row = a_delivery(state=state, lease="l" if state is DeliveryState.LEASED else None)
    save_outbox(store, row)
    waits = state.value in ("pending", "held", "ambiguous")
    stays = waits or state.value in ("leased", "bundled")

    deleted = store.write(lambda unit: unit.delete_settled(["msg_1"]))
    cancelled = store.write(lambda unit: unit.cancel(["msg_1"], "no use", NOW + HOUR))

    assert (deleted, cancelled) == (not stays, waits)
    if waits:
        done = replace(row, state=DeliveryState.CANCELLED, settled_at=NOW + HOUR, problem="no use")
        assert store.archive().delivery("msg_1") == done


def test_those_that_wait_may_be_claimed_together_oldest_first(store: Store) -> None:
    rows = [a_delivery(f"m{n}", alert_id=f"a{n}", created_at=NOW - n * HOUR) for n in range(5)]
    others = [
        a_delivery("single", alert_id="s", form=Form.SINGLE),
        a_delivery("later", alert_id="l", due_at=NOW + HOUR),
        a_delivery("chat", alert_id="c", webhook="chat"),
    ]
    save_outbox(store, *rows, *others)

    assert store.write(lambda unit: unit.count_due("desk", NOW)) == 5
    claimed = store.write(lambda u: u.claim_more("desk", NOW, NOW + HOUR, "mine", 3))

    assert [row.id for row in claimed] == ["m4", "m3", "m2"]
    assert {(row.state, row.lease) for row in claimed} == {(DeliveryState.LEASED, "mine")}
    assert store.write(lambda unit: unit.count_due("desk", NOW)) == 2


def test_payload_changes_once_when_the_message_becomes_plain(store: Store) -> None:
    save_outbox(store, a_delivery())
    for payload in (b"plain", b"other"):
        row = claim(store)
        assert row is not None
        changed = replace(row, state=DeliveryState.PENDING, form=Form.PLAIN, payload=payload)
        assert settle(store, changed)

    kept = store.archive().delivery("msg_1")
    assert kept is not None
    assert (kept.form, kept.payload) == (Form.PLAIN, b"plain")


def test_lease_that_ran_out_may_be_kept_for_a_person(store: Store) -> None:
    save_outbox(store, a_delivery(), a_delivery("m2", alert_id="a2", created_at=NOW + HOUR))
    assert claim(store)

    assert store.write(lambda unit: unit.hold_expired("desk", "who knows", NOW)) == 0
    assert store.write(lambda unit: unit.hold_expired("desk", "who knows", NOW + HOUR)) == 1

    kept = store.archive().delivery("msg_1")
    assert kept is not None
    assert (kept.state, kept.problem, kept.lease) == (DeliveryState.AMBIGUOUS, "who knows", None)


def unseen(store: Store, delivery_id: str) -> list[Attempt]:
    attempts = store.archive().attempts(delivery_id)
    return [one for one in attempts if one.answer.verdict is Verdict.UNKNOWN]


def test_killed_attempt_has_a_row_of_its_own_from_when_it_was_claimed(store: Store) -> None:
    save_outbox(store, a_delivery(), a_delivery("m2", alert_id="a2", webhook="chat"))
    assert store.write(lambda unit: unit.claim("desk", NOW, NOW + LEASE, "mine"))
    assert store.write(lambda unit: unit.claim("chat", NOW, NOW + LEASE, "mine too"))

    for _ in range(3):
        store.write(lambda unit: unit.release_leases(NOW + HOUR, ["chat"]))

    for delivery_id in ("msg_1", "m2"):
        [attempt] = unseen(store, delivery_id)
        assert attempt.at == NOW
        assert attempt.answer == Answer(
            verdict=Verdict.UNKNOWN, text="the process ended before an answer was seen"
        )


def test_killed_message_of_several_names_its_others(store: Store) -> None:
    rows = [a_delivery(f"m{n}", alert_id=f"a{n}", form=Form.FULL) for n in range(3)]
    save_outbox(store, *rows)
    assert claim(store, lease="load")
    store.write(lambda unit: unit.claim_more("desk", NOW, NOW + LEASE, "load", 2))

    store.write(lambda unit: unit.release_leases(NOW))

    assert [one.together for one in unseen(store, "m1")] == [("m0", "m2")]


def test_lease_that_ran_out_leaves_one_attempt_whoever_takes_it_away(store: Store) -> None:
    save_outbox(store, a_delivery())
    assert store.write(lambda unit: unit.claim("desk", NOW, NOW + LEASE, "mine"))
    later = NOW + HOUR
    assert store.write(lambda unit: unit.claim("desk", later, later + LEASE, "theirs"))
    assert [one.at for one in unseen(store, "msg_1")] == [NOW]

    for _ in range(2):
        store.write(lambda unit: unit.hold_expired("desk", "who knows", later + HOUR))

    assert [one.at for one in unseen(store, "msg_1")] == [NOW, later]


def test_lease_from_a_clock_that_ran_ahead_gives_no_attempt_in_the_future(store: Store) -> None:
    save_outbox(store, a_delivery())
    assert store.write(lambda unit: unit.claim("desk", NOW + DAY, NOW + DAY + LEASE, "mine"))

    store.write(lambda unit: unit.release_leases(NOW))

    assert [one.at for one in unseen(store, "msg_1")] == [NOW]


def test_leases_of_a_dead_instance_may_be_kept_for_a_person(store: Store) -> None:
    save_outbox(store, a_delivery(), a_delivery("m2", alert_id="a2", webhook="chat"))
    assert claim(store)
    assert claim(store, webhook="chat")

    assert store.write(lambda unit: unit.release_leases(NOW, ["chat"])) == 2

    archive = store.archive()
    assert {row.id: row.state for row in archive.deliveries()} == {
        "msg_1": DeliveryState.PENDING,
        "m2": DeliveryState.AMBIGUOUS,
    }


def test_enabled_webhook_gets_at_once_what_waited_for_it(store: Store) -> None:
    save_outbox(store, a_delivery(due_at=NOW + DAY), a_delivery("m2", alert_id="b", webhook="x"))
    state = WebhookState(webhook="desk", disabled_at=NOW, failures=9, sent=(NOW,))
    save_webhook_state(store, state)

    assert store.write(lambda unit: unit.enable("desk", NOW)) == state
    assert store.write(lambda unit: unit.enable("x", NOW)) is None

    assert list(store.due_webhooks(NOW)) == ["desk", "x"]
    assert store.webhook_states() == {"desk": WebhookState(webhook="desk", sent=(NOW,))}


def test_leases_of_a_dead_instance_are_released_at_once(store: Store) -> None:
    save_outbox(store, a_delivery(), a_delivery("m2", alert_id="a2", due_at=NOW + DAY))
    assert claim(store)

    assert store.write(lambda unit: unit.release_leases(NOW)) == 1

    assert claim(store, lease="next") is not None
    assert store.write(lambda unit: unit.release_leases(NOW)) == 1
    assert store.archive().delivery("msg_1") == a_delivery()


def test_webhook_that_is_held_or_disabled_is_not_due(store: Store) -> None:
    save_outbox(
        store, *(a_delivery(name, alert_id=name, webhook=name) for name in ("a", "b", "c", "d"))
    )
    states = [
        WebhookState(webhook="a", held_until=NOW + HOUR, failures=1),
        WebhookState(webhook="b", disabled_at=NOW, told=True),
        WebhookState(webhook="c", held_until=NOW),
    ]
    for state in states:
        save_webhook_state(store, state)

    assert list(store.due_webhooks(NOW)) == ["c", "d"]
    assert list(store.due_webhooks(NOW + HOUR)) == ["a", "c", "d"]
    assert store.webhook_states() == {state.webhook: state for state in states}
    assert store.write(lambda unit: unit.webhook_state("b")) == states[1]
    assert store.write(lambda unit: unit.webhook_state("d")) is None


def test_deliveries_are_listed_newest_first_by_what_is_asked(store: Store) -> None:
    rows = [
        a_delivery("m_ab1", alert_id="a1", webhook="x"),
        a_delivery("m_ab2", alert_id="a2", webhook="y", created_at=NOW + HOUR),
        a_delivery("m_c", alert_id="a3", state=DeliveryState.DEAD, created_at=NOW + DAY),
    ]
    save_outbox(store, *rows)
    archive = store.archive()

    def ids(**which: Any) -> list[str]:
        return [row.id for row in archive.deliveries(**which)]

    assert ids() == ["m_c", "m_ab2", "m_ab1"]
    assert ids(state=DeliveryState.PENDING) == ["m_ab2", "m_ab1"]
    assert ids(webhook="x") == ["m_ab1"]
    assert ids(alert_id="a2") == ["m_ab2"]
    assert ids(limit=1) == ["m_c"]


def test_delivery_is_found_by_a_prefix_that_only_one_has(store: Store) -> None:
    rows = [a_delivery(f"m_{n}", alert_id=n) for n in ("a", "ab", "b1", "é1")]
    save_outbox(store, *rows)
    archive = store.archive()

    assert archive.delivery("m_b") == rows[2]
    assert archive.delivery("m_a") == rows[0], "an id is itself, though another begins with it"
    assert archive.delivery("m_é") == rows[3]
    assert archive.delivery("m_") is None
    assert archive.delivery("") is None
    assert archive.delivery("m_%") is None


# --- retention -----------------------------------------------------------------------------------


def test_what_was_seen_outlives_the_item(store: Store) -> None:
    item = an_item(id="i_1", keys=("k",), content_hash="h")
    save_items(store, item)

    assert prune(store, NOW + DAY) == 1

    assert known(store, "k") == {"k": None}
    assert store.archive().totals().items == 0
    assert store.archive().search("train") == ()
    assert store.write(lambda u: list(u.find_same_text("h"))) == []
    save_items(store, replace(item, keys=("k", "k2")), status=Status.KNOWN)
    assert known(store, "k2") == {"k2": None}


def test_item_that_a_feed_still_shows_is_kept(store: Store) -> None:
    item = an_item(id="i_1")
    save_items(store, item)
    save_items(store, replace(item, feed_id="b", seen_at=NOW + DAY), status=Status.KNOWN)

    assert prune(store, NOW + HOUR) == 0
    assert prune(store, NOW + 2 * DAY) == 1


@pytest.mark.parametrize("state", DeliveryState)
def test_what_is_undelivered_is_never_pruned(store: Store, state: DeliveryState) -> None:
    undelivered = state.value in ("held", "pending", "leased", "dead", "ambiguous")
    save_items(store, an_item(id="i_1"))
    told = Judgement(match=a_match(), reason=Reason.FIRST_MATCH, alert=an_alert())
    store.write(lambda unit: unit.save_judgements([told]))
    settled_at = None if state in (DeliveryState.PENDING, DeliveryState.LEASED) else NOW
    store.write(
        lambda u: u.save_deliveries(
            [a_delivery("m_1", state=state, settled_at=settled_at), a_done_delivery("m_2")]
        )
    )

    prune(store, NOW + DAY)

    totals = store.archive().totals()
    assert (totals.items, totals.matches, totals.alerts) == ((1, 1, 1) if undelivered else (0,) * 3)
    assert sum(totals.deliveries.values()) == (2 if undelivered else 0)


def test_little_by_little_the_same_goes(store: Store) -> None:
    """Of each kind so many at once, until there is no more."""
    save_items(store, *(an_item(id=f"i_{n}", keys=(f"k{n}",)) for n in range(5)))
    save_outbox(store, *(a_done_delivery(f"m{n}", alert_id=f"a{n}") for n in range(3)))
    would = store.archive().prunable(NOW + DAY, NOW)

    done = [store.write(lambda u: u.prune(NOW + DAY, NOW, at_most=2)) for _ in range(3)]

    assert [(one.items, one.alerts, one.more) for one in done] == [
        (2, 2, True),
        (2, 1, True),
        (1, 0, False),
    ]
    assert done[0] + done[1] + done[2] == would
    assert store.archive().known().keys == 5


def test_what_was_settled_lately_is_kept(store: Store) -> None:
    save_outbox(store, a_done_delivery("m_1", settled_at=NOW + DAY))

    prune(store, NOW + HOUR)
    assert store.archive().totals().alerts == 1
    prune(store, NOW + 2 * DAY)
    assert store.archive().totals().alerts == 0


def test_dead_letters_go_when_their_own_time_is_up(store: Store) -> None:
    save_items(store, an_item(id="i_1"))
    save_outbox(store, a_delivery(state=DeliveryState.DEAD, settled_at=NOW))

    assert prune(store, NOW - DAY, dead_before=NOW) == 0
    assert prune(store, NOW - DAY, dead_before=NOW + DAY) == 1

    totals = store.archive().totals()
    assert (totals.items, totals.alerts, dict(totals.deliveries)) == (1, 1, {})


def test_empty_stories_go_and_others_stay(store: Store) -> None:
    save_items(store, an_item(id="i_1", story_id="s_1", seen_at=NOW + DAY))
    stories = [a_story("s_1"), a_story("s_2"), a_story("s_3", last_seen_at=NOW + DAY)]
    store.write(lambda unit: unit.save_stories(stories))

    prune(store, NOW + HOUR)

    def left(unit: Unit) -> list[Story | None]:
        return [unit.find_story(story.id) for story in stories]

    assert store.write(left) == [stories[0], None, stories[2]]


def test_totals_count_what_is_there(store: Store) -> None:
    save_items(store, an_item(id="i_1"), an_item("Other", id="i_3", seen_at=NOW + HOUR))
    save_items(store, an_item(id="i_2", copy_of="i_1"), status=Status.COPY)
    save_items(store, an_item("Edit", id="i_1", revision=1), status=Status.REVISION)
    save_outbox(store, a_delivery(), a_delivery("m_2", alert_id="a_2", state=DeliveryState.DEAD))
    store.write(lambda unit: unit.save_judgements([Judgement(match=a_match(), reason=Reason.COPY)]))

    assert store.archive().totals() == Totals(
        items=3,
        revisions=1,
        copies=1,
        matches=1,
        alerts=2,
        deliveries={DeliveryState.DEAD: 1, DeliveryState.PENDING: 1},
        oldest_pending_at=NOW,
        first_seen_at=NOW,
        last_seen_at=NOW + HOUR,
    )


# --- history -------------------------------------------------------------------------------------


def an_edited_item(store: Store, **changes: Any) -> Item:
    """Seen at noon, edited an hour later."""
    item = an_item("First", seen_at=NOW, **changes)
    save_items(store, item)
    edited = replace(item, title="Second", revision=1, content_hash="2", seen_at=NOW + HOUR)
    save_items(store, edited, status=Status.REVISION)
    return item


def test_every_text_comes_back_by_the_time_it_was_seen(store: Store) -> None:
    an_edited_item(store)
    save_items(store, an_item("Between", seen_at=NOW + HOUR / 2))

    seen = [(item.title, item.revision) for item in store.archive().versions()]

    assert seen == [("First", 0), ("Between", 0), ("Second", 1)]


def test_item_that_was_edited_since_comes_with_its_former_text(store: Store) -> None:
    an_edited_item(store)
    save_items(store, an_item("Before", seen_at=NOW))

    since = store.archive().versions(NOW + HOUR / 2)

    assert [item.title for item in since] == ["First", "Second"]


def test_many_texts_come_each_once(store: Store) -> None:
    count = 2_500  # more than a page, many of one moment
    save_items(
        store, *(an_item(f"t{n}", id=f"i{n}", seen_at=NOW + (n % 7) * HOUR) for n in range(count))
    )

    seen = [item.id for item in store.archive().versions()]

    assert len(seen) == len(set(seen)) == count


def test_newest_items_come_first(store: Store) -> None:
    save_items(store, *(an_item(f"t{n}", id=f"i{n}") for n in range(1_500)))

    newest = [item.id for item in store.archive().recent_items(1_200)]

    assert newest == [f"i{n}" for n in range(1_499, 299, -1)]


def save_judgement(judgement: Judgement, unit: Unit) -> None:
    unit.save_judgements([judgement])


def test_last_match_of_each_watch_is_told(store: Store) -> None:
    for number, watch in enumerate(("rail", "rail", "other")):
        item = an_item(f"t{number}", id=f"i{number}", seen_at=NOW + number * HOUR)
        save_items(store, item)
        match = Match(watch_id=watch, item_id=item.id, score=1)
        judgement = Judgement(match=match, reason=Reason.TOO_OLD)
        store.write(partial(save_judgement, judgement))

    assert store.archive().last_matches() == {"rail": NOW + HOUR, "other": NOW + 2 * HOUR}


def save_drop(item: Item, drop: Dropped, unit: Unit) -> None:
    unit.save_dropped(item, [drop], NOW)


def test_what_kept_a_watch_from_matching_comes_back_by_revision(store: Store) -> None:
    item = an_edited_item(store)
    found = Found(term="train", group=None, field="title", start=0, end=5)

    def a_drop(cause: Cause, *by: str) -> Dropped:
        return Dropped(watch_id="rail", item_id=item.id, cause=cause, by=by, found=(found,))

    drops = [a_drop(Cause.NOT, "bus"), a_drop(Cause.UNLESS, "other")]

    for revision in (1, 0):
        at = replace(item, revision=revision)
        store.write(partial(save_drop, at, drops[revision]))

    assert store.archive().dropped(item.id) == tuple(drops)


# --- stories and threads -------------------------------------------------------------------------


def a_told_story(name: str, **changes: Any) -> Story:
    given: dict[str, Any] = {
        "title": f"Story {name}",
        "language": "en",
        "first_seen_at": NOW,
        "last_seen_at": NOW,
        "thread_id": name,
    }
    return Story(id=name, **(given | changes))


def a_thread(name: str, **changes: Any) -> Thread:
    given: dict[str, Any] = {
        "title": f"Story {name}",
        "language": "en",
        "first_seen_at": NOW,
        "last_seen_at": NOW,
        "item_count": 1,
        "languages": ("en",),
    }
    return Thread(id=name, **(given | changes))


def a_followed(name: str, watch: str = "rail", **changes: Any) -> Followed:
    return Followed(watch_id=watch, thread_id=name, **({"last_at": NOW} | changes))


def save_thread(store: Store, *nouns: Story | Thread | Followed | Awaited) -> None:
    def work(unit: Unit) -> None:
        unit.save_stories([one for one in nouns if isinstance(one, Story)])
        unit.save_threads([one for one in nouns if isinstance(one, Thread)])
        unit.save_followed([one for one in nouns if isinstance(one, Followed)])
        unit.save_awaited([one for one in nouns if isinstance(one, Awaited)])

    store.write(work)


def save_verdicts(store: Store, *verdicts: StoryVerdict) -> None:
    def work(unit: Unit) -> None:
        for one in verdicts:
            unit.save_verdict(one)

    store.write(work)


def test_threads_come_by_their_last_change_with_what_is_in_them(store: Store) -> None:
    save_thread(
        store,
        a_told_story("s_1", item_count=2),
        a_told_story("s_2", item_count=3, thread_id="s_1", language="ko"),
        a_told_story("s_3", item_count=9, thread_id="s_1", merged_into="s_2"),
        a_thread("s_1", languages=("en", "ko")),
        a_told_story("s_4", last_seen_at=NOW + HOUR),
        a_thread("s_4", last_seen_at=NOW + HOUR, standing=Standing(claim=Claim.DENIED)),
        a_followed("s_1"),
        a_followed("s_4", "ports"),
    )
    store.write(
        lambda unit: unit.save_alerts(
            [
                an_alert(id="a_1", story_id="s_1", watch_id="rail"),
                an_alert(id="a_2", story_id="s_1", watch_id="ports"),
            ]
        )
    )
    archive = store.archive()

    assert [(one.thread.id, one.items, one.alerts) for one in archive.threads()] == [
        ("s_4", 1, 0),
        ("s_1", 5, 2),
    ]
    assert [(one.thread.id, one.alerts) for one in archive.threads(watch="rail")] == [("s_1", 1)]
    assert [one.thread.id for one in archive.threads(limit=1)] == ["s_4"]
    assert [one.thread.id for one in archive.threads(since=NOW + HOUR)] == ["s_4"]
    assert [one.thread.id for one in archive.threads(state=Claim.DENIED)] == ["s_4"]
    assert [one.thread.id for one in archive.threads(language="ko")] == ["s_1"]
    assert archive.threads(watch="none") == ()


def test_what_no_watch_matched_is_listed_on_wish(store: Store) -> None:
    save_thread(
        store,
        a_told_story("s_1"),
        a_thread("s_1"),
        a_told_story("s_2", language="zh-Hans", last_seen_at=NOW + HOUR, item_count=4),
        a_told_story("s_3", language="ko", thread_id="s_2", last_seen_at=NOW - HOUR),
        a_told_story("s_4", last_seen_at=NOW + DAY),
        a_thread("s_4", item_count=0),
    )
    archive = store.archive()

    assert [one.thread.id for one in archive.threads()] == ["s_1"]
    every = archive.threads(every=True)
    assert [(one.thread.id, one.items) for one in every] == [("s_4", 1), ("s_2", 5), ("s_1", 1)]
    assert every[1].thread.item_count == 0
    assert every[1].thread.languages == ("zh", "ko")
    assert [one.thread.id for one in archive.threads(every=True, language="zh")] == ["s_2"]
    assert [one.thread.id for one in archive.threads(every=True, since=NOW + DAY)] == ["s_4"]
    assert [one.thread.id for one in archive.threads(every=True, limit=1)] == ["s_4"]


def test_story_is_found_by_what_belongs_to_it(store: Store) -> None:
    save_thread(
        store,
        a_told_story("s_aa"),
        a_told_story("s_ab", thread_id="s_aa"),
        a_told_story("s_c", thread_id="s_gone"),
        a_thread("s_gone"),
        a_told_story("s_old", merged_into="s_ab"),
    )
    item = an_item(id="i_one", url="https://x.example.org/1", story_id="s_ab")
    save_items(store, item)
    store.write(lambda unit: unit.save_alerts([an_alert(id="a_one", story_id="s_gone")]))
    archive = store.archive()

    def found(key: str) -> str | None:
        story = archive.story(key)
        return story.id if story else None

    assert found("s_aa") == "s_aa"
    assert found("s_ab") == found("s_old") == found("s_o") == "s_ab"
    assert found("i_one") == found("i_") == found("https://x.example.org/1") == "s_ab"
    assert found("s_gone") == found("s_g") == found("a_one") == found("a_") == "s_c"
    assert found("s_a") is found("") is found("x") is found("https://x.example.org/2") is None


def test_stories_and_items_of_a_thread_come_in_their_order(store: Store) -> None:
    save_thread(
        store,
        a_told_story("s_2", thread_id="s_1", first_seen_at=NOW + HOUR),
        a_told_story("s_1"),
        a_told_story("s_3", thread_id="s_1", merged_into="s_1"),
    )
    late = an_item("Late", id="i_1", story_id="s_1", effective_at=NOW + HOUR)
    early = an_item("Early", id="i_2", story_id="s_1")
    other = an_item("Other", id="i_3", story_id="s_2")
    save_items(store, late, early, other)
    archive = store.archive()

    assert [one.id for one in archive.stories_of("s_1")] == ["s_1", "s_2"]
    assert archive.items_of("s_1") == (early, late)
    assert store.write(lambda unit: unit.items_of("s_1")) == (early, late)
    assert archive.stories_of("s_none") == ()
    assert archive.items_of("s_none") == ()


def test_texts_of_a_thread_come_as_they_came_with_what_matched_them(store: Store) -> None:
    save_thread(store, a_told_story("s_1"), a_told_story("s_2", thread_id="s_1"))
    first = an_item("One", id="i_1", story_id="s_1", seen_at=NOW)
    second = an_item("Two", id="i_2", story_id="s_2", seen_at=NOW + HOUR)
    edited = replace(first, title="One, edited", revision=1, seen_at=NOW + 2 * HOUR)
    match = Match(watch_id="rail", item_id="i_1", score=3.0)
    save_items(store, first, second)
    held = Judgement(match=match, reason=Reason.TOO_OLD)
    store.write(lambda unit: unit.save_judgements([held]))
    save_items(store, edited, status=Status.REVISION)

    texts = store.write(lambda unit: unit.texts_of("s_1"))

    assert [(item.title, item.revision) for item, _ in texts] == [
        ("One", 0),
        ("Two", 0),
        ("One, edited", 1),
    ]
    assert [matches for _, matches in texts] == [(match,), (), ()]


def test_moved_items_take_their_copies_and_what_was_told_along(store: Store) -> None:
    save_thread(
        store,
        a_told_story("s_1"),
        a_told_story("s_2"),
        a_followed("s_1"),
        Awaited(
            watch_id="rail",
            thread_id="s_1",
            expectation="word",
            armed_at=NOW,
            armed_by="i_1",
            due_at=NOW + DAY,
        ),
    )
    save_items(
        store,
        an_item("One", id="i_1", story_id="s_1"),
        an_item("One", id="i_2", story_id="s_1", copy_of="i_1"),
        an_item("Two", id="i_3", story_id="s_1"),
    )
    told = [
        an_alert(id="a_1", story_id="s_1", item_id="i_1"),
        an_alert(id="a_3", story_id="s_1", item_id="i_3", created_at=NOW + HOUR),
    ]
    store.write(lambda unit: unit.save_alerts(told))

    assert store.write(lambda unit: unit.move_items(["i_1"], "s_2")) == 2
    store.write(lambda unit: unit.move_told(["i_1", "i_2"], "s_1", "s_2"))
    store.write(lambda unit: unit.drop_followers("s_1"))

    archive = store.archive()
    assert [one.id for one in archive.items_of("s_2")] == ["i_1", "i_2"]
    assert [one.id for one in archive.items_of("s_1")] == ["i_3"]
    assert [one.id for one in archive.alerts_of("s_2")] == ["a_1"]
    assert [one.id for one in archive.alerts_of("s_1")] == ["a_3"]
    assert [one.armed_by for one in archive.awaited_of("s_2")] == ["i_1"]
    assert archive.awaited_of("s_1") == ()
    assert archive.followers("s_1") == ()


def test_merged_story_takes_times_items_and_what_was_told_apart_along(store: Store) -> None:
    save_thread(
        store,
        a_told_story("s_1"),
        a_told_story("s_2", first_seen_at=NOW - HOUR, last_seen_at=NOW + HOUR),
        a_told_story("s_3"),
    )
    save_items(
        store,
        an_item("One", id="i_1", story_id="s_1"),
        an_item("Two", id="i_2", story_id="s_2"),
    )
    apart = StoryVerdict(one="s_2", two="s_3", kind="split", at=NOW, author="anna")
    again = replace(apart, one="s_1", two="s_2")
    save_verdicts(store, apart, again)

    store.write(lambda unit: unit.merge_story("s_2", "s_1"))

    archive = store.archive()
    merged = archive.story("s_2")
    assert merged == a_told_story(
        "s_1", item_count=2, first_seen_at=NOW - HOUR, last_seen_at=NOW + HOUR
    )
    assert archive.verdicts() == (replace(apart, one="s_1", two="s_3"),)


def test_last_verdict_on_two_stories_counts(store: Store) -> None:
    one = StoryVerdict(one="s_1", two="s_2", kind="split", at=NOW, author="anna")
    other = replace(one, kind="merge", at=NOW + HOUR, author="bob")

    save_verdicts(store, one, other)

    assert store.archive().verdicts() == (other,)
    assert store.write(lambda unit: unit.recall()).verdicts == (other,)


def test_last_word_on_what_a_text_claims_counts(store: Store) -> None:
    save_story(store, "s_1", "i_1")
    save_story(store, "s_2", "i_2")
    one = ClaimVerdict(item_id="i_1", revision=0, claim=Claim.DENIED, at=NOW, author="anna")
    edit, other = replace(one, revision=1), replace(one, item_id="i_2")
    last = replace(one, claim=Claim.NO_COMMENT, at=NOW + HOUR, author="bob")

    def work(unit: Unit) -> tuple[Sequence[ClaimVerdict], bool, bool]:
        for each in (one, edit, other, last):
            unit.save_claim_verdict(each)
        found = unit.claim_verdicts("s_1")
        return found, unit.drop_claim_verdict("i_1", 1), unit.drop_claim_verdict("i_1", 1)

    assert store.write(work) == ((last, edit), True, False)
    assert store.write(lambda unit: unit.claim_verdicts("s_1")) == (last,)


def test_what_was_said_of_an_item_goes_with_it(store: Store) -> None:
    save_story(store, "s_1", "i_1")
    said = ClaimVerdict(item_id="i_1", revision=0, claim=Claim.DENIED, at=NOW, author="anna")
    store.write(lambda unit: unit.save_claim_verdict(said))

    prune(store, NOW + 900 * DAY, NOW + 900 * DAY)

    assert store.archive().item("i_1") is None
    assert store.write(lambda unit: unit.claim_verdicts("s_1")) == ()


def test_what_is_not_waited_for_is_gone(store: Store) -> None:
    kept = Awaited(
        watch_id="rail",
        thread_id="s_1",
        expectation="word",
        armed_at=NOW,
        armed_by="i_1",
        due_at=NOW + DAY,
    )
    gone = replace(kept, expectation="seen")
    store.write(lambda unit: unit.save_awaited([kept, gone]))

    store.write(lambda unit: unit.drop_awaited("rail", "s_1", "seen"))

    assert store.archive().awaited_of("s_1") == (kept,)


# --- every noun comes back as it was -------------------------------------------------------------


# Not every store can hold NUL, of which a test of its own tells.
WRITTEN = st.characters(codec="utf-8", exclude_characters="\0")
TEXTS = st.text(WRITTEN, max_size=20) | st.sampled_from(
    ["🚆 🇰🇵", "𠮷野家", "e\u0301", "\u202eabc", "'; DROP TABLE items; --", "\r\n\t"]
)
MOMENTS = st.datetimes(timezones=st.just(UTC))
SPANS = st.timedeltas(timedelta(0), timedelta(days=400))
WHOLE = st.integers(0, 2**40)
FOUND = st.lists(
    st.builds(
        Found,
        term=TEXTS,
        group=st.none() | TEXTS,
        field=TEXTS,
        start=WHOLE,
        end=WHOLE,
        clause=TEXTS,
        variant=TEXTS,
    ),
    max_size=3,
).map(tuple)
STEPS = st.builds(
    Step,
    item_id=TEXTS,
    at=MOMENTS,
    publisher=TEXTS,
    tier=st.sampled_from(Tier),
    claim=st.sampled_from(Claim),
    party=TEXTS,
    moved=st.booleans(),
)
CLAIMS = st.none() | st.sampled_from(Claim)
NAMES = st.lists(TEXTS, max_size=3).map(tuple)
SITUATIONS = st.builds(
    Situation,
    title=TEXTS,
    claim=CLAIMS,
    state=CLAIMS,
    was=CLAIMS,
    disputed=CLAIMS,
    disputed_by=TEXTS,
    official=st.none() | STEPS,
    parties=st.lists(STEPS, max_size=2).map(tuple),
    effective_on=st.none() | st.dates(),
    independent=NAMES,
    carried_by=NAMES,
    timeline=st.lists(STEPS, max_size=2).map(tuple),
    also_in=NAMES,
    diff=TEXTS,
)
BY_NAME: dict[str, st.SearchStrategy[Any]] = {
    "situation": st.none() | SITUATIONS,
    "authority_for": st.lists(TEXTS, max_size=3).map(tuple),
    "categories": st.lists(TEXTS, max_size=3).map(tuple),
    "keys": st.lists(TEXTS, max_size=3, unique=True).map(tuple),
    "found": FOUND,
    "masked": FOUND,
    "by": st.lists(TEXTS, max_size=3).map(tuple),
    "members": st.lists(TEXTS, max_size=3).map(tuple),
    "unheard": st.lists(TEXTS, max_size=3).map(tuple),
    "cause": st.sampled_from(Cause),
    "skip_hours": st.sets(st.integers(0, 23)).map(sorted).map(tuple),
    "skip_days": st.sets(st.integers(0, 6)).map(sorted).map(tuple),
    "due_reason": st.sampled_from(DueReason),
    "tier": st.sampled_from(Tier),
    "kind": st.sampled_from(AlertKind),
    "severity": st.sampled_from(Severity),
    "state": st.sampled_from(DeliveryState),
    "form": st.sampled_from(Form),
    "sent": st.lists(MOMENTS, max_size=3).map(tuple),
    "payload": st.binary(max_size=30),
    "score": st.floats(allow_nan=False),
}
COUNTER = count()


def anything(noun: type[T], **given: st.SearchStrategy[Any]) -> st.SearchStrategy[T]:
    """Values of a noun with odd content in every field; the first field is new each time."""
    by_kind = {
        str: TEXTS,
        int: WHOLE,
        int | None: st.none() | WHOLE,
        bool: st.booleans(),
        Guids: st.sampled_from(Guids),
        Health: st.sampled_from(Health),
        datetime: MOMENTS,
        str | None: st.none() | TEXTS,
        float | None: st.none() | st.floats(allow_nan=False),
        datetime | None: st.none() | MOMENTS,
    }
    names = {field.name: field.type for field in fields(noun)}  # type: ignore[arg-type]
    made: dict[str, st.SearchStrategy[Any]] = {
        name: BY_NAME[name] if name in BY_NAME else by_kind[kind]  # type: ignore[index]
        for name, kind in names.items()
    }
    made[next(iter(names))] = st.builds(lambda: f"id {next(COUNTER)}")
    return st.builds(noun, **(made | given))


ODD = settings(max_examples=60, deadline=None, suppress_health_check=UNFIT)


@ODD
@given(item=anything(Item))
def test_any_item_comes_back_as_it_was(store: Store, item: Item) -> None:
    save_items(store, item)

    assert store.archive().item(item.id) == item


@ODD
@given(state=anything(FeedState))
def test_any_feed_state_comes_back_as_it_was(store: Store, state: FeedState) -> None:
    store.write(lambda unit: unit.save_feed_state(state))

    assert store.feed_states()[state.feed_id] == state
    assert store.write(lambda unit: unit.feed_state(state.feed_id)) == state


@ODD
@given(state=anything(WebhookState))
def test_any_webhook_state_comes_back_as_it_was(store: Store, state: WebhookState) -> None:
    save_webhook_state(store, state)

    assert store.webhook_states()[state.webhook] == state


@ODD
@given(item=anything(Item), note=TEXTS, rating=st.sampled_from(Rating))
def test_any_rating_comes_back_as_it_was_until_it_is_taken_back(
    store: Store, item: Item, note: str, rating: Rating
) -> None:
    rated = Rated(
        alert_id=f"a {item.id}", watch_id="rail", rating=rating, rated_at=NOW, item=item, note=note
    )
    store.write(lambda unit: unit.save_rated(rated))

    assert rated in store.archive().rated("rail")
    assert store.archive().rated("other") == ()
    assert store.write(lambda unit: unit.delete_rated(rated.alert_id))
    assert rated not in store.archive().rated()
    assert not store.write(lambda unit: unit.delete_rated(rated.alert_id))


@ODD
@given(state=anything(WatchState))
def test_any_watch_state_comes_back_as_it_was(store: Store, state: WatchState) -> None:
    store.write(lambda unit: unit.save_watch_states([state]))

    assert store.watch_states()[state.watch_id] == state


@ODD
@given(story=anything(Story))
def test_any_story_comes_back_as_it_was(store: Store, story: Story) -> None:
    store.write(lambda unit: unit.save_stories([story]))

    assert store.write(lambda unit: unit.find_story(story.id)) == story


@ODD
@given(alert=anything(Alert), delivery=anything(Delivery))
def test_any_alert_and_delivery_come_back_as_they_were(
    store: Store, alert: Alert, delivery: Delivery
) -> None:
    delivery = replace(delivery, alert_id=alert.id, root="", prior="")  # these are asked for
    store.write(lambda unit: unit.save_alerts([alert]))
    store.write(lambda unit: unit.save_deliveries([delivery]))

    archive: Archive = store.archive()
    assert archive.alert(alert.id) == alert
    assert archive.delivery(delivery.id) == delivery


@ODD
@given(
    verdict=st.sampled_from(Verdict), text=TEXTS, status=st.none() | WHOLE, at=MOMENTS,
    took=SPANS, wait=st.none() | SPANS,
)  # fmt: skip
def test_any_attempt_comes_back_as_it_was(
    store: Store,
    verdict: Verdict,
    text: str,
    status: int | None,
    at: datetime,
    took: timedelta,
    wait: timedelta | None,
) -> None:
    number = next(COUNTER)
    row = a_delivery(f"m{number}", alert_id=f"a{number}", webhook=f"w{number}")
    save_outbox(store, row)
    leased = claim(store, webhook=row.webhook)
    assert leased is not None
    answer = Answer(verdict=verdict, status=status, text=text, excerpt=text, retry_after=wait)
    attempt = Attempt(delivery_id=row.id, at=at, took=took, answer=answer)

    assert settle(store, leased, attempt)

    assert list(store.archive().attempts(row.id)) == [attempt]


def test_nul_in_a_text_is_no_reason_to_lose_the_item(store: Store) -> None:
    """PostgreSQL cannot hold it, and nobody sees it."""
    item = an_item("a\0b", id="i_1", keys=("k",), summary="\0", categories=("x\0y",), guid="g\0")
    save_items(store, item)

    found = known(store, "k")["k"]
    assert found is not None
    assert (found.title.replace("\0", ""), found.summary.replace("\0", "")) == ("ab", "")
    assert found.categories == ("x\0y",)


@pytest.mark.parametrize("title", ["half \ud83d", "\udcff"])
def test_text_that_is_no_unicode_is_refused_and_nothing_of_it_kept(
    store: Store, title: str
) -> None:
    with pytest.raises(StoreError):
        save_items(store, an_item(id="i_1", keys=("k",)), an_item(title, id="i_2"))

    assert store.archive().totals().items == 0
    assert known(store, "k") == {}


def test_number_beyond_the_store_is_refused(store: Store) -> None:
    with pytest.raises(StoreError):
        store.write(lambda u: u.save_feed_state(FeedState(feed_id="a", due_at=NOW, failures=2**70)))


def test_what_was_told_of_the_service_is_remembered(store: Store) -> None:
    def remember(value: str) -> str:
        return store.write(lambda unit: unit.remember("config", value))

    assert remember("a mistake") == ""
    assert remember("a mistake") == "a mistake"
    assert remember("") == "a mistake"
    assert store.write(lambda unit: unit.remember("cluster", "x")) == ""
