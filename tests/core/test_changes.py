"""What an edit changed, in five languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.changes import Change, Fact, Part, inline, replaced, what_changed, word_diff

EDITS = [
    (
        "Ministry confirms 12 trains from June 12.",
        "Ministry does not confirm 15 trains from June 15.",
        "Ministry [-confirms 12-] {+does not confirm 15+} trains from June [-12-]{+15+}.",
    ),
    (
        "외교부, 6월 12일부터 운행 확인",
        "외교부, 6월 15일부터 운행 확인되지 않아",
        "외교부, 6월 [-12-]{+15+}일부터 운행 [-확인-]{+확인되지 않아+}",
    ),
    (
        "中国外交部证实6月12日起开行列车",
        "中国外交部未证实6月15日起开行列车",
        "中国外交部{+未+}证实6月[-12-]{+15+}日起开行列车",
    ),
    (
        "МИД подтвердил запуск поездов 12 июня",
        "МИД не подтвердил запуск поездов 15 июня",
        "МИД {+не+} подтвердил запуск поездов [-12-] {+15+} июня",
    ),
    (
        "外務省は6月12日の運行を確認した",
        "外務省は6月15日の運行を確認していない",
        "外務省は6月[-12-]{+15+}日の運行を確認し[-た-]{+ていない+}",
    ),
]


@pytest.mark.parametrize(("before", "after", "line"), EDITS)
def test_words_are_shown_where_they_changed(before, after, line):
    assert inline(word_diff(before, after)) == line


@pytest.mark.parametrize(("before", "after", "_line"), EDITS)
def test_date_claim_and_denial_are_told(before, after, _line):
    facts = {change.fact: change for change in what_changed(before, after)}

    assert facts[Fact.DATE] == Change(Fact.DATE, "06-12", "06-15")
    assert facts[Fact.CLAIM] == Change(Fact.CLAIM, "confirmed", "unconfirmed")
    assert facts[Fact.NEGATION].before == ""


def test_numbers_are_told_in_pairs():
    changes = what_changed("Twelve dead, 30 hurt", "15 dead, 30 hurt, 2 missing")

    assert changes == (Change(Fact.NUMBER, "12", "15"), Change(Fact.NUMBER, "", "2"))


def test_another_wording_changes_no_fact():
    assert what_changed("12 people were hurt", "Twelve persons hurt") == ()


def test_width_case_and_quotes_are_no_change():
    pieces = word_diff("“Ｔｒａｉｎ” leaves — now", '"train" leaves - now')

    assert [piece.part for piece in pieces] == [Part.SAME]


def test_only_what_stands_between_equal_words_is_replaced():
    found = replaced("He said 12 trains would run today", "She said 15 trains would run", 4)

    assert [(one.before, one.after) for one in found] == [("12", "15")]


def test_a_text_made_to_be_slow_is_not():
    before, after = "a b " * 20_000, "b a " * 20_000

    pieces = word_diff(before, after)

    assert "".join(p.text for p in pieces if p.part is not Part.ADDED) == before


@given(st.text(), st.text())
def test_both_texts_are_in_the_diff(before, after):
    pieces = word_diff(before, after)

    assert "".join(p.text for p in pieces if p.part is not Part.REMOVED) == after.lstrip()
    removed = "".join(p.text for p in pieces if p.part is Part.REMOVED)
    assert len(removed) <= len(before)


@given(st.text())
def test_nothing_changed(text):
    assert all(piece.part is Part.SAME for piece in word_diff(text, text))
    assert what_changed(text, text) == ()
