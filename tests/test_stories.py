"""Five invented days in five languages: how many stories they become, and what is told of them."""

import csv
from collections import Counter, defaultdict
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

from monitor import config
from monitor.core.cluster import Article, Placed
from monitor.core.clusters import Clusters
from monitor.core.query.percolator import Percolator
from monitor.core.telling import News, news_of
from monitor.plugins import WebhookOptions
from tests.builders import NOW, an_item

STREAM = Path(__file__).parent / "data" / "stories" / "stream.tsv"


class Row(NamedTuple):
    days: float
    language: str
    story: str
    title: str
    summary: str


@cache
def rows() -> tuple[Row, ...]:
    with STREAM.open(encoding="utf-8", newline="") as lines:
        return tuple(
            Row(
                20_000 + float(row["hours"]) / 24,
                row["language"],
                row["story"],
                row["title"],
                row["summary"] or "",
            )
            for row in csv.DictReader(lines, delimiter="\t")
        )


@cache
def outcome() -> tuple[tuple[Row, Placed, str], ...]:
    """Row, where it was placed, and the story it is in at the end."""
    shipped = config.load(config.default_folder(), WebhookOptions(), {})
    percolator = Percolator(shipped.watches.values(), shipped.lexicon, {})
    state, found = Clusters(), []
    for number, row in enumerate(rows()):
        item = an_item(row.title, summary=row.summary, language=row.language, effective_at=NOW)
        _, entries = percolator.sighted(item)
        found.append(
            state.place(
                Article(
                    story_id=f"s_{number}",
                    owner="bulletin" if row.story == "daily" else f"outlet {number % 7}",
                    language=row.language,
                    title=row.title,
                    summary=row.summary,
                    days=row.days,
                    concepts=frozenset(group for group, _ in entries),
                )
            )
        )
    into = {gone: placed.story_id for placed in found for gone in placed.absorbed}

    def final(story: str) -> str:
        while story in into:
            story = into[story]
        return story

    return tuple(
        (row, placed, final(placed.story_id)) for row, placed in zip(rows(), found, strict=True)
    )


def bcubed() -> tuple[float, float]:
    """Precision and recall (Bagga and Baldwin 1998), each language by itself."""
    found, wanted = defaultdict(set), defaultdict(set)
    for at, (row, _, story) in enumerate(outcome()):
        found[story].add(at)
        wanted[row.language, row.story].add(at)
    precision = recall = 0.0
    for row, _, story in outcome():
        ours, theirs = found[story], wanted[row.language, row.story]
        precision += len(ours & theirs) / len(ours)
        recall += len(ours & theirs) / len(theirs)
    return precision / len(outcome()), recall / len(outcome())


def test_stories_are_found():
    precision, recall = bcubed()

    assert precision >= 0.9
    assert recall >= 0.75


def test_a_journey_of_five_days_is_announced_once_or_twice():
    """Of 48 headlines in five languages; each would be a story by its title."""
    new = [
        row.title
        for row, placed, _ in outcome()
        if row.story == "journey" and news_of(placed) is News.STORY
    ]

    assert 1 <= len(new) <= 3, new


def test_bulletins_of_one_title_are_each_told():
    told = [news_of(placed) for row, placed, _ in outcome() if row.story == "daily"]

    assert told == [News.STORY] * 4


def test_every_story_is_told():
    told = {row.story for row, placed, _ in outcome() if news_of(placed) is not News.SAME}

    assert told == {row.story for row in rows()}


def test_links_between_languages_are_right():
    story_of = {f"s_{number}": row.story for number, row in enumerate(rows())}
    links = Counter(
        story_of[placed.story_id] == story_of[other]
        for _, placed, _ in outcome()
        if placed.opened
        for other in placed.also_in
    )

    assert links[True] >= 15
    assert links[True] >= 9 * links[False]


def test_stories_that_go_on_mostly_go_on_from_the_right_one():
    story_of = {f"s_{number}": row.story for number, row in enumerate(rows())}
    right = Counter(
        story_of[placed.related] == row.story for row, placed, _ in outcome() if placed.related
    )

    assert right[True] >= 4 * right[False]


def test_the_stream_is_five_days():
    assert timedelta(days=rows()[-1].days - rows()[0].days) > timedelta(days=4)
