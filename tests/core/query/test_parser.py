"""The grammar: what a query means, what is refused and where, and that printing is its inverse."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.core.query import parse, to_text
from monitor.core.query.ast import (
    FIELDS,
    FILTERS,
    And,
    Boost,
    Field,
    Filter,
    Group,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Raw,
    Regex,
    Word,
)
from monitor.core.query.parser import parse_entry
from monitor.errors import QueryError
from monitor.model import Tier


def word(text: str) -> Word:
    return Word(text=text)


A, B, C, D = map(word, ("aa", "bb", "cc", "dd"))


@pytest.mark.parametrize(
    ("query", "tree"),
    [
        ("aa bb", And(children=(A, B))),
        ("aa AND bb & cc", And(children=(A, B, C))),
        ("aa OR bb | cc", Or(children=(A, B, C))),
        ("aa bb OR cc dd", Or(children=(And(children=(A, B)), And(children=(C, D))))),
        ("aa (bb OR cc)", And(children=(A, Or(children=(B, C))))),
        ("aa NOT bb", And(children=(A, Not(child=B)))),
        ("aa -bb !cc", And(children=(A, Not(child=B), Not(child=C)))),
        ("NOT aa NEAR/3 bb", Not(child=Near(left=A, right=B, distance=3))),
        (
            "aa NEAR/3 bb ONEAR/5 cc",
            Near(left=Near(left=A, right=B, distance=3), right=C, distance=5, ordered=True),
        ),
        ("aa^2.5", Boost(child=A, factor=2.5)),
        ("title:aa bb", And(children=(Field(name="title", child=A), B))),
        ("title:(aa bb)", Field(name="title", child=And(children=(A, B)))),
        ("and or not near", And(children=tuple(map(word, ("and", "or", "not", "near"))))),
        ("=aa", Word(text="aa", exact=True)),
        ("aa~", Word(text="aa", all_forms=True)),
        ("*aa*", Word(text="aa", open_left=True, open_right=True)),
        ("Pyongyang-Beijing", word("Pyongyang-Beijing")),
        ("AT&T", word("AT&T")),
        ("U.S.", word("U.S.")),
        ("ж/д", word("ж/д")),
        ('"aa bb"', Phrase(text="aa bb")),
        ("“aa bb”", Phrase(text="aa bb")),
        ("«aa bb»", Phrase(text="aa bb")),
        ("„aa bb“", Phrase(text="aa bb")),
        ('="aa bb"~4', Phrase(text="aa bb", exact=True, slop=4)),
        (r'"say \"aa\""', Phrase(text='say "aa"')),
        ("{Raw Text}", Raw(text="Raw Text")),
        ("@kp-1_x", Group(name="kp-1_x")),
        ("@states/2 aa", And(children=(Group(name="states", count=2), A))),
        (r're"rail\s\"x\""', Regex(pattern=r'rail\s"x"')),
        ("lang:ko", Filter(name="lang", values=("ko",))),
        ("tier:>=wire", Filter(name="tier", values=("wire",), comparison=">=")),
        (
            "domain:(mfa.gov.cn, 38north.org)",
            Filter(name="domain", values=("mfa.gov.cn", "38north.org")),
        ),
        ('source:("Yonhap News" OR KCNA)', Filter(name="source", values=("Yonhap News", "KCNA"))),
        ("aa # all of it\n bb # and this", And(children=(A, B))),
        ("#aa\nbb", B),
    ],
)
def test_query_means(query: str, tree: Node) -> None:
    assert parse(query) == tree
    assert parse(to_text(tree)) == tree


@pytest.mark.parametrize(
    ("query", "line", "column", "part"),
    [
        ("", 1, 1, "the query ends"),
        ("aa AND", 1, 7, "expected a term"),
        ("(aa", 1, 1, "this '(' is never closed"),
        ("aa)", 1, 3, "closes nothing"),
        ("aa\n  (bb", 2, 3, "this '(' is never closed"),
        ("aa NEAR bb", 1, 4, "NEAR/5"),
        ("aa NEAR/ bb", 1, 4, "NEAR/5"),
        ("aa ONEAR/51 bb", 1, 4, "50 at most"),
        ("a*", 1, 1, "2 letters"),
        ("*북*", 1, 1, "2 letters"),
        ("b*r", 1, 3, "marks stand only"),
        ("aa~2", 1, 4, "takes no number"),
        ("=aa~", 1, 1, "does not go with"),
        ("titel:aa", 1, 1, "did you mean title:"),
        ("foo:aa", 1, 1, "known are title"),
        ("tier:wires", 1, 6, "no tier 'wires'; did you mean wire?"),
        ("tier:>=(wire, press)", 1, 6, "one tier"),
        ("lang:>ko", 1, 6, "only tier:"),
        ("lang:", 1, 6, "expected a value"),
        ("lang:(ko zh)", 1, 10, "in the list of values"),
        ("aa^x", 1, 4, "expected a number"),
        ("aa^", 1, 4, "expected a number"),
        ("aa^9e999", 1, 4, "too big"),
        ('"aa', 1, 1, "never closed"),
        ("{aa", 1, 1, "never closed"),
        ('re"aa', 1, 1, "never closed"),
        ('re"a("', 1, 1, "does not compile"),
        ('aa re"\\w+"', 1, 4, "needs a literal"),
        ("@", 1, 1, "name of a group"),
        ("aa @states/1", 1, 4, "@states/ needs a count from 2 to 9, as in @states/2"),
        ("@states/", 1, 1, "needs a count"),
        ("@states/12", 1, 1, "needs a count"),
        ("aa NEAR/3 (bb OR @states/2)", 1, 18, "has no single place, so nothing is NEAR it"),
        ("aa || bb", 1, 5, "an alternative is empty: nothing stands before '|'"),
        ("aa OR OR bb", 1, 7, "an alternative is empty: nothing stands before 'OR'"),
        ("aa OR", 1, 6, "an alternative is empty: nothing stands after OR"),
        ("(aa OR )", 1, 8, "an alternative is empty: nothing stands after OR"),
        ("OR aa", 1, 1, "an alternative is empty: nothing stands before 'OR'"),
        ("()", 1, 2, "the parentheses are empty"),
        ("aa - bb", 1, 4, "directly before"),
        ("{--}", 1, 1, "no letter"),
        ('"aa"~60', 1, 6, "up to 50"),
        ("= aa", 1, 1, "directly after"),
        ("aa, bb", 1, 3, "a blank means AND, write OR for either"),
        ("(" * 200 + "aa" + ")" * 200, 1, 61, "nested"),
        ("NOT " * 200 + "aa", 1, 241, "nested"),
    ],
)
def test_mistake_is_refused_where_it_stands(query: str, line: int, column: int, part: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(query)

    assert (caught.value.line, caught.value.column) == (line, column)
    assert part in caught.value.problem


@example('""#1')
@given(st.text(alphabet=st.sampled_from('aB *~=^@(){}"“”«»-!|&:,<>#\n/1re.éж北한'), max_size=40))
def test_any_text_is_a_query_or_a_query_error(text: str) -> None:
    try:
        node = parse(text)
    except QueryError:
        return
    assert parse(to_text(node)) == node


WORDS = st.sampled_from(
    ["train", "Pyongyang-Beijing", "поезд", "열차", "鐵路", "and", "K27", "U.S.", "re", "P'yŏng"]
)
TERMS: st.SearchStrategy[Node] = st.one_of(
    st.builds(
        Word, text=WORDS, exact=st.booleans(), open_left=st.booleans(), open_right=st.booleans()
    ),
    st.builds(Word, text=WORDS, all_forms=st.just(value=True)),
    st.builds(Phrase, text=st.text(), exact=st.booleans(), slop=st.none() | st.integers(0, 50)),
    st.builds(Raw, text=WORDS),
    st.builds(Regex, pattern=st.sampled_from([r"rail\s+\w+", 'say "hi"', r"\\train", "北[韓韩]"])),
    st.builds(Group, name=st.from_regex(r"[a-z][\w-]{0,8}", fullmatch=True)),
    st.builds(
        Filter,
        name=st.sampled_from([name for name in FILTERS if name not in ("tier", "lang", "domain")]),
        values=st.lists(st.text(min_size=1).filter(str.strip), min_size=1, max_size=3).map(tuple),
    ),
    st.builds(
        Filter,
        name=st.just("lang"),
        values=st.lists(st.sampled_from(["ko", "zh-Hant"]), min_size=1, max_size=2).map(tuple),
    ),
    st.builds(
        Filter,
        name=st.just("domain"),
        values=st.sampled_from([("example.org",), ("mfa.gov.cn", "38north.org")]),
    ),
    st.builds(
        Filter,
        name=st.just("tier"),
        values=st.sampled_from(list(Tier)).map(lambda tier: (tier.value,)),
        comparison=st.sampled_from(["", "<", "<=", ">", ">="]),
    ),
)


def _grow(nodes: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(nodes, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        st.builds(And, children=several),
        st.builds(Or, children=several),
        st.builds(Not, child=nodes),
        st.builds(
            Near, left=nodes, right=nodes, distance=st.integers(0, 50), ordered=st.booleans()
        ),
        st.builds(Boost, child=nodes, factor=st.floats(0, 1e9)),
        st.builds(Field, name=st.sampled_from(list(FIELDS)), child=nodes),
    )


@given(st.recursive(TERMS, _grow, max_leaves=8))
def test_parsing_what_was_printed_gives_the_same_tree(node: Node) -> None:
    assert parse(to_text(node)) == node


@given(st.recursive(TERMS, _grow, max_leaves=4), st.integers(2, 9))
def test_count_of_members_is_printed_as_it_is_read(node: Node, count: int) -> None:
    whole = And(children=(Group(name="states", count=count), Not(child=node)))

    assert parse(to_text(whole)) == whole


@pytest.mark.parametrize(
    ("entry", "tree"),
    [
        ("train", word("train")),
        ("=train", Word(text="train", exact=True)),
        ("*열차*", Word(text="열차", open_left=True, open_right=True)),
        ("resume~", Word(text="resume", all_forms=True)),
        ("Северн* Коре*", Phrase(text="Северн* Коре*")),
        ("{OFAC}", Raw(text="OFAC")),
        ("@kp", Group(name="kp")),
        ('re"санкционир\\w*"', Regex(pattern=r"санкционир\w*")),
        ("Democratic People's Republic", Phrase(text="Democratic People's Republic")),
        ("AND", word("AND")),
    ],
)
def test_lexicon_entry_is_one_term_without_quotes(entry: str, tree: Node) -> None:
    assert parse_entry(entry) == tree


@pytest.mark.parametrize(
    ("entry", "part"),
    [
        ("", "no letter"),
        ("...", "no letter"),
        ("... ---", "no letter"),
        ("a*", "2 letters"),
        ("@kp @cn", "alone"),
        ('re"xy" y', "alone"),
        ("=word~", "does not go with"),
        ('re"("', "does not compile"),
    ],
)
def test_lexicon_entry_that_finds_nothing_is_refused(entry: str, part: str) -> None:
    with pytest.raises(QueryError, match=part):
        parse_entry(entry)
