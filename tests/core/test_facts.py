"""Numbers, dates, denials and claims, as five languages write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.claims import claims_of, exclude
from monitor.core.facts import (
    contradiction,
    dates_in,
    facts_of,
    negations_in,
    numbers_in,
    ordinals_in,
)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Twelve hurt, 1,500 freed, 3.5 percent", ["12", "1500", "3.5"]),
        ("$150 million and 2 bn for 30 tankers", ["150m", "2b", "30"]),
        ("150 млн рублей и 2,5 млрд долларов", ["150m", "2.5b"]),
        ("двенадцать погибших", ["12"]),
        ("선박 2척, 3조원 규모", ["2", "3兆"]),
        ("28艘油轮 5万人", ["28", "5万"]),
        ("タンカー28隻、5万人", ["28", "5万"]),
        ("Ｋ２７ and １２", ["12"]),
        ("on June 12, 2025 with 40 others", ["2025", "40"]),
    ],
)
def test_numbers(text, numbers):
    assert numbers_in(text) == numbers


@pytest.mark.parametrize(
    "text",
    [
        "from June 12",
        "from 12 June",
        "on the 12th of June",
        "Jun. 12, 2025",
        "с 12 июня",
        "6월 12일부터",
        "6月12日起",
        "6月12日から",
        "2025-06-12",
        "12.06.2025",
    ],
)
def test_dates(text):
    assert dates_in(text) == ["06-12"]


def test_no_dates():
    assert dates_in("May 2025, 13/45, 99 June, version 1.2.3") == []


@pytest.mark.parametrize(
    "pair",
    [
        ("EU adopts 19th package of sanctions", "EU adopts 20th package of sanctions"),
        ("第18轮对俄制裁", "第19輪對俄制裁"),
        ("제18차 제재 패키지", "제19차 제재 패키지"),
        ("18-й пакет санкций", "19-й пакет санкций"),
        ("The second train arrives", "The third train arrives"),
        ("Trains to run from June 12", "Trains to run from June 15"),
        ("28 tankers listed", "31 tankers listed"),
        ("China confirms trains", "China has not confirmed trains"),
        ("중국, 열차 운행 확인", "중국 열차 운행 확인되지 않아"),
        ("外交部证实列车开行", "外交部未证实列车开行"),
        ("МИД подтвердил запуск", "МИД не подтвердил запуск"),
        ("外務省、運行を確認した", "外務省は運行を確認していない"),
        ("Service to resume", "Service suspended"),
        ("운행 재개", "운행 중단"),
    ],
)
def test_two_of_these_are_never_one_text(pair):
    one, two = map(facts_of, pair)

    assert contradiction(one, two)
    assert contradiction(two, one)
    assert not contradiction(one, one)


def test_a_shorter_text_may_leave_facts_out():
    whole = facts_of("28 tankers and 3 banks were listed on June 12")

    assert contradiction(whole, facts_of("28 tankers were listed")) == ""


def test_the_rows_are_counted_by_what_is_counted():
    assert ordinals_in("the 19th sanctions package") == [("sanctions", "19"), ("package", "19")]
    assert ordinals_in("第15輪對俄制裁") == ordinals_in("第15轮对俄制裁")


def test_negations():
    for text in (
        "did not confirm",
        "не подтвердил",
        "확인되지 않았다",
        "没有证实",
        "確認していない",
    ):
        assert len(negations_in(text)) >= 1, text
    assert negations_in("notes on the northern nation") == []


def test_a_negated_claim_is_not_the_claim():
    assert claims_of("could not confirm") == {"unconfirmed"}
    assert claims_of("未证实") == {"unconfirmed"}
    assert claims_of("확인되지 않았다") == {"unconfirmed"}
    assert claims_of("не подтвердил") == {"unconfirmed"}


def test_who_claims_both_excludes_nothing():
    assert not exclude({"confirmed", "denied"}, {"denied"})
    assert exclude({"confirmed"}, {"denied"})


@given(st.text(), st.text())
def test_contradiction_is_mutual(one, two):
    ours, theirs = facts_of(one), facts_of(two)

    assert bool(contradiction(ours, theirs)) == bool(contradiction(theirs, ours))
    assert contradiction(ours, ours) == ""
