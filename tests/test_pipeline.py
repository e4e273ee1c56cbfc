"""The line on a real store: what is saved together, told once, held with a reason."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.adapters.sqlite import SqliteStore
from monitor.model import (
    Cause,
    DeliveryState,
    FeedState,
    ParsedFeed,
    Reason,
    Status,
    Tier,
)
from monitor.pipeline import Absorbed, absorb
from tests.builders import NOW, a_feed, a_watch
from tests.lines import TEXT, Broken, Plain, World, an_entry


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore(tmp_path / "m.sqlite") as opened:
        yield opened


@pytest.fixture
def world(store: SqliteStore) -> World:
    return World(store, [a_watch("train")])


def statuses(absorbed: Absorbed) -> list[Status]:
    return [judged.status for judged in absorbed.judged]


def reasons(absorbed: Absorbed) -> list[Reason]:
    return [judgement.reason for judgement in absorbed.judgements]


def test_new_item_becomes_item_match_alert_and_outbox_row(world: World):
    absorbed = world.poll(an_entry())

    [alert] = absorbed.alerts
    archive = world.store.archive()
    assert archive.item(alert.item_id)
    assert archive.alert(alert.id) == alert
    [row] = archive.deliveries()
    assert (row.alert_id, row.webhook, row.state) == (alert.id, "desk", DeliveryState.PENDING)
    assert archive.totals().items == 1


def test_same_document_again_tells_nothing(world: World):
    world.poll(an_entry())

    again = world.poll(an_entry(), now=NOW + timedelta(hours=1))

    assert statuses(again) == [Status.KNOWN]
    assert again.deliveries == ()


def test_edited_title_is_a_revision_and_not_told_again(world: World):
    world.poll(an_entry())

    edited = world.poll(an_entry(title="UPDATE 1-Train leaves for Beijing from Pyongyang"))

    assert statuses(edited) == [Status.REVISION]
    assert reasons(edited) == [Reason.ALREADY_TOLD]
    [old] = world.store.archive().revisions(edited.judged[0].item.id)
    assert old.title == "Train leaves Pyongyang"


def test_edit_that_brings_the_word_is_told(world: World):
    world.poll(an_entry(title="Ferry leaves", paragraphs=("A ferry left the port of Rason.",)))

    edited = world.poll(an_entry(title="Train leaves", paragraphs=("Correction: a train.",)))

    assert reasons(edited) == [Reason.NEWLY_MATCHING]
    assert len(edited.alerts) == 1


def test_sibling_feeds_copy_of_a_url_is_one_item_with_two_sightings(world: World):
    """RailFreight's main feed and its Belt and Road section carry the same links."""
    main = a_feed("railfreight", owner="railfreight")
    section = a_feed("railfreight-bri", owner="railfreight")
    world.poll(an_entry(), feed=main)

    seen = world.poll(an_entry(title="Train leaves (Belt and Road)"), feed=section)
    edited = world.poll(an_entry(title="Train leaves, operators say"), feed=main)
    once_more = world.poll(an_entry(title="Train leaves (Belt and Road)"), feed=section)

    assert statuses(seen) == [Status.KNOWN]
    assert statuses(edited) == [Status.REVISION]
    assert statuses(once_more) == [Status.KNOWN]
    assert world.store.archive().totals().items == 1


def test_stale_republish_elsewhere_is_a_copy_of_the_former_revision(world: World):
    first = world.poll(an_entry())
    world.poll(an_entry(title="UPDATE 2-China has no information on train", paragraphs=("No.",)))

    later = NOW + timedelta(days=22)
    stale = world.poll(an_entry(9, published_at=later), feed=a_feed("lantern"), now=later)

    assert statuses(stale) == [Status.COPY]
    assert stale.judged[0].item.copy_of == first.judged[0].item.id
    assert stale.judged[0].item.story_id == first.judged[0].item.story_id
    assert reasons(stale) == [Reason.COPY]


def test_entry_listed_twice_in_one_document_is_told_once_and_says_so(world: World):
    absorbed = world.poll(an_entry(), an_entry())

    assert statuses(absorbed) == [Status.NEW, Status.KNOWN]
    assert reasons(absorbed) == [Reason.FIRST_MATCH]
    [stored] = world.store.archive().judgements(absorbed.judged[0].item.id)
    assert stored.reason is Reason.FIRST_MATCH


def test_copy_in_the_same_document_is_held_too(world: World):
    absorbed = world.poll(an_entry(1), an_entry(2), feed=a_feed("agg", tier=Tier.AGGREGATOR))

    # One owner repeats itself: few words are no proof, so both are kept and told.
    assert statuses(absorbed) == [Status.NEW, Status.NEW]
    assert len(absorbed.alerts) == 2
    long = (TEXT * 5,)
    repeated = world.poll(an_entry(3, paragraphs=long), an_entry(4, paragraphs=long))
    assert statuses(repeated) == [Status.NEW, Status.COPY]
    assert len(repeated.alerts) == 1


def test_first_poll_stores_everything_and_alerts_on_nothing_old(world: World):
    old = an_entry(1, published_at=NOW - timedelta(days=30))
    undated = an_entry(2, paragraphs=("Another train.",), published_at=None)
    fresh = an_entry(3, paragraphs=("A third train.",))

    absorbed = world.poll(fresh, undated, old)

    assert sorted(reasons(absorbed)) == ["first_match", "too_old", "undated_baseline"]
    assert world.store.archive().totals().items == 3
    assert world.store.archive().held() == {Reason.TOO_OLD: 1, Reason.UNDATED_BASELINE: 1}


def test_undated_item_of_a_later_poll_is_news(world: World):
    world.poll()

    assert reasons(world.poll(an_entry(published_at=None))) == [Reason.FIRST_MATCH]


def test_several_items_of_one_moment_are_several_alerts(world: World):
    """Watermark readers tell only the first of a batch with one timestamp."""
    titles = ("Train derails near Hamhung", "New train for the Paris suburbs", "Train fares rise")
    entries = [an_entry(n, title, paragraphs=()) for n, title in enumerate(titles)]

    assert len(world.poll(*entries).alerts) == 3


def test_out_of_order_item_is_told(world: World):
    world.poll(an_entry(1))

    title = "Express train to Vladivostok sold out"
    late = an_entry(2, title, paragraphs=("x",), published_at=NOW - timedelta(hours=20))

    assert len(world.poll(late).alerts) == 1


def test_pruned_item_is_not_told_again(world: World):
    world.poll(an_entry())
    far = NOW + timedelta(days=400)
    world.store.write(lambda unit: unit.prune(far, far))

    again = world.poll(an_entry(), now=far)

    assert statuses(again) == [Status.KNOWN]
    assert again.alerts == ()


def test_failing_save_leaves_nothing(world: World, store: SqliteStore):
    class SabotageError(Exception):
        pass

    def work(unit: Any) -> None:
        document = ParsedFeed(version="rss20", entries=(an_entry(),))
        state = FeedState(feed_id="pennant", due_at=NOW)
        absorb(unit, world.line, a_feed(), document, state, lambda _: state, NOW)
        raise SabotageError

    with pytest.raises(SabotageError):
        store.write(work)

    totals = store.archive().totals()
    assert (totals.items, totals.alerts, totals.deliveries) == (0, 0, {})
    assert len(world.poll(an_entry()).alerts) == 1


def test_broken_renderer_is_a_dead_letter_not_a_lost_poll(store: SqliteStore):
    world = World(store, [a_watch("train")], bad=Broken(), good=Plain())

    absorbed = world.poll(an_entry())

    states = {row.webhook: row.state for row in absorbed.deliveries}
    assert states == {"bad": DeliveryState.DEAD, "good": DeliveryState.PENDING}


def test_story_counts_its_items(world: World):
    first = world.poll(an_entry())
    world.poll(an_entry(9), feed=a_feed("lantern"))

    story_id = first.judged[0].item.story_id
    story = world.store.write(lambda unit: unit.find_story(story_id))

    assert story
    assert story.item_count == 2


# --- watches that defer, matches that were not to be ---------------------------------------------

BROAD = a_watch("train OR tram", id="broad", defer_to=("rail",))


def told(absorbed: Absorbed) -> list[str]:
    return [alert.watch_id for alert in absorbed.alerts]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_broad_watch_leaves_the_item_to_the_narrow_one(store: SqliteStore, order: tuple[int, int]):
    watches = [BROAD, a_watch("train Pyongyang")]
    world = World(store, [watches[at] for at in order])

    absorbed = world.poll(an_entry(), an_entry(2, "Tram leaves Bern", paragraphs=()))

    assert told(absorbed) == ["rail", "broad"]
    assert reasons(absorbed) == [Reason.FIRST_MATCH, Reason.DEFERRED, Reason.FIRST_MATCH]


def test_broad_watch_speaks_if_the_narrow_one_is_held(store: SqliteStore):
    world = World(store, [BROAD, a_watch("train Pyongyang", min_score=100)])

    absorbed = world.poll(an_entry())

    assert told(absorbed) == ["broad"]


def test_broad_watch_does_not_tell_of_a_copy_of_what_the_narrow_one_told(store: SqliteStore):
    world = World(store, [BROAD, a_watch("train Pyongyang")])
    world.poll(an_entry())

    absorbed = world.poll(
        an_entry(guid="copy", link="https://y.example.org/"), feed=a_feed("gazette")
    )

    assert statuses(absorbed) == [Status.COPY]
    assert told(absorbed) == []


def test_broad_watch_stays_silent_when_the_item_is_edited(store: SqliteStore):
    world = World(store, [BROAD, a_watch("train Pyongyang")])
    world.poll(an_entry())

    absorbed = world.poll(an_entry(title="Train leaves Pyongyang at last"))

    assert statuses(absorbed) == [Status.REVISION]
    assert told(absorbed) == []


def test_chain_of_watches_is_told_by_the_narrowest(store: SqliteStore):
    chain = [
        a_watch("leaves", id="broadest", defer_to=("broad",)),
        BROAD,
        a_watch("train Pyongyang"),
    ]

    assert told(World(store, chain).poll(an_entry())) == ["rail"]


def test_what_kept_a_watch_from_matching_is_kept(store: SqliteStore):
    watches = [
        a_watch("train", id="other"),
        a_watch("Pyongyang NOT leaves", id="excluding"),
        a_watch("Pyongyang", id="yielding", unless=("other",)),
        a_watch("ferry", id="elsewhere"),
    ]
    world = World(store, watches)

    absorbed = world.poll(an_entry())

    kept = store.archive().dropped(absorbed.judged[0].item.id)
    assert [(one.watch_id, one.cause, one.by) for one in kept] == [
        ("excluding", Cause.NOT, ("leaves",)),
        ("yielding", Cause.UNLESS, ("other",)),
    ]
    assert [found.variant for found in kept[0].found] == ["Pyongyang", "Pyongyang"]
    assert kept == absorbed.dropped
