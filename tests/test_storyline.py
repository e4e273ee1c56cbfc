"""Stories on the line: what is told once, what waits, what is taken back, and silence."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor import storyline
from monitor.adapters.sqlite import SqliteStore
from monitor.model import (
    AlertKind,
    Claim,
    DeliveryState,
    Escalation,
    Expectation,
    Feed,
    Grouping,
    HoldCause,
    ParsedFeed,
    RawEntry,
    Reason,
    Severity,
    Status,
    Step,
    Tier,
)
from monitor.outbox import release
from monitor.pipeline import Absorbed, absorb, tell_silence
from monitor.ports import Unit
from tests.builders import NOW, a_feed, a_watch
from tests.lines import World, an_entry

HOUR = timedelta(hours=1)
HEADLINE = "China and North Korea to resume Pyongyang trains, sources say"
MINISTRY = a_feed("ministry", tier=Tier.OFFICIAL_PRIMARY, authority_for=("CN",), owner="ministry")
WHEN = (
    Escalation(
        severity=Severity.CRITICAL,
        when="claim in [announced, confirmed] and tier == official_primary",
    ),
    Escalation(severity=Severity.HIGH, when="claim changed to [denied, suspended, cancelled]"),
    Escalation(severity=Severity.MEDIUM, when="disputed changed"),
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore(tmp_path / "m.sqlite", durable=False) as opened:
        yield opened


@pytest.fixture
def world(store: SqliteStore) -> World:
    return a_world(store)


def a_world(store: SqliteStore, **changes: Any) -> World:
    given = {"grouping": Grouping.NORMAL, "escalations": WHEN}
    return World(store, [a_watch("Pyongyang", **(given | changes))])


def said(
    world: World,
    title: str,
    feed: Feed | str = "pennant",
    *,
    after: timedelta = timedelta(),
    number: int | None = None,
    text: str = "",
) -> Absorbed:
    feed = a_feed(feed) if isinstance(feed, str) else feed
    now = NOW + after
    entry: RawEntry = an_entry(
        number if number is not None else abs(hash((title, feed.id))),
        title,
        link=f"https://{feed.id}.example.org/{abs(hash(title)) if number is None else number}",
        guid=f"{feed.id} {title if number is None else number}",
        paragraphs=(text,) if text else (),
        published_at=now,
    )
    if feed.id not in world.store.feed_states():
        world.poll(feed=feed, now=NOW - timedelta(days=1))
    return world.poll(entry, feed=feed, now=now)


def statuses(absorbed: Absorbed) -> list[Status]:
    return [judged.status for judged in absorbed.judged]


def reasons(absorbed: Absorbed) -> list[Reason]:
    return [judgement.reason for judgement in absorbed.judgements]


def kinds(absorbed: Absorbed) -> list[AlertKind]:
    return [alert.kind for alert in absorbed.alerts]


def test_more_of_the_same_is_kept_and_not_told(world: World):
    first = said(world, HEADLINE)
    again = said(world, "China, North Korea to resume trains to Pyongyang: sources", "gazette")

    assert kinds(first) == [AlertKind.NEW]
    assert kinds(again) in ([], [AlertKind.UPDATE])  # a second origin may be worth a word
    assert again.judged[0].item.story_id == first.judged[0].item.story_id
    third = said(world, "North Korea and China to resume Pyongyang trains: sources", "gazette")
    assert reasons(third) in ([Reason.SAME_STORY], [Reason.COPY])


def test_every_match_is_told_where_stories_are_not_wanted(store: SqliteStore):
    world = a_world(store, grouping=Grouping.NONE)

    told = [
        said(world, HEADLINE),
        said(world, "Pyongyang trains: travel agencies hear that North Korea resumes", "gazette"),
    ]

    assert [kinds(one) for one in told] == [[AlertKind.NEW], [AlertKind.NEW]]


def test_a_text_under_another_headline_is_a_copy_and_no_source(world: World):
    text = (
        "Two people briefed on the plan said the Pyongyang-Beijing service suspended in January"
        " 2020 would return within weeks, and that tickets would go on sale at both stations."
    )
    origin = said(world, HEADLINE, text=text)
    copy = said(world, "Rail service to Pyongyang set for restart", "gazette", text=text)

    assert statuses(copy) == [Status.COPY]
    assert copy.judged[0].item.copy_of == origin.judged[0].item.id
    assert reasons(copy) == [Reason.COPY]
    [story] = copy.told
    assert story.turn
    assert story.turn.situation.independent == ("Pennant",)
    assert story.turn.situation.carried_by == ("Gazette",)


def test_what_a_party_says_itself_is_told_at_once_and_once(world: World):
    said(world, HEADLINE)
    press = said(world, "China confirms restart of Pyongyang trains", "gazette")
    official = said(world, "Foreign ministry confirms Pyongyang train will resume", MINISTRY)
    again = said(
        world, "Ministry confirms again that Pyongyang train will resume", MINISTRY, after=HOUR
    )

    assert not any(alert.severity is Severity.CRITICAL for alert in press.alerts)
    [alert] = official.alerts
    assert (alert.kind, alert.severity) == (AlertKind.ESCALATION, Severity.CRITICAL)
    assert alert.situation
    assert alert.situation.state is Claim.CONFIRMED
    assert alert.situation.official
    assert not [alert for alert in again.alerts if alert.kind is AlertKind.ESCALATION]


def test_updates_wait_for_each_other(world: World, store: SqliteStore):
    """Half an hour after an alert, what came since is one message."""
    said(world, HEADLINE)
    wire = a_feed("wire", tier=Tier.WIRE)
    updates = [
        said(
            world,
            "North Korea: border traders expect Pyongyang trains to resume",
            wire,
            after=timedelta(minutes=5),
        ),
        said(
            world,
            "Pyongyang trains to resume, travel agency tells customers",
            a_feed("agency", tier=Tier.WIRE),
            after=timedelta(minutes=9),
        ),
    ]
    rows = [row for one in updates for row in one.deliveries]

    assert [kinds(one) for one in updates] == [[AlertKind.UPDATE], [AlertKind.UPDATE]]
    assert {row.state for row in rows} == {DeliveryState.HELD}
    for row in rows:
        assert [hold.cause for hold in store.archive().holds(row.id)] == [HoldCause.PAUSE]
        assert row.due_at == NOW + timedelta(minutes=30)

    assert store.write(lambda unit: release(unit, world.line.outbox, NOW + HOUR)) > 0
    assert all(
        store.archive().delivery(row.id).state  # type: ignore[union-attr]
        in (DeliveryState.PENDING, DeliveryState.BUNDLED)
        for row in rows
    )


def test_a_number_that_an_edit_changed_is_a_correction_with_both_texts(world: World):
    said(world, "Two trains to Pyongyang a week, operator says", number=1)
    edited = said(
        world, "Three trains to Pyongyang a week, operator says", number=1, after=2 * HOUR
    )

    assert reasons(edited) == [Reason.CORRECTED]
    [alert] = edited.alerts
    assert alert.kind is AlertKind.CORRECTION
    assert alert.situation
    assert alert.situation.diff.startswith("[-Two-] {+Three+} trains")
    assert alert.seq == 2


def test_an_edit_that_only_adds_takes_nothing_back(world: World):
    said(world, "Trains to Pyongyang again, operator says", number=1)
    longer = said(
        world,
        "Trains to Pyongyang again, operator says",
        number=1,
        after=2 * HOUR,
        text="The operator sells 120 seats a day.",
    )

    assert statuses(longer) == [Status.REVISION]
    assert reasons(longer) == [Reason.ALREADY_TOLD]


def test_an_edit_that_takes_the_word_away_is_told_too(world: World):
    told = said(world, "Train to Pyongyang derails", number=1)
    edited = said(world, "Train to Dandong derails", number=1, after=HOUR)

    alerts = world.store.archive().alerts()
    [correction] = [alert for alert in alerts if alert.kind is AlertKind.CORRECTION]
    assert edited.judgements == ()
    assert correction.item_id == told.alerts[0].item_id
    assert correction.story_id == told.alerts[0].story_id
    assert correction.situation
    assert "[-Pyongyang-] {+Dandong+}" in correction.situation.diff


def edited_twice(world: World) -> Sequence[Step]:
    """Published at `NOW`, changed after one, two and three hours: the history of its story."""
    titles = (
        "Trains to Pyongyang may resume, rumours say",
        "Trains to Pyongyang are announced by the operator",
        "Trains to Pyongyang were announced by the operator",
        "Trains to Pyongyang will not resume, ministry denies report",
    )
    world.poll(feed=a_feed(), now=NOW - timedelta(days=1))
    for hours, title in enumerate(titles):
        entry = an_entry(1, title, paragraphs=(), published_at=NOW)
        world.poll(entry, now=NOW + hours * HOUR)
    (thread,) = world.store.archive().threads()
    return thread.thread.standing.history


def test_what_an_edit_claims_first_is_said_when_the_edit_was_seen(world: World):
    history = edited_twice(world)

    assert [(one.claim, one.at - NOW) for one in history] == [
        (Claim.RUMOURED, 0 * HOUR),
        (Claim.REPORTED, 1 * HOUR),
        (Claim.REPORTED, 1 * HOUR),  # an old word in other words is not said anew
        (Claim.DENIED, 3 * HOUR),
    ]


def test_a_thread_told_again_dates_edits_alike(world: World):
    history = edited_twice(world)
    line = world.line
    (one,) = world.store.archive().threads()

    again = world.store.write(
        lambda unit: storyline.retell(unit, line.percolator, line.outlets, one.thread.id)
    )

    assert again[-1].turn.thread.standing.history == history


EXPECTED = Expectation(
    id="official-word",
    arm="claim in [rumoured, reported]",
    expect="claim in [announced, confirmed, denied] and tier == official_primary",
    within=timedelta(days=7),
)


def silence(world: World, after: timedelta, *, well: bool = True) -> Sequence[str]:
    alerts = world.store.write(
        lambda unit: tell_silence(unit, world.line, lambda _feed, _since: well, NOW + after)
    )
    return [alert.title for alert in alerts]


@pytest.mark.parametrize(
    ("well", "told"), [(True, "Not heard within 7 days"), (False, "Cannot tell")]
)
def test_silence_is_told_once_when_the_time_is_up(store: SqliteStore, well: bool, told: str):
    world = a_world(store, expectations=(EXPECTED,))
    world.feeds["ministry"] = MINISTRY
    said(world, HEADLINE)
    day = timedelta(days=1)

    assert silence(world, 6 * day, well=well) == []
    [title] = silence(world, 7 * day, well=well)
    assert title.startswith(told)
    assert HEADLINE in title
    assert silence(world, 9 * day, well=well) == []
    [alert] = [one for one in store.archive().alerts() if one.kind is AlertKind.SILENCE]
    assert store.archive().deliveries(alert_id=alert.id)
    assert "Ministry" in alert.snippet


@pytest.mark.parametrize(
    ("within", "told"),
    [
        (timedelta(days=1), "Not heard within 1 day:"),
        (timedelta(hours=36), "Not heard within 36 hours:"),
        (timedelta(hours=1), "Not heard within 1 hour:"),
    ],
)
def test_the_time_that_is_up_is_told_as_it_was_given(
    store: SqliteStore, within: timedelta, told: str
):
    world = a_world(store, expectations=(replace(EXPECTED, within=within),))
    world.feeds["ministry"] = MINISTRY
    said(world, HEADLINE)

    [title] = silence(world, within)

    assert title.startswith(told)


def test_what_came_is_not_missed(store: SqliteStore):
    world = a_world(store, expectations=(EXPECTED,))
    said(world, HEADLINE)
    said(world, "Foreign ministry denies that Pyongyang trains will resume", MINISTRY, after=HOUR)

    assert silence(world, timedelta(days=8)) == []


def test_what_was_official_from_the_start_is_not_waited_for(store: SqliteStore):
    world = a_world(store, expectations=(EXPECTED,))
    said(world, "Foreign ministry confirms Pyongyang train will resume", MINISTRY)
    said(world, HEADLINE, after=HOUR)

    assert silence(world, timedelta(days=8)) == []


def test_a_poll_that_is_rolled_back_leaves_nothing_in_memory(world: World, store: SqliteStore):
    said(world, HEADLINE)
    before = store.write(lambda unit: unit.recall())
    feed = a_feed("gazette")
    state = store.feed_states()["pennant"]

    def fails(unit: Any) -> None:
        said_in(unit)
        raise ZeroDivisionError

    def said_in(unit: Any) -> None:
        document = ParsedFeed(version="rss20", entries=(an_entry(9, "A flood in Pyongyang"),))
        absorb(unit, world.line, feed, document, state, lambda _: state, NOW)

    with pytest.raises(ZeroDivisionError):
        store.write(fails)

    assert store.write(lambda unit: unit.recall()) == before == store.archive().recall()
    fresh, seasoned = a_world(store), world
    one = said(seasoned, "Flood in Pyongyang after heavy rain", "gazette", after=HOUR)
    assert one.judged[0].item.story_id == one.told[0].story.id
    assert one.told[0].joined.placed
    assert one.told[0].joined.placed.opened, "it joined a story that was never stored"
    two = said(fresh, "Flood in Pyongyang: heavy rain goes on", "courier", after=HOUR)
    assert two.judged[0].item.story_id == one.judged[0].item.story_id


def test_stories_that_turn_out_to_be_one_lose_no_word_of_either(world: World) -> None:
    """A denial in the one that goes must not vanish with it."""
    kept = said(world, "Kestrel airline resumes Pyongyang flights", "pennant").told[0].story
    gone = said(world, "Ministry denies Pyongyang hotel plan", "gazette", after=HOUR).told[0].story
    assert kept.thread_id != gone.thread_id

    def become_one(unit: Unit) -> None:
        storyline.absorb(unit, gone.id, kept.id)
        storyline.tell_again(unit, world.line.percolator, world.line.outlets, kept.thread_id)

    world.store.write(become_one)

    thread = world.store.archive().thread(kept.thread_id)
    assert thread is not None
    assert [one.claim for one in thread.standing.history] == [Claim.REPORTED, Claim.DENIED]
    assert thread.item_count == 2
