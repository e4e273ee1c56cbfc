"""What each rule of the watch language means, case by case, as semantics/*.toml states it."""

import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from monitor.core.query import compile_watches
from monitor.model import Found, Item, Lexicon, Match, TermGroup
from tests.builders import a_watch, an_item

TABLES: dict[str, dict[str, Any]] = {
    path.stem: tomllib.loads(path.read_text("utf-8"))
    for path in sorted((Path(__file__).parent / "semantics").glob("*.toml"))
}
LANGUAGES = {"en", "ko", "zh-Hans", "zh-Hant", "ja", "ru"}


@dataclass(frozen=True)
class Case:
    """A row of a table: what a query does with an item.

    Attributes:
        found: What is highlighted, in the characters of the original; None: not stated.
        masks: Entries of a mask list that the watch applies.
        groups: Lexicon groups of the file.
        url, author, categories: Fields of the item that few cases need.
    """

    query: str
    lang: str
    title: str
    finds: bool
    why: str
    summary: str = ""
    found: list[str] | None = None
    masks: tuple[str, ...] = ()
    score: float | None = None
    url: str = ""
    author: str = ""
    categories: tuple[str, ...] = ()
    groups: tuple[TermGroup, ...] = ()

    def item(self) -> Item:
        return an_item(
            self.title,
            language=self.lang,
            summary=self.summary,
            url=self.url,
            author=self.author,
            categories=tuple(self.categories),
        )

    def match(self) -> Match | None:
        masks = {"traps": TermGroup(id="traps", terms={"any": tuple(self.masks)})}
        lexicon = Lexicon(groups={group.id: group for group in self.groups}, masks=masks)
        watch = a_watch(self.query, masks=("traps",) if self.masks else ())
        return next(iter(compile_watches([watch], lexicon).match(self.item())), None)


def groups_of(table: dict[str, Any]) -> tuple[TermGroup, ...]:
    return tuple(
        TermGroup(id=name, terms={key: tuple(entries) for key, entries in lists.items()})
        for name, lists in table.get("groups", {}).items()
    )


CASES = [
    pytest.param(Case(**row, groups=groups_of(table)), id=f"{name}-{number}-{row['why']}")
    for name, table in TABLES.items()
    for number, row in enumerate(table["case"], start=1)
]


def highlighted(item: Item, found: tuple[Found, ...]) -> list[str]:
    """The pieces of title and summary, in the order of the text."""
    texts = {"title": item.title, "summary": item.summary}
    places = sorted((list(texts).index(one.field), one.start, one.end) for one in found)
    return [list(texts.values())[field][start:end] for field, start, end in places]


@pytest.mark.parametrize("case", CASES)
def test_query_means_what_the_table_says(case: Case) -> None:
    match = case.match()

    assert (match is not None) is case.finds
    if match is not None and case.found is not None:
        assert highlighted(case.item(), match.found) == case.found
    if match is not None and case.score is not None:
        assert match.score == case.score


def test_tables_are_large_and_balanced() -> None:
    rows = [(name, row) for name, table in TABLES.items() for row in table["case"]]
    languages = Counter(row["lang"] for _, row in rows)
    answers = {name: {row["finds"] for at, row in rows if at == name} for name in TABLES}

    assert len(rows) >= 350
    assert languages.keys() >= LANGUAGES
    assert [name for name, given in answers.items() if given != {True, False}] == []
    assert [name for name, table in TABLES.items() if not table.get("about")] == []
