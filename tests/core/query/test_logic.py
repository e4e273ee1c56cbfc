"""What a query can come to, whatever the text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.query import compile_watches, parse, to_text
from monitor.core.query.ast import And, Field, Node, Not, Or, Word
from monitor.core.query.logic import (
    can_be_false,
    can_be_true,
    contradiction_in,
    languages_of,
    tautologies_in,
)
from monitor.model import Lexicon, TermGroup
from tests.builders import a_watch, an_item

LEXICON = Lexicon(
    groups={
        "kp": TermGroup(id="kp", terms={"any": ("{DPRK}",), "ko": ("*북한*",), "en": ("Korea",)}),
        "seoul": TermGroup(id="seoul", terms={"ko": ("서울",), "zh": ("首尔",)}),
        "all": TermGroup(id="all", terms={"any": ("@seoul",)}),
    }
)


@pytest.mark.parametrize(
    ("query", "contradiction"),
    [
        ("train NOT train", "train AND NOT train"),
        ("title:train NOT train", "title:train AND NOT train"),
        ("bus (train -train)", "train AND NOT train"),
        ("bus OR (train tram -train)", "train AND NOT train"),
        ("lang:ko train lang:ja", 'lang:"ko" AND lang:"ja"'),
        ("train feed:a feed:b", 'feed:"a" AND feed:"b"'),
        ("train tier:>wire tier:<wire", 'tier:>"wire" AND tier:<"wire"'),
        ("train tier:>official_primary", 'tier:>"official_primary"'),
        ("train NEAR/3 bus NOT bus", "train NEAR/3 bus AND NOT bus"),
        ("@kp -@kp", "@kp AND NOT @kp"),
        # Other words, but the same forms.
        ("train -trains", "train AND NOT trains"),
        ("поезд -поездов", "поезд AND NOT поездов"),
        ("груз -Грузия", "груз AND NOT Грузия"),
        ("train -(train OR bus)", "train AND NOT (train OR bus)"),
    ],
)
def test_part_that_can_never_be_true_is_found(query: str, contradiction: str) -> None:
    found = contradiction_in(parse(query))

    assert found is not None
    assert to_text(found) == contradiction


@pytest.mark.parametrize(
    "query",
    [
        "train",
        "train NOT title:train",  # in the summary alone
        "train -bus",
        "lang:(ko, ja) train lang:ja",
        "tier:>=wire tier:<official_primary train",
        "domain:example.org domain:news.example.org train",  # one is below the other
        "topic:rail topic:freight train",
        "train NOT (bus tram)",
        "train -=train",  # in the plural
        "=train -=trains",
        " ".join(f"(a{n}a OR NOT a{n}a) b{n}b" for n in range(15)),  # too hard to say
    ],
)
def test_query_that_may_be_true_has_no_contradiction(query: str) -> None:
    assert contradiction_in(parse(query)) is None


@pytest.mark.parametrize(
    ("query", "parts"),
    [
        ("train (bus OR NOT bus)", ["bus OR NOT bus"]),
        ("train tier:>=aggregator", ['tier:>="aggregator"']),
        ("train NOT (bus -bus)", ["NOT (bus AND NOT bus)"]),
        ("train OR bus", []),
        ("train NOT bus", []),
    ],
)
def test_part_that_is_always_true_is_found(query: str, parts: list[str]) -> None:
    assert [to_text(part) for part in tautologies_in(parse(query))] == parts


@pytest.mark.parametrize(
    ("query", "languages"),
    [
        ("train", {"en", "ko", "zh", "ja", "ru"}),
        ("열차", {"ko"}),
        ("поезд OR 열차", {"ru", "ko"}),
        ("鉄道", {"ja", "zh", "ko"}),
        ("ピョンヤン", {"ja"}),
        ("lang:ru train", {"ru"}),
        ("@kp", {"en", "ko", "zh", "ja", "ru"}),
        ("@seoul", {"ko", "zh"}),
        ("@all", {"ko", "zh"}),
        ("@seoul NOT 서울", {"ko", "zh"}),
        ("@seoul поезд", set()),
    ],
)
def test_languages_in_which_a_query_can_be_true(query: str, languages: set[str]) -> None:
    assert languages_of(parse(query), LEXICON, ("en", "ko", "zh", "ja", "ru")) == languages


WORDS = st.sampled_from(("train", "bus", "tram"))


def nodes() -> st.SearchStrategy[Node]:
    words = st.builds(Word, text=WORDS)
    leaves = words | st.builds(Field, name=st.sampled_from(("title", "summary")), child=words)

    def deeper(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
        several = st.lists(inner, min_size=2, max_size=3).map(tuple)
        return (
            st.builds(And, children=several)
            | st.builds(Or, children=several)
            | st.builds(Not, child=inner)
        )

    return st.recursive(leaves, deeper, max_leaves=6)


@settings(max_examples=200)
@given(node=nodes(), title=st.sets(WORDS), summary=st.sets(WORDS))
def test_what_is_said_of_a_query_holds_for_every_text(
    node: Node, title: set[str], summary: set[str]
) -> None:
    # A first term that is always there: a query alone may have nothing to be found.
    query = And(children=(Word(text="news"), node))
    percolator = compile_watches([a_watch(to_text(query), window="item")], Lexicon())

    item = an_item("news " + " ".join(sorted(title)), summary=" ".join(sorted(summary)))

    if percolator.match(item):
        assert can_be_true(node)
    else:
        assert can_be_false(node)
