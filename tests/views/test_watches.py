"""A watch as people read it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from monitor import bootstrap
from monitor.config import Config, default_folder
from monitor.model import Lexicon, TermGroup
from monitor.views.watches import Branch, Quiet, findings_of, lists_of, policy, tree_of
from tests.builders import NOW, a_watch


@pytest.fixture(scope="module")
def config() -> Config:
    return bootstrap.load(default_folder(), secrets_of=())


def told(branch: Branch, depth: int = 0) -> Iterator[str]:
    yield "  " * depth + (branch.words or branch.text)
    for one in branch.below:
        yield from told(one, depth + 1)


def test_a_query_is_read_as_a_tree() -> None:
    lexicon = Lexicon(
        groups={
            "kp": TermGroup(id="kp", terms={"en": ("North Korea", "@leader")}),
            "leader": TermGroup(id="leader", terms={"en": ("Kim",), "ko": ("김정은",)}),
        }
    )

    tree = tree_of("@kp (train^2 OR title:tram) NOT (a ONEAR/3 b) tier:>=wire", lexicon)

    assert list(told(tree)) == [
        "all of",
        "  @kp",
        "  any of",
        "    counts 2 times",
        "      train",
        "    in the title",
        "      tram",
        "  but not",
        "    in this order, at most 3 words between",
        "      a",
        "      b",
        '  tier:>="wire"',
    ]
    group = tree.below[0].group
    assert group
    assert (group.count, [one.id for one in group.inner]) == (2, ["leader"])


def test_lists_that_hold_each_other_end(config: Config) -> None:
    one = TermGroup(id="one", terms={"en": ("@two",)})
    two = TermGroup(id="two", terms={"en": ("@one", "x")})
    lexicon = Lexicon(groups={"one": one, "two": two})

    assert lists_of(a_watch("@one", masks=("m",)), lexicon) == {
        ("group", "one"),
        ("group", "two"),
        ("mask", "m"),
    }
    assert tree_of("@one", lexicon).group


def test_findings_are_those_of_check(config: Config) -> None:
    rail = config.watches["kp-border-rail"]
    found = findings_of(config, rail, Quiet(), NOW)
    assert [one.where for one in found] == [
        'watches/rail.toml: watch "kp-border-rail": silence: entry 1: expect'
    ]
    assert findings_of(config, config.watches["sanctions"], Quiet(), NOW) == []

    quiet = Quiet(last_matches={rail.id: NOW - timedelta(days=31)}, days_seen=30)
    assert "has matched nothing for 30 days" in findings_of(config, rail, quiet, NOW)[-1].what
    off = replace(rail, enabled=False)
    assert len(findings_of(config, off, quiet, NOW)) == 1


def test_the_policy_of_every_shipped_watch_is_told(config: Config) -> None:
    for watch in config.watches.values():
        told = dict(policy(watch, config))
        assert {"looks at", "alerts", "one event", "sent to"} <= set(told)
        assert all(told.values())
    assert "console (as all watches)" in dict(policy(config.watches["rail"], config))["sent to"]
