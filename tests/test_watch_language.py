"""Every example of docs/watch-language.md is true."""

import re
import tomllib
from pathlib import Path

import pytest

from monitor.core import conditions
from monitor.core.query import compile_watches, parse, problems, to_text
from monitor.core.text import language_of
from monitor.model import Lexicon, TermGroup
from tests.builders import a_watch, an_item
from tests.vocabulary import KEYS, shipped_lexicon

TEXT = (Path(__file__).parent.parent / "docs" / "watch-language.md").read_text("utf-8")
ROWS = re.findall(r"^\| `(.+?)` \| (.+?) \| (.+?) \|$", TEXT, re.MULTILINE)
TABLES = [tomllib.loads(block) for block in re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)]
# Last column of the table of other languages; first column of the cheat sheet.
ELSEWHERE = re.findall(r"^\| (?:[^|\n]+ \| ){5}`(.+?)` \|$", TEXT, re.MULTILINE)
CHEATS = [
    query
    for line in re.findall(r"```cheat\n(.*?)```", TEXT, re.DOTALL)[0].splitlines()
    if line and not line.startswith("#")
    for query in re.split(r"\s{3,}", line[:27].strip())
    for query in ([query] if "  " not in query else query.split("  "))
]
QUERIES = [
    *re.findall(r"```query\n(.*?)```", TEXT, re.DOTALL),
    *ELSEWHERE,
    *(query.replace("\\|", "|") for query, _, _ in ROWS),
]


@pytest.mark.parametrize("query", QUERIES)
def test_query_can_be_read(query: str) -> None:
    assert parse(to_text(parse(query))) == parse(query)


def test_no_query_has_a_problem() -> None:
    """All at once: the lexicon is looked through each time."""
    queries = {f"watch-{number}": query for number, query in enumerate(QUERIES)}
    watches = [a_watch(query, id=name) for name, query in queries.items()]

    found = problems(watches, shipped_lexicon())

    assert [(queries.get(one.id), one) for one in found] == []


@pytest.mark.parametrize(("query", "finds", "misses"), ROWS)
def test_query_finds_what_the_table_says(query: str, finds: str, misses: str) -> None:
    percolator = compile_watches([a_watch(query.replace("\\|", "|"))], shipped_lexicon())

    def fires(title: str) -> bool:
        return bool(percolator.match(an_item(title, language=language_of(title))))

    assert [title for title in finds.split(" · ") if not fires(title)] == []
    assert [title for title in misses.split(" · ") if fires(title)] == []


@pytest.mark.parametrize("query", CHEATS)
def test_line_of_the_cheat_sheet_can_be_read(query: str) -> None:
    """Alone a filter or a star at the edge would be refused by lint, but it can be read."""
    assert parse(to_text(parse(query))) == parse(query)


def test_tables_of_the_page_are_not_empty() -> None:
    assert len(ROWS) > 45
    assert len(ELSEWHERE) == 16
    assert len(CHEATS) > 25
    assert len(TABLES) == 2


def test_example_watch_uses_every_key_of_a_watch() -> None:
    (watch,) = TABLES[0]["watch"]

    assert watch.keys() == KEYS
    parse(watch["query"])
    assert all(parse(rule["query"]) for rule in watch["escalate"] if "query" in rule)
    assert all(conditions.parse(rule["when"]) for rule in watch["escalate"] if "when" in rule)
    assert all(
        conditions.parse(rule[key]) for rule in watch["silence"] for key in ("arm", "expect")
    )


def test_example_lexicon_has_no_problem() -> None:
    def groups(kind: str) -> dict[str, TermGroup]:
        return {
            name: TermGroup(
                id=name,
                terms={key: tuple(value) for key, value in table.items() if key != "note"},
            )
            for name, table in TABLES[1][kind].items()
        }

    lexicon = Lexicon(groups=groups("groups"), masks=groups("masks"))

    assert problems([a_watch("@places", masks=("false-capital",))], lexicon) == []
