"""What no watch asks for is stored and in no story, until one does."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.adapters.sqlite import SqliteStore
from monitor.backtest import backtest
from monitor.core.query import compile_watches
from monitor.model import AlertKind, Grouping, Item, Lexicon, Status, TermGroup, Watch
from monitor.pipeline import Absorbed
from tests.builders import NOW, a_feed, a_watch
from tests.lines import World, an_entry

HOUR = timedelta(hours=1)
TEXT = (
    "The assembly of the club met on Tuesday and chose, after two rounds, the candidate whom"
    " nobody had named beforehand; the accounts of the last year were approved without a vote."
)
LONG = f"{TEXT} {TEXT.replace('assembly', 'session')}"  # enough for one owner's copy
CHESS, TRAIN = "Chess club elects a treasurer", "Chess club elects a treasurer on a train"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with SqliteStore(tmp_path / "m.sqlite", durable=False) as store:
        world = World(store, [])
        ask(world, a_watch("train", grouping=Grouping.NORMAL))
        yield world


def ask(world: World, *watches: Watch, lexicon: Lexicon | None = None) -> None:
    """The watches of a changed configuration."""
    world.line = replace(
        world.line,
        watches={watch.id: watch for watch in watches},
        percolator=compile_watches(watches, lexicon or Lexicon(), {}),
    )


def told(world: World, number: int, title: str, feed: str = "pennant", hours: int = 0) -> Absorbed:
    now = NOW + hours * HOUR
    world.poll(feed=a_feed(feed), now=now)  # the first poll of a feed is old news
    entry = an_entry(number, title, paragraphs=(LONG,), published_at=now - timedelta(minutes=5))
    return world.poll(entry, feed=a_feed(feed), now=now)


def item_of(world: World, made: Absorbed) -> Item:
    found = world.store.archive().item(made.judged[0].item.id)
    assert found
    return found


def learned(world: World) -> tuple[int, int]:
    """Stories that are open, and words that are known."""
    memory = world.store.archive().recall()
    return len(memory.stories), len(memory.words)


def test_it_is_stored_and_grouping_learns_nothing_of_it(world: World):
    made = told(world, 1, CHESS)

    item = item_of(world, made)
    assert item.story_id
    assert world.store.archive().story(item.story_id) is None
    assert world.store.archive().stories_of(item.story_id) == ()
    assert learned(world) == (0, 0)
    assert world.store.archive().memory_version() == ""


def test_a_word_of_a_group_that_a_watch_asks_for_is_enough(world: World):
    clubs = TermGroup(id="clubs", terms={"en": ("chess club",)})
    ask(world, a_watch("@clubs AND train"), lexicon=Lexicon(groups={"clubs": clubs}))

    item = item_of(world, told(world, 1, CHESS))

    story = world.store.archive().story(item.story_id)
    assert story
    assert story.thread_id == story.id == item.story_id
    assert learned(world)[0] == 1


def test_what_a_mask_holds_back_is_in_a_story(world: World):
    names = TermGroup(id="names", terms={"en": ("chess club",)})
    ask(world, a_watch("chess", masks=("names",)), lexicon=Lexicon(masks={"names": names}))

    made = told(world, 1, CHESS)

    assert made.judgements == ()
    assert len(made.dropped) == 1
    assert world.store.archive().story(item_of(world, made).story_id)


def test_an_edit_that_a_watch_asks_for_opens_the_story(world: World):
    first = told(world, 1, CHESS)
    edited = told(world, 1, TRAIN, hours=1)

    item = item_of(world, edited)
    story = world.store.archive().story(item.story_id)
    assert (edited.judged[0].status, item.id) == (Status.REVISION, item_of(world, first).id)
    assert [one.kind for one in edited.alerts] == [AlertKind.NEW]
    assert story
    assert (story.item_count, story.title) == (1, TRAIN)
    assert edited.alerts[0].story_id == story.thread_id


def test_an_edit_joins_the_story_that_is_told_already(world: World):
    before = told(world, 1, "Chess club elects treasurer on a train, surprising its members")
    world.line = replace(world.line, grouper=type(world.line.grouper)())  # another process
    entry = an_entry(2, "Weather for Tuesday", published_at=NOW, paragraphs=("Rain. " * 30,))
    world.poll(entry, feed=a_feed("bay"), now=NOW)
    entry = replace(entry, title="Chess club elects treasurer on a train, to members' surprise")
    later = world.poll(entry, feed=a_feed("bay"), now=NOW + HOUR)

    item = item_of(world, later)
    story = world.store.archive().story(item.story_id)
    assert later.judged[0].status is Status.REVISION
    assert item.story_id == item_of(world, before).story_id
    assert story
    assert story.item_count == 2
    assert {one.id for one in world.store.archive().items_of(story.id)} == {
        item.id,
        item_of(world, before).id,
    }


def test_a_copy_that_a_watch_asks_for_takes_its_origin_along(world: World):
    ask(world, a_watch("train AND feed:bay"))
    world.feeds |= {name: a_feed(name) for name in ("pennant", "bay")}
    entry = an_entry(1, "On a train", paragraphs=(LONG,))
    world.poll(entry, feed=world.feeds["pennant"])
    ask(world, a_watch("train", grouping=Grouping.NORMAL))
    again = replace(entry, guid="tag:bay,2025:1", link="https://bay.example.org/1")

    copy = item_of(world, world.poll(again, feed=world.feeds["bay"]))

    archive = world.store.archive()
    story = archive.story(copy.story_id)
    assert story
    assert (story.title, story.item_count) == ("On a train", 2)
    assert [one.id for one in archive.items_of(story.id)] == [copy.copy_of, copy.id]


def test_a_watch_that_is_added_begins_its_stories_with_what_comes(world: World):
    before = told(world, 1, CHESS)
    ask(world, a_watch("chess", grouping=Grouping.NORMAL))

    entry = an_entry(2, CHESS + " at last", paragraphs=(f"{CHESS}.",), published_at=NOW)
    made = world.poll(entry, feed=a_feed("bay"), now=NOW + HOUR)

    archive = world.store.archive()
    assert archive.story(item_of(world, made).story_id)
    assert archive.story(item_of(world, before).story_id) is None


def test_a_backtest_groups_what_nobody_had_asked_for(world: World):
    titles = (
        "Chess club elects treasurer after two rounds of voting",
        "Treasurer elected by chess club after two rounds",
        "Regatta postponed for want of wind",
    )
    for number, title in enumerate(titles):
        now = NOW + number * HOUR
        entry = an_entry(number, title, paragraphs=(f"{title} word{number}",), published_at=now)
        world.poll(entry, feed=a_feed(f"paper{number}"), now=now)
    watch = a_watch("chess OR regatta", id="club", grouping=Grouping.NORMAL)
    archive = world.store.archive()
    ask(world, watch)

    result = backtest(
        archive.versions(),
        world.line,
        "club",
        in_story=lambda story: archive.story(story) is not None,
    )

    assert result.current
    assert (result.current.matches, result.current.alerts) == (3, 2)
