"""The literals without which a pattern cannot match: a text that lacks them is never searched."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.query.literals import compiled, compiles_by_its_form, required_literals
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


SIGNS = [
    *("a", "б", "中", "5", " ", ",", "#", "&", "~", "-", ":", "\n", ".", "^", "$", "|", "{1,", "}"),
    *(
        "(",
        "(?:",
        "(?=",
        "(?!",
        "(?<=",
        "(?<!",
        ")",
        "?",
        "*",
        "+",
        "{0,2}",
        "{1,30}",
        "[",
        "[^",
        "]",
    ),
    *("가-힣", "0-9", "9-0", "a-z", r"\b", r"\s", r"\w", r"\.", r"\n", r"\]", r"\1", r"\p{L}"),
]
IN_FORM = st.recursive(
    st.sampled_from(["a", "б중", "[^가-힣b]", r"\s?", r"\b", ".{0,20}", "^", "(?!x|y)", ""]),
    lambda parts: st.one_of(
        st.lists(parts, max_size=3).map("".join),
        st.lists(parts, max_size=3).map("|".join).map("({})".format),
        st.tuples(st.sampled_from(["(?<={})", "(?:{})?", "({})*+"]), parts).map(
            lambda made: made[0].format(made[1])
        ),
    ),
    max_leaves=12,
)


@settings(max_examples=300)
@given(st.one_of(IN_FORM, st.lists(st.sampled_from(SIGNS), max_size=10).map("".join)))
@pytest.mark.filterwarnings("error")
def test_what_compiles_by_its_form_compiles(pattern: str) -> None:
    if compiles_by_its_form(pattern):
        compiled(pattern)


@given(IN_FORM)
def test_usual_forms_are_known(pattern: str) -> None:
    assert compiles_by_its_form(pattern)


@pytest.mark.parametrize("pattern", ["(" * 41 + ")" * 41, "[a--b]", "[[a]]", "a{3,2}", "(?i:a)"])
def test_what_may_not_compile_is_tried(pattern: str) -> None:
    assert not compiles_by_its_form(pattern)


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
