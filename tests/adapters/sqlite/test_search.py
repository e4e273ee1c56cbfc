"""What a person looks for is found as it stands in a running text of any script."""

import sqlite3
from contextlib import closing

from hypothesis import example, given
from hypothesis import strategies as st

from monitor.adapters.sql.search import indexed
from monitor.adapters.sqlite.search import as_query
from monitor.core.sought import places, sought

DENSE = st.text("列车朝中铁鐵路開通平壤열차운행평양きしゃピョンヤン", min_size=2, max_size=12)


def finds(text: str, words: str) -> bool:
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute(
            "CREATE VIRTUAL TABLE texts USING fts5("
            "text, tokenize = 'unicode61 remove_diacritics 2', columnsize = 0)"
        )
        db.execute("INSERT INTO texts VALUES (?)", (indexed(text),))
        query = as_query(words)
        found = db.execute("SELECT count(*) FROM texts WHERE texts MATCH ?", (query,)).fetchone()
    return bool(found[0])


@given(text=DENSE, start=st.integers(0, 10), around=st.text("abc ,。「」", max_size=4))
def test_any_two_dense_characters_are_found_inside_running_text(
    text: str, start: int, around: str
) -> None:
    part = text[start % (len(text) - 1) :][:2]

    assert finds(around + text + around, part)


@given(text=st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Z"])))
@example("ǅ İstanbul ﬁne ㍿ Ⅷ")
@example("한국")  # decomposed Hangul
def test_text_is_found_by_itself(text: str) -> None:
    """Letters that SQLite's tables do not know yet are found nowhere, so not as words either."""
    known = "".join(c for c in text if ord(c) < 0x1_0000 and not 0xA640 <= ord(c) < 0xABFF)
    if as_query(known):
        assert finds(known, known)


def test_dense_characters_must_stand_together() -> None:
    assert not finds("列 和 车", "列车")
    assert finds("列车", "列 车"), "two words may stand anywhere"


def test_no_word_no_query() -> None:
    assert as_query('"" * -- \0') == ""


def test_query_is_phrases_only() -> None:
    assert as_query('NEAR("a b", 列车) OR* b') == '"near a" AND "b" AND "列 车" AND "or" *'


@given(
    word=st.text("trainпоездé", min_size=2, max_size=8),
    rest=st.text("trainпоездé", max_size=4),
)
def test_a_word_with_a_star_is_found_as_a_beginning_and_marked(word: str, rest: str) -> None:
    text = f"the {word}{rest} runs"

    assert finds(text, f"{word}*")
    assert finds(text, word) == (not rest)
    assert [text[start:end] for start, end in places(text, sought(f"{word}*"))] == [word + rest]


def test_a_star_alone_and_one_letter_with_it_widen_nothing() -> None:
    assert as_query("* a*") == '"a"'
