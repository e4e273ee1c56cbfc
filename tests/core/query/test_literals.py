"""The literals without which a pattern cannot match: a text that lacks them is never searched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.query.literals import compiled, required_literals
from monitor.core.text import fold_text, plain


@pytest.mark.parametrize(
    ("pattern", "literals"),
    [
        (r"санкционир\w*", ("санкционир",)),
        (r"[0-9今昨]日朝", ("日朝",)),
        (r"[成北]中朝", ("北中朝", "成中朝")),
        (r"(?<![가-힣])[북北][·-][중中]", ("北", "북")),
        (r"\brails?\s+(against|at)\b", ("rail",)),
        (r"\b(power|third) rails?\b", ("power", "third")),
        (r"(?:state|fifa)[- ]sanctioned", ("sanctioned",)),
        (r"train (?!\w+ing)\w+", ("train",)),
        (r"Bahn(hof)?", ("bahn",)),
        (r"x{2,3}abc", ("abc",)),
        (r"(abc)?def", ("def",)),
        (r"(ab|cd)+", ("ab", "cd")),
        (r"didn't|won't", ("didn", "won")),
        (r"(?i)Zug\d{2}", ("zug",)),
        (r"\p{L}+bahn", ("bahn",)),
        (r"鐵[路道]", ("铁路", "铁道")),
        (r"ab\.cde\-f", ("cde",)),
        (r"[]ab]cd", ("cd",)),
        (r"(?P<name>train)s", ("train",)),
    ],
)
def test_literals_of_pattern(pattern: str, literals: tuple[str, ...]) -> None:
    assert required_literals(pattern) == tuple(sorted(literals))


@pytest.mark.parametrize(
    "pattern",
    [r"\w+", "a", ".*", "abc|.", "(abc)?", "a+b", r"[a-z]+", "(?=abc)", "'s", "", "(?x)a b"],
)
def test_pattern_without_a_literal_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"needs a literal|verbose"):
        required_literals(pattern)


@pytest.mark.parametrize("pattern", ["(", "a{2,1}", "[z-a]", "*abc", r"(?<=a*)abc\1"])
def test_pattern_that_does_not_compile_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="does not compile"):
        required_literals(pattern)


PATTERNS = [
    r"rail(s|ed)?\s+(against|at)",
    r"[북北][·ㆍ-][중中]",
    r"did(n't| not) (respond|reply)",
    r"(power|third)[- ]rails?",
    r"朝俄(?!罗斯)",
    r"鐵[路道]",
]


PARTS = (
    "rail,RAILED, ,\u00a0,against,at,北,북,·,ㆍ,中,didn't,did not,reply,third,Power,-,–,rails,朝俄,"
    "鐵,路,é,'s"
)


@given(
    st.sampled_from(PATTERNS),
    st.lists(st.sampled_from(PARTS.split(",")), max_size=8).map("".join),
)
def test_text_that_matches_holds_a_literal(pattern: str, text: str) -> None:
    if compiled(pattern).search(plain(text)):
        assert any(literal in fold_text(text) for literal in required_literals(pattern))
