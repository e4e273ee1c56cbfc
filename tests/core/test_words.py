"""Words by which headlines of one event are alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.words import bare_noun, headline, names_in, words_of


def test_inflection_and_stopwords_are_gone():
    assert words_of("The trains were running in Dandong") == words_of("train run, Dandong's")
    assert words_of("Поезда прибыли из Пекина") == words_of("поезд прибыл в Пекин")
    assert words_of("열차가 평양에서 단둥으로") == words_of("열차는 평양 단둥")


def test_han_is_read_in_pairs_and_katakana_whole():
    assert words_of("国際列車") == ["国际", "际列", "列车"]
    assert words_of("ピョンヤンへの列車") == ["ピョンヤン", "列车"]


def test_marks_of_how_a_title_came_are_gone():
    for title in (
        "UPDATE 2-Trains run again",
        "[속보] Trains run again",
        "【速報】Trains run again",
        "(2nd LD) Trains run again",
        "(LEAD) Trains run again",
        "BREAKING: Trains run again",
        "Trains run again (종합2보)",
        "Trains run again  ...",
        "Срочно: Trains run again",
    ):
        assert headline(title).strip() == "Trains run again", title


def test_what_only_looks_like_a_mark_stays():
    for title in ("Update on trains", "[속보]", "Live from Pyongyang", "Video shows train"):
        assert headline(title) == title


def test_a_noun_keeps_two_syllables():
    assert bare_noun("대로는") == "대로"
    assert bare_noun("서울에서는") == "서울"
    assert bare_noun("나는") == "나는"


@given(st.text())
def test_any_text_has_words(text):
    assert all(words_of(text))
    assert headline(text).strip() or not text.strip()


@pytest.mark.parametrize(
    ("title", "names"),
    [
        ("Port strike in Antwerp ends", {"antwerp"}),
        ("Забастовка в порту Одессы закончилась", set(words_of("Одессы"))),
        ("ECB unlikely to end sterilisation, says Noyer", {"noyer"}),
        ("Port Strike In Antwerp Ends", set()),  # title case tells nothing
        ("PORT STRIKE IN ANTWERP ENDS", set()),
        ("釜山港でストライキ", set()),
        ("Strike ends", set()),
        ("", set()),
    ],
)
def test_names_are_what_a_capital_tells(title: str, names: set[str]) -> None:
    assert names_in(title) == names


@given(title=st.text())
def test_names_are_words_of_the_title(title: str) -> None:
    assert names_in(title) <= set(words_of(title))


def test_what_is_too_long_to_be_a_word_is_cut():
    """A database cannot look up by what has no end."""
    assert words_of("x1" * 10_000) == ["x1" * 50]
