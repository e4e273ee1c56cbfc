"""The same text is known again in other outlets; another text never passes for it."""

import string
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.copies import Copies, Print, Why, compare, print_of
from tests.builders import NOW, an_item

WIRE = {
    "en": (
        "Trains to Tumangang to run again after five years",
        (
            "The railways of Ruritania said on Monday that passenger trains between Khabarovsk "
            "and Tumangang would resume on June 17, after a break of five years, and that 120 "
            "passengers could travel in each direction every week. Tickets go on sale in "
            "the coming days."
        ),
    ),
    "ru": (
        "Поезда до Тумангана пойдут снова через пять лет",
        (
            "Железные дороги Руритании сообщили в понедельник, что пассажирские поезда между "
            "Хабаровском и Туманганом пойдут снова 17 июня после перерыва в пять лет и что каждую "
            "неделю в каждом направлении смогут ехать 120 пассажиров. Билеты поступят в продажу."
        ),
    ),
    "ko": (
        "하바롭스크-두만강 여객열차 5년 만에 운행 재개",
        (
            "루리타니아 철도는 월요일 하바롭스크와 두만강을 잇는 여객열차가 5년의 중단 끝에 6월 "
            "17일 운행을 재개하며 매주 방향별로 120명의 승객이 이용할 수 있다고 밝혔다. 승차권은 "
            "며칠 안에 판매를 시작할 예정이라고 철도 관계자는 전했다."
        ),
    ),
    "zh": (
        "哈巴罗夫斯克至豆满江旅客列车时隔五年恢复",
        (
            "卢里塔尼亚铁路公司周一表示，哈巴罗夫斯克至豆满江的旅客列车在中断五年之后将于6月17日恢复开行，"
            "每周每个方向可运送120名旅客，车票将在未来几天内开始发售，铁路部门负责人这样介绍说。"
        ),
    ),
    "ja": (
        "ハバロフスク・豆満江の旅客列車、5年ぶりに再開へ",
        (
            "ルリタニア鉄道は月曜日、ハバロフスクと豆満江を結ぶ旅客列車を5年の中断を経て6月17日に再開し、"
            "毎週各方向に120人の乗客を運ぶことができると発表した。乗車券は数日中に発売される見通しだという。"
        ),
    ),
}
LANGUAGES = sorted(WIRE)


def a_print(language: str, title: str = "", text: str = "", **changes: object) -> Print:
    item = an_item(
        title or WIRE[language][0],
        summary=text or WIRE[language][1],
        language=language,
        **changes,
    )
    return print_of(item)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_wire_copy_under_another_headline(language):
    copy = a_print(language, title="Another headline, 另一个标题", text=WIRE[language][1])

    assert compare(a_print(language), copy).why is Why.TEXT
    assert compare(a_print(language), copy).same


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_copy_cut_short_with_a_dateline(language):
    text = WIRE[language][1]
    cut = "CITY, 9 (Wire) - " + text[: len(text) * 2 // 3]

    assert compare(a_print(language), a_print(language, title="x", text=cut)).same


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("old", "new", "why"), [("17", "19", Why.DATE), ("120", "150", Why.NUMBER)]
)
def test_other_numbers_and_dates_are_another_text(language, old, new, why):
    text = WIRE[language][1].replace(old, new)

    likeness = compare(a_print(language), a_print(language, text=text))

    assert not likeness.same
    assert likeness.why is why


@pytest.mark.parametrize(
    ("language", "old", "new"),
    [
        ("en", "would resume", "would not resume"),
        ("ru", "пойдут снова", "не пойдут снова"),
        ("ko", "운행을 재개하며", "운행을 재개하지 않으며"),
        ("zh", "将于6月17日恢复", "将不会于6月17日恢复"),
        ("ja", "再開し、", "再開しないとし、"),
    ],
)
def test_a_denial_is_another_text(language, old, new):
    text = WIRE[language][1].replace(old, new)
    assert text != WIRE[language][1]

    assert compare(a_print(language), a_print(language, text=text)).why is Why.CLAIM


@pytest.mark.parametrize(
    ("language", "old", "new"),
    [
        ("en", "Khabarovsk", "Vladivostok"),
        ("ru", "Хабаровском", "Владивостоком"),
        ("zh", "哈巴罗夫斯克", "符拉迪沃斯托克"),
        ("ja", "ハバロフスク", "ウラジオストク"),
    ],
)
def test_another_place_is_another_text(language, old, new):
    text = WIRE[language][1].replace(old, new)

    assert compare(a_print(language), a_print(language, text=text)).why is Why.PLACE


def test_places_of_the_lexicon_tell_where_writing_does_not():
    text = WIRE["ko"][1]
    one = print_of(an_item("a", summary=text, language="ko"), {"rf"})
    two = print_of(an_item("b", summary=text.replace("하바롭스크", "단둥"), language="ko"), {"cn"})

    assert compare(one, two).why is Why.PLACE


def test_a_translation_is_no_copy():
    for one in LANGUAGES:
        for two in LANGUAGES:
            if one != two:
                assert compare(a_print(one), a_print(two)).why is Why.LANGUAGE


def test_an_aggregator_adds_its_suffix():
    one = print_of(an_item("China, Ruritania to resume passenger trains", publisher="Pennant"))
    two = print_of(
        an_item("China, Ruritania to resume passenger trains - Harbour Courier", publisher="x")
    )

    assert compare(one, two).same
    assert compare(one, two).why is Why.TITLE


@pytest.mark.parametrize(
    "titles",
    [
        (
            "EU adopts 19th package of sanctions on Ruritania",
            "EU adopts 20th package of sanctions on Ruritania",
        ),
        (
            "Ministry confirms trains to Ruritania resume",
            "Ministry has not confirmed trains to Ruritania resume",
        ),
        (
            "Train derails in Ohio, twelve hurt in the crash",
            "Train derails in Texas, twelve hurt in the crash",
        ),
        ("선박 2척 독자제재 대상에 추가 지정", "선박 3척 독자제재 대상에 추가 지정"),
        ("欧盟通过第18轮对俄制裁", "歐盟通過第19輪對俄制裁"),
    ],
)
def test_headlines_that_state_something_else(titles):
    one, two = (
        print_of(an_item(title, language="zh" if "欧" in title or "歐" in title else "en"))
        for title in titles
    )

    assert not compare(one, two).same


def test_a_delay_is_no_copy_of_the_announcement():
    coming, late = (
        print_of(
            an_item(
                f"О {what} визите министра иностранных дел Руритании",
                summary=f"Официальный визит министра иностранных дел Руритании, {text}. В столице "
                "пройдут переговоры министров иностранных дел двух стран и подписание договора.",
                language="ru",
                id=what,
            )
        )
        for what, text in (
            ("предстоящем", "о котором объявлено, состоится в срок"),
            ("переносе сроков на апрель:", "о котором объявлено, перенесён на апрель"),
        )
    )

    assert not compare(coming, late).same


def test_one_headline_over_two_texts_is_two():
    one = a_print("en", title="Trains to Tumangang to run again")
    two = a_print(
        "en",
        title="Trains to Tumangang to run again",
        text="Border traders in the far east told this newspaper that they had seen workers paint "
        "platforms and count sleepers, and that nobody could say who would pay for the coaches.",
    )

    assert not compare(one, two).same


def test_a_short_text_proves_nothing():
    one = a_print("en", title="Morning news", text="Read more on our site.")
    two = a_print("en", title="Evening notes", text="Read more on our site.")

    assert not compare(one, two).same


# --- looking up -----------------------------------------------------------------------------------


def test_copies_are_found_among_many():
    copies = Copies()
    for number in range(2_000):
        copies.add(a_print("en", title=f"Item {number}", text=invented(number), id=f"i_{number}"))

    for number in (0, 999, 1_999):
        copy = a_print("en", title="Elsewhere", text=f"CITY - {invented(number)[:300]}", id="i_x")

        assert [original.id for original, _ in copies.originals(copy)] == [f"i_{number}"]


def test_the_oldest_is_the_origin():
    copies = Copies()
    for minutes in (5, 0, 9):
        moment = NOW + timedelta(minutes=minutes)
        copies.add(a_print("en", id=f"i_{minutes}", effective_at=moment))

    found = copies.originals(a_print("en", id="i_x", effective_at=NOW + timedelta(hours=1)))

    assert [original.id for original, _ in found] == ["i_0", "i_5", "i_9"]


def test_after_three_days_a_text_is_forgotten():
    copies = Copies()
    copies.add(a_print("en", id="i_1"))
    copies.add(a_print("ru", id="i_2", effective_at=NOW + timedelta(days=4)))

    assert len(copies) == 1
    assert copies.originals(a_print("en", id="i_3", effective_at=NOW + timedelta(days=4))) == []


def test_a_restart_changes_nothing():
    prints = [a_print("en", title=f"t{n}", text=invented(n % 7), id=f"i_{n}") for n in range(40)]
    before, after = Copies(), Copies(Print.unpack(one.pack()) for one in prints)
    for one in prints:
        before.add(one)

    for one in prints:
        assert before.originals(one) == after.originals(one)


def invented(number: int) -> str:
    """Two hundred words that no other number has in this order."""
    letters = string.ascii_lowercase
    words = []
    for at in range(60):
        number = (number * 1_103_515_245 + 12_345 + at) % 2**31
        words.append("".join(letters[(number >> shift) % 26] for shift in (0, 5, 10, 15)))
    return " ".join(words)


TEXTS = st.lists(st.sampled_from("abcdefghij"), min_size=0, max_size=60).map(
    lambda letters: " ".join(letter * 3 for letter in letters)
)


@settings(deadline=None)
@given(one=TEXTS, two=TEXTS, title=st.text(max_size=40))
def test_likeness_is_mutual(one, two, title):
    ours = a_print("en", title=title or "t", text=one or "x", id="i_1")
    theirs = a_print("en", title=title or "t", text=two or "x", id="i_2")

    assert compare(ours, theirs).same == compare(theirs, ours).same
    assert Print.unpack(ours.pack()) == ours


@settings(deadline=None)
@given(text=st.text(max_size=400), title=st.text(max_size=80))
def test_any_text_can_be_kept(text, title):
    one = print_of(an_item(title, summary=text))

    assert Print.unpack(one.pack()) == one
    assert all(0 <= key < 2**63 for key in one.keys)
    assert compare(one, one).why in Why


def test_an_edit_takes_the_place_of_what_it_edits():
    copies = Copies()
    before, after = (
        print_of(an_item(f"Trains to Pyongyang will run from {month} on, ministry says", id="i_1"))
        for month in ("June", "July")
    )
    copies.add(before)
    copies.add(after)

    assert len(copies) == 1
    other = print_of(an_item("Trains to Pyongyang will run from July on, ministry says", id="i_2"))
    assert [one.id for one, _ in copies.originals(other)] == ["i_1"]
