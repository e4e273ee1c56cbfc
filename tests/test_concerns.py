"""What no watch asks for is stored and in no story, until one does."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.adapters.sqlite import SqliteStore
from monitor.backtest import backtest
from monitor.core.query import compile_watches
from monitor.model import AlertKind, Grouping, Item, Lexicon, RawEntry, Status, TermGroup, Watch
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


# --- several in one document ---------------------------------------------------------------------

WIND = (
    "Wind was wanting, and the regatta of the harbour was put off by the committee until the next"
    " week, as no boat could leave the quay before the evening bell. "
)
ELECTED = "Treasurer elected by club after two rounds on a train"


def entry(number: int, title: str, text: str = LONG, feed: str = "x", **changes: Any) -> RawEntry:
    link = f"https://{feed}.example.org/{number}"
    return an_entry(
        number, title, guid=f"tag:{feed},2025:{number}", link=link, paragraphs=(text,), **changes
    )


def polled(world: World, *entries: RawEntry, feed: str = "pennant", hours: int = 0) -> list[Item]:
    """The items of a document, as they are stored after it."""
    feeds = world.feeds
    if feed not in feeds:
        feeds[feed] = a_feed(feed)
        world.poll(feed=feeds[feed])  # the first poll of a feed is old news
    made = world.poll(*entries, feed=feeds[feed], now=NOW + hours * HOUR)
    found = map(world.store.archive().item, (one.item.id for one in made.judged))
    return [item for item in found if item]


def flaws(world: World) -> list[str]:
    """What does not fit of the stories, and of the copies in them."""
    archive = world.store.archive()
    items = {item.id: item for item in archive.versions()}
    found = []
    for item in items.values():
        story, origin = archive.story(item.story_id), items.get(item.copy_of or "", item)
        count = len(archive.items_of(item.story_id))
        if story and (story.id, story.item_count) != (item.story_id, count):
            found.append(f"{item.title!r} is one of {count} items of {story}")
        if origin.story_id != item.story_id or (origin.copy_of and origin is not item):
            found.append(f"{item.title!r} is not where {origin.title!r} is")
    return found


def test_an_edit_opens_a_story_that_the_next_item_joins(world: World):
    polled(world, entry(1, CHESS))
    edit, item = polled(world, entry(1, TRAIN), entry(2, f"{TRAIN} again", WIND), hours=1)

    assert edit.story_id == item.story_id
    assert flaws(world) == []


def test_two_copies_open_a_story(world: World):
    ask(world, a_watch("train AND feed:bay"))
    first = polled(world, entry(1, TRAIN))
    copies = polled(world, entry(1, TRAIN, feed="b"), entry(2, TRAIN, feed="b"), feed="bay")

    story = world.store.archive().story(copies[0].story_id)
    assert story
    assert story.item_count == len({item.id for item in first + copies}) == 3
    assert flaws(world) == []


def test_a_copy_before_the_edit_that_opens_the_story_comes_along(world: World):
    polled(world, entry(5, ELECTED, WIND))
    polled(world, entry(1, CHESS), feed="bay")
    copy, edit = polled(world, entry(2, CHESS), entry(1, ELECTED, LONG), feed="bay", hours=1)

    assert copy.copy_of == edit.id
    assert flaws(world) == []


def test_what_was_seen_before_in_no_story_opens_none(world: World):
    """A copy of it concerns nobody either."""
    polled(world, entry(1, CHESS))
    _, copy = polled(world, entry(1, CHESS), entry(2, CHESS, feed="b"), feed="bay")

    assert copy.copy_of
    assert world.store.archive().story(copy.story_id) is None


def test_the_story_of_a_copy_is_as_old_as_what_it_copies(world: World):
    ask(world, a_watch("train AND feed:bay"))
    (origin,) = polled(world, entry(1, TRAIN, published_at=NOW - HOUR))
    (copy,) = polled(world, entry(1, TRAIN, feed="b", published_at=NOW), feed="bay")

    story = world.store.archive().story(copy.story_id)
    assert story
    assert story.first_seen_at == origin.effective_at


def test_the_text_of_a_copy_that_opens_a_story_is_known_again(world: World):
    ask(world, a_watch("train AND (feed:bay OR feed:cove)"))
    (origin,) = polled(world, entry(1, TRAIN))
    polled(world, entry(1, TRAIN, feed="b"), feed="bay")
    wire = entry(1, "By train: who keeps the money", f"{LONG} So it was told.", feed="c")
    (again,) = polled(world, wire, feed="cove", hours=1)

    assert again.copy_of == origin.id
    assert flaws(world) == []


def test_what_dedupe_called_new_is_copied_as_what_it_turns_out_to_be(world: World):
    (origin,) = polled(world, entry(1, TRAIN))
    wire = "By train: who keeps the money of the club"
    items = polled(
        world, entry(2, wire, f"{LONG} So."), entry(3, wire, f"{LONG} So.", "b"), feed="bay"
    )

    assert [item.copy_of for item in items] == [origin.id, origin.id]
    assert flaws(world) == []


def test_stories_that_a_document_shows_to_be_one_are_one_for_the_items_before_as_well(world: World):
    polled(world, entry(1, ELECTED, published_at=NOW - HOUR), feed="bay")
    polled(world, entry(2, ELECTED, WIND * 2), feed="bay")
    put_off = "Regatta postponed for want of wind near the harbour, says train operator"
    both = "Chess club elects a treasurer after two rounds of voting on a train"
    items = polled(world, entry(3, put_off, WIND * 2), entry(4, both, "Short."), feed="cove")

    assert len({item.story_id for item in items}) == 1
    assert flaws(world) == []


# --- whatever comes ------------------------------------------------------------------------------

TITLES = (
    CHESS,
    "Chess club elects a treasurer after two rounds of voting on a train",
    ELECTED,
    "Regatta postponed for want of wind near the harbour",
    "Regatta postponed for want of wind near the harbour, says train operator",
    "Weather for Tuesday brings rain to harbour",
)
ASKED = ("train", "train AND feed:bay", "chess", "regatta AND NOT chess", "bicycle")
NEWS = st.tuples(
    st.integers(1, 3), st.sampled_from(TITLES), st.sampled_from(("", "Short.", LONG, WIND * 2))
)
POLL = st.tuples(
    st.sampled_from(("pennant", "bay")), st.booleans(), st.lists(NEWS, min_size=1, max_size=3)
)


@settings(max_examples=60, deadline=None)
@given(st.lists(POLL | st.sampled_from(ASKED), min_size=2, max_size=10))
def test_whatever_comes_stories_have_what_they_count_and_what_matched_is_in_one(
    steps: list[str | tuple[str, bool, list[tuple[int, str, str]]]],
):
    with (
        TemporaryDirectory() as folder,
        SqliteStore(Path(folder) / "m.sqlite", durable=False) as store,
    ):
        world = World(store, [])
        ask(world, a_watch("train"))
        for hours, step in enumerate(steps):
            if isinstance(step, str):
                ask(world, a_watch(step))
                continue
            feed, shared, news = step
            at = NOW + hours * HOUR
            entries = [
                entry(number, title, text, "x" if shared else feed, published_at=at)
                for number, title, text in news
            ]
            polled(world, *entries, feed=feed, hours=hours)
            assert flaws(world) == []
            assert untold(world) == []


def untold(world: World) -> list[Item]:
    """Items that a watch matched and that are in no story, or in one that is not told."""
    archive = world.store.archive()
    found = []
    for item in archive.versions():
        story = archive.story(item.story_id)
        if archive.judgements(item.id) and not (story and archive.thread(story.thread_id)):
            found.append(item)
    return found
