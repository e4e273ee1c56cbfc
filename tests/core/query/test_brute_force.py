"""The law of the percolator: it finds what reading each watch by itself finds.

The reading here shares no code with the package: regular expressions over the lower-case text.
"""

import random
import re
from collections.abc import Callable
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.query import compile_watches, parse, to_text
from monitor.core.query.ast import And, Field, Group, Near, Node, Not, Or, Phrase, Word
from monitor.model import Item, Lexicon, TermGroup, Watch
from tests.builders import an_item

LEXICON = Lexicon(
    groups={
        "kp": TermGroup(
            id="kp",
            terms={
                "en": ("North Korea*", "Pyongyang"),
                "ko": ("*북한*", "*북중*"),
                "zh": ("朝鲜",),
                "ru": ("КНДР",),
            },
        ),
        "cn": TermGroup(
            id="cn", terms={"en": ("China", "Beijing"), "ko": ("*북중*",), "ru": ("=Китай",)}
        ),
        "both": TermGroup(id="both", terms={"any": ("@kp", "@cn")}),
    }
)
TEXT_WORDS = {
    "en": ("train", "trains", "bus", "Dandong", "Beijing", "Pyongyang", "north", "korea", "of"),
    "ko": ("열차", "열차가", "국제열차에", "평양의", "평양발", "북중", "북한은", "열차단", "버스"),
    "zh": ("列车", "列車", "朝鲜", "朝鮮", "平壤", "北京", "恢复"),
    "ru": ("поезд", "поезда", "поездка", "КНДР", "кндр", "Китай", "Китая", "Пекин"),
}
LEAVES = (
    Word(text="train"),
    Word(text="bus"),
    Word(text="Dandong"),
    Word(text="trains", exact=True),
    Word(text="no", open_right=True),
    Phrase(text="north korea"),
    Group(name="kp"),
    Group(name="cn"),
    Group(name="both", count=2),
    Word(text="열차"),
    Word(text="평양"),
    Word(text="列车"),
    Phrase(text="朝鲜列车"),
    Word(text="поезд"),
    Word(text="Китай"),
    Word(text="КНДР"),
)
NEARABLE = tuple(leaf for leaf in LEAVES if isinstance(leaf, Word) and leaf.text.isascii())

# Pieces: what one token of a Latin or Cyrillic text, and what a stretch of a Korean or Chinese one
# has to be. None of the words above occurs in a language where another reading would be right.
_PATTERNS = {
    "train": r"\btrains?\b",
    "bus": r"\bbus(?:es)?\b",
    "Dandong": r"\bdandongs?\b",
    "=trains": r"\btrains\b",
    "no*": r"\bno\w*\b",
    '"north korea"': r"\bnorth korea\b",
    "열차": r"열차[가에]?(?!\w)",
    "평양": r"평양의?(?!\w)",
    "列车": "列[车車]",
    '"朝鲜列车"': "朝[鲜鮮]列[车車]",
    "поезд": r"\bпоезда?\b",
    "Китай": r"\bкита[йя]\b",
    "КНДР": r"(?-i:\bКНДР\b)",
}
_OF_GROUPS = {
    ("kp", "en"): r"\b(?:north korea\w*|pyongyangs?)\b",
    ("kp", "ko"): "북한|북중",
    ("kp", "zh"): "朝[鲜鮮]",
    ("kp", "ru"): r"(?-i:\bКНДР\b)",
    ("cn", "en"): r"\b(?:chinas?|beijings?)\b",
    ("cn", "ko"): "북중",
    ("cn", "ru"): r"\bкитай\b",
}

Places = list[tuple[int, int]]


def naive_places(leaf: Node, text: str, language: str) -> Places:
    """Token numbers, first and last."""
    if isinstance(leaf, Group):
        pattern = _OF_GROUPS.get((leaf.name, language))
    else:
        pattern = _PATTERNS[to_text(leaf)]
    return [
        (text.count(" ", 0, found.start()), text.count(" ", 0, found.end()))
        for found in (re.finditer(pattern, text, re.IGNORECASE) if pattern else ())
    ]


def naive(node: Node, fields: dict[str, str], language: str, only: str = "") -> bool:
    """`only`: the innermost field around the node."""
    texts = [text for name, text in fields.items() if name == only or not only]

    def holds(child: Node) -> bool:
        return naive(child, fields, language, only)

    match node:
        case And():
            return all(map(holds, node.children))
        case Or():
            return any(map(holds, node.children))
        case Not():
            return not holds(node.child)
        case Field():
            return naive(node.child, fields, language, only=node.name)
        case Near():
            return any(_is_near(node, text, language) for text in texts)
        case Group(count=2):
            return all(holds(Group(name=member)) for member in ("kp", "cn"))
        case _:
            return any(naive_places(node, text, language) for text in texts)


def _is_near(node: Near, text: str, language: str) -> bool:
    return any(
        (a != b or node.left != node.right)
        and (
            0 <= b[0] - a[1] - 1 <= node.distance
            or (not node.ordered and 0 <= a[0] - b[1] - 1 <= node.distance)
            or (not node.ordered and a[0] <= b[1] and b[0] <= a[1])
        )
        for a, b in product(
            naive_places(node.left, text, language), naive_places(node.right, text, language)
        )
    )


def watches_of(queries: list[Node]) -> list[Watch]:
    return [Watch(id=str(number), query=to_text(node)) for number, node in enumerate(queries)]


def expected_of(queries: list[Node], item: Item) -> list[str]:
    windows = [
        {"title": item.title, "summary": paragraph} for paragraph in item.paragraphs or ("",)
    ]
    return [
        str(number)
        for number, node in enumerate(queries)
        if any(naive(node, window, item.language) for window in windows)
    ]


# --- by hypothesis, which shrinks what it finds --------------------------------------------------


def _grow(nodes: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(nodes, min_size=2, max_size=3).map(tuple)
    near = st.builds(
        Near,
        left=st.sampled_from(NEARABLE),
        right=st.sampled_from(NEARABLE),
        distance=st.integers(0, 3),
        ordered=st.booleans(),
    )
    return st.one_of(
        st.builds(And, children=several),
        st.builds(Or, children=several),
        st.builds(lambda one, other: And(children=(one, Not(child=other))), nodes, nodes),
        st.builds(Field, name=st.sampled_from(["title", "summary"]), child=nodes),
        near,
    )


def _item(language: str, title: list[str], paragraphs: list[list[str]]) -> Item:
    join = ("" if language == "zh" else " ").join
    return an_item(
        join(title), summary="\n\n".join(map(join, filter(None, paragraphs))), language=language
    )


def _texts_in(language: str) -> st.SearchStrategy[Item]:
    text = st.lists(st.sampled_from(TEXT_WORDS[language]), max_size=6)
    return st.builds(_item, st.just(language), text, st.lists(text, max_size=3))


QUERIES = st.recursive(st.sampled_from(LEAVES), _grow, max_leaves=6)
ITEMS = st.sampled_from(sorted(TEXT_WORDS)).flatmap(_texts_in)


@settings(max_examples=150)
@given(st.lists(QUERIES, min_size=1, max_size=6), st.lists(ITEMS, min_size=1, max_size=4))
def test_percolator_agrees_with_reading_each_watch_by_itself(
    queries: list[Node], items: list[Item]
) -> None:
    percolator = compile_watches(watches_of(queries), LEXICON)

    for item in items:
        expected = expected_of(queries, item)
        assert [match.watch_id for match in percolator.match(item)] == expected
        assert [e.watch_id for e in percolator.explain(item) if e.matched] == expected


@settings(max_examples=50)
@given(st.lists(QUERIES, min_size=1, max_size=5), ITEMS)
def test_watches_do_not_change_each_other(queries: list[Node], item: Item) -> None:
    watches = watches_of(queries)

    together = compile_watches(watches, LEXICON).match(item)

    alone = [match for w in watches for match in compile_watches([w], LEXICON).match(item)]
    assert together == alone
    assert all(parse(watch.query) for watch in watches)


# --- in bulk: many watches share one automaton ---------------------------------------------------


def a_query(chance: random.Random, depth: int) -> Node:
    """A random query; about half of all texts satisfy none of its leaves."""

    def inner() -> Node:
        return a_query(chance, depth - 1)

    def several() -> tuple[Node, ...]:
        return tuple(inner() for _ in range(chance.randint(2, 3)))

    forms: list[Callable[[], Node]] = [
        lambda: chance.choice(LEAVES),
        lambda: And(children=several()),
        lambda: Or(children=several()),
        lambda: And(children=(inner(), Not(child=inner()))),
        lambda: Field(name=chance.choice(("title", "summary")), child=inner()),
        lambda: Near(
            left=chance.choice(NEARABLE),
            right=chance.choice(NEARABLE),
            distance=chance.randint(0, 3),
            ordered=chance.random() < 0.5,
        ),
    ]
    return (chance.choice(forms) if depth else forms[0])()


def a_text(chance: random.Random, language: str) -> list[str]:
    return chance.choices(TEXT_WORDS[language], k=chance.randint(0, 6))


@pytest.mark.parametrize("seed", range(3))
def test_ten_thousand_pairs_are_judged_as_by_reading(seed: int) -> None:
    chance = random.Random(seed)
    queries = [a_query(chance, chance.randint(0, 3)) for _ in range(100)]
    languages = [chance.choice(sorted(TEXT_WORDS)) for _ in range(100)]
    items = [
        _item(language, a_text(chance, language), [a_text(chance, language) for _ in range(2)])
        for language in languages
    ]
    percolator = compile_watches(watches_of(queries), LEXICON)

    found = [[match.watch_id for match in percolator.match(item)] for item in items]

    assert found == [expected_of(queries, item) for item in items]
    hits = sum(map(len, found))
    assert 1_000 < hits < 9_000  # pairs of either answer are many
