"""The seed story in both stores, and on its way from one to the other."""

import os
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache, partial
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from monitor.adapters.postgres import Address, PostgresStore, columns, upgrade
from monitor.adapters.sqlite import SqliteStore
from monitor.bootstrap import line_of
from monitor.config import Config
from monitor.core.thread import Turn
from monitor.databases import AnyStore, Database, File, Served, copy
from monitor.demo.folder import Folder, record
from monitor.errors import AlreadyRunning, StoreError
from monitor.intake import judge_some
from monitor.model import (
    FeedState,
    Intake,
    ItemFilter,
    ParsedFeed,
    Provenance,
    RawEntry,
    Secret,
)
from monitor.pipeline import Absorbed, Line, absorb, hand_in, judge, tell_silence
from monitor.ports import Archive, Mark, Sought, Unit
from monitor.replay import Recorded, _from_lines
from tests.builders import NOW, a_feed
from tests.demo.tellings import INVENTED, SEED, config_of
from tests.lines import Plain

Content = Mapping[str, Sequence[tuple[Any, ...]]]


@cache
def seed() -> tuple[Config, tuple[Recorded, ...]]:
    config = config_of((*SEED.outlets.values(), *INVENTED))
    with TemporaryDirectory() as name:
        folder = Folder(root=Path(name))
        record(folder, SEED.items)
        lines = BytesIO(folder.recording.read_bytes())
        return config, tuple(_from_lines(lines, "seed", config.feeds))


def tell(store: AnyStore, told: Sequence[Recorded]) -> list[tuple[Any, ...]]:
    """The items through the line, as polls; returns what became of each."""
    config, _ = seed()
    line = replace(
        line_of(config, store.instance, {}), webhooks={"desk": Plain()}, default_webhooks=("desk",)
    )

    def work(unit: Unit, one: Recorded) -> tuple[Any, ...]:
        now = one.entry.published_at
        assert now
        silences = tell_silence(unit, line, lambda *_: True, now)
        document = ParsedFeed(version="seed", entries=(one.entry,), shared=one.shared)
        absorbed = judge(unit, line, one.feed, document, now, baseline=False)
        turns: list[Turn | None] = [each.turn for each in absorbed.told]
        return (absorbed.judged, absorbed.judgements, absorbed.alerts, turns, silences)

    return [store.write(lambda unit, one=one: work(unit, one)) for one in told]  # type: ignore[misc]


def absorbed(store: AnyStore, told: Sequence[Recorded]) -> list[tuple[Any, ...]]:
    """As one process polls and judges them."""
    line = a_line(store)

    def work(unit: Unit, one: Recorded) -> tuple[Any, ...]:
        document, state, now = polled(unit, one)
        made = absorb(unit, line, one.feed, document, state, lambda _: state, now, SOURCE)
        return (one.feed.id, made.judged, made.judgements, made.alerts)

    return [store.write(lambda unit, one=one: work(unit, one)) for one in told]  # type: ignore[misc]


def handed_in(
    store: AnyStore, told: Sequence[Recorded], batch: Callable[[], int]
) -> list[tuple[Any, ...]]:
    """As one process polls them and another one judges them, some at a time."""
    line, found = a_line(store), list[tuple[Any, ...]]()

    def done(intake: Intake, made: Absorbed) -> None:
        found.append((intake.feed_id, made.judged, made.judgements, made.alerts))

    left = list(told)
    while left:
        count = batch()
        some, left = left[:count], left[count:]
        for one in some:
            store.write(partial(_hand_in, line=line, one=one))
        while judge_some(store, line, done).judged:
            pass
    return found


def _hand_in(unit: Unit, line: Line, one: Recorded) -> None:
    document, state, now = polled(unit, one)
    hand_in(unit, line, one.feed, document, state, lambda _: state, now, SOURCE)


SOURCE = Provenance(
    fetched_at=NOW,
    asked="https://x.example.org/feed",
    url="https://x.example.org/feed",
    status=200,
    headers={"etag": '"1"'},
    body_sha256="0",
    body_bytes=1,
)


def polled(unit: Unit, one: Recorded) -> tuple[ParsedFeed, FeedState, datetime]:
    """A poll that brings one entry, as it was published."""
    now = one.entry.published_at
    assert now
    document = ParsedFeed(version="seed", entries=(one.entry,), shared=one.shared)
    known = unit.feed_state(one.feed.id)
    state = known or FeedState(feed_id=one.feed.id, due_at=now, baseline_at=now)
    return document, state, now


def a_line(store: AnyStore) -> Line:
    config, _ = seed()
    line = line_of(config, store.instance, {})
    feeds = {one.id: one for one in line.feeds.values()} | {one.id: one for one in STREAMS}
    return replace(line, feeds=feeds, webhooks={"desk": Plain()}, default_webhooks=("desk",))


STREAMS = tuple(a_feed(f"stream{n}", owner=f"owner{n % 7}") for n in range(20))


def stream(count: int, dice: random.Random) -> Iterator[Recorded]:
    """Items as agencies write them: news, copies of each other, edits, and what is known."""
    told = list[Recorded]()
    for number in range(count):
        feed, way = dice.choice(STREAMS), dice.random()
        entry = RawEntry(
            guid=f"tag:{feed.id}.example.org,2025:{number}",
            link=f"https://{feed.id}.example.org/{number}",
            title=_headline(dice),
            paragraphs=(" ".join(_headline(dice) for _ in range(3)),),
            published_at=NOW + timedelta(minutes=number),
        )
        if told and way < 0.4:
            other = dice.choice(told[-50:])
            kept = other.entry
            if way < 0.2:  # another one has it, too
                entry = replace(entry, title=kept.title, paragraphs=kept.paragraphs)
            else:  # it is edited, or shown again
                feed = other.feed
                title = kept.title + " again" * (way < 0.3)
                entry = replace(kept, title=title, published_at=entry.published_at)
        told.append(Recorded(feed=feed, entry=entry))
        yield told[-1]


def _headline(dice: random.Random) -> str:
    words = "train Pyongyang Beijing Dandong border opens service ministry says halts resumes talks"
    names = (f"{dice.choice('KMSTRL')}{dice.choice('aeiou')}n{dice.randrange(400)}",)
    return " ".join(dice.sample([*words.split(), *names], 7))


def content(store: AnyStore, address: Address) -> Content:
    """All rows of all tables, but for what a memory is called and who holds the database."""
    found = {}
    with store.archive().reading() as db:
        for table, names in columns(address).items():
            rows = db.rows(f"SELECT {', '.join(names)} FROM {table}")
            kept = [tuple(row[name] for name in names) for row in rows]
            passing = ("grouping", "holder", "program", "written_at")
            found[table] = sorted(
                (row for row in kept if table != "meta" or not {*passing} & {*row}), key=repr
            )
    return found


@pytest.fixture
def address(bare_postgres_url: str) -> Address:
    upgrade(Address(bare_postgres_url), instance="i")
    return Address(bare_postgres_url)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "monitor.sqlite"


def without_rowids(found: Content, address: Address) -> Content:
    """A number that was given for nothing (a row that was there already) may be left out."""
    return {
        table: sorted(
            (
                tuple(v for name, v in zip(names, row, strict=True) if name != "rowid")
                for row in found[table]
            ),
            key=repr,
        )
        for table, names in columns(address).items()
        if table != "items_fts"
    } | {"items_fts": found["items_fts"]}


def asked(archive: Archive) -> Mapping[str, Any]:
    """All questions, with what a story has to answer them."""
    item = archive.items()[5]
    alert = archive.alerts()[0]
    delivery = archive.deliveries()[0]
    thread, watch = alert.story_id, alert.watch_id
    early, late = item.seen_at - timedelta(days=90), item.seen_at + timedelta(days=90)
    ask: Mapping[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
        "alert": ((alert.id[:9],), {}),
        "alerts": ((), {"watch": watch, "since": early}),
        "alerts_of": ((thread,), {}),
        "alerts_after": ((3,), {"watch": None, "limit": 5}),
        "newest_items": ((), {"since": early, "before": Mark(item.effective_at, item.id)}),
        "place_of": ((Mark(alert.created_at, alert.id),), {}),
        "published_at": (([alert.id],), {}),
        "all_items": (
            (ItemFilter(watch=watch, language="ko", feed=item.feed_id, since=early),),
            {},
        ),
        "all_threads": ((), {"watch": watch, "language": "ko", "since": early, "until": late}),
        "attempts": ((delivery.id,), {}),
        "attempts_at": (("desk",), {}),
        "awaited_of": ((thread,), {}),
        "deliveries_of": (([alert.id],), {}),
        "judged_texts": ((item.id,), {}),
        "outbox": ((), {"webhook": "desk", "before": (late, "")}),
        "sent": (([thread],), {}),
        "days_seen": ((early,), {}),
        "deliveries": ((), {"webhook": "desk", "since": early, "until": late}),
        "deliveries_to": (("desk",), {"after": archive.deliveries()[2].id}),
        "delivery": ((delivery.id[:9],), {}),
        "dropped": ((item.id,), {}),
        "evidence": ((item.id,), {}),
        "feed_days": (([item.feed_id], early), {}),
        "feed_hours": ((item.feed_id, early), {}),
        "feed_items": ((item.feed_id,), {}),
        "followers": ((thread,), {}),
        "held": ((early,), {}),
        "hits": ((watch,), {}),
        "holds": ((delivery.id,), {}),
        "interventions": ((delivery.id,), {}),
        "item": ((item.url,), {}),
        "items": ((), {"since": item.seen_at}),
        "items_of": ((item.story_id,), {}),
        "judgements": ((item.id,), {}),
        "kept_matches": ((item.id,), {}),
        "lexicon_version": (("x",), {}),
        "match_counts": ((early,), {}),
        "muted_by": (("x",), {}),
        "past": ((watch, early, late), {}),
        "prunable": ((late, late), {}),
        "publishers": ((watch,), {}),
        "rated": ((watch,), {}),
        "recent_items": ((7,), {}),
        "revisions": ((item.id,), {}),
        "search": ((Sought(text="北京 列车", watch=watch, until=late),), {}),
        "seen_since": ((10,), {}),
        "sightings": ((item.id,), {}),
        "stories_of": ((thread,), {}),
        "story": ((thread[:12],), {}),
        "thread": ((thread,), {}),
        "threads": ((), {"watch": watch, "language": "ko", "before": (late, "")}),
        "versions": ((early,), {}),
        "intakes": ((0, 10), {}),
        "watch_days": ((watch, early), {}),
        "watch_version": (("x",), {}),
        "ways": ((early,), {}),
    }
    own = {"instance", "company", "memory_version", "recall"}  # of the memory: its tables
    names = {name for name in vars(Archive) if not name.startswith("_")} - own
    found = {}
    for name in names:
        args, more = ask.get(name, ((), {}))
        answer = getattr(archive, name)(*args, **more)
        found[name] = list(answer) if isinstance(answer, Iterator) else answer
    return found


def test_both_stores_hold_the_same_after_the_seed_story(file: Path, address: Address) -> None:
    _, items = seed()
    with (
        SqliteStore(file, durable=False, instance="i") as sqlite,
        PostgresStore(address) as postgres,
    ):
        assert tell(postgres, items) == tell(sqlite, items)

        ours, theirs = content(sqlite, address), content(postgres, address)
        answers = asked(sqlite.archive())
        assert asked(postgres.archive()) == answers

    assert len(ours["items"]) > 30
    assert len(ours["deliveries"]) > 5
    assert sum(map(bool, answers.values())) > 25
    assert without_rowids(theirs, address) == without_rowids(ours, address)


@pytest.mark.parametrize("batch", [7, 1000])
def test_seed_story_that_one_process_polls_and_another_judges_ends_the_same(
    file: Path, address: Address, batch: int
) -> None:
    _, items = seed()
    with (
        SqliteStore(file, durable=False, instance="i") as sqlite,
        PostgresStore(address) as postgres,
    ):
        assert handed_in(postgres, items, lambda: batch) == absorbed(sqlite, items)

        ours, theirs = content(sqlite, address), content(postgres, address)

    assert len(ours["items"]) > 30
    assert len(ours["deliveries"]) > 5
    assert without_rowids(theirs, address) == without_rowids(ours, address)


def test_any_stream_that_one_process_polls_and_another_judges_ends_the_same(
    file: Path, address: Address
) -> None:
    """NEWS_MONITOR_STREAM: how many items."""
    dice = random.Random(20)
    items = list(stream(int(os.environ.get("NEWS_MONITOR_STREAM", "150")), dice))
    with (
        SqliteStore(file, durable=False, instance="i") as sqlite,
        PostgresStore(address) as postgres,
    ):
        handed_in(postgres, items, lambda: dice.randint(1, 40))
        absorbed(sqlite, items)

        ours, theirs = content(sqlite, address), content(postgres, address)

    assert len(ours["items"]) > len(items) / 2
    assert without_rowids(theirs, address) == without_rowids(ours, address)


def opened(stack: ExitStack, database: Database) -> AnyStore:
    if isinstance(database, File):
        return stack.enter_context(SqliteStore(database.path, durable=False, instance="i"))
    return stack.enter_context(database.guest())


@pytest.fixture
def pair(file: Path, address: Address) -> tuple[Database, Database]:
    return File(file), Served(Secret(address.conninfo()))


@pytest.mark.parametrize("back", [False, True], ids=["into postgresql", "and back"])
def test_a_story_goes_on_after_a_move_as_if_there_had_been_none(
    pair: tuple[Database, Database], address: Address, tmp_path: Path, back: bool
) -> None:
    _, items = seed()
    half = len(items) // 2
    source, target = reversed(pair) if back else pair
    with ExitStack() as stack:
        first = opened(stack, source)
        tell(first, items[:half])
        before = content(first, address)
    counts = copy(source, target)
    with ExitStack() as stack:
        moved = opened(stack, target)
        stayed = stack.enter_context(SqliteStore(tmp_path / "stayed", instance="i", durable=False))
        assert content(moved, address) == before
        assert counts["items"] == len(before["items"])

        # What was edited would be another edit: only what a feed shows last is shown again.
        shown = {(one.feed.id, one.entry.guid): one for one in items[:half]}
        again = list(shown.values())
        tell(stayed, items[:half])
        assert tell(moved, again) == tell(stayed, again)
        assert content(moved, address)["alerts"] == before["alerts"]
        assert content(moved, address)["deliveries"] == before["deliveries"]

        assert tell(moved, items[half:]) == tell(stayed, items[half:])
        after, expected = content(moved, address), content(stayed, address)

    assert without_rowids(after, address) == without_rowids(expected, address)
    assert len(after["alerts"]) > len(before["alerts"])


def test_story_goes_on_with_a_cluster_after_a_move_and_what_waits_moves_back(
    pair: tuple[Database, Database], address: Address, tmp_path: Path
) -> None:
    _, items = seed()
    third = len(items) // 3
    file, served = pair
    with ExitStack() as stack:
        absorbed(opened(stack, file), items[:third])
    copy(file, served)
    with ExitStack() as stack:
        cluster = opened(stack, served)
        handed_in(cluster, items[third : 2 * third], lambda: 5)
        line = a_line(cluster)
        for one in items[2 * third :]:
            cluster.write(partial(_hand_in, line=line, one=one))
    back = File(tmp_path / "back.sqlite")

    assert copy(served, back)["inbox"] == len(items) - 2 * third

    with ExitStack() as stack:
        moved = opened(stack, back)
        stayed = stack.enter_context(SqliteStore(tmp_path / "stayed", instance="i", durable=False))
        while judge_some(moved, a_line(moved), lambda *_: None).judged:
            pass
        absorbed(stayed, items)
        after, expected = content(moved, address), content(stayed, address)
    assert without_rowids(after, address) == without_rowids(expected, address)


def test_copy_overwrites_nothing_and_is_whole_or_not_there(
    pair: tuple[Database, Database], address: Address
) -> None:
    file, served = pair
    state = FeedState(feed_id="a", due_at=NOW)
    with ExitStack() as stack:
        for one in pair:
            opened(stack, one).write(lambda unit: unit.save_feed_state(state))

    for source, target in ((file, served), (served, file)):
        with pytest.raises(StoreError, match="is not empty"):
            copy(source, target)
    with pytest.raises(StoreError, match="a file is copied into PostgreSQL or back"):
        copy(file, file)

    with file.archive() as ours, served.archive() as theirs:
        assert ours.instance == theirs.instance == "i"
        assert ours.feed_states() == theirs.feed_states() == {"a": state}


def test_nothing_is_copied_beside_a_service(pair: tuple[Database, Database]) -> None:
    file, served = pair
    with ExitStack() as stack:
        opened(stack, file)
    for held in pair:
        with held.owned(), pytest.raises(AlreadyRunning):
            copy(file, served)
        with held.owned(), pytest.raises(AlreadyRunning):
            copy(served, file)
