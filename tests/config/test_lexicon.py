"""A list of terms may be made from another one, or change it, without a copy of it."""

from pathlib import Path

import pytest

from monitor import config
from monitor.core.query import compile_watches
from monitor.model import Feed, Lexicon, Watch
from tests.builders import an_item
from tests.config.conftest import KINDS, Writes

RAIL = """
    [groups.rail]
    note = "Railways."
    en = ["train", "=sleeper", "railway*"]
    ko = ["*열차*"]
"""
FOLDER = {"lexicon/rail.toml": RAIL, "watches/rail.toml": None, "feeds/pennant.toml": None}


def lexicon_of(folder: Path) -> Lexicon:
    return config.load(folder, KINDS, {}).lexicon


def told(folder: Path) -> list[str]:
    return [str(problem) for problem in config.check(folder, KINDS, {}) if problem.fatal]


def test_change_of_a_list_adds_and_removes_where_the_list_itself_stands_elsewhere(
    folder_with: Writes,
) -> None:
    mine = """
        [groups.rail]
        extends = "rail"
        add.en = ["monorail"]
        add.ja = ["列車"]
        remove.en = ["=sleeper"]
    """

    rail = lexicon_of(folder_with({**FOLDER, "lexicon/mine.toml": mine})).groups["rail"]

    assert rail.terms == {
        "en": ("train", "railway*", "monorail"),
        "ko": ("*열차*",),
        "ja": ("列車",),
    }
    assert rail.note == "Railways."


def test_changes_in_several_files_come_in_the_order_of_the_files(folder_with: Writes) -> None:
    first = '[groups.rail]\nextends = "rail"\nadd.en = ["tram"]\n'
    second = '[groups.rail]\nextends = "rail"\nadd.en = ["metro"]\nremove.en = ["tram"]\n'

    folder = folder_with({**FOLDER, "lexicon/a.toml": first, "lexicon/b.toml": second})

    assert lexicon_of(folder).groups["rail"].terms["en"] == (
        *("train", "=sleeper", "railway*"),
        "metro",
    )


def test_list_made_from_another_leaves_that_one_as_it_is(folder_with: Writes) -> None:
    mine = """
        [groups.urban]
        extends = "rail"
        note = "In towns."
        add = { en = ["metro"] }
        remove = { en = ["railway*"], ko = ["*열차*"] }
    """

    groups = lexicon_of(folder_with({**FOLDER, "lexicon/mine.toml": mine})).groups

    assert groups["urban"].terms == {"en": ("train", "=sleeper", "metro"), "ko": ()}
    assert groups["urban"].note == "In towns."
    assert groups["rail"].terms["en"] == ("train", "=sleeper", "railway*")


def test_list_made_from_a_changed_one_has_the_change(folder_with: Writes) -> None:
    mine = """
        [groups.urban]
        extends = "rail"
        [groups.rail]
        extends = "rail"
        add.en = ["tram"]
    """

    groups = lexicon_of(folder_with({**FOLDER, "lexicon/mine.toml": mine})).groups

    assert "tram" in groups["urban"].terms["en"]


def test_masks_can_be_extended_too(folder_with: Writes) -> None:
    mine = '[masks.names]\nextends = "names"\nadd.en = ["Pyongyang Street"]\n'

    masks = lexicon_of(folder_with({**FOLDER, "lexicon/mine.toml": mine})).masks

    assert masks["names"].terms["en"] == ("Pyongyang Cold Noodles", "Pyongyang Street")


def test_feed_that_implies_a_list_implies_what_is_made_from_it(folder_with: Writes) -> None:
    mine = '[groups.north]\nextends = "kp"\nadd.en = ["Chosun"]\n'
    lexicon = lexicon_of(folder_with({"lexicon/mine.toml": mine}))
    feed = Feed(id="agency", url="", name="", owner="", implied_groups=frozenset({"kp"}))
    percolator = compile_watches([Watch(id="w", query="@north harvest")], lexicon, {"agency": feed})

    matches = percolator.match(an_item(title="Harvest begins", feed_id="agency"))

    assert [match.watch_id for match in matches] == ["w"]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (
            '[groups.urban]\nextends = "rial"',
            "group \"urban\": extends: no group named 'rial'; did you mean 'rail'?",
        ),
        (
            '[groups.rial]\nextends = "rial"',
            (
                "group \"rial\": extends: there is no group named 'rial' to be changed; "
                "did you mean 'rail'? Without extends it is a list of its own"
            ),
        ),
        (
            '[groups.a]\nextends = "b"\n[groups.b]\nextends = "a"',
            "group \"b\": extends: 'a' is made from this list itself; name another one",
        ),
        (
            '[groups.rail]\nextends = "rail"\nremove.en = ["trian"]',
            "remove: en: entry 1: 'rail' has no entry 'trian'; did you mean 'train'?",
        ),
        (
            '[groups.rail]\nextends = "rail"\nremove.en = ["*열차*"]',
            "remove: en: entry 1: 'rail' has no entry '*열차*'; it stands in its 'ko'",
        ),
        (
            '[groups.urban]\nextends = "rail"\nen = ["metro"]',
            "en: stands beside extends; write it under add or remove, as in add.en = [...]",
        ),
        (
            '[groups.urban]\nadd.en = ["metro"]',
            'add: goes with extends; name the list to change, as in extends = "urban"',
        ),
        (
            '[groups.rail]\nextends = "rail"\nadd.en = "metro"',
            "add: en: must be a list of texts, not a text; as in en = ",
        ),
        (
            '[groups.rail]\nextends = "rail"\nadd = ["metro"]',
            "add: must be a table, not a list; as in add.en = ",
        ),
        (
            '[groups.rail]\nextends = "rail"\nadd.english = ["metro"]',
            "add: english: 'english' is not a language; did you mean 'en'?",
        ),
        (
            '[groups.rail]\nextends = "rail"\nadd.en = ["metro", "@nowhere"]',
            "group \"rail\": add: en: entry 2: no group named 'nowhere'",
        ),
        ("[groups.urban]\nextends = 3", "extends: must be a text in quotes, not a number"),
    ],
)
def test_mistake_is_named_where_it_stands(folder_with: Writes, table: str, message: str) -> None:
    problems = told(folder_with({**FOLDER, "lexicon/mine.toml": table}))

    assert len(problems) == 1, problems
    assert problems[0].startswith("lexicon/mine.toml: ")
    assert message in problems[0]


def test_list_in_a_file_that_cannot_be_read_is_not_missed(folder_with: Writes) -> None:
    mine = '[groups.tram]\nextends = "elsewhere"\nremove.en = ["x"]\n'

    problems = told(folder_with({**FOLDER, "lexicon/mine.toml": mine, "lexicon/bad.toml": "="}))

    assert len(problems) == 1
    assert problems[0].startswith("lexicon/bad.toml: line 1")
