"""The story room against restarts, failures, other processes and feeds that mean ill."""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.adapters.sqlite import SqliteStore
from monitor.grouping import Grouper
from monitor.model import (
    Escalation,
    Feed,
    Grouping,
    ParsedFeed,
    RawEntry,
    Severity,
    Tier,
    Watch,
)
from monitor.pipeline import judge
from monitor.ports import Unit
from tests.builders import NOW, a_feed, a_watch
from tests.lines import World, an_entry

# What the story room keeps, but for what SQLite numbers by itself.
_KEPT = {
    "items": "id, story_id, copy_of, revision, title",
    "stories": "*",
    "threads": "*",
    "follows": "*",
    "awaits": "*",
    "alerts": "id, kind, severity, reason, story_id, seq, supersedes",
    "matches": "item_id, watch_id, revision, reason",
    "open_stories": "*",
    "words": "*",
    "word_counts": "*",
    "prints": "*",
}
WATCHES = (
    a_watch(
        "train OR поезд OR 列车 OR 열차 OR 列車",
        id="trains",
        grouping=Grouping.NORMAL,
        follow=timedelta(days=14),
        escalations=(
            Escalation(severity=Severity.HIGH, when="claim changed to [in_effect, denied]"),
            Escalation(severity=Severity.MEDIUM, when="independent_origins reaches 3"),
        ),
    ),
    a_watch("Pyongyang", id="city", grouping=Grouping.STRICT),
)
FEEDS = (
    a_feed("pennant", tier=Tier.WIRE),
    a_feed("harbour"),
    a_feed("ministry", tier=Tier.OFFICIAL_PRIMARY, authority_for=("CN",), language="zh-Hans"),
)


@cache
def _empty() -> bytes:
    """A new store, made once."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "m.sqlite"
        with SqliteStore(path, durable=False, instance="room"):
            pass
        with sqlite3.connect(path) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return path.read_bytes()


class Room:
    """A store, watches and feeds; restarts at will."""

    def __init__(self, path: Path, watches: Sequence[Watch] = WATCHES) -> None:
        self.path, self.watches = path, watches
        self._start()

    def _start(self) -> None:
        if not self.path.exists():
            self.path.write_bytes(_empty())
        self.store = SqliteStore(self.path, durable=False, instance="room")
        self.store.__enter__()
        self.world = World(self.store, self.watches)

    def restart(self) -> None:
        self.close()
        self._start()

    def close(self) -> None:
        self.store.__exit__(None, None, None)

    def kept(self) -> dict[str, list[Any]]:
        with sqlite3.connect(self.path) as db:
            return {
                table: sorted(db.execute(f"SELECT {names} FROM {table}"), key=repr)
                for table, names in _KEPT.items()
            }


WORDS = (
    "train", "Pyongyang", "Beijing", "resumes", "denied", "first", "leaves", "arrives", "harvest",
    "operator", "says", "12", "поезд", "Пекин", "列车", "平壤", "开行", "열차", "평양", "列車",
)  # fmt: skip
_title = st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join)
_odd_title = st.one_of(
    _title,
    st.text(max_size=40),
    st.sampled_from(("", "\ud800 train", "train " * 2000, "列车" * 5000, "train\x00\u202e\n")),
)
_date = st.one_of(
    st.none(),
    st.sampled_from((datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))),
    st.integers(-200, 5).map(lambda hours: NOW + timedelta(hours=hours)),
)
_paragraphs = st.one_of(
    st.just(()),
    st.lists(_title, max_size=4).map(tuple),
    st.just(("A paragraph of a train to Pyongyang.",) * 500),
)


@st.composite
def entries(draw: st.DrawFn, titles: st.SearchStrategy[str] = _title) -> RawEntry:
    number = draw(st.integers(1, 12))
    return an_entry(
        number,
        draw(titles),
        published_at=draw(_date),
        paragraphs=draw(_paragraphs),
        language=draw(st.sampled_from((None, "en", "ru", "zh-Hans", "ko", "ja", "xx", "tlh"))),
    )


polls = st.lists(
    st.tuples(st.sampled_from(FEEDS), st.lists(entries(), min_size=1, max_size=3), st.booleans()),
    min_size=1,
    max_size=7,
)
odd_polls = st.lists(
    st.tuples(
        st.sampled_from(FEEDS),
        st.lists(entries(_odd_title), min_size=1, max_size=3),
        st.booleans(),
    ),
    min_size=1,
    max_size=4,
)
Polls = list[tuple[Feed, list[RawEntry], bool]]


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path / "m.sqlite")
    yield made
    made.close()


def _told_of(given_polls: Polls, *, restarts: bool = False, lines: int = 1) -> dict[str, list[Any]]:
    with TemporaryDirectory() as folder:
        made = Room(Path(folder) / "m.sqlite")
        others = [replace(made.world.line, grouper=Grouper()) for _ in range(lines - 1)]
        turns = [made.world.line, *others]
        for number, (feed, found, restart) in enumerate(given_polls):
            if restarts and restart:
                made.restart()
                turns = [made.world.line]
            made.world.line = turns[number % len(turns)]
            made.world.poll(*found, feed=feed, now=NOW + timedelta(minutes=7 * number))
        kept = made.kept()
        made.close()
    return kept


@settings(max_examples=8)
@given(polls)
def test_a_restart_anywhere_changes_nothing(given_polls: Polls) -> None:
    assert _told_of(given_polls, restarts=True) == _told_of(given_polls)


@settings(max_examples=8)
@given(polls)
def test_two_lines_on_one_store_in_turns_are_as_one(given_polls: Polls) -> None:
    assert _told_of(given_polls, lines=2) == _told_of(given_polls)


@settings(max_examples=8)
@given(odd_polls)
def test_whatever_a_feed_says_is_taken_and_a_restart_changes_nothing(given_polls: Polls) -> None:
    assert _told_of(given_polls, restarts=True) == _told_of(given_polls)


class _BrokenError(Exception):
    """Work that fails after all of it was done."""


def _fail(made: Room, feed: Feed, found: Sequence[RawEntry], now: datetime) -> None:
    def work(unit: Unit) -> None:
        document = ParsedFeed(version="rss20", entries=tuple(found))
        judge(unit, made.world.line, feed, document, now, baseline=True)
        raise _BrokenError

    with pytest.raises(_BrokenError):
        made.store.write(work)


@settings(max_examples=8)
@given(polls)
def test_what_is_rolled_back_leaves_no_trace(given_polls: Polls) -> None:
    """Every other poll fails first with other items, then is absorbed as if it had not."""
    with TemporaryDirectory() as folder:
        made = Room(Path(folder) / "m.sqlite")
        for number, (feed, found, fails) in enumerate(given_polls):
            now = NOW + timedelta(minutes=7 * number)
            if fails:
                _fail(made, feed, [replace(one, title=f"{one.title} train") for one in found], now)
            made.world.poll(*found, feed=feed, now=now)
        kept = made.kept()
        made.close()

    assert kept == _told_of(given_polls)


@pytest.mark.parametrize("year", [1970, 2100])
def test_a_date_of_another_age_does_not_close_what_is_open(room: Room, year: int) -> None:
    before = room.world.poll(an_entry(1, "First train leaves Pyongyang for Beijing"))
    strange = an_entry(2, "Harvest", published_at=datetime(year, 1, 1, tzinfo=UTC), paragraphs=())
    room.world.poll(strange)
    after = room.world.poll(
        an_entry(3, "First train from Pyongyang leaves for Beijing, operator says"),
        feed=a_feed("harbour"),
        now=NOW + timedelta(hours=1),
    )

    assert after.judged[0].item.story_id == before.judged[0].item.story_id


def _seconds(made: Room, found: Sequence[RawEntry]) -> float:
    """Of the processor, whatever else the machine does; the store's own thread does the work."""
    before = process_time()
    made.world.poll(*found)
    return process_time() - before


def test_a_word_that_fills_a_title_above_many_paragraphs_is_soon_read(room: Room) -> None:
    """It was read once for every other place: a minute and a half."""
    text = ("A paragraph of a train to Pyongyang.",) * 500

    assert _seconds(room, [an_entry(1, "列车" * 5000, paragraphs=text)]) < 8


def test_a_document_of_the_same_all_over_costs_each_item_the_same(room: Room) -> None:
    same = [an_entry(n, "Train leaves Pyongyang for Beijing") for n in range(600)]
    first = _seconds(room, same[:200])
    rest = _seconds(room, same)

    assert rest < 10 * max(first, 0.5)
    assert len({row[1] for row in room.kept()["items"]}) < 10
