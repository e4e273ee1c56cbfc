"""What is different between two configurations."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import config
from monitor.config.changes import AT_THE_START, Changes, changes
from monitor.config.shapes import SETTINGS
from tests.config.conftest import FOLDER, KINDS, Writes

FEED = FOLDER["feeds/pennant.toml"]


def compared(folder_with: Writes, files: Mapping[str, str]) -> Changes:
    """Of the valid folder, when these files are put into it."""
    old = config.load(folder_with(), KINDS, {})
    new = config.load(folder_with(files), KINDS, {"URL": "https://example.org/hook"})
    return changes(old, new, old.settings)


def test_the_same_folder_is_no_change(folder_with: Writes) -> None:
    found = compared(folder_with, {"routes.toml": "# nothing\n"})

    assert found == Changes()
    assert (found.count, found.told()) == (0, {})


def test_feeds_watches_and_webhooks_are_named(folder_with: Writes) -> None:
    found = compared(
        folder_with,
        {
            "feeds/pennant.toml": FEED.replace('language = "en"', 'language = "de"'),
            "feeds/other.toml": FEED.replace("pennant", "zeta") + FEED.replace("pennant", "eta"),
            "watches/rail.toml": '[[watch]]\nid = "ports"\nquery = "@kp"\n',
            "webhooks.toml": '[webhooks.console]\nkind = "console"\nenabled = false\n'
            '[webhooks.desk]\nkind = "post"\nurl = "env:URL"\n',
            "monitor.toml": '[alerts]\nwebhooks = ["desk"]\nhealth_webhooks = ["desk"]\n',
        },
    )

    assert found.told() == {
        "feeds_added": ["eta", "zeta"],
        "feeds_changed": ["pennant"],
        "watches_added": ["ports"],
        "watches_removed": ["rail"],
        "webhooks_added": ["desk"],
        "webhooks_changed": ["console"],
        "settings_changed": ["alerts.health_webhooks", "alerts.webhooks"],
    }
    assert found.count == 9


def test_lexicon_and_routes_are_named(folder_with: Writes) -> None:
    found = compared(
        folder_with,
        {
            "lexicon/places.toml": FOLDER["lexicon/places.toml"].replace("Cold", "Hot")
            + '\n[groups.cn]\nen = ["China"]\n',
            "routes.toml": '[[route]]\nid = "all"\nwebhooks = ["console"]\n',
        },
    )

    assert found.lexicon_changed == ("groups.cn", "masks.names")
    assert found.routes_changed == ("all",)


def test_another_order_of_routes_is_a_change(folder_with: Writes) -> None:
    one, two = (f'[[route]]\nid = "{name}"\nmatchers = ["watch=rail"]\n' for name in ("a", "b"))
    old = config.load(folder_with({"routes.toml": one + two}), KINDS, {})
    new = config.load(folder_with({"routes.toml": two + one}), KINDS, {})

    assert changes(old, new, old.settings).routes_changed == ("a", "b")


def test_a_changed_secret_is_a_change_of_what_uses_it_and_never_shown(folder_with: Writes) -> None:
    files = {"webhooks.toml": '[webhooks.console]\nkind = "post"\nurl = "env:URL"\n'}
    old, new = (
        config.load(folder_with(files), KINDS, {"URL": f"https://example.org/{name}"})
        for name in ("c4nary1", "c4nary2")
    )

    found = changes(old, new, old.settings)

    assert found.told() == {"webhooks_changed": ["console"]}
    assert "c4nary" not in repr(found)


def test_what_needs_a_restart_is_told_until_there_was_one(folder_with: Writes) -> None:
    """Also by a reload that changes something else."""
    started = config.load(folder_with(), KINDS, {})
    text = "[service]\nparse_workers = 7\n"
    first = config.load(folder_with({"monitor.toml": text}), KINDS, {})
    second = config.load(folder_with({"monitor.toml": text + "fetch_workers = 3\n"}), KINDS, {})

    assert changes(started, first, started.settings).told() == {
        "settings_changed": ["service.parse_workers"],
        "needs_restart": ["service.parse_workers"],
    }
    assert changes(first, second, started.settings).told() == {
        "settings_changed": ["service.fetch_workers"],
        "needs_restart": ["service.parse_workers"],
    }
    assert changes(second, started, started.settings).needs_restart == ()


def test_settings_of_the_start_are_settings() -> None:
    assert {f"{s}.{key}" for s, keys in SETTINGS.items() for key in keys} >= AT_THE_START


def test_of_many_names_the_first_are_told_and_how_many_more() -> None:
    names = tuple(f"feed-{number:03}" for number in range(119))

    told = Changes(feeds_added=names).told()

    assert told["feeds_added"] == [*names[:20], "and 99 more"]
    assert Changes(feeds_added=names).count == 119


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> config.Config:
    folder: Path = tmp_path_factory.mktemp("c") / "config"
    for name, text in FOLDER.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return config.load(folder, KINDS, {})


_NAMES = st.sets(st.sampled_from(["a", "b", "c", "d"]))


@given(before=_NAMES, after=_NAMES)
def test_back_is_the_reverse(loaded: config.Config, before: set[str], after: set[str]) -> None:
    feed = loaded.feeds["pennant"]
    old, new = (
        replace(loaded, feeds={name: replace(feed, id=name) for name in names})
        for names in (before, after)
    )

    there, back = changes(old, new, old.settings), changes(new, old, old.settings)

    assert set(there.feeds_added) == after - before
    assert there.feeds_added == back.feeds_removed
    assert there.feeds_removed == back.feeds_added
    assert there.count == len(after ^ before)


@pytest.mark.parametrize(
    ("before", "after", "needs"), [("", "T1", True), ("T1", "", True), ("T1", "T2", False)]
)
def test_token_counts_at_once_unless_it_opens_or_closes_the_page(
    folder_with: Writes, before: str, after: str, needs: bool
) -> None:
    env = {"T1": "one-long-enough-token", "T2": "two-long-enough-token"}
    old, new = (
        config.load(
            folder_with({"monitor.toml": f'[web]\ntoken = "{f"env:{name}" if name else ""}"\n'}),
            KINDS,
            env,
        )
        for name in (before, after)
    )

    found = changes(old, new, old.settings)

    assert found.settings_changed == ("web.token",)
    assert found.needs_restart == (("web.token",) if needs else ())
