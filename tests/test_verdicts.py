"""What a person says of stories holds: in the store, in the memory of grouping, and later."""

import csv
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import config, storyline
from monitor.adapters.sqlite import SqliteStore
from monitor.bootstrap import line_of
from monitor.core.query import compile_watches
from monitor.errors import StoryError
from monitor.grouping import Grouper, clusters_of
from monitor.model import (
    AlertKind,
    Claim,
    Escalation,
    Expectation,
    Grouping,
    Item,
    Lexicon,
    Severity,
    Standing,
    Story,
    TermGroup,
    Thread,
    Tier,
    Watch,
)
from monitor.pipeline import Line, tell_silence
from monitor.plugins import WebhookOptions
from monitor.ports import Unit
from monitor.verdicts import Read, Said, merge, read_as, split
from tests.builders import NOW, a_feed, a_watch
from tests.lines import Plain, World, an_entry

STREAM = Path(__file__).parent / "data" / "stories" / "stream.tsv"
HOUR = timedelta(hours=1)
LATER = NOW + 9 * HOUR


class Room(World):
    """A world on a file, beside which others may open the same one."""

    def __init__(self, path: Path, *watches: Watch, lexicon: Lexicon | None = None) -> None:
        self.path = path
        super().__init__(SqliteStore(path, durable=False), watches)
        if lexicon:
            percolator = compile_watches(watches, lexicon, {})
            self.line = replace(self.line, percolator=percolator)

    def guest(self, work: Callable[[Unit, Line], Said]) -> Said:
        """What the command line does to the database, beside the service."""
        with SqliteStore(self.path, guest=True) as store:
            line = replace(self.line, grouper=Grouper())
            return store.write(lambda unit: work(unit, line))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Room]:
    room = Room(tmp_path / "m.sqlite", a_watch(grouping=Grouping.NORMAL))
    yield room
    room.store.close()


def told(
    world: Room,
    number: int,
    title: str,
    *,
    feed: str = "pennant",
    hours: int = 0,
    text: str | None = None,
) -> Item:
    """An item as it is after its poll; with a text of its own it is nobody's copy."""
    now = NOW + hours * HOUR
    own = " ".join(f"word{number}x{n}" for n in range(12)) if text is None else text
    entry = an_entry(number, title, paragraphs=(own,), published_at=now - timedelta(minutes=5))
    made = world.poll(entry, feed=a_feed(feed), now=now)
    return made.judged[0].item


def split_up(world: Room, story: str, *items: str) -> Said:
    return world.guest(lambda unit, line: split(unit, line, story, items, "anna", LATER))


def merged(world: Room, one: str, two: str) -> Said:
    return world.guest(lambda unit, line: merge(unit, line, one, two, "anna", LATER))


def story_of(world: Room, item: Item) -> str:
    found = world.store.archive().item(item.id)
    assert found
    return found.story_id


STRIKE = (
    "Strike halts half of Ruritanian long-distance train services",
    "Ruritanian train drivers' strike: half of long-distance services cancelled",
    "Half of Ruritania's train services cancelled as drivers strike",
)
BRIDGE = "New train bridge over the Yalu opens to traffic"


def a_strike(world: Room) -> tuple[Item, ...]:
    items = tuple(
        told(world, n, title, feed=f"paper{n}", hours=n) for n, title in enumerate(STRIKE)
    )
    assert len({item.story_id for item in items}) == 1
    return items


def test_split_items_are_a_story_and_a_thread_of_their_own(world: Room) -> None:
    first, second, third = a_strike(world)

    said = split_up(world, first.story_id, third.id)

    archive = world.store.archive()
    assert story_of(world, first) == story_of(world, second) == said.story
    assert story_of(world, third) == said.other == said.other_thread_id != said.story
    kept, new = (archive.thread(name) for name in (said.thread_id, said.other_thread_id))
    assert kept
    assert new
    assert (kept.item_count, new.item_count) == (2, 1)
    assert [one.item_id for one in new.reports] == [third.id]
    stories = [one for name in (said.story, said.other) if (one := archive.story(name))]
    assert [one.item_count for one in stories] == [2, 1]
    (verdict,) = archive.verdicts()
    assert (verdict.kind, verdict.author) == ("split", "anna")
    assert {verdict.one, verdict.two} == {said.story, said.other}


def test_each_half_keeps_what_was_told_of_its_items(world: Room) -> None:
    first, _, third = a_strike(world)
    before = world.store.archive().alerts_of(first.story_id)

    said = split_up(world, first.story_id, first.id)

    archive = world.store.archive()
    halves = {name: archive.alerts_of(name) for name in (said.thread_id, said.other_thread_id)}
    assert sum(map(len, halves.values())) == len(before)
    mine = archive.thread(archive.story(first.id).thread_id)  # type: ignore[union-attr]
    assert mine
    assert {alert.item_id for alert in halves[mine.id]} == {first.id}
    (follower,) = archive.followers(mine.id)
    assert follower.told == 1
    assert follower.told_at == halves[mine.id][-1].created_at
    others = archive.followers(archive.story(third.id).thread_id)  # type: ignore[union-attr]
    assert [one.told for one in others] == [len(before) - 1]


def test_later_items_join_the_half_they_belong_to_and_not_both(world: Room) -> None:
    """The service that runs beside the command sees the change at its next poll."""
    first, second, third = a_strike(world)
    said = split_up(world, first.story_id, second.id, third.id)

    later = [
        told(world, 10 + n, f"{title}, unions say", feed=f"late{n}", hours=4 + n)
        for n, title in enumerate(STRIKE)
    ]

    stories = {story_of(world, item) for item in (first, second, third)}
    assert stories == {said.story, said.other}
    assert {item.story_id for item in later} <= stories
    assert len({one.thread_id for one in map(world.store.archive().story, stories) if one}) == 2


def test_without_a_verdict_they_would_become_one(world: Room) -> None:
    """What the verdict is there for: an item that belongs to both halves joins them."""
    first, second, third = a_strike(world)
    split_up(world, first.story_id, second.id, third.id)
    with sqlite3.connect(world.path) as db:
        db.execute("DELETE FROM verdicts")
    db.close()
    world.line = replace(world.line, grouper=Grouper())

    for n, title in enumerate(STRIKE):
        told(world, 10 + n, f"{title}, unions say", feed=f"late{n}", hours=4 + n)

    assert len({story_of(world, item) for item in (first, second, third)}) == 1


def test_the_opener_may_leave_its_story(world: Room) -> None:
    first, second, third = a_strike(world)

    said = split_up(world, first.story_id, first.id)

    assert story_of(world, first) == said.other != first.story_id
    assert story_of(world, second) == story_of(world, third) == first.story_id


def test_copies_go_with_their_original(world: Room) -> None:
    _, second, _ = a_strike(world)
    copy = told(world, 9, STRIKE[1], feed="mirror", hours=3, text=second.summary)
    assert copy.copy_of == second.id

    said = split_up(world, second.story_id, second.id)

    assert story_of(world, copy) == story_of(world, second) == said.other
    assert said.items == 2


def test_merging_takes_a_split_back(world: Room) -> None:
    first, second, third = a_strike(world)
    before = world.store.archive().thread(first.story_id)
    alerts = world.store.archive().alerts_of(first.story_id)
    said = split_up(world, first.story_id, second.id)

    again = merged(world, said.other, said.story)

    archive = world.store.archive()
    assert len({story_of(world, item) for item in (first, second, third)}) == 1
    after = archive.thread(again.thread_id)
    assert before
    assert after
    assert replace(after, id=before.id) == before
    assert archive.alerts_of(again.thread_id) == tuple(
        replace(alert, story_id=again.thread_id) for alert in alerts
    )
    (verdict,) = archive.verdicts()
    assert verdict.kind == "merge"


def test_a_split_takes_a_merge_back(world: Room) -> None:
    first, second, third = a_strike(world)
    said = split_up(world, first.story_id, second.id)
    merged(world, said.story, said.other)

    split_up(world, story_of(world, first), second.id)

    assert story_of(world, first) == story_of(world, third) != story_of(world, second)
    (verdict,) = world.store.archive().verdicts()
    assert verdict.kind == "split"


def test_two_stories_become_one_for_later_items_too(world: Room) -> None:
    first, *_ = a_strike(world)
    bridge = told(world, 8, BRIDGE, feed="gazette", hours=3)
    assert bridge.story_id != first.story_id

    said = merged(world, bridge.story_id, first.story_id)
    later = told(world, 12, f"{BRIDGE}, officials say", feed="late", hours=4)

    assert said.story == first.story_id
    assert story_of(world, bridge) == later.story_id == first.story_id
    thread = world.store.archive().thread(first.story_id)
    assert thread
    assert thread.item_count == 5
    (follower,) = world.store.archive().followers(first.story_id)
    assert follower.told >= 2
    gone = world.store.archive().story(bridge.story_id)
    assert gone
    assert gone.id == first.story_id


def test_what_is_open_stays_when_a_closed_story_joins_it(world: Room) -> None:
    old = told(world, 1, BRIDGE, feed="gazette")
    new = told(world, 2, STRIKE[0], feed="paper", hours=24 * 5)

    merged(world, old.story_id, new.story_id)
    later = told(world, 3, STRIKE[1], feed="late", hours=24 * 5 + 1)

    assert story_of(world, old) == story_of(world, new) == later.story_id == new.story_id


def test_stories_of_two_languages_stay_two_and_are_told_as_one(world: Room) -> None:
    en = told(world, 1, STRIKE[0])
    title = "Забастовка train остановила поезда Руритании"
    ru = told(world, 2, title, feed="pravda", hours=1, text="Половина рейсов отменена.")
    assert ru.language == "ru"

    said = merged(world, en.story_id, ru.story_id)

    archive = world.store.archive()
    assert story_of(world, en) != story_of(world, ru)
    assert said.items == 0
    assert {one.id for one in archive.stories_of(said.thread_id)} == {en.story_id, ru.story_id}

    parted = split_up(world, ru.story_id, ru.id)

    assert parted.items == 0
    assert {one.thread_id for one in map(archive.story, (en.story_id, ru.story_id)) if one} == {
        en.story_id,
        ru.story_id,
    }


def test_telling_two_as_one_again_takes_back_what_was_said_of_their_stories(world: Room) -> None:
    en = told(world, 1, STRIKE[0])
    bridge = told(world, 2, BRIDGE, feed="gazette")
    title = "Забастовка train остановила поезда Руритании"
    ru = told(world, 3, title, feed="pravda", hours=1, text="Половина рейсов отменена.")
    merged(world, bridge.story_id, ru.story_id)
    merged(world, en.story_id, ru.story_id)
    assert len(world.store.archive().stories_of(story_thread(world, en))) == 3
    split_up(world, ru.story_id, ru.id)
    assert [one.kind for one in world.store.archive().verdicts()].count("split") == 1

    merged(world, bridge.story_id, ru.story_id)

    assert len(world.store.archive().stories_of(story_thread(world, ru))) == 3
    assert {one.kind for one in world.store.archive().verdicts()} == {"merge"}


def story_thread(world: Room, item: Item) -> str:
    story = world.store.archive().story(item.id)
    assert story
    return story.thread_id


def test_what_cannot_be_done_says_why_and_changes_nothing(world: Room) -> None:
    first, second, third = a_strike(world)
    bridge = told(world, 8, BRIDGE, feed="gazette", hours=3)
    copy = told(world, 9, STRIKE[1], feed="mirror", hours=4, text=second.summary)
    story = first.story_id

    for items, said in (
        ((first.id, second.id, third.id), "nothing would be left"),
        ((bridge.id,), "is of another story"),
        ((copy.id,), f"is a copy of {second.id}"),
        (("i_none",), "no item 'i_none' is stored"),
    ):
        with pytest.raises(StoryError, match=said):
            split_up(world, story, *items)
    with pytest.raises(StoryError, match="no story 's_none'"):
        split_up(world, "s_none", first.id)
    with pytest.raises(StoryError, match="one story already"):
        merged(world, story, story)

    assert world.store.archive().verdicts() == ()
    assert {story_of(world, one) for one in (first, second, third, copy)} == {story}


def test_a_half_that_no_watch_matched_does_not_slip_back(tmp_path: Path) -> None:
    watch = a_watch("@rail AND drivers", grouping=Grouping.NORMAL, follow=24 * HOUR * 14)
    rail = TermGroup(id="rail", terms={"en": ("train",)})
    world = Room(tmp_path / "m.sqlite", watch, lexicon=Lexicon(groups={"rail": rail}))
    first, _, third = a_strike(world)

    said = split_up(world, first.story_id, first.id)
    later = told(world, 11, f"{STRIKE[0]} drivers", feed="late", hours=5)

    threads = [world.store.archive().story(story_of(world, one)) for one in (first, third)]
    assert len({one.thread_id for one in threads if one}) == 2
    assert later.story_id in {said.story, said.other}
    world.store.close()


WORD = Expectation(
    id="word",
    arm="claim in [reported, suspended, cancelled]",
    expect="tier == official_primary",
    within=timedelta(days=7),
)


@pytest.fixture
def waiting(tmp_path: Path) -> Iterator[Room]:
    watch = a_watch(grouping=Grouping.NORMAL, expectations=(WORD,))
    room = Room(tmp_path / "m.sqlite", watch)
    yield room
    room.store.close()


def waits(world: Room, thread_id: str) -> list[tuple[str, str]]:
    return [(one.armed_by, one.outcome) for one in world.store.archive().awaited_of(thread_id)]


def test_what_is_waited_for_is_that_of_the_items_that_are_left(waiting: Room) -> None:
    first, second, third = a_strike(waiting)
    assert waits(waiting, first.story_id) == [(first.id, "")]

    said = split_up(waiting, first.story_id, second.id, third.id)

    assert waits(waiting, said.thread_id) == [(first.id, "")]
    assert waits(waiting, said.other_thread_id) == [(second.id, "")]


def test_what_was_waited_for_may_stand_in_the_other_story(waiting: Room) -> None:
    first, *_ = a_strike(waiting)
    feed = a_feed("ministry", tier=Tier.OFFICIAL_PRIMARY, authority_for=("CN",))
    entry = an_entry(20, "Statement on the train", paragraphs=("Nothing alike.",))
    word = waiting.poll(entry, feed=feed, now=NOW + HOUR).judged[0].item
    assert word.story_id != first.story_id

    said = merged(waiting, first.story_id, word.story_id)

    assert waits(waiting, said.thread_id) == [(first.id, "met")]
    split_up(waiting, said.story, word.id)
    assert waits(waiting, said.thread_id) == [(first.id, "")]


def test_silence_that_was_told_is_not_told_again_of_a_half(waiting: Room) -> None:
    first, second, _ = a_strike(waiting)
    late = NOW + timedelta(days=8)
    (told_of,) = waiting.store.write(
        lambda unit: tell_silence(unit, waiting.line, lambda *_: False, late)
    )
    assert told_of.story_id == first.story_id

    split_up(waiting, first.story_id, second.id)

    assert (
        waiting.store.write(lambda unit: tell_silence(unit, waiting.line, lambda *_: True, late))
        == []
    )


# --- what a text claims --------------------------------------------------------------------------

CONFIRMED = Escalation(severity=Severity.HIGH, when="claim == confirmed")
MINISTRY = a_feed("ministry", tier=Tier.OFFICIAL_PRIMARY, authority_for=("CN",))
OFFICIAL = "Ministry confirms strike of long-distance train drivers"


@pytest.fixture
def claiming(tmp_path: Path) -> Iterator[Room]:
    watch = a_watch(grouping=Grouping.NORMAL, escalations=(CONFIRMED,), expectations=(WORD,))
    room = Room(tmp_path / "m.sqlite", watch)
    yield room
    room.store.close()


def said(world: Room, of: Item, number: int, title: str, hours: int) -> Item:
    """What the ministry says of a story, whatever its words."""
    now = NOW + hours * HOUR
    entry = an_entry(number, title, paragraphs=(f"Only {number}.",), published_at=now)
    item = world.poll(entry, feed=MINISTRY, now=now).judged[0].item
    if story_of(world, item) != story_of(world, of):
        merged(world, story_of(world, of), item.story_id)
    return item


def read(world: Room, item: Item, claim: Claim | None) -> Read:
    """Beside the service, as the command line does it."""
    with SqliteStore(world.path, guest=True) as store:
        line = replace(world.line, grouper=Grouper())
        return store.write(lambda unit: read_as(unit, line, item.id, claim, "anna", LATER))


def standing(world: Room, item: Item) -> Standing:
    thread = world.store.archive().thread(story_of(world, item))
    assert thread
    return thread.standing


def escalated(world: Room) -> set[str]:
    alerts = world.store.archive().alerts(limit=50)
    return {one.item_id for one in alerts if one.kind is AlertKind.ESCALATION}


def test_what_a_person_reads_counts_for_what_the_words_say(claiming: Room) -> None:
    first, *_ = a_strike(claiming)
    word = said(claiming, first, 20, OFFICIAL, 3)
    assert standing(claiming, first).claim is Claim.CONFIRMED

    made = read(claiming, word, Claim.NO_COMMENT)

    assert made.claims is Claim.NO_COMMENT
    assert (made.was, made.state) == (Claim.CONFIRMED, standing(claiming, first).claim)
    assert made.state is not Claim.CONFIRMED
    last = standing(claiming, first).history[-1]
    assert (last.item_id, last.claim, last.read_by) == (word.id, Claim.NO_COMMENT, "anna")
    assert not last.moved
    official = standing(claiming, first).official
    assert official
    assert official.claim is Claim.NO_COMMENT


def test_what_a_person_read_may_be_taken_back(claiming: Room) -> None:
    first, *_ = a_strike(claiming)
    word = said(claiming, first, 20, OFFICIAL, 3)
    before = standing(claiming, first)

    read(claiming, word, Claim.DENIED)
    made = read(claiming, word, None)

    assert made.state is Claim.CONFIRMED
    assert standing(claiming, first) == before


def test_who_says_it_stays(claiming: Room) -> None:
    first, second, _ = a_strike(claiming)

    made = read(claiming, second, Claim.CONFIRMED)

    assert made.claims is not Claim.CONFIRMED
    assert standing(claiming, first).claim is not Claim.CONFIRMED


def test_what_was_told_by_mistake_is_told_when_it_comes_true(claiming: Room) -> None:
    """A rung is told once; one that was none is not told yet."""
    first, *_ = a_strike(claiming)
    wrong = said(claiming, first, 20, OFFICIAL, 3)
    assert escalated(claiming) == {wrong.id}

    read(claiming, wrong, Claim.NO_COMMENT)
    right = said(
        claiming,
        first,
        21,
        "Ministry confirms Ruritanian strike of long-distance train drivers",
        5,
    )

    assert escalated(claiming) == {wrong.id, right.id}


def test_what_a_person_read_outlives_what_becomes_of_the_story(claiming: Room) -> None:
    first, second, third = a_strike(claiming)
    word = said(claiming, first, 20, OFFICIAL, 3)
    read(claiming, word, Claim.NO_COMMENT)

    apart = split_up(claiming, first.story_id, third.id)
    assert standing(claiming, first).claim is not Claim.CONFIRMED
    merged(claiming, apart.story, apart.other)

    assert standing(claiming, second).claim is not Claim.CONFIRMED
    assert [one.read_by for one in standing(claiming, first).history if one.item_id == word.id] == [
        "anna"
    ]


def test_an_edit_is_another_text(claiming: Room) -> None:
    first, *_ = a_strike(claiming)
    word = said(claiming, first, 20, OFFICIAL, 3)
    read(claiming, word, Claim.NO_COMMENT)

    edit = an_entry(20, OFFICIAL, paragraphs=("Only 20. It leaves at 17:26.",), published_at=NOW)
    claiming.poll(edit, feed=MINISTRY, now=NOW + 5 * HOUR)
    assert standing(claiming, first).claim is Claim.CONFIRMED

    made = read(claiming, word, Claim.DENIED)
    assert made.state is Claim.DENIED
    of_word = [one.claim for one in standing(claiming, first).history if one.item_id == word.id]
    assert of_word == [Claim.NO_COMMENT, Claim.DENIED]


def test_what_is_waited_for_follows_what_a_person_reads(claiming: Room) -> None:
    first, second, third = a_strike(claiming)
    assert waits(claiming, first.story_id) == [(first.id, "")]

    for item in (first, second, third):
        read(claiming, item, Claim.ANALYSIS)

    assert waits(claiming, first.story_id) == []


def test_a_claim_that_cannot_be_said_says_why(claiming: Room) -> None:
    first, *_ = a_strike(claiming)
    feed = a_feed("fair")
    other = claiming.poll(an_entry(30, "Harvest festival", paragraphs=()), feed=feed).judged[0].item

    for item_id, claim, why in (
        ("i_none", Claim.DENIED, "no item 'i_none' is stored"),
        (other.id, Claim.DENIED, "no watch matched"),
        (first.id, None, "nobody said what"),
    ):
        with pytest.raises(StoryError, match=why):
            claiming.store.write(
                lambda unit, one=item_id, word=claim: read_as(  # type: ignore[misc]
                    unit, claiming.line, one, word, "anna", LATER
                )
            )


# --- whatever is said ----------------------------------------------------------------------------

SAID = st.lists(
    st.tuples(
        st.sampled_from(["split", "merge", "poll"]),
        st.integers(0, 9),
        st.sets(st.integers(0, 9), min_size=1, max_size=3),
    ),
    min_size=1,
    max_size=7,
)


@settings(max_examples=25, deadline=None)
@given(said=SAID)
def test_whatever_is_said_every_item_stands_in_one_story_and_nothing_told_is_lost(
    said: list[tuple[str, int, set[int]]],
) -> None:
    with TemporaryDirectory() as folder:
        world = Room(Path(folder) / "m.sqlite", a_watch(grouping=Grouping.NORMAL))
        items = [*a_strike(world), told(world, 8, BRIDGE, feed="gazette", hours=3)]
        russian = "Забастовка train остановила поезда"
        items.append(told(world, 9, russian, feed="pravda", hours=3, text="Рейсы отменены."))
        items.append(told(world, 10, STRIKE[1], feed="mirror", hours=3, text=items[1].summary))
        alerts = {one.id for one in world.store.archive().alerts()}
        for number, (what, one, others) in enumerate(said):
            chosen = [items[other % len(items)] for other in others]
            first = story_of(world, items[one % len(items)])
            with suppress(StoryError):
                if what == "split":
                    split_up(world, first, *(item.id for item in chosen))
                elif what == "merge":
                    merged(world, first, story_of(world, chosen[0]))
                else:
                    title = f"{STRIKE[one % 3]}, number{number}"
                    late = told(world, 20 + number, title, feed=f"n{number}", hours=4 + number)
                    items.append(late)
                    alerts |= {alert.id for alert in world.store.archive().alerts()}
            assert_sound(world, items, alerts)
        world.store.close()


def assert_sound(world: Room, items: list[Item], alerts: set[str]) -> None:
    archive, line = world.store.archive(), world.line
    stored = [one for item in items if (one := archive.item(item.id))]
    stories = {name: archive.story(name) for name in {item.story_id for item in stored}}
    for name, story in stories.items():
        assert story is not None
        assert (story.id, story.merged_into) == (name, "")
        assert story.item_count == sum(item.story_id == name for item in stored)
    assert {one.id for one in archive.alerts()} == alerts
    of = {item.id: story for item in stored if (story := stories[item.story_id])}
    for alert in archive.alerts():
        assert alert.story_id == of[alert.item_id].thread_id
    for name in {story.thread_id for story in of.values()}:
        retold = world.store.write(
            lambda unit, name=name: storyline.retell(unit, line.percolator, line.outlets, name)  # type: ignore[misc]
        )
        again, thread = retold[-1].turn.thread, archive.thread(name)
        # Stories that become one by themselves keep the standing of one of them.
        assert thread == replace(again, standing=thread.standing if thread else Standing())
    memory = world.store.write(lambda unit: unit.recall())
    for cluster in clusters_of(memory).open.values():
        own = [item for item in stored if item.story_id == cluster.id and not item.copy_of]
        assert cluster.size == len(own)


# --- told again ----------------------------------------------------------------------------------


@cache
def shipped() -> config.Config:
    return config.load(config.default_folder(), WebhookOptions(), {}, secrets_of=())


@pytest.fixture
def days(tmp_path: Path) -> Iterator[World]:
    """Five invented days in five languages, past the shipped watches."""
    with SqliteStore(tmp_path / "days.sqlite", durable=False) as store:
        world = World(store, [])
        line = replace(line_of(shipped(), store.instance, {}), webhooks={"desk": Plain()})
        world.line = replace(line, default_webhooks=("desk",))
        tiers = list(Tier)
        with STREAM.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines, delimiter="\t"))
        for number, row in enumerate(rows):
            now = NOW + float(row["hours"]) * HOUR
            feed = a_feed(
                f"f{number % 9}",
                language=row["language"],
                tier=tiers[number % 9 % 5],
                authority_for=("CN",) if number % 9 % 5 < 2 else (),
            )
            paragraphs = (row["summary"],) if row["summary"] else ()
            entry = an_entry(number, row["title"], paragraphs=paragraphs, published_at=now)
            world.poll(entry, feed=feed, now=now)
            if number % 10 == 3:  # an edit
                edited = replace(entry, title=f"{row['title']}, 2025")
                world.poll(edited, feed=feed, now=now + timedelta(minutes=1))
        yield world


def threads(world: World) -> list[Thread]:
    return [one.thread for one in world.store.archive().threads(limit=1000)]


def test_a_thread_that_is_told_again_is_the_same(days: World) -> None:
    """All of it: claims and their history, parties, reports, concepts, languages, counts."""
    line = days.line
    again = days.store.write(
        lambda unit: [
            storyline.retell(unit, line.percolator, line.outlets, one.id)[-1].turn.thread
            for one in threads(days)
        ]
    )
    alike = [one == two for one, two in zip(again, threads(days), strict=True)]

    assert len(alike) >= 5
    assert any(one.item_count > 10 for one in again)
    assert all(alike), [one.id for one, same in zip(again, alike, strict=True) if not same]


def test_splitting_and_merging_a_large_thread_leaves_it_as_it_was(days: World) -> None:
    store = days.store
    before = max(threads(days), key=lambda one: one.item_count)
    story: Story = max(store.archive().stories_of(before.id), key=lambda one: one.item_count)
    items = [one.id for one in store.archive().items_of(story.id) if not one.copy_of]
    chosen = items[1::2]

    said = store.write(lambda unit: split(unit, days.line, story.id, chosen, "anna", NOW))
    apart = store.archive().thread(said.other_thread_id)
    store.write(lambda unit: merge(unit, days.line, said.story, said.other, "anna", NOW))
    after = store.archive().story(story.id)

    assert apart is not None
    assert apart.item_count < before.item_count
    assert after is not None
    thread = store.archive().thread(after.thread_id)
    assert thread is not None
    assert replace(thread, id=before.id) == before
