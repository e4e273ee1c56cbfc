"""A search finds what a person would who reads everything, whichever way it is looked for."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.adapters.sql import finding
from monitor.adapters.sqlite import SqliteStore
from monitor.adapters.sqlite.connection import Statements, connect
from monitor.core.sought import places, sought, spaced
from monitor.model import Item, Judged, Judgement, Match, Reason, Status, Tier
from monitor.ports import Mark, Sought
from tests.builders import an_item

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WORDS = ("train", "ferry", "列车", "열차", "поезд", "電車")
FEEDS = ("a", "a-b", "b")
LANGUAGES = ("en", "zh-Hans", "ko", "")
TIERS = (Tier.WIRE, Tier.PRESS)
SPANS = (timedelta(minutes=1), timedelta(days=1), timedelta(days=40), timedelta(days=900))


def some_items() -> list[Item]:
    dice = random.Random(7)
    made = []
    for n in range(240):
        at = NOW - dice.choice(SPANS) * dice.random()
        if n % 40 == 0:
            at = datetime(1961, 5, 1, tzinfo=UTC) + timedelta(days=n)
        item = an_item(
            " ".join(dice.sample(WORDS, dice.randint(0, 3))) + f" {n}",
            id=f"i_{n:03}",
            keys=(f"k{n}",),
            summary=" ".join(dice.sample(WORDS, dice.randint(0, 2))),
            content_hash=f"h{n}",
            feed_id=dice.choice(FEEDS),
            tier=dice.choice(TIERS),
            language=dice.choice(LANGUAGES),
            effective_at=at.replace(microsecond=0),
            seen_at=NOW,
        )
        made.append(item)
    return made


ITEMS = some_items()
MATCHED = {item.id for n, item in enumerate(ITEMS) if n % 3 == 0}


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Statements]:
    path: Path = tmp_path_factory.mktemp("finding") / "monitor.sqlite"
    with SqliteStore(path, durable=False) as store:
        judgements = [
            Judgement(match=Match(watch_id="w", item_id=one, score=1), reason=Reason.COPY)
            for one in sorted(MATCHED)
        ]
        store.write(
            lambda unit: unit.save_items([Judged(item=item, status=Status.NEW) for item in ITEMS])
        )
        store.write(lambda unit: unit.save_judgements(judgements))
        conn = connect(path, mode="ro")
        yield Statements(conn)
        conn.close()


def _has(item: Item, word: str) -> bool:
    return any(f" {word} " in f" {spaced(text)} " for text in (item.title, item.summary))


def by_reading(asked: Sought) -> list[str]:
    """What is found by looking at every item."""
    language = asked.language.partition("-")[0]
    numbered = [
        (item.effective_at, n, item.id)
        for n, item in enumerate(ITEMS)
        if all(_has(item, word) for word in sought(asked.text))
        and (not asked.watch or item.id in MATCHED)
        and asked.feed in ("", item.feed_id)
        and asked.tier in (None, item.tier)
        and language in ("", item.language.partition("-")[0])
        and (asked.since is None or item.effective_at >= asked.since)
        and (asked.until is None or item.effective_at < asked.until)
    ]
    return [item_id for _, _, item_id in sorted(numbered, reverse=True)]


MOMENTS = st.none() | st.sampled_from([item.effective_at for item in ITEMS])
ASKED = st.builds(
    Sought,
    text=st.lists(st.sampled_from(WORDS), max_size=2).map(" ".join),
    watch=st.sampled_from(("", "", "w")),
    feed=st.sampled_from(("", *FEEDS)),
    tier=st.sampled_from((None, *TIERS)),
    language=st.sampled_from(("", "en", "zh", "zh-Hant", "ko")),
    since=MOMENTS,
    until=MOMENTS,
)


@given(
    asked=ASKED,
    many=st.sampled_from((1, 5, 60, 1000)),
    at_once=st.sampled_from((1, 7, 500)),
)
def test_page_by_page_all_is_found_once_the_newest_first(
    db: Statements, asked: Sought, many: int, at_once: int
) -> None:
    if at_once == 1:
        asked = replace(asked, since=max(asked.since or NOW, NOW - timedelta(days=1)))
    seen: list[str] = []
    mark = None
    while page := finding.search(db, asked, mark, at_once, many=many):
        seen += [item.id for item in page]
        mark = Mark(page[-1].effective_at, page[-1].id)

    assert seen == by_reading(asked)


def test_an_item_that_is_gone_still_names_its_place(db: Statements) -> None:
    """Nothing is left out; what has the very same moment may come again."""
    newest = by_reading(Sought())
    at = next(item for item in ITEMS if item.id == newest[4]).effective_at

    found = finding.search(db, Sought(), Mark(at, "i_gone"), 500)

    assert [item.id for item in found][-len(newest[5:]) :] == newest[5:]


def test_an_edit_moves_an_item_to_its_new_facets(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "monitor.sqlite", durable=False) as store:
        item = replace(ITEMS[1], tier=Tier.PRESS, language="en")
        edited = replace(item, title="a ferry", tier=Tier.WIRE, language="ko", revision=1)
        store.write(
            lambda unit: unit.save_items(
                [
                    Judged(item=item, status=Status.NEW),
                    Judged(item=edited, status=Status.REVISION, previous=item),
                ]
            )
        )
        archive = store.archive()

        assert not archive.search(Sought(tier=Tier.PRESS))
        assert [one.id for one in archive.search(Sought(tier=Tier.WIRE, language="ko"))] == [
            item.id
        ]


def test_facets_are_no_words_and_words_no_facets(db: Statements) -> None:
    for text in ("y2026", "d20260301", "f61"):
        assert finding.search(db, Sought(text=text), None, 10) == ()


@given(
    text=st.text("trainferry 列车開通열차운행поезд.-「」", max_size=40),
    words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=3),
)
def test_what_is_marked_is_what_was_sought(text: str, words: list[str]) -> None:
    around = f"{text} {words[0]}、{words[-1]} {text}"
    looked_for = sought(" ".join(words))

    found = places(around, looked_for)

    assert found
    assert {spaced(around[start:end]) for start, end in found} <= set(looked_for)
    assert all(one[1] <= two[0] for one, two in pairwise(found))
